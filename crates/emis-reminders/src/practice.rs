//! Which practice it is that reminds.

use emis_client::Client;
use emis_types::{OdsCode, OrganisationId};

use crate::error::{ReminderError, ReminderErrorKind as Kind};

/// What names the practice, as its settings have it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) ods_code: OdsCode,
    pub(crate) organisation_id: Option<OrganisationId>,
    pub(crate) name: Option<String>,
}

impl Identity {
    /// Makes sure that the connection leads to this practice, and gives its name for patients.
    ///
    /// No operation of the API says which practice is meant: it is whichever the token belongs
    /// to. EMIS's organisation is read only where the token is silent or the name is missing.
    pub(crate) async fn confirm(&self, client: &Client) -> Result<Option<String>, ReminderError> {
        let claims = client.token_claims().await?;
        let by_token = self.matches(claims.ods_code.as_ref(), claims.organisation_id.as_ref())?;
        if by_token && self.name.is_some() {
            return Ok(self.name.clone());
        }
        let organisation = client.organisation().get_organisation().await?;
        let by_organisation = self.matches(organisation.ods_code.as_ref(), None)?;
        if !by_token && !by_organisation {
            return Err(ReminderError::new(
                Kind::PracticeUnconfirmed,
                "EMIS does not say to which practice the connection leads",
            ));
        }
        Ok(self.name.clone().or(organisation.name))
    }

    /// Whether anything says that this is the practice; an error where anything says that it is
    /// not.
    fn matches(
        &self,
        ods_code: Option<&OdsCode>,
        organisation_id: Option<&OrganisationId>,
    ) -> Result<bool, ReminderError> {
        let ods = ods_code.map(|theirs| *theirs == self.ods_code);
        let id = organisation_id
            .zip(self.organisation_id.as_ref())
            .map(|(theirs, ours)| theirs == ours);
        if ods == Some(false) || id == Some(false) {
            return Err(ReminderError::new(
                Kind::WrongPractice,
                "the connection leads to another practice than the settings say",
            ));
        }
        Ok(ods.or(id).is_some())
    }
}
