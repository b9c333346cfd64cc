//! The identity of the practice that reminds.

use emis_client::Client;
use emis_types::{OdsCode, OrganisationId};

use crate::error::ReminderError;

/// The identity of the practice in its settings.
#[derive(Debug, Clone)]
pub(crate) struct PracticeIdentity {
    pub(crate) ods_code: OdsCode,
    pub(crate) organisation_id: Option<OrganisationId>,
    pub(crate) name: Option<String>,
}

impl PracticeIdentity {
    /// Confirms that the connection leads to this practice. Returns its name for patients, which
    /// is EMIS's if the settings have none.
    pub(crate) async fn confirm(&self, client: &Client) -> Result<Option<String>, ReminderError> {
        client
            .confirm_practice(&self.ods_code, self.organisation_id.as_ref())
            .await?;
        if self.name.is_some() {
            return Ok(self.name.clone());
        }
        Ok(client.organisation().get_organisation().await?.name)
    }
}
