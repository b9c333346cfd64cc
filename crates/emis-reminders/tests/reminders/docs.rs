//! The page on reminders says what the code does.

use emis_reminders::{ReminderFinding, ReminderSettlement, Reminders, SuppressionReason};
use emis_settings::{ConfirmationKind, PatientAction};
use serde_json::to_value;

use crate::wording::has_link;

/// What a patient may do, and whether a message then has a link.
const ACTIONS: [(PatientAction, bool); 4] = [
    (PatientAction::Nothing, false),
    (PatientAction::Ask, false),
    (PatientAction::Cancel, true),
    (PatientAction::Move, true),
];

const PAGE: &str = include_str!("../../../../docs/reminders.md");

#[test]
fn the_page_has_every_reason_settlement_and_finding() {
    let has = |code: &str| PAGE.contains(&format!("`{code}`"));
    for reason in SuppressionReason::ALL {
        let row = format!("| `{}` |", reason.code());
        assert_eq!(PAGE.matches(&row).count(), 1, "{}", reason.code());
    }
    let rows = PAGE.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(
        rows,
        SuppressionReason::ALL.len() + 4 + 2 + ACTIONS.len(),
        "rows of reasons, findings, states and links"
    );
    for settlement in ReminderSettlement::ALL {
        assert!(has(settlement.as_str()), "{}", settlement.as_str());
    }
    for finding in [
        ReminderFinding::SuddenlyNothing { usually: 1 },
        ReminderFinding::ManyFailures { failed: 1, of: 1 },
        ReminderFinding::ManyGone { appointments: 1 },
    ] {
        assert!(has(finding.code()), "{}", finding.code());
    }
    assert!(has("everybody-suppressed"));
    assert_eq!(Reminders::LEAST_BETWEEN_POLLS.as_mins(), 5);
    assert!(PAGE.contains("at most once in five minutes"));
}

#[test]
fn the_page_says_which_messages_have_a_link_and_own_words() {
    for (may, linked) in ACTIONS {
        let (code, yes) = (to_value(may).unwrap(), if linked { "yes" } else { "no" });
        let row = format!("| `{}` | {yes} |", code.as_str().unwrap());
        assert_eq!(PAGE.matches(&row).count(), 1, "{row}");
        assert_eq!(has_link(may), linked, "{row}");
    }
    for kind in ConfirmationKind::ALL {
        let code = to_value(kind).unwrap();
        let code = code.as_str().unwrap();
        assert!(PAGE.contains(&format!("`{code}`")), "{code}");
    }
}
