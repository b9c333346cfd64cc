//! Sealing keys and the password that they seal.

use super::{Directory, complaint, emis, emis_with, printed};

#[test]
fn an_api_user_is_sealed_and_its_key_is_changed() {
    let directory = Directory::new();
    let (store, keys) = (
        directory.file("practices.db"),
        directory.file("sealing.keys"),
    );
    let (old, new) = (directory.file("old.key"), directory.file("new.key"));
    printed(&emis(&["keys", "new", &old]));
    printed(&emis(&["keys", "new", &new]));
    std::fs::copy(&old, &keys).unwrap();
    let run = |arguments: &[&str], input: &str| {
        let common = ["--store", &store, "--keys", &keys];
        emis_with(&[&common, arguments].concat(), input)
    };
    printed(&run(
        &["settings", "organisation-id", "A20047", "50002"],
        "",
    ));
    printed(&run(
        &["settings", "api-user", "A20047", "patchs"],
        "Invented-Passw0rd\n",
    ));
    let exported = printed(&run(&["settings", "export", "A20047"], ""));
    assert!(exported.contains("50002") && !exported.contains("Invented-Passw0rd"));

    let in_order = |first: &str, second: &str| {
        let text = [first, second].map(|file| std::fs::read_to_string(file).unwrap());
        std::fs::write(&keys, text.concat()).unwrap();
    };
    in_order(&new, &old);
    assert_eq!(run(&["keys", "needed"], "").status.code(), Some(1));
    assert!(printed(&run(&["keys", "rotate"], "")).starts_with("1 sealed to key"));
    assert!(printed(&run(&["keys", "needed"], "")).contains("needed by 0 practices"));

    // With the old key alone the API user does not open any more.
    std::fs::copy(&old, &keys).unwrap();
    let lost = run(&["keys", "rotate"], "");
    assert_eq!(
        lost.status.code(),
        Some(1),
        "the API user opened with the old key"
    );
}

#[test]
fn a_key_file_is_never_overwritten() {
    let directory = Directory::new();
    let file = directory.file("sealing.keys");
    printed(&emis(&["keys", "new", &file]));
    let before = std::fs::read(&file).unwrap();
    complaint(&emis(&["keys", "new", &file]));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn an_empty_password_is_refused() {
    let directory = Directory::new();
    let (store, keys) = (
        directory.file("practices.db"),
        directory.file("sealing.keys"),
    );
    printed(&emis(&["keys", "new", &keys]));
    let arguments = [
        "--store", &store, "--keys", &keys, "settings", "api-user", "A20047", "patchs",
    ];
    assert!(complaint(&emis_with(&arguments, "\n")).contains("no password"));
}
