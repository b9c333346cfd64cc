//! Whose EMIS is it? No operation names a practice; the token decides.

use emis_types::{OdsCode, OrganisationId};

use crate::client::Client;
use crate::error::{Error, ErrorKind};

impl Client {
    /// Makes sure that the connection leads to the practice that is meant, before anything is
    /// read or written there: a slot or patient number of one practice is somebody else's at
    /// another.
    ///
    /// The token's own words are compared each time. Where it does not name the ODS code, as tokens
    /// for applications do not, `GetOrganisation` is asked for it, once for each client.
    ///
    /// # Errors
    /// [`ErrorKind::WrongPractice`] where anything says that it is another practice,
    /// [`ErrorKind::PracticeUnconfirmed`] where nothing says that it is this one, or those of the
    /// calls.
    pub async fn confirm_practice(
        &self,
        ods_code: &OdsCode,
        organisation_id: Option<&OrganisationId>,
    ) -> Result<(), Error> {
        let claims = self.token_claims().await?;
        let ods_matches = claims.ods_code.as_ref().map(|theirs| theirs == ods_code);
        let id_matches = claims
            .organisation_id
            .as_ref()
            .zip(organisation_id)
            .map(|(theirs, ours)| theirs == ours);
        match (ods_matches, id_matches) {
            (Some(false), _) | (_, Some(false)) => return Err(wrong()),
            (Some(true), _) => return Ok(()),
            // An organisation ID alone could be of a practice that has since merged.
            (None, _) => {}
        }
        if let Some(confirmed) = self.0.confirmed.get() {
            return if confirmed == ods_code {
                Ok(())
            } else {
                Err(wrong())
            };
        }
        match self.organisation().get_organisation().await?.ods_code {
            Some(theirs) if theirs == *ods_code => {
                // Whoever else asked meanwhile was told the same.
                let _ = self.0.confirmed.set(theirs);
                Ok(())
            }
            Some(_) => Err(wrong()),
            None => Err(Error::new(
                ErrorKind::PracticeUnconfirmed,
                "EMIS does not say to which practice the connection leads",
            )),
        }
    }
}

fn wrong() -> Error {
    Error::new(
        ErrorKind::WrongPractice,
        "the connection leads to another practice than was meant",
    )
}
