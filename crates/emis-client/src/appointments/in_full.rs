//! Appointments with all that EMIS says of them: for arrivals desks and waiting rooms.

use super::{Appointments, window_request};
use crate::codec;
use crate::error::Error;
use crate::model::{BookedPatients, MinutesWindow};
use crate::operation::Operation;

impl Appointments<'_> {
    /// The patients with appointments around now, with their whole registrations and with how
    /// far behind their session holders are (`GetBookedPatientsV2`). A heavy call for the
    /// practice's system: keep the window small.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_booked_patients_in_full(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatients, Error> {
        self.in_full(Operation::GetBookedPatientsV2, window).await
    }

    /// The patients who have arrived, in the same way (`GetArrivedPatients`), without slot types.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_arrived_patients_in_full(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatients, Error> {
        self.in_full(Operation::GetArrivedPatients, window).await
    }

    /// The patients who were sent in, in the same way (`GetSentInPatients`), without slot types.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_sent_in_patients_in_full(
        self,
        window: MinutesWindow,
    ) -> Result<BookedPatients, Error> {
        self.in_full(Operation::GetSentInPatients, window).await
    }

    async fn in_full(
        self,
        operation: Operation,
        window: MinutesWindow,
    ) -> Result<BookedPatients, Error> {
        let dead = self.0.dead_encoding();
        self.0
            .call(window_request(operation, window), |response| {
                codec::booked_patients_in_full(response, dead)
            })
            .await
    }
}
