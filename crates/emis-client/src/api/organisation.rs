//! The organisation group: the practice that the connection belongs to.

use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::Organisation;
use crate::operation::Operation;
use crate::transport::message::Request;

/// The operations on the practice itself: [`Client::organisation`]. They need the scope
/// `papi-config.read`.
///
/// # Examples
///
/// ```no_run
/// # async fn example(client: emis_client::Client) -> Result<(), emis_client::ClientError> {
/// let practice = client.organisation().get_organisation().await?;
/// println!("{:?} has {} members of staff", practice.ods_code, practice.users.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OrganisationApi<'a>(pub(super) &'a Client);

impl Client {
    /// Returns the operations on the practice itself.
    pub fn organisation(&self) -> OrganisationApi<'_> {
        OrganisationApi(self)
    }
}

impl OrganisationApi<'_> {
    /// Returns the practice, its staff and its locations (`GetOrganisationV2`): the most reliable
    /// way to learn which practice a token belongs to.
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetOrganisationV2")]
    pub async fn get_organisation(self) -> Result<Organisation, ClientError> {
        let request = Request::new(Operation::GetOrganisationV2);
        self.0.call(request, codec::organisation).await
    }

    /// Returns the practice by the older operation, which is documented to respond in the same way
    /// (`GetOrganisation`).
    ///
    /// # Errors
    /// Fails with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    #[doc(alias = "GetOrganisation")]
    pub async fn get_organisation_v1(self) -> Result<Organisation, ClientError> {
        let request = Request::new(Operation::GetOrganisation);
        self.0.call(request, codec::organisation).await
    }
}
