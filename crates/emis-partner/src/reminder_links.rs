//! The links of reminders: made by self-booking, at the product's page.

use async_trait::async_trait;
use emis_booking::{AppointmentKey, Booking, BookingError, LinkAllowance};
use emis_messaging::MessageTopic;
use emis_reminders::{AppointmentLink, AppointmentLinks};
use emis_settings::{PatientAction, StoreError, StoreErrorKind};
use emis_types::uk;

use crate::link_pattern::LinkPattern;

/// Makes the links to the appointments of one practice.
#[derive(Debug)]
pub(crate) struct ReminderLinks {
    pub(crate) booking: Booking,
    pub(crate) pattern: LinkPattern,
}

#[async_trait]
impl AppointmentLinks for ReminderLinks {
    fn example(&self) -> String {
        self.pattern.example()
    }

    async fn make(&self, appointment: &MessageTopic) -> Result<AppointmentLink, StoreError> {
        let unstorable =
            || StoreError::new(StoreErrorKind::Unstorable, "no appointment to link to");
        let MessageTopic {
            session: Some(session),
            slot: Some(slot),
            start: Some(start),
            patient,
            may,
            ..
        } = *appointment
        else {
            return Err(unstorable());
        };
        let key = AppointmentKey {
            session,
            slot,
            patient,
            start: uk::zoned(start).timestamp(),
        };
        let allowance = match may {
            PatientAction::Move => LinkAllowance::any(),
            _ => LinkAllowance::any().moved_at_most(0),
        };
        let made = self.booking.link_to(&key, allowance).await;
        let made = made.map_err(not_stored)?;
        Ok(AppointmentLink {
            id: made.id.to_string(),
            address: self.pattern.link(&made.token).into(),
        })
    }

    async fn withdraw(&self, link: &AppointmentLink) -> Result<(), StoreError> {
        let unknown = |_| StoreError::new(StoreErrorKind::Unstorable, "no link has this ID");
        let id = link.id.parse().map_err(unknown)?;
        self.booking.revoke(&id).await.map_err(not_stored)?;
        Ok(())
    }
}

fn not_stored(error: BookingError) -> StoreError {
    let kind = error
        .store()
        .map_or(StoreErrorKind::Unavailable, StoreError::kind);
    StoreError::new(kind, "link could not be stored").with_source(error)
}
