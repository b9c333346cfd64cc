//! A planted leak is found in each form and in each channel.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use emis_test_support::{CapturedOutput, LeakGuard, LeakNet, OutputChannel, snapshots};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// An invented password and patient.
const SECRET: &str = "Tr0ub4dor & \"3\"+ü😀";
const PATIENT: &str = "Anwen Invented-Ýsgrifennydd";

/// The forms in which a word can leak, made without the net's own code.
fn forms(word: &str, percent: &str, json_ascii: &str) -> Vec<(&'static str, String)> {
    vec![
        ("plain", word.to_owned()),
        ("in a form", percent.replace("%20", "+")),
        ("in a URL", percent.to_owned()),
        ("in Debug", format!("{word:?}")),
        ("in Debug of bytes", format!("{:?}", word.as_bytes())),
        (
            "in JSON",
            format!("{{\"password\":\"{}\"}}", word.replace('"', "\\\"")),
        ),
        (
            "in JSON of ASCII",
            format!("{{\"password\":\"{json_ascii}\"}}"),
        ),
        ("in base64", STANDARD.encode(word)),
        ("in base64, one along", STANDARD.encode(format!("u{word}"))),
        (
            "in base64, two along",
            STANDARD.encode(format!("u:{word}, and more")),
        ),
        ("in a token", URL_SAFE_NO_PAD.encode(format!("usr:{word}."))),
    ]
}

fn secret_forms() -> Vec<(&'static str, String)> {
    forms(
        SECRET,
        "Tr0ub4dor%20%26%20%223%22%2B%C3%BC%F0%9F%98%80",
        "Tr0ub4dor & \\\"3\\\"+\\u00fc\\ud83d\\ude00",
    )
}

fn patient_forms() -> Vec<(&'static str, String)> {
    forms(
        PATIENT,
        "Anwen%20Invented-%C3%9Dsgrifennydd",
        "Anwen Invented-\\u00ddsgrifennydd",
    )
}

#[test]
fn each_form_is_found() -> Outcome {
    for (word, forms) in [(SECRET, secret_forms()), (PATIENT, patient_forms())] {
        let net = LeakNet::new([word])?;
        for (form, text) in forms {
            let caught = net.find_in(&text);
            assert_eq!(caught, BTreeSet::from([word]), "{form}: {text}");
        }
    }
    let net = LeakNet::new([SECRET])?;
    assert!(net.find_in("Tr0ub4dor & 4, which is another").is_empty());
    assert!(
        net.find_in("Tr0ub4dor%20%26%20%223%22%2b%c3%bc%f0%9f%98%80")
            .contains(SECRET)
    );
    Ok(())
}

/// An error whose cause leaks.
#[derive(Debug)]
struct Loose(Option<Box<Loose>>, String);

impl fmt::Display for Loose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl Error for Loose {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_deref().map(|cause| cause as _)
    }
}

// One test, because the process has one log and one hook.
#[test]
fn each_channel_is_captured() -> Outcome {
    let heard = CapturedOutput::global();
    assert!(heard.captures_log());
    // Each channel and form has its own word, so that none is found for another.
    let word = |channel: &str, number: usize| format!("Planted-{channel}-{number} ü&");
    let wrapped = |word: &str| {
        let form: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
        vec![
            word.to_owned(),
            STANDARD.encode(word),
            word.replace('ü', "\\u00fc"),
            word.replace(' ', "+")
                .replace('ü', "%C3%BC")
                .replace('&', "%26"),
            form.replace("%", ""),
        ]
    };
    let mut expected = Vec::new();
    for number in 0..5 {
        let in_log = word("log", number);
        let form = wrapped(&in_log).swap_remove(number);
        tracing::trace!(password = form, "a trace of a crate");
        expected.push((OutputChannel::Log, in_log));

        let in_panic = word("panic", number);
        let form = wrapped(&in_panic).swap_remove(number);
        let panicked = std::thread::spawn(move || panic!("could not read {form}")).join();
        assert!(panicked.is_err());
        expected.push((OutputChannel::Panic, in_panic));

        let in_cause = word("cause", number);
        let form = wrapped(&in_cause).swap_remove(number);
        let cause = Loose(None, form);
        heard.record_error(&Loose(Some(Box::new(cause)), "all is well".to_owned()));
        expected.push((OutputChannel::Recorded, in_cause));

        let in_debug = word("debug", number);
        let form = wrapped(&in_debug).swap_remove(number);
        heard.record_debug(&vec![Some(form)]);
        expected.push((OutputChannel::Recorded, in_debug));
    }
    for (channel, word) in expected {
        let net = LeakNet::new([word.as_str()])?;
        let leak = heard.check(&net).expect_err("a leak was planted");
        let leaks = heard.leaks(&net);
        assert_eq!(leaks.len(), 1, "{word}: {leak}");
        let caught = leaks.get(&channel).ok_or("in another channel")?;
        assert_eq!(*caught, BTreeSet::from([word]));
    }
    heard.check(&LeakNet::new(["Never said by anybody"])?)?;
    Ok(())
}

#[test]
fn snapshots_are_read() -> Outcome {
    let folder = std::env::temp_dir().join(format!("emis-test-support-{}", std::process::id()));
    let below = folder.join("snapshots");
    std::fs::create_dir_all(&below)?;
    std::fs::write(below.join("a.snap"), format!("password: {SECRET:?}"))?;
    std::fs::write(below.join("b.snap.new"), "nothing")?;
    std::fs::write(below.join("c.txt"), "not a snapshot")?;
    let found = snapshots(&folder)?;
    std::fs::remove_dir_all(&folder)?;

    let net = LeakNet::new([SECRET])?;
    let leaky: Vec<_> = found
        .iter()
        .filter(|(_, text)| !net.find_in(text).is_empty())
        .map(|(path, _)| path.file_name().map(|name| name.to_os_string()))
        .collect();
    assert_eq!(found.len(), 2);
    assert_eq!(leaky, [Some("a.snap".into())]);
    Ok(())
}

#[test]
fn a_guard_fails_the_test_with_a_leak() {
    let heard = CapturedOutput::global();
    heard.record_text("said before: Invented-Earlier-1");
    let earlier = std::panic::catch_unwind(|| {
        let listening = LeakGuard::for_words(["Invented-Earlier-1"]);
        listening.output().record_text("nothing of importance");
    });
    assert!(earlier.is_ok());
    let leaking = std::panic::catch_unwind(|| {
        let _listening = LeakGuard::for_words(["Invented-Meanwhile-1"]);
        tracing::trace!("said meanwhile: Invented-Meanwhile-1");
    });
    assert!(leaking.is_err());
}
