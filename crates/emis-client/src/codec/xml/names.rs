//! Names of EMIS Open's schemas, and their counterparts in EMIS's JSON.
//!
//! JSON's names are XML's in camel case, and a list is called `…List`; these are the exceptions.
//! They follow from what .NET's `xsd` tool makes of the schemas, which is what EMIS's JSON shows:
//! a member that would be called like its class gets a 1, and a choice becomes `item`.
//!
//! Literals stay as they are: a text is a literal, where a number is its place in the schema's
//! list. `Dead` alone is always read as a number, and is written as that will be read.

use std::borrow::Cow;

use super::path::Path;
use crate::codec::formats::DeceasedFlagEncoding;

/// The form of an element in JSON.
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

/// Returns whether an attribute stands for a member. The others (namespaces, types) say nothing.
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

/// Returns the name of a member of an object.
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

/// Returns a name in .NET's camel case: capitals at the beginning become small ones, but for one
/// that begins a word.
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

/// Returns whether an element is one of a choice, which JSON has as `item`, with `itemElementName`
/// beside it. (The entry of a consultation keeps its name, which alone says what it is.)
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

/// Returns JSON's number for a literal of `Dead`, of which 1 means dead.
pub(super) fn dead(literal: &str, encoding: DeceasedFlagEncoding) -> &str {
    match (encoding, literal) {
        (DeceasedFlagEncoding::Ordinal, "1") => "0",
        (DeceasedFlagEncoding::Ordinal, "0") => "1",
        _ => literal,
    }
}
