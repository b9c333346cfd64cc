//! The page on reminders says what the code does.

use emis_reminders::{ReminderFinding, ReminderSettlement, Reminders, SuppressionReason};

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
        SuppressionReason::ALL.len() + 4 + 2,
        "rows of reasons, findings and states"
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
