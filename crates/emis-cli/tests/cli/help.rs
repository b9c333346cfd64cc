//! Arguments, help, completion and the manual page.

use super::{Directory, complaint, emis, printed};

#[test]
fn every_command_explains_itself() {
    let page = printed(&emis(&["man"]));
    for command in [
        "doctor",
        "practices",
        "settings",
        "bookings",
        "reminders",
        "messages",
        "audit",
        "store",
        "keys",
        "worker",
        "jobs",
        "bench",
    ] {
        assert!(
            page.contains(command),
            "{command} is not in the manual page"
        );
        let help = printed(&emis(&[command, "--help"]));
        assert!(help.contains("Usage: emis"), "{help}");
    }
}

#[test]
fn shells_complete_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = printed(&emis(&["completions", shell]));
        assert!(script.contains("off-board"), "{shell}");
    }
}

#[test]
fn bad_arguments_exit_with_2() {
    for arguments in [
        &[][..],
        &["doctor", "not an ODS code"],
        &["doctor", "A20047", "--all"],
        &["doctor", "--scenario", "no-such-file.json"],
        &["doctor", "--simulate=0", "--all"],
        &["bookings", "settle", "A20047", "not-a-uuid", "cancelled"],
        &["reminders", "run", "A20047", "--simulate"],
        &["messages", "settle", "A20047", "not-a-uuid", "sent"],
        &["--by", "", "--simulate", "practices"],
        &["practices"],
    ] {
        let complaint = complaint(&emis(arguments));
        assert!(!complaint.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_wrong_configuration_is_named_without_its_text() {
    let directory = Directory::new();
    let file = directory.file("emis.toml");
    let secret = "postgres://emis:Invented-Passw0rd@db.example/emis";
    std::fs::write(
        &file,
        format!("[product]\nname = 7\nstore = \"{secret}\"\n"),
    )
    .unwrap();
    let complaint = complaint(&emis(&["--config", &file, "practices"]));
    assert!(complaint.contains("line 2"), "{complaint}");
    assert!(!complaint.contains("Invented-Passw0rd"), "{complaint}");
}

#[test]
fn all_simulated_practices_are_diagnosed() {
    let output = emis(&["doctor", "--all", "--simulate=3", "--json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let practices = report["report"]["practices"].as_object().unwrap();
    assert_eq!(
        (practices.len(), output.status.code()),
        (3, Some(0)),
        "{report}"
    );
}
