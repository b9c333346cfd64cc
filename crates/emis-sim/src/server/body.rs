//! A response body that can be cut off or slow.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// The pace of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    Whole,
    /// The first half, with the `Content-Length` of the whole.
    Truncated,
    /// Pieces with a pause before each.
    Pieces {
        pieces: u16,
        pause: Duration,
    },
}

/// A body with the rest that is still to be sent.
#[derive(Debug)]
pub(crate) struct WireBody {
    length: u64,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    Whole(Bytes),
    Half(Bytes),
    /// The half was handed over and is sent before the connection closes.
    Flushing,
    BreakOff,
    Pieces(Box<Pieces>),
    Nothing,
}

#[derive(Debug)]
struct Pieces {
    bytes: Bytes,
    /// Bytes of a piece.
    size: usize,
    pause: Duration,
    pausing: Pin<Box<Sleep>>,
}

/// The connection is closed here by a fault.
#[derive(Debug, thiserror::Error)]
#[error("a fault cut the answer off")]
pub(crate) struct BrokenOff;

impl WireBody {
    pub(crate) fn new(bytes: Bytes, pace: Pace) -> Self {
        Self {
            length: bytes.len() as u64,
            rest: match pace {
                Pace::Whole => Rest::Whole(bytes),
                Pace::Truncated => Rest::Half(bytes.slice(..bytes.len() / 2)),
                Pace::Pieces { pieces, pause } => Rest::Pieces(Box::new(Pieces {
                    size: bytes.len().div_ceil(pieces.max(1).into()),
                    bytes,
                    pause,
                    pausing: Box::pin(sleep(pause)),
                })),
            },
        }
    }
}

impl Pieces {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        ready!(self.pausing.as_mut().poll(context));
        let piece = self.bytes.split_to(self.size.min(self.bytes.len()));
        if !self.bytes.is_empty() {
            self.pausing.set(sleep(self.pause));
        }
        Poll::Ready(piece)
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let data = |bytes| Poll::Ready(Some(Ok(Frame::data(bytes))));
        let (answer, rest) = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            Rest::Whole(bytes) => (data(bytes), Rest::Nothing),
            Rest::Half(bytes) => (data(bytes), Rest::Flushing),
            Rest::Flushing => {
                context.waker().wake_by_ref();
                (Poll::Pending, Rest::BreakOff)
            }
            Rest::BreakOff => (Poll::Ready(Some(Err(BrokenOff))), Rest::Nothing),
            Rest::Pieces(mut pieces) => match pieces.poll_next(context) {
                Poll::Ready(piece) if pieces.bytes.is_empty() => (data(piece), Rest::Nothing),
                Poll::Ready(piece) => (data(piece), Rest::Pieces(pieces)),
                Poll::Pending => (Poll::Pending, Rest::Pieces(pieces)),
            },
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
