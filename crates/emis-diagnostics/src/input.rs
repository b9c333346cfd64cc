//! The input of a diagnosis.

use emis_client::Client;
use emis_credentials::PasswordReleases;
use emis_settings::{PracticeSettings, SettingsProblem};
use emis_types::Clock;

use crate::activity::ActivityLog;
use crate::heartbeat::Pulse;
use crate::history::DiagnosisRecord;
use crate::product::Product;

/// The input of a diagnosis.
#[derive(Debug, Clone, Copy)]
pub struct DiagnosisInput<'a> {
    /// The practice's settings.
    pub settings: &'a PracticeSettings,
    /// The problems of input that the product refused. It is not in the settings, but has to be
    /// explained. Mostly empty.
    pub refused: &'a [SettingsProblem],
    /// A client made of the settings; none if none could be made, which the diagnosis explains.
    pub client: Option<&'a Client>,
    /// The product that the steps name.
    pub product: &'a Product,
    /// The outcomes of the product's own calls, if they are kept.
    pub activity: Option<&'a ActivityLog>,
    /// The releases of the stored password after refusals; none if they are not counted.
    pub releases: Option<PasswordReleases>,
    /// The results of earlier diagnoses, in the order of
    /// [`DiagnosisStore::diagnoses`](crate::DiagnosisStore::diagnoses); empty if they are not kept.
    pub history: &'a [DiagnosisRecord],
    /// The state of the product's own records; none if it is not known.
    pub pulse: Option<&'a Pulse>,
    /// The current time.
    pub clock: &'a dyn Clock,
}
