//! The catalogue and the guides: complete, filled in, and with the screens' labels.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use emis_diagnostics::{Cause, Place, Product, Step, guides, labels};

fn product() -> Product {
    Product::new("Examplia", "examplia-api").unwrap()
}

#[test]
fn every_entry_is_complete_and_filled_in() {
    for &cause in Cause::ALL {
        let entry = cause.entry(&product());
        assert!(!entry.fix.is_empty(), "{cause} has no fix");
        assert!(
            !entry.source.is_empty() && !entry.mended.is_empty(),
            "{cause}"
        );
        assert!(
            entry.short.len() <= 60 && !entry.short.ends_with('.') && !entry.short.contains('{'),
            "{cause}"
        );
        let steps = entry.confirm.iter().chain(&entry.fix);
        let texts = steps
            .flat_map(|step| [&step.action, &step.expected])
            .chain([&entry.title, &entry.explanation, &entry.for_engineers]);
        for text in texts {
            assert!(!text.is_empty(), "{cause}");
            assert!(!text.contains(['{', '}']), "{cause}: {text}");
            assert!(!text.contains("  "), "{cause}: {text}");
        }
        let sentences = [entry.explanation, entry.for_engineers];
        assert!(sentences.iter().all(|text| text.ends_with('.')), "{cause}");
    }
}

#[test]
fn codes_are_stable_unique_and_in_order() {
    let codes: Vec<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    let sorted: BTreeSet<_> = codes.iter().copied().collect();
    assert_eq!(codes, sorted.into_iter().collect::<Vec<_>>());
    assert_eq!(Cause::ApplicationDeactivated.code(), "EMIS-D01");
    // Every row of the field reports has its entry.
    for number in 1..=24 {
        let code = format!("EMIS-D{number:02}");
        assert_eq!(code.parse::<Cause>().map(Cause::code), Ok(code.as_str()));
    }
    assert!("EMIS-D99".parse::<Cause>().is_err());
    assert_eq!(Cause::OrganisationIdWrong.to_string(), "EMIS-D08");
}

#[test]
fn the_catalogue_reads_as_reviewed() {
    let mut text = String::new();
    for &cause in Cause::ALL {
        let entry = cause.entry(&product());
        let _ = writeln!(text, "{cause} {} [{:?}]", entry.title, entry.actor);
        let _ = writeln!(text, "  {}", entry.explanation);
        let _ = writeln!(text, "  Engineers: {}", entry.for_engineers);
        for step in &entry.confirm {
            let _ = writeln!(text, "  ? {step}");
        }
        for step in &entry.fix {
            let _ = writeln!(text, "  ! {step}");
        }
    }
    insta::assert_snapshot!("catalogue", text);
}

#[test]
fn the_guides_read_as_reviewed() {
    let product = product();
    insta::assert_snapshot!("set_up", guides::set_up(&product));
    insta::assert_snapshot!("reactivate", guides::reactivate(&product));
    insta::assert_snapshot!("housekeeping", guides::housekeeping(&product));
    insta::assert_snapshot!("merger", guides::merger(&product));
    insta::assert_snapshot!("migration", guides::migration(&product));
}

#[test]
fn labels_match_the_screens() {
    let expected = [
        (labels::EMIS_BALL, "EMIS Ball"),
        (labels::SYSTEM_TOOLS, "System Tools"),
        (labels::EMAS_MANAGER, "EMAS Manager"),
        (labels::PARTNER_API, "Partner API"),
        (labels::EDIT_USERS, "Edit Users"),
        (labels::LOGIN_ACCESS, "Login Access"),
        (labels::AUTO_LOGIN, "Auto Login"),
        (labels::ALLOW_LOGIN, "Allow Login"),
        (labels::DEACTIVATE_APPLICATION, "Deactivate Application"),
        (labels::ACTIVATE_APPLICATION, "Activate Application"),
        (labels::CROSS, "cross"),
        (labels::TICK, "tick"),
        (labels::OK, "OK"),
        (
            labels::CLINICAL_PRACTITIONER,
            "Clinical Practitioner Access Role",
        ),
        (labels::DEFAULT, "Default"),
        (labels::EMIS_ORGANISATION_ID, "EMIS Organisation ID"),
        (labels::EMIS_CDB_NUMBER, "EMIS CDB Number"),
        (
            labels::UPDATE_EMIS_ORGANISATION_ID,
            "Update EMIS Organisation ID",
        ),
        (labels::EMIS_API_USER, "EMIS API User"),
        (
            labels::UPDATE_EMIS_API_USER_DETAILS,
            "Update EMIS API user details",
        ),
    ];
    for (label, screen) in expected {
        assert_eq!(label, screen);
    }
}

#[test]
fn a_set_up_takes_every_step_in_order() {
    let guide = guides::set_up(&product());
    let clicked: Vec<Vec<_>> = guide
        .parts
        .iter()
        .map(|part| part.steps.iter().map(|it| label(&it.step)).collect())
        .collect();
    assert_eq!(
        clicked,
        [
            vec![
                "",
                "add user",
                "",
                "Clinical Practitioner Access Role",
                "Default"
            ],
            vec![
                "Partner API",
                "Examplia",
                "Edit Users",
                "examplia-api",
                "examplia-api",
                "OK",
                "Login Access",
                "Auto Login",
                "Allow Login",
                "OK",
                "cross",
                "tick",
            ],
            vec![
                "EMIS CDB Number",
                "EMIS Organisation ID",
                "Update EMIS Organisation ID",
            ],
            vec!["EMIS API User", "Update EMIS API user details"],
            vec!["Check again"],
        ]
    );
}

#[test]
fn reactivation_and_housekeeping_start_at_the_emis_ball() {
    let way = ["EMIS Ball", "System Tools", "EMAS Manager", "Partner API"];
    for (guide, last) in [
        (guides::reactivate(&product()), "Activate Application"),
        (guides::housekeeping(&product()), "log out"),
    ] {
        let steps: Vec<_> = guide.parts[0].steps.iter().map(|it| &it.step).collect();
        assert_eq!(steps[0].path, way);
        assert!(steps.iter().all(|step| step.place == Place::Emis));
        assert_eq!(label(steps[steps.len() - 1]), last);
    }
}

#[test]
fn a_name_like_a_placeholder_is_not_substituted() {
    let product = Product::new("{username}", "{product}").unwrap();
    let entry = Cause::UserWithoutAccess.entry(&product);
    assert_eq!(
        entry.title,
        "'{product}' is not a user of {username} in EMIS"
    );
}

#[test]
fn a_product_has_a_name_and_a_username_of_one_line() {
    let product = Product::new(" Examplia ", "examplia-api").unwrap();
    assert_eq!(product.name(), "Examplia");
    let long = "a".repeat(61);
    for (name, username) in [
        ("", "user"),
        ("Name", " "),
        ("Two\nlines", "user"),
        (&long, "user"),
    ] {
        assert!(
            Product::new(name, username).is_err(),
            "{name:?} {username:?}"
        );
    }
}

fn label(step: &Step) -> &str {
    step.label.as_deref().unwrap_or_default()
}
