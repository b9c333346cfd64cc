//! The search group: the patients that the practice's searches found.

use uuid::Uuid;

use super::query_text::check_text;
use crate::client::Client;
use crate::codec;
use crate::error::ClientError;
use crate::model::{Listing, SearchMatch, SearchReport};
use crate::operation::Operation;
use crate::transport::message::Request;

/// The operations on the practice's searches: [`Client::search`]. They need the scope
/// `papi-searches.read`.
///
/// # Examples
///
/// ```no_run
/// use emis_client::model::SearchReport;
///
/// # async fn example(
/// #     client: emis_client::Client,
/// #     search: uuid::Uuid,
/// # ) -> Result<(), emis_client::ClientError> {
/// let report = SearchReport::HowAmIDriving;
/// let found = client.search().get_patient_searches(search, "Main Surgery", report).await?;
/// println!("{} patients", found.items.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SearchApi<'a>(&'a Client);

impl Client {
    /// Returns the operations on the practice's searches.
    pub fn search(&self) -> SearchApi<'_> {
        SearchApi(self)
    }
}

impl SearchApi<'_> {
    /// Returns the patients that a QOF report found when it last ran (`GetPatientSearches`). EMIS
    /// does not document the value of `site`.
    ///
    /// # Errors
    /// Fails with [`InvalidRequest`](crate::ClientErrorKind::InvalidRequest) if `site` is blank or
    /// has control characters, or with any [`ClientErrorKind`](crate::ClientErrorKind) of a read.
    pub async fn get_patient_searches(
        self,
        search: Uuid,
        site: &str,
        report: SearchReport,
    ) -> Result<Listing<SearchMatch>, ClientError> {
        let operation = Operation::GetPatientSearches;
        let request = Request::new(operation)
            .with("searchGuid", search)
            .with("site", check_text(operation, site)?)
            .with("reportType", report.id());
        self.0.call(request, codec::search_matches).await
    }
}
