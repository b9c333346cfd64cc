//! The organisation group: who the connection belongs to.

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::{Organisation, OrganisationInformation};
use crate::operation::Operation;
use crate::request::Request;

/// Operations on the practice: [`Client::organisation`].
#[derive(Debug, Clone, Copy)]
pub struct OrganisationGroup<'a>(&'a Client);

impl<'a> OrganisationGroup<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// The practice, its staff and its locations (`GetOrganisationV2`): the best way to find out
    /// which practice a token is for. Needs `papi-config.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    #[doc(alias = "GetOrganisationV2")]
    pub async fn get_organisation(self) -> Result<Organisation, Error> {
        let request = Request::new(Operation::GetOrganisationV2);
        self.0.call(request, codec::organisation).await
    }

    /// The same with all that EMIS says, other organisations and their people too
    /// (`GetOrganisationV2`).
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_organisation_in_full(self) -> Result<OrganisationInformation, Error> {
        let request = Request::new(Operation::GetOrganisationV2);
        self.0.call(request, codec::organisation_in_full).await
    }

    /// The practice as older clients get it (`GetOrganisation`). The documented answer is the
    /// same. Needs `papi-config.read`.
    ///
    /// # Errors
    /// Any [`ErrorKind`](crate::ErrorKind) of a read.
    #[doc(alias = "GetOrganisation")]
    pub async fn get_organisation_v1(self) -> Result<Organisation, Error> {
        let request = Request::new(Operation::GetOrganisation);
        self.0.call(request, codec::organisation).await
    }
}
