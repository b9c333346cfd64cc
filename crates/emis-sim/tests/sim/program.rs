//! The simulator as a program.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use crate::common::{http, send, small};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emis-sim"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn assert_ready(line: &str, practices: usize) -> Value {
    let value: Value = serde_json::from_str(line).expect("one line of JSON");
    let ready = &value["ready"];
    for name in [
        "api",
        "identity",
        "application_id",
        "client_id",
        "client_secret",
    ] {
        assert!(
            ready[name].as_str().is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    let listed = ready["practices"].as_array().expect("practices");
    assert_eq!(listed.len(), practices);
    for practice in listed {
        for name in ["ods", "cdb", "username", "password"] {
            assert!(
                practice[name].as_str().is_some_and(|text| !text.is_empty()),
                "{name}"
            );
        }
        let patient = &practice["patient"];
        assert!(patient["number"].is_i64() && patient["date_of_birth"].is_string());
        assert_eq!(patient["nhs_number"].as_str().map(str::len), Some(10));
    }
    ready.clone()
}

#[tokio::test]
async fn the_library_has_the_ready_line() {
    let sim = small().practices(2).start().await.expect("started");
    let line = sim.ready_line();
    assert!(!line.contains('\n'));
    let ready = assert_ready(&line, 2);
    assert_eq!(ready["api"], sim.api_url());
    assert_eq!(ready["identity"], sim.identity_url());
    assert_eq!(ready["practices"][0]["cdb"], "50002");
    assert_eq!(ready["practices"][0]["password"], sim.practice().password());
}

#[tokio::test]
async fn it_prints_one_line_serves_and_stops_on_a_signal() {
    for stop in ["-TERM", "-INT"] {
        let arguments = [
            "--listen",
            "127.0.0.1:0",
            "--seed",
            "7",
            "--patients",
            "20",
            "--practices",
            "2",
            "--now",
            "2026-06-02T10:00",
        ];
        let mut child = program(&arguments).spawn().expect("started");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).await.expect("a line");
        let ready = assert_ready(&line, 2);
        let health = format!("{}/", ready["api"].as_str().expect("url"));
        assert_eq!(send(http().get(health)).await.status, 200);
        let pid = child.id().expect("running").to_string();
        let told = Command::new("kill").args([stop, &pid]).status().await;
        assert!(told.expect("kill").success());
        assert_eq!(child.wait().await.expect("ended").code(), Some(0), "{stop}");
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).await.expect("the rest");
        assert_eq!(rest, "");
    }
}

#[tokio::test]
async fn bad_arguments_are_explained() {
    for arguments in [
        &["--nope"][..],
        &["--seed", "seven"],
        &["--seed"],
        &["--listen", "localhost"],
        &["--now", "ten o'clock"],
        &["--practices", "-1"],
        &["--patients", "many"],
        &["--receptionists", "1.5"],
        &["extra"],
    ] {
        let output = program(arguments).output().await.expect("ran");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(
            told.starts_with("emis-sim: ") && told.contains("Usage: "),
            "{told}"
        );
    }
    let help = program(&["--help"]).output().await.expect("ran");
    assert_eq!(help.status.code(), Some(0));
    assert!(
        String::from_utf8(help.stdout)
            .expect("text")
            .contains("Usage: emis-sim [OPTIONS]")
    );
}

#[tokio::test]
async fn invalid_sizes_are_an_error() {
    for sizes in [
        ["--practices", "0"],
        ["--practices", "1001"],
        ["--patients", "100001"],
    ] {
        let output = program(&sizes).output().await.expect("ran");
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).expect("text");
        let sentence = "a simulator holds 1 to 1,000 practices of at most 100,000 patients";
        assert!(told.contains(sentence), "{told}");
    }
}
