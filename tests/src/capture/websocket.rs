//! Reads recorded WebSocket frames: unmasks them and joins fragments into messages.

use std::io::Cursor;

use anyhow::{Result, bail, ensure};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// A message, or the payload of a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(Vec<u8>),
    /// A binary message.
    Binary(Vec<u8>),
    /// A close frame: code and reason.
    Close(Vec<u8>),
    /// A ping or a pong.
    Beat(Vec<u8>),
}

impl Frame {
    /// The payload, whatever it is.
    pub fn payload(&self) -> &[u8] {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) | Self::Close(bytes) | Self::Beat(bytes) => bytes,
        }
    }
}

/// Reads one direction of a connection. A frame that was cut short ends it; compression or an unknown frame is an error,
/// so that nothing slips through unread.
pub fn parse(bytes: &[u8]) -> Result<Vec<Frame>> {
    let mut cursor = Cursor::new(bytes);
    let mut frames = Vec::new();
    let mut fragments: Option<(Data, Vec<u8>)> = None;
    while let Some((header, length)) = FrameHeader::parse(&mut cursor)? {
        ensure!(
            !header.rsv1 && !header.rsv2 && !header.rsv3,
            "a frame of an extension, such as compression"
        );
        let start = usize::try_from(cursor.position())?;
        let end = start.saturating_add(usize::try_from(length)?);
        let Some(payload) = bytes.get(start..end) else {
            break;
        };
        cursor.set_position(u64::try_from(end)?);
        let payload = unmasked(payload, header.mask);
        match (header.opcode, &mut fragments) {
            (OpCode::Control(Control::Close), _) => frames.push(Frame::Close(payload)),
            (OpCode::Control(_), _) => frames.push(Frame::Beat(payload)),
            (OpCode::Data(Data::Continue), Some((_, joined))) => joined.extend_from_slice(&payload),
            (OpCode::Data(kind), none @ None) if kind != Data::Continue => *none = Some((kind, payload)),
            (OpCode::Data(_), _) => bail!("a fragment out of order"),
        }
        if header.is_final
            && matches!(header.opcode, OpCode::Data(_))
            && let Some((kind, joined)) = fragments.take()
        {
            frames.push(if kind == Data::Text {
                Frame::Text(joined)
            } else {
                Frame::Binary(joined)
            });
        }
    }
    Ok(frames)
}

/// Undoes the mask (RFC 6455, section 5.3).
fn unmasked(payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mask = mask.unwrap_or_default();
    payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(opcode: OpCode, is_final: bool, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let header = FrameHeader {
            is_final,
            opcode,
            mask,
            ..FrameHeader::default()
        };
        let mut bytes = Vec::new();
        header.format(payload.len() as u64, &mut bytes).unwrap();
        bytes.extend(unmasked(payload, mask));
        bytes
    }

    proptest! {
        #[test]
        fn masked_fragments_are_joined_around_control_frames(
            payload in prop::collection::vec(any::<u8>(), 0..70_000),
            cut in any::<prop::sample::Index>(),
            mask in any::<[u8; 4]>(),
        ) {
            let (first, second) = payload.split_at(cut.index(payload.len() + 1));
            let bytes = [
                frame(OpCode::Data(Data::Binary), false, Some(mask), first),
                frame(OpCode::Control(Control::Ping), true, Some(mask), b"beat"),
                frame(OpCode::Data(Data::Continue), true, Some(mask), second),
                frame(OpCode::Control(Control::Close), true, None, b"\x03\xe8bye"),
            ]
            .concat();
            let frames = parse(&bytes).unwrap();
            prop_assert_eq!(frames, [Frame::Beat(b"beat".to_vec()), Frame::Binary(payload), Frame::Close(b"\x03\xe8bye".to_vec())]);
        }
    }

    #[test]
    fn a_compressed_frame_is_an_error_and_a_cut_one_is_left() {
        let mut bytes = frame(OpCode::Data(Data::Binary), true, None, b"abc");
        assert_eq!(parse(&bytes[..4]).unwrap(), []);
        bytes[0] |= 0x40;
        assert!(parse(&bytes).is_err());
    }
}
