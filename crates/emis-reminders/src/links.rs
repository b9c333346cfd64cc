//! Links by which patients see, cancel or move the appointment that a message tells of.

use async_trait::async_trait;
use emis_messaging::{MessageTopic, SenderCapabilities};
use emis_settings::{Channel, PatientAction, StoreError};
use emis_types::Sensitive;

/// Makes the links of a product's page for patients. `emis-partner` implements it over
/// `emis-booking`.
#[async_trait]
pub trait AppointmentLinks: std::fmt::Debug + Send + Sync {
    /// Returns an address that opens nothing, in the form and length of every link: messages are
    /// worded and counted with it.
    fn example(&self) -> String;

    /// Makes the link to an appointment whose session is known. It opens once this returns.
    ///
    /// # Errors
    /// [`StoreError`] if it can't be stored.
    ///
    /// # Cancel safety
    /// An implementation must make the link or not.
    async fn make(&self, appointment: &MessageTopic) -> Result<AppointmentLink, StoreError>;

    /// Withdraws a link that was not sent.
    ///
    /// # Errors
    /// [`StoreError`] if it can't be stored. The link then ends with the appointment.
    ///
    /// # Cancel safety
    /// An implementation must withdraw the link or not.
    async fn withdraw(&self, link: &AppointmentLink) -> Result<(), StoreError>;
}

/// A link to an appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppointmentLink {
    /// The ID, which is no secret.
    pub id: String,
    /// The address. Who has it can act for the patient: it is in the message alone.
    pub address: Sensitive<String>,
}

/// Returns `true` if a message through a channel may hold a link to an appointment: the practice's
/// rule lets the patient act at once, and every leg of the sender's route may carry it.
pub(crate) fn may_link(
    topic: &MessageTopic,
    sender: &SenderCapabilities,
    channel: Channel,
) -> bool {
    let acts = matches!(topic.may, PatientAction::Cancel | PatientAction::Move);
    let route = sender.route(channel);
    acts && topic.session.is_some() && route.is_some_and(|it| it.may_carry_link())
}
