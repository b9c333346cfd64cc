//! `GetBookedPatientsV2`, read as it arrives.

use std::fmt;
use std::time::Duration;

use emis_types::StaffId;
use sync_wrapper::SyncFuture;

use crate::client::Client;
use crate::codec::{self, ArrivingBookings, Booked, BookedStep, FieldError, HolderReferences};
use crate::error::{Error, ErrorKind};
use crate::exchange::{self, UnderWay};
use crate::formats::DeadEncoding;
use crate::incoming::Incoming;
use crate::model::{BookedPatient, SkippedRecord};
use crate::operation::Operation;
use crate::request::{Response, TransportError, TransportErrorKind};
use crate::telemetry;

const OPERATION: Operation = Operation::GetBookedPatientsV2;

/// The longest answer that is held as a whole, because it can't be read as it arrives.
const MAX_WHOLE: usize = 64 * 1024 * 1024;

/// Patients with appointments, one by one as they arrive: see
/// [`stream_booked_patients`](crate::Appointments::stream_booked_patients).
///
/// However long the answer, no more of it is held than the piece that came last and the record
/// that it breaks off in. (An answer in XML is held as a whole before its first record comes.)
/// While there is more to come the call counts as in flight; drop the stream to give up the rest.
pub struct BookedPatientStream {
    incoming: Incoming,
    bookings: ArrivingBookings,
    /// How long to wait for the next piece.
    wait: Duration,
    status: u16,
    /// Until the stream has ended, one way or the other.
    conduct: Option<Conduct>,
}

/// What is seen of a stream's call from outside, and what is learnt from it of EMIS. Both are
/// settled at its end.
#[derive(Debug)]
pub(crate) struct Conduct {
    pub(crate) call: telemetry::Call,
    pub(crate) under_way: UnderWay,
}

impl Conduct {
    fn end(self, result: Result<(), &Error>) {
        self.under_way.end(result);
        self.call.end(result);
    }
}

/// An appointment from a [`BookedPatientStream`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamedBooking {
    /// The appointment. EMIS may name its session holders by their place in a list that comes
    /// after all appointments; such holders are missing here, and
    /// [`BookedPatientStream::session_holders`] has them at the end.
    pub booking: BookedPatient,
    holders: Option<HolderReferences>,
}

impl BookedPatientStream {
    /// Begins to read an answer. Each piece of it may take as long as an attempt to come.
    pub(crate) async fn begin(
        client: &Client,
        mut incoming: Incoming,
        conduct: Conduct,
    ) -> Result<Self, Error> {
        let wait = client.0.attempt_timeout;
        let begun = match first_piece(&mut incoming, wait, client.dead_encoding()).await {
            Ok(begun) => begun,
            Err(error) => {
                conduct.end(Err(&error));
                return Err(error);
            }
        };
        let mut stream = Self {
            incoming,
            bookings: ArrivingBookings::new(client.dead_encoding()),
            wait,
            status: begun.status(),
            conduct: Some(conduct),
        };
        stream
            .take_in(begun.body())
            .map_err(|error| stream.broken(error))?;
        Ok(stream)
    }

    /// The next appointment, or a note of one that could not be read; `None` at the end of the
    /// answer. Never ignore such notes in silence: an appointment among them gets no reminder.
    ///
    /// When this future is dropped nothing is lost: call again.
    ///
    /// # Errors
    /// [`Interrupted`](ErrorKind::Interrupted) where the answer breaks off, or no piece of it
    /// comes within the time of an attempt; [`Decode`](ErrorKind::Decode) where it is not what it
    /// should be. What came before stands, and nothing comes after.
    pub async fn next(&mut self) -> Result<Option<Result<StreamedBooking, SkippedRecord>>, Error> {
        while self.conduct.is_some() {
            let mut streamed = None;
            let read = |record: Result<Booked, _>| streamed = Some(record.map(Into::into));
            match self.bookings.next(read) {
                Ok(BookedStep::Record) => return Ok(streamed),
                Ok(BookedStep::End) => self.end(Ok(())),
                Ok(BookedStep::More) => {
                    let piece = piece(&mut self.incoming, self.wait);
                    let piece = SyncFuture::new(piece).await;
                    let taken = piece.and_then(|piece| self.take_in(&piece));
                    taken.map_err(|error| self.broken(error))?;
                }
                Err(fault) => {
                    let error = not_understood(self.status, fault);
                    return Err(self.broken(error));
                }
            }
        }
        Ok(None)
    }

    /// The session holders of an appointment, each once. `None` where they are named in a list
    /// that has not come yet: at the end of the stream it has.
    pub fn session_holders(&self, streamed: &StreamedBooking) -> Option<Vec<StaffId>> {
        match &streamed.holders {
            None => Some(streamed.booking.session_holders.clone()),
            Some(holders) => self.has_ended().then(|| self.bookings.holders(holders)),
        }
    }

    fn has_ended(&self) -> bool {
        self.conduct.is_none()
    }

    /// Ends the stream with this error.
    fn broken(&mut self, error: Error) -> Error {
        self.end(Err(&error));
        error
    }

    fn end(&mut self, result: Result<(), &Error>) {
        self.incoming.close();
        if let Some(conduct) = self.conduct.take() {
            conduct.end(result);
        }
    }

    fn take_in(&mut self, piece: &[u8]) -> Result<(), Error> {
        let taken = self.bookings.push(piece).and_then(|()| {
            if self.incoming.has_more() {
                Ok(())
            } else {
                self.bookings.end()
            }
        });
        taken.map_err(|fault| not_understood(self.status, fault))
    }
}

impl From<Booked> for StreamedBooking {
    fn from(booked: Booked) -> Self {
        Self {
            booking: booked.booked,
            holders: booked.holders,
        }
    }
}

impl fmt::Debug for BookedPatientStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BookedPatientStream")
            .field("ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}

/// As much of an answer as there has to be before it can be read: in JSON its beginning, in XML
/// the whole.
async fn first_piece(
    incoming: &mut Incoming,
    wait: Duration,
    dead: DeadEncoding,
) -> Result<Response, Error> {
    let mut begun = incoming.take_head();
    let status = begun.status();
    // Before there is something of it, there is no telling what it is.
    while begun.body().trim_ascii().is_empty() && incoming.has_more() {
        begun.append(&piece(incoming, wait).await?);
    }
    if codec::is_json(&begun).map_err(|fault| not_understood(status, fault))? {
        return Ok(begun);
    }
    while incoming.has_more() {
        begun.append(&piece(incoming, wait).await?);
        if begun.body().len() > MAX_WHOLE {
            let kind = TransportErrorKind::TooLarge;
            let failure = TransportError::new(kind, "the answer is longer than 64 MiB");
            return Err(exchange::error(OPERATION, ErrorKind::Decode).with_source(failure));
        }
    }
    codec::in_json(begun, dead).map_err(|fault| not_understood(status, fault))
}

/// The next piece of an answer; nothing at its end.
async fn piece(incoming: &mut Incoming, wait: Duration) -> Result<Vec<u8>, Error> {
    let piece = match tokio::time::timeout(wait, incoming.next()).await {
        Ok(piece) => piece,
        Err(_) => Err(TransportError::new(
            TransportErrorKind::TimedOut,
            "the answer stopped coming",
        )),
    };
    piece.map(Option::unwrap_or_default).map_err(|failure| {
        exchange::error(OPERATION, ErrorKind::Interrupted)
            .with_sent(failure.sent())
            .with_source(failure)
    })
}

fn not_understood(status: u16, fault: FieldError) -> Error {
    exchange::error(OPERATION, ErrorKind::Decode)
        .with_answer(status, None, None, None)
        .with_source(fault)
}
