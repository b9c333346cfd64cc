//! What the names in EMIS Open's schemas stand for in EMIS's JSON.
//!
//! JSON's names are XML's in camel case, and a list is called `…List`; these are the exceptions.
//! They follow from what .NET's `xsd` tool makes of the schemas, which is what EMIS's JSON shows:
//! a member that would be called like its class gets a 1, and a choice becomes `item`.
//!
//! Literals stay as they are: a text is a literal, where a number is its place in the schema's
//! list. `Dead` alone is read as a number whatever it is, and is written as that will be read.

use std::borrow::Cow;

use super::path::Path;
use crate::codec::formats::DeceasedFlagEncoding;

/// What becomes of an element in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A text, or an object with its children as members.
    Plain,
    /// An array of its children.
    List,
    /// One of several elements in a row, which together are an array.
    Repeated,
}

pub(super) fn form(path: &Path) -> Form {
    if path.is_root() {
        return Form::Plain;
    }
    let [name, parent, _] = path.last_three();
    match (parent, name) {
        ("Slot", "PatientList") | (_, "HolidayList") => Form::Plain,
        ("HolidayList", "Practice" | "Staff")
        | (_, "CustomRegistrationFields" | "RegistrationChangeHistory" | "Dates") => Form::List,
        ("SlotList", "Slot")
        | ("AppointmentSessionList", "AppointmentSession")
        | ("PatientAppointmentList" | "PatientAppointmentListV2", "Appointment")
        | ("UserDetails", "Person")
        | ("TestRequest" | "TestRequestDetail", "InvestigationRef")
        | ("Mixture", "Constituents") => Form::Repeated,
        _ if name.ends_with("List") => Form::List,
        _ => Form::Plain,
    }
}

/// The attributes that stand for members. What else there is (namespaces, types) says nothing.
pub(super) fn is_attribute(name: &str) -> bool {
    matches!(
        name,
        "DBID"
            | "RefID"
            | "GUID"
            | "OldGUID"
            | "FileStatus"
            | "PatientID"
            | "Purpose"
            | "Security1"
            | "Security2"
    )
}

/// The name of a member of an object.
pub(super) fn key(path: &Path) -> Cow<'_, str> {
    if is_choice(path) {
        return Cow::Borrowed("item");
    }
    let [name, parent, _] = path.last_three();
    Cow::Borrowed(match (parent, name) {
        ("Problem", "ProblemType") => "problemType1",
        ("Event", "EventType") => "eventType1",
        ("Allergy", "AllergyType") => "allergyType1",
        ("Link", "LinkType") => "linkType1",
        ("Consultation", "ConsultationType") => "consultationType1",
        _ => return camel_case(name),
    })
}

/// .NET's camel case: capitals at the beginning become small ones, but for one that begins a word.
/// `DBID` is `dbid`, `RefID` is `refID` and `EDIOrderList` is `ediOrderList`.
fn camel_case(name: &str) -> Cow<'_, str> {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let small = if capitals > 1 && capitals < name.len() {
        capitals - 1
    } else {
        capitals
    };
    let (Some(begin), Some(rest)) = (name.get(..small), name.get(small..)) else {
        return Cow::Borrowed(name);
    };
    if begin.is_empty() {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("{}{rest}", begin.to_ascii_lowercase()))
}

/// Whether an element is the one of several that may stand in its place. (The entry of a
/// consultation is one, too, but keeps its name, which alone says what it is.)
/// Whether an element is one of a choice, which JSON has as `item`, with `itemElementName` beside
/// it. (A consultation's elements are the exception: there XML's own names tell more.)
pub(super) fn is_choice(path: &Path) -> bool {
    let [name, parent, grandparent] = path.last_three();
    // Parties of a laboratory's report have an identifier of one kind or another.
    let party = matches!(parent, "CurrentOwner" | "MessageRecepient")
        || matches!(grandparent, "OriginalRequestor" | "ServiceProvider");
    match (parent, name) {
        ("Drug", "PreparationID" | "Mixture")
        | ("MessagePurpose", "Post" | "Get")
        | ("OriginalRequestor", "Organisation" | "Person") => true,
        (_, "AgreedID" | "Name" | "NationalCode") => party,
        _ => false,
    }
}

pub(super) fn is_dead(path: &Path) -> bool {
    let [name, ..] = path.last_three();
    name == "Dead"
}

/// What JSON has for a literal of `Dead`, of which 1 means dead.
pub(super) fn dead(literal: &str, encoding: DeceasedFlagEncoding) -> &str {
    match (encoding, literal) {
        (DeceasedFlagEncoding::Ordinal, "1") => "0",
        (DeceasedFlagEncoding::Ordinal, "0") => "1",
        _ => literal,
    }
}
