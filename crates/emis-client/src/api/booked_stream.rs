//! Booked patients, read while the response arrives.

use std::fmt;

use emis_types::StaffId;
use sync_wrapper::SyncFuture;

use crate::client::Client;
use crate::codec::{ArrivingBookings, Booked, BookedStep, FieldError, HolderReferences};
use crate::error::{ClientError, ClientErrorKind};
use crate::model::{BookedPatient, SkippedRecord};
use crate::operation::Operation;
use crate::pipeline::in_flight::StreamingCall;
use crate::transport::message::Request;

const OPERATION: Operation = Operation::GetBookedPatientsV2;

/// Patients with appointments, one by one as they arrive: see
/// [`stream_booked_patients`](crate::AppointmentsApi::stream_booked_patients).
///
/// However long the response, no more of it is held than the latest piece and the record that it
/// breaks off in.
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
        let head = call.take_head();
        let deceased = client.deceased_flag_encoding();
        let mut stream = Self {
            call,
            bookings: ArrivingBookings::new(head.content_type(), deceased),
            status: head.status(),
        };
        let begun = SyncFuture::new(stream.begin(head.body())).await;
        begun.map_err(|error| stream.broken(error))?;
        Ok(stream)
    }

    /// Takes in as much of the response as its encoding can be told by.
    async fn begin(&mut self, body: &[u8]) -> Result<(), ClientError> {
        self.take_in(body)?;
        while self.bookings.is_unknown() && self.call.has_more() {
            let piece = self.call.next_piece().await?;
            self.take_in(&piece)?;
        }
        Ok(())
    }

    /// Returns the number of characters that could not be read as they came and were replaced.
    /// The appointments that hold them are returned all the same. At the end of the stream the
    /// count is complete.
    pub fn repaired_characters(&self) -> usize {
        self.bookings.repaired()
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

fn undecodable(status: u16, fault: FieldError) -> ClientError {
    ClientError::of(ClientErrorKind::Decode)
        .with_operation(OPERATION)
        .with_answer(status, None, None, None)
        .with_source(fault)
}
