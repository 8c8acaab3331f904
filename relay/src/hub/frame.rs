//! What goes over the network, made once for all who are told.

use std::cell::RefCell;

use axum::body::Bytes;
use sotto_protocol::{Encode as _, ServerFrame};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

thread_local! {
    /// Where what frames carry is encoded, one after another.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A WebSocket frame, head included, and not a byte more: it may wait in many queues. A server's frames are not masked (RFC
/// 6455, section 5.1), so one is the same for all who are told.
pub fn frame(frame: &ServerFrame) -> Bytes {
    ENCODED.with_borrow_mut(|payload| {
        payload.clear();
        frame.encode(payload);
        let head = FrameHeader {
            opcode: OpCode::Data(Data::Binary),
            ..FrameHeader::default()
        };
        let length = payload.len() as u64;
        let mut bytes = Vec::with_capacity(head.len(length) + payload.len());
        // Memory takes all that is written to it.
        let _ = head.format(length, &mut bytes);
        bytes.extend_from_slice(payload);
        bytes.into()
    })
}
