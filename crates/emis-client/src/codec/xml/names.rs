//! What the names in EMIS Open's schemas stand for in EMIS's JSON.
//!
//! JSON's names are XML's in camel case, and a list is called `…List`; these are the exceptions.
//! They follow from what .NET's `xsd` tool makes of the schemas, which is what EMIS's JSON shows:
//! a member that would be called like its class gets a 1, a choice becomes `item`, and a
//! literal is written as its place in the schema's list.

use std::borrow::Cow;

use super::path::Path;
use crate::formats::DeadEncoding;

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
    let [name, parent, grandparent] = path.last_three();
    if is_choice([name, parent, grandparent]) {
        return Cow::Borrowed("item");
    }
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
fn is_choice([name, parent, grandparent]: [&str; 3]) -> bool {
    match parent {
        "Drug" => matches!(name, "PreparationID" | "Mixture"),
        "MessagePurpose" => matches!(name, "Post" | "Get"),
        _ => choice_place([name, parent, grandparent]).is_some(),
    }
}

/// Which of a choice's elements this one is, where JSON has its place among their names, in the
/// order of the alphabet.
pub(super) fn choice(path: &Path) -> Option<u8> {
    choice_place(path.last_three())
}

fn choice_place([name, parent, grandparent]: [&str; 3]) -> Option<u8> {
    let structured = matches!(parent, "CurrentOwner" | "MessageRecepient")
        || matches!(grandparent, "OriginalRequestor" | "ServiceProvider");
    match (parent, name) {
        ("OriginalRequestor", "Organisation") => Some(0),
        ("OriginalRequestor", "Person") => Some(1),
        (_, "AgreedID") if structured => Some(0),
        (_, "Name") if structured => Some(1),
        (_, "NationalCode") if structured => Some(2),
        _ => None,
    }
}

const YES_NO: &[&str] = &["Y", "N"];
const NUMBERS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7"];

/// The literals of an element, in the order of the schema, where JSON has the place of one in this
/// list instead.
pub(super) fn literals(path: &Path, dead: DeadEncoding) -> Option<&'static [&'static str]> {
    let [name, parent, grandparent] = path.last_three();
    Some(match (parent, name) {
        (_, "Dead") => match dead {
            DeadEncoding::Ordinal => &["1", "0"],
            DeadEncoding::Literal => &["0", "1"],
        },
        ("Booked", "Alert") => NUMBERS,
        (
            _,
            "Scripts" | "Doctor" | "Locum" | "Registrar" | "ChildSurveillance" | "Contraceptive"
            | "TwentyFourHour" | "MinorSurgery",
        ) => YES_NO,
        (_, "Consulter") => &["Y", "N", "O"],
        (_, "ContractualRelationship") => &["A", "E", "O", "P"],
        (_, "Purpose") => &["UPDATE", "REFERENCE"],
        // A status and its patient type have another kind of code, whose scheme is a text.
        (_, "Scheme") if has_text_scheme(parent, grandparent) => return None,
        (_, "Scheme") => &[
            "READ2",
            "READ4",
            "EMISCLINICAL",
            "EMISDRUGGROUP",
            "EMISCONSTITUENT",
            "EMISDRUGNAME",
            "EMISBOTH",
            "EMISNONDRUGALLERGY",
            "SNOMED",
        ],
        (_, "IssueMethod") => &["S", "Q", "H", "X", "O", "P", "N", "F", "D", "B", "R", "E"],
        (_, "PrescriptionType") => &["ACUTE", "REPEAT", "AUTOMATIC"],
        ("Medication" | "Issue", "Status") => &["C", "N", "P", "A", "R", "G"],
        ("TestRequest", "Status") if grandparent == "ConsultationElement" => return None,
        ("TestRequest" | "TestRequestDetail", "Status") => &["S", "R", "D", "C", "F"],
        ("EDIOrder", "Status") => &["S", "R", "D", "P", "F"],
        ("EDIOrder", "OrderCategory") => &["1", "2"],
        ("Event", "EventType") => &[
            "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "0", "14",
        ],
        ("Referral", "Community") => &["1", "0"],
        ("Link", "LinkType")
        | ("Referral", "NHS" | "RequestType" | "Urgency" | "Transport")
        | (
            "TestRequestHeader" | "TestRequest",
            "NHS" | "InnoculationRisk" | "Fasted" | "Pregnant",
        ) => NUMBERS,
        ("OriginalMessageDetails", "MessageType") => &["ASTM", "MEDRPT", "NHS002", "NHS003"],
        _ => return None,
    })
}

fn has_text_scheme(parent: &str, grandparent: &str) -> bool {
    matches!(
        parent,
        "PatientType" | "PreparationID" | "Header" | "QualifierItemID" | "Group"
    ) || (parent == "Code" && matches!(grandparent, "CurrentStatus" | "StatusHistory"))
}
