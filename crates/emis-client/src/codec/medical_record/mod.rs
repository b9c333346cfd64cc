//! The medical record: which key goes into which field, kind by kind.

mod attachment;
mod clinical;
mod consultation;
mod directory;
mod filing;
mod filing_wire;
mod filing_xml;
mod laboratory;
mod medication;
mod message;
mod places;
mod registration;

pub(crate) use attachment::attachment_data;
pub(crate) use filing::file_record;
pub(crate) use message::medical_record;
