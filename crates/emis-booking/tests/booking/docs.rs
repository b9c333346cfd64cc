//! The page on self-booking names tests that exist.

use std::collections::BTreeSet;
use std::path::Path;

/// Returns the names of the test functions in a folder.
fn tests_in(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(tests_in(&path));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if !(line.starts_with("#[tokio::test") || line == "#[test]") {
                continue;
            }
            let function = lines.find(|line| line.contains("fn "));
            let name = function.and_then(|line| line.split("fn ").nth(1)?.split('(').next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../../docs/booking.md")).unwrap();
    let tests = tests_in(&root.join("tests/booking"));
    // Names of tests are whole sentences; codes and settings are shorter.
    let named: BTreeSet<_> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.matches('_').count() >= 4)
        .collect();
    assert!(named.len() > 50, "{}", named.len());
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !tests.contains(**name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");

    // Each state and each notice is on the page.
    let notices = emis_booking::BookingNoticeKind::ALL.iter();
    for code in notices.map(|kind| kind.code()) {
        assert!(page.contains(&format!("`{code}`")), "{code}");
    }
}
