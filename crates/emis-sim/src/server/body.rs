//! A response body that can break off half-way.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// What is still to be sent.
#[derive(Debug)]
pub(crate) struct WireBody {
    length: u64,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    Whole(Bytes),
    Half(Bytes),
    /// Half was handed over; it gets a turn to leave before the connection goes.
    Flushing,
    BreakOff,
    Nothing,
}

/// The connection breaks off here, as asked.
#[derive(Debug, thiserror::Error)]
#[error("the answer breaks off, as a fault asked for")]
pub(crate) struct BrokenOff;

impl WireBody {
    pub(crate) const fn whole(bytes: Bytes) -> Self {
        Self {
            length: bytes.len() as u64,
            rest: Rest::Whole(bytes),
        }
    }

    /// Promises all of `bytes` and sends the first half.
    pub(crate) fn truncated(bytes: &Bytes) -> Self {
        Self {
            length: bytes.len() as u64,
            rest: Rest::Half(bytes.slice(..bytes.len() / 2)),
        }
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let (answer, rest) = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Whole(bytes) => (Poll::Ready(Some(Ok(Frame::data(bytes)))), Rest::Nothing),
            Rest::Half(bytes) => (Poll::Ready(Some(Ok(Frame::data(bytes)))), Rest::Flushing),
            Rest::Flushing => {
                context.waker().wake_by_ref();
                (Poll::Pending, Rest::BreakOff)
            }
            Rest::BreakOff => (Poll::Ready(Some(Err(BrokenOff))), Rest::Nothing),
            Rest::Nothing => (Poll::Ready(None), Rest::Nothing),
        };
        self.rest = rest;
        answer
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.rest, Rest::Nothing) || self.length == 0
    }
}
