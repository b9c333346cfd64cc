//! The problems that an XML document can have.

use crate::codec::field_error::{FieldError, WHOLE};

pub(in crate::codec) const WEB_PAGE: &str = "is a web page";
pub(super) const NOT_XML: &str = "is not XML";
pub(super) const BREAKS_OFF: &str = "breaks off";
pub(super) const DOCUMENT_TYPE: &str = "has a document type, which is not read";
pub(super) const NOTHING_DOCUMENTED: &str = "holds none of the documented elements";
pub(super) const ENTITY: &str = "has an entity, which is not read";
pub(super) const TOO_DEEP: &str = "is nested too deeply";

/// Returns the error of a document as a whole.
pub(super) fn fault(problem: &'static str) -> FieldError {
    FieldError::new(WHOLE, problem)
}
