//! Verdicts of GOV.UK Notify's own validator, where they are at hand, and where ours differ on purpose.

use std::env;
use std::path::{Path, PathBuf};

use emis_types::{EmailAddress, UkMobile};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Environment variable that holds the folder of the reference data.
const FOLDER: &str = "EMIS_REFERENCE";
/// Environment variable that is `1` where tests must not be skipped.
const REQUIRED: &str = "EMIS_REQUIRE_REFERENCE";
/// The folder's place relative to this crate: `shared/reference/` beside the repository.
const BESIDE: &str = "../../../shared/reference";

#[derive(Deserialize)]
struct Cases<T> {
    cases: Vec<T>,
}

/// Reads a file of cases, or returns `None` with a note if it is not on this machine.
fn cases<T: DeserializeOwned>(file: &str) -> Option<Vec<T>> {
    let folder = env::var_os(FOLDER).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(BESIDE),
        PathBuf::from,
    );
    match std::fs::read(folder.join("govuk-notify").join(file)) {
        Ok(bytes) => Some(serde_json::from_slice::<Cases<T>>(&bytes).unwrap().cases),
        Err(_) => {
            let required = env::var_os(REQUIRED).is_some_and(|value| value == "1");
            assert!(!required, "{file} is required; set {FOLDER} to its folder");
            eprintln!("SKIPPED: {file} is absent; set {FOLDER} to its folder");
            None
        }
    }
}

#[derive(Deserialize)]
struct Phone {
    input: String,
    #[serde(default)]
    normalised: String,
    #[serde(default)]
    uk_mobile_only: Option<String>,
    #[serde(default)]
    crown_dependency: bool,
}

/// The differences from Notify that are decided:
///
/// | Number | Notify | Ours | Why |
/// |---|---|---|---|
/// | of Jersey, Guernsey, the Isle of Man | accepted, and billed as international | refused | UK senders of NHS messages do not reach them |
/// | of nine national digits, as `0770090078` | accepted within the range for drama | refused | no UK mobile is that short: a digit is missing |
/// | with 070 | accepted | refused | 070 is for personal numbers, which cost more and take no texts |
/// | broken by a line feed | refused | accepted | it is the same number; two numbers would have too many digits |
fn differs_on_purpose(case: &Phone) -> bool {
    case.crown_dependency
        || (case.normalised.starts_with("447700900") && case.normalised.len() < 12)
        || (case.normalised.starts_with("4470") && case.uk_mobile_only.as_deref() == Some("ok"))
        || (case.uk_mobile_only.is_none() && case.input.trim().contains('\n'))
}

#[test]
fn mobiles_are_judged_as_notify_judges_them() {
    let Some(cases) = cases::<Phone>("phone-cases.json") else {
        return;
    };
    let mut differences = Vec::new();
    for case in cases {
        let ours = case.input.parse::<UkMobile>();
        let accepted = case.uk_mobile_only.as_deref() == Some("ok");
        let agrees = match &ours {
            _ if differs_on_purpose(&case) => accepted != ours.is_ok(),
            Ok(mobile) => accepted && mobile.expose() == format!("+{}", case.normalised),
            Err(_) => !accepted,
        };
        if !agrees {
            let ours = ours.map(|mobile| mobile.expose().to_owned());
            differences.push(format!("{:?} {:?} {ours:?}", case.input, case.normalised));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[derive(Deserialize)]
struct Email {
    input: String,
    valid: bool,
    #[serde(default)]
    normalised: String,
}

/// The differences from Notify that are decided: it refuses these, and what is meant is certain.
const EMAILS: [(&str, &str); 2] = [
    // A word processor put the apostrophe.
    (
        "local-with-\u{2019}-apostrophe@domain.com",
        "local-with-'-apostrophe@domain.com",
    ),
    // The end of a sentence, or the root of the DNS.
    ("a@b.com.", "a@b.com"),
];

#[test]
fn email_addresses_are_judged_as_notify_judges_them() {
    for (typed, meant) in EMAILS {
        assert_eq!(typed.parse::<EmailAddress>().unwrap().expose(), meant);
    }
    let Some(cases) = cases::<Email>("email-cases.json") else {
        return;
    };
    let mut differences = Vec::new();
    for case in cases {
        let ours = case.input.parse::<EmailAddress>();
        let agrees = match &ours {
            Ok(_) if EMAILS.iter().any(|(typed, _)| *typed == case.input) => true,
            Ok(email) => case.valid && email.expose() == case.normalised,
            Err(_) => !case.valid,
        };
        if !agrees {
            let ours = ours.map(|email| email.expose().to_owned());
            differences.push(format!("{:?} {:?} {ours:?}", case.input, case.valid));
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Some of Notify's verdicts, for machines without its cases.
#[test]
fn a_few_cases_of_each_kind() {
    for (typed, meant) in [
        ("++447700900582", Some("+447700900582")),
        ("((0))7700900486", Some("+447700900486")),
        ("+4407700900184", Some("+447700900184")),
        ("0 7 7 0 0 9 0 0758", Some("+447700900758")),
        ("07700900780 or 07700900781", None),
        ("M: 07700900470", None),
        ("07700.900937", None),
        ("07700/900599", None),
        ("07700900812 ext 5", None),
        ("112", None),
        ("0800 123 4567", None),
    ] {
        let ours = typed.parse::<UkMobile>().ok();
        assert_eq!(ours.as_ref().map(UkMobile::expose), meant, "{typed}");
    }
}
