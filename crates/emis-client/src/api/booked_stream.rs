//! Booked patients, read while the response arrives.

use std::fmt;

use emis_types::StaffId;
use sync_wrapper::SyncFuture;

use crate::client::Client;
use crate::codec::formats::DeceasedFlagEncoding;
use crate::codec::{self, ArrivingBookings, Booked, BookedStep, FieldError, HolderReferences};
use crate::error::{ClientError, ClientErrorKind};
use crate::model::{BookedPatient, SkippedRecord};
use crate::operation::Operation;
use crate::pipeline::in_flight::StreamingCall;
use crate::transport::error::{TransportError, TransportErrorKind};
use crate::transport::message::{Request, Response};

const OPERATION: Operation = Operation::GetBookedPatientsV2;

/// The longest response in bytes that is held as a whole, because it can't be read in pieces.
const MAX_WHOLE: usize = 64 * 1024 * 1024;

/// Patients with appointments, one by one as they arrive: see
/// [`stream_booked_patients`](crate::AppointmentsApi::stream_booked_patients).
///
/// However long the response, no more of it is held than the latest piece and the record that it
/// breaks off in. (A response in XML is held as a whole before its first record is returned.)
/// While there is more to come the call counts as in flight; drop the stream to give up the rest.
pub struct BookedPatientStream {
    call: StreamingCall,
    bookings: ArrivingBookings,
    status: u16,
}

/// An appointment from a [`BookedPatientStream`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamedBooking {
    /// The appointment. EMIS may refer to its session holders by their place in a list that comes
    /// after all appointments; such holders are missing here, and
    /// [`BookedPatientStream::session_holders`] returns them at the end.
    pub booking: BookedPatient,
    holders: Option<HolderReferences>,
}

impl BookedPatientStream {
    /// Sends the request and reads the beginning of the response.
    pub(super) async fn open(client: &Client, request: &Request) -> Result<Self, ClientError> {
        let mut call = client.pipeline().open(request).await?;
        let deceased = client.deceased_flag_encoding();
        let first = SyncFuture::new(first_piece(&mut call, deceased)).await;
        let begun = match first {
            Ok(begun) => begun,
            Err(error) => {
                call.end(Err(&error));
                return Err(error);
            }
        };
        let mut stream = Self {
            call,
            bookings: ArrivingBookings::new(deceased),
            status: begun.status(),
        };
        stream
            .take_in(begun.body())
            .map_err(|error| stream.broken(error))?;
        Ok(stream)
    }

    /// Returns the next appointment, a note of one that could not be read, or `None` at the end of
    /// the response. Never ignore the notes: an appointment among them gets no reminder.
    ///
    /// Cancel safe: dropping the future loses nothing, and `next` can be called again.
    ///
    /// # Errors
    /// Fails with [`Interrupted`](ClientErrorKind::Interrupted) if the response breaks off, if no
    /// piece of it arrives within the
    /// [timeout of an attempt](crate::ClientBuilder::attempt_timeout), or if it is not complete by
    /// its [deadline](crate::ClientBuilder::stream_deadline); with
    /// [`Decode`](ClientErrorKind::Decode) if it is not the documented response. Appointments
    /// returned before stand, and none follow.
    pub async fn next(
        &mut self,
    ) -> Result<Option<Result<StreamedBooking, SkippedRecord>>, ClientError> {
        while !self.call.has_ended() {
            let mut streamed = None;
            let read = |record: Result<Booked, _>| streamed = Some(record.map(Into::into));
            match self.bookings.next(read) {
                Ok(BookedStep::Record) => return Ok(streamed),
                Ok(BookedStep::End) => self.call.end(Ok(())),
                Ok(BookedStep::More) => {
                    let piece = SyncFuture::new(self.call.next_piece()).await;
                    let taken = piece.and_then(|piece| self.take_in(&piece));
                    taken.map_err(|error| self.broken(error))?;
                }
                Err(fault) => {
                    let error = undecodable(self.status, fault);
                    return Err(self.broken(error));
                }
            }
        }
        Ok(None)
    }

    /// Returns the session holders of an appointment, each once. Returns `None` if they are in a
    /// list that has not arrived yet; at the end of the stream it has.
    pub fn session_holders(&self, streamed: &StreamedBooking) -> Option<Vec<StaffId>> {
        match &streamed.holders {
            None => Some(streamed.booking.session_holders.clone()),
            Some(holders) => self
                .call
                .has_ended()
                .then(|| self.bookings.holders(holders)),
        }
    }

    /// Ends the stream with this error.
    fn broken(&mut self, error: ClientError) -> ClientError {
        self.call.end(Err(&error));
        error
    }

    fn take_in(&mut self, piece: &[u8]) -> Result<(), ClientError> {
        let taken = self.bookings.push(piece).and_then(|()| {
            if self.call.has_more() {
                Ok(())
            } else {
                self.bookings.end()
            }
        });
        taken.map_err(|fault| undecodable(self.status, fault))
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
            .field("ended", &self.call.has_ended())
            .finish_non_exhaustive()
    }
}

/// Reads as much of a response as decoding needs to begin: in JSON its first bytes, in XML the
/// whole.
async fn first_piece(
    call: &mut StreamingCall,
    deceased: DeceasedFlagEncoding,
) -> Result<Response, ClientError> {
    let mut begun = call.take_head();
    let status = begun.status();
    // White space alone does not tell the encoding.
    while begun.body().trim_ascii().is_empty() && call.has_more() {
        begun.append(&call.next_piece().await?);
        within_limit(&begun)?;
    }
    if codec::is_json(&begun).map_err(|fault| undecodable(status, fault))? {
        return Ok(begun);
    }
    while call.has_more() {
        begun.append(&call.next_piece().await?);
        within_limit(&begun)?;
    }
    codec::in_json(begun, deceased).map_err(|fault| undecodable(status, fault))
}

fn within_limit(begun: &Response) -> Result<(), ClientError> {
    if begun.body().len() <= MAX_WHOLE {
        return Ok(());
    }
    let kind = TransportErrorKind::TooLarge;
    let failure = TransportError::new(kind, "the answer is longer than 64 MiB");
    Err(ClientError::of(ClientErrorKind::Decode)
        .with_operation(OPERATION)
        .with_source(failure))
}

fn undecodable(status: u16, fault: FieldError) -> ClientError {
    ClientError::of(ClientErrorKind::Decode)
        .with_operation(OPERATION)
        .with_answer(status, None, None, None)
        .with_source(fault)
}
