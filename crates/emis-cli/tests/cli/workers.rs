//! Workers, their jobs and the measurement of them.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{Directory, complaint, emis, printed};

#[test]
#[cfg(unix)]
fn a_worker_runs_until_it_is_terminated() {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_emis"))
        .args(["worker", "--simulate=3", "--only", "heartbeat,messages"])
        .args(["--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(worker.stdout.take().unwrap());
    let mut runs = Vec::new();
    for _ in 0..6 {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let run: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&run["outcome"], &run["attempt"]),
            (&"done".into(), &1.into())
        );
        runs.push((run["kind"].to_string(), run["subject"].to_string()));
    }
    runs.sort();
    runs.dedup();
    assert_eq!(runs.len(), 6, "{runs:?}");
    let pid = worker.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.unwrap().success());
    let summary: serde_json::Value = serde_json::from_reader(output).unwrap();
    let expected = serde_json::json!({ "heartbeat": { "done": 3 }, "messages": { "done": 3 } });
    assert_eq!(summary, expected);
    assert_eq!(worker.wait().unwrap().code(), Some(0));
}

#[test]
fn only_the_product_sends_messages() {
    let directory = Directory::new();
    let store = directory.file("practices.db");
    let output = emis(&["--store", &store, "worker", "--only", "reminders"]);
    let complaint = complaint(&output);
    assert!(
        complaint.contains("only the product has a sender"),
        "{complaint}"
    );
}

#[test]
fn jobs_are_listed_and_retried() {
    let directory = Directory::new();
    let store = directory.file("practices.db");
    let run = |arguments: &[&str]| emis(&[&["--store", &store, "jobs"], arguments].concat());
    let counts = printed(&run(&["list"]));
    assert_eq!(counts.lines().count(), 9, "{counts}");
    assert!(counts.contains("reminders: 0 waiting"), "{counts}");
    assert_eq!(printed(&run(&["dead"])), "");
    assert_eq!(printed(&run(&["list", "A20047"])), "");

    printed(&run(&["retry", "heartbeat", "A20047"]));
    printed(&run(&["retry", "retention"]));
    let jobs = printed(&run(&["list", "A20047"]));
    assert!(jobs.starts_with("heartbeat Pending at "), "{jobs}");
    let counts: serde_json::Value =
        serde_json::from_str(&printed(&run(&["list", "--json"]))).unwrap();
    assert_eq!(counts["heartbeat"]["waiting"], 1);
    assert_eq!(counts["retention"]["waiting"], 1);
    assert!(std::path::Path::new(&directory.file("practices.db.jobs")).exists());

    for arguments in [
        &["retry", "retention", "A20047"][..],
        &["retry", "heartbeat"],
        &["retry", "no-such-kind"],
        &["list", "--simulate"],
    ] {
        assert!(!complaint(&run(arguments)).is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_message_of_a_morning_is_sent_once() {
    let bench = [
        "bench",
        "fleet",
        "--practices",
        "3",
        "--appointments",
        "5",
        "--workers",
        "2",
        "--json",
    ];
    let measured: serde_json::Value = serde_json::from_str(&printed(&emis(&bench))).unwrap();
    assert_eq!(measured["due"], 15, "{measured}");
    assert_eq!(measured["sent_once"], 15, "{measured}");
    for none in ["sent_twice", "lost", "unexpected", "killed"] {
        assert_eq!(measured[none], 0, "{none}: {measured}");
    }
}
