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
            let is_test = line.starts_with("#[tokio::test") || line == "#[test]";
            // Of the contract of stores, each clause is a test.
            let function = match line.starts_with("pub async fn ") {
                true => Some(line),
                false if is_test => lines.find(|line| line.contains("fn ")),
                false => continue,
            };
            let name = function.and_then(|line| line.split("fn ").nth(1)?.split(['(', '<']).next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../../docs/booking.md")).unwrap();
    let folders = [
        "tests/booking",
        "../../tests/e2e",
        "../emis-store/tests",
        "../emis-store/src/contract",
    ];
    let tests: BTreeSet<_> = folders
        .iter()
        .flat_map(|it| tests_in(&root.join(it)))
        .collect();
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
