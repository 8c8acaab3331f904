//! A whole recording, read down to the strings inside the frames.

use anyhow::{Context, Result};

use super::http::{self, Exchange, Message};
use super::search::Haystack;
use super::tap::Connection;
use super::{cbor, websocket};

/// What a tap recorded, read.
#[derive(Default)]
pub struct Traffic {
    /// Every request with its response, by connection.
    pub exchanges: Vec<Exchange>,
    /// Every WebSocket frame from the client.
    pub frames_sent: Vec<websocket::Frame>,
    /// Every WebSocket frame to the client.
    pub frames_received: Vec<websocket::Frame>,
    /// The recording itself and all its parts that came from the client: what left the browser.
    pub sent: Haystack,
    /// The same of what came to the client.
    pub received: Haystack,
}

impl Traffic {
    /// Reads a recording. Bytes that cannot be read are an error: what cannot be read cannot be searched.
    pub fn read(recording: &[Connection]) -> Result<Self> {
        let mut traffic = Self::default();
        for (number, connection) in recording.iter().enumerate() {
            traffic
                .add(number, connection)
                .with_context(|| format!("connection {number}"))?;
        }
        Ok(traffic)
    }

    /// Adds one connection.
    fn add(&mut self, number: usize, connection: &Connection) -> Result<()> {
        self.sent
            .add(format!("connection {number}, sent"), connection.sent.as_slice());
        self.received.add(
            format!("connection {number}, received"),
            connection.received.as_slice(),
        );
        let conversation = http::parse(connection)?;
        for exchange in &conversation.exchanges {
            let place = format!("connection {number}, {}", exchange.request.line);
            add_message(&mut self.sent, &place, &exchange.request);
            if let Some(response) = &exchange.response {
                add_message(&mut self.received, &place, response);
            }
        }
        self.exchanges.extend(conversation.exchanges);
        if let Some((sent, received)) = conversation.upgraded {
            let place = format!("connection {number}, WebSocket");
            self.frames_sent
                .extend(add_frames(&mut self.sent, &place, &sent)?);
            self.frames_received
                .extend(add_frames(&mut self.received, &place, &received)?);
        }
        Ok(())
    }
}

/// Adds what a request or response consists of.
fn add_message(haystack: &mut Haystack, place: &str, message: &Message) {
    for (name, value) in &message.headers {
        haystack.add(format!("{place}: {name}"), value.as_slice());
    }
    haystack.add(format!("{place}: body"), message.body.as_slice());
}

/// Adds the frames of one direction and every string in them.
fn add_frames(haystack: &mut Haystack, place: &str, bytes: &[u8]) -> Result<Vec<websocket::Frame>> {
    let frames = websocket::parse(bytes)?;
    for (number, frame) in frames.iter().enumerate() {
        haystack.add(format!("{place}, frame {number}"), frame.payload());
        for string in cbor::strings(frame.payload()) {
            haystack.add(format!("{place}, frame {number}, a string in it"), string);
        }
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::super::search::Secret;
    use super::*;

    /// A room hash in a masked frame cannot be found in the recording, and is found in what was read of it.
    #[test]
    fn what_a_mask_hides_is_found() {
        let hash = [0x42; 32];
        let payload = minicbor::to_vec((3, minicbor::bytes::ByteVec::from(hash.to_vec()))).unwrap();
        let mask = [1, 2, 3, 4];
        let mut sent = b"GET /ws HTTP/1.1\r\n\r\n".to_vec();
        let length = u8::try_from(payload.len()).unwrap();
        sent.extend([0x82, 0x80 | length]);
        sent.extend(mask);
        sent.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        let connection = Connection {
            sent: sent.clone(),
            received: b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec(),
        };
        let control = Secret::bytes("room hash", &hash);
        assert_eq!(control.find(&sent), None);
        let traffic = Traffic::read(&[connection]).unwrap();
        traffic.sent.must_hold(&control);
        traffic.received.must_lack(&[control]);
        assert_eq!(traffic.frames_sent.len(), 1);
    }
}
