//! The names of EMIS Open's schemas for JSON's names.

use std::borrow::Cow;

/// Returns the element of a JSON member: its name with a capital, with exceptions.
pub(crate) fn element(key: &str) -> Cow<'static, str> {
    Cow::Borrowed(match key {
        "dbid" => "DBID",
        "guid" => "GUID",
        "id" => "ID",
        "pkId" => "PKId",
        "scn" => "SCN",
        "gms" => "GMS",
        "chiNumber" => "CHINumber",
        "groNumber" => "GRONumber",
        "upciNumber" => "UPCINumber",
        "pcsUser" => "PCSUser",
        "ukccCode" => "UKCCCode",
        "pcgCode" => "PCGCode",
        "pctCode" => "PCTCode",
        "haRegistered" => "HARegistered",
        "ddsIdentifier" => "DDSIdentifier",
        "gpLinkCodeList" => "GPLinkCodeList",
        // .NET does not allow a member with the name of its class.
        "problemType1" => "ProblemType",
        "eventType1" => "EventType",
        "allergyType1" => "AllergyType",
        "linkType1" => "LinkType",
        "consultationType1" => "ConsultationType",
        // The messages of attachments use small letters.
        "filedata" => "filedata",
        "filename" => "filename",
        other => return Cow::Owned(capitalised(other)),
    })
}

/// Returns `true` for a member that is an attribute of its element.
pub(crate) fn is_attribute(key: &str) -> bool {
    matches!(key, "patientID" | "purpose" | "security1" | "security2")
}

/// The XML form of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// An element that contains the items, each an element of this name.
    Wrapped(String),
    /// The items alone, each an element of the list's own name.
    Bare,
}

/// Returns the XML form of a list.
pub(crate) fn list(key: &str) -> List {
    let item = match key {
        "slot" | "appointment" | "appointmentSession" | "person" => return List::Bare,
        "peopleList" | "externalPersonList" => "Person",
        "externalOrganisationList" => "Organisation",
        "sessionUsersList" => "SessionUser",
        "sessionLocationsList" => "SessionLocation",
        "problemLinkList" | "referralLinkList" => "Link",
        "elementList" => "ConsultationElement",
        "registrationChangeHistory" => "RegistrationEntry",
        "customRegistrationFields" => "CustomRegistrationEntry",
        "policyList" => "PolicyType",
        "practice" | "dates" => "Holiday",
        "staff" => "Individual",
        _ => return List::Wrapped(element(key).trim_end_matches("List").to_owned()),
    };
    List::Wrapped(item.to_owned())
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(letters)
        .collect()
}
