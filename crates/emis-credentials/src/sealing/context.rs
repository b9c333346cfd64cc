//! The practice that an API user is sealed for.

use emis_types::{OdsCode, OrganisationId};

/// The practice that a sealed API user belongs to. It is bound to the sealed contents: a value that
/// was sealed for one practice, or for another organisation ID of the same practice, does not open
/// for this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealContext {
    ods_code: OdsCode,
    organisation_id: OrganisationId,
}

impl SealContext {
    /// Creates a context from both identifiers of a practice.
    pub fn new(ods_code: OdsCode, organisation_id: OrganisationId) -> Self {
        Self {
            ods_code,
            organisation_id,
        }
    }

    /// Returns the practice's ODS code.
    pub fn ods_code(&self) -> &OdsCode {
        &self.ods_code
    }

    /// Returns the practice's EMIS organisation ID (CDB number).
    pub fn organisation_id(&self) -> &OrganisationId {
        &self.organisation_id
    }
}
