//! The search group: what searches of the practice found.

use uuid::Uuid;

use crate::client::Client;
use crate::codec;
use crate::error::Error;
use crate::model::{Listing, SearchMatch, SearchReport};
use crate::operation::Operation;
use crate::query_text::check_text;
use crate::request::Request;

/// Searches of the practice: [`Client::search`].
#[derive(Debug, Clone, Copy)]
pub struct SearchGroup<'a>(&'a Client);

impl<'a> SearchGroup<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// The patients whom a QOF report found when it last ran (`GetPatientSearches`). What EMIS
    /// wants for `site` is not documented. Needs `papi-searches.read`.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) where `site` is blank or holds control
    /// characters, or any [`ErrorKind`](crate::ErrorKind) of a read.
    pub async fn get_patient_searches(
        self,
        search: Uuid,
        site: &str,
        report: SearchReport,
    ) -> Result<Listing<SearchMatch>, Error> {
        let operation = Operation::GetPatientSearches;
        let request = Request::new(operation)
            .with("searchGuid", search)
            .with("site", check_text(operation, site)?)
            .with("reportType", report.id());
        self.0.call(request, codec::search_matches).await
    }
}
