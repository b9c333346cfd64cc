//! Where the sealing keys come from.

use std::path::PathBuf;

use emis_credentials::{
    EnvKeySource, FileKeySource, IdentityRing, KeySource, KeySourceErrorKind as Kind,
    SealingIdentity,
};
use secrecy::ExposeSecret;

/// A file that is gone at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn holding(text: &str, mode: u32) -> Self {
        let name = format!("emis-keys-{}", uuid());
        let file = Self(std::env::temp_dir().join(name));
        std::fs::write(&file.0, text).unwrap();
        file.set_mode(mode);
        file
    }

    #[cfg(unix)]
    fn set_mode(&self, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&self.0, permissions).unwrap();
    }

    #[cfg(not(unix))]
    fn set_mode(&self, _: u32) {}
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// A name that no other test has: a key's own.
fn uuid() -> String {
    SealingIdentity::generate().recipient().id().to_string()
}

fn text_of(keys: &[&SealingIdentity]) -> String {
    let mut text = "# created: 2026-06-02\n\n".to_owned();
    for key in keys {
        text += &format!("# public key: {}\n", key.recipient());
        text += &format!("{}\n", key.expose_secret().expose_secret());
    }
    text
}

#[test]
fn a_file_holds_keys_the_first_of_which_is_sealed_to() {
    let (new, old) = (SealingIdentity::generate(), SealingIdentity::generate());
    let file = Scratch::holding(&text_of(&[&new, &old, &new]), 0o600);
    let ring = FileKeySource::new(&file.0).load().unwrap();
    assert_eq!(ring.first_recipient(), new.recipient());
    assert_eq!(ring.iter().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_or_write_is_refused() {
    let text = text_of(&[&SealingIdentity::generate()]);
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777] {
        let file = Scratch::holding(&text, mode);
        let error = FileKeySource::new(&file.0).load().unwrap_err();
        assert_eq!(error.kind(), Kind::OpenToOthers, "{mode:o}");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    for mode in [0o600, 0o400] {
        let file = Scratch::holding(&text, mode);
        assert!(FileKeySource::new(&file.0).load().is_ok(), "{mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_as_safe_as_what_it_points_to() {
    let text = text_of(&[&SealingIdentity::generate()]);
    for (mode, safe) in [(0o600, true), (0o644, false)] {
        let file = Scratch::holding(&text, mode);
        let link = Scratch(std::env::temp_dir().join(uuid()));
        std::os::unix::fs::symlink(&file.0, &link.0).unwrap();
        assert_eq!(FileKeySource::new(&link.0).load().is_ok(), safe, "{mode:o}");
    }
}

#[test]
fn a_file_that_is_missing_or_holds_no_keys_says_so_and_nothing_of_what_it_holds() {
    let missing = FileKeySource::new(std::env::temp_dir().join(uuid()));
    assert_eq!(missing.load().unwrap_err().kind(), Kind::Missing);
    let folder = FileKeySource::new(std::env::temp_dir());
    let kind = folder.load().unwrap_err().kind();
    assert!(matches!(kind, Kind::NoKeys | Kind::Unreadable));

    let key = SealingIdentity::generate().expose_secret();
    let half = key.expose_secret().get(..40).unwrap();
    // Too long to be read whole: the keys at its end would be left out without a word.
    let long = format!("{}\n{}", key.expose_secret(), "# words\n".repeat(3_000));
    for text in [
        "",
        "# nothing but words\n",
        half,
        "emis-recipient-1.",
        &long,
    ] {
        let file = Scratch::holding(text, 0o600);
        let error = FileKeySource::new(&file.0).load().unwrap_err();
        assert_eq!(error.kind(), Kind::NoKeys, "{text}");
        assert!(!format!("{error} {error:?}").contains(half));
    }
}

#[test]
fn an_environment_variable_without_keys_is_an_error_that_names_it() {
    let absent = EnvKeySource::new(format!("EMIS_TEST_{}", uuid()));
    assert_eq!(absent.load().unwrap_err().kind(), Kind::Missing);
    // One that every process has, and that is no key.
    let no_key = EnvKeySource::new("PATH").load().unwrap_err();
    assert_eq!(no_key.kind(), Kind::NoKeys);
    assert!(no_key.to_string().contains("PATH"));
    assert!(!format!("{no_key} {no_key:?}").contains("/bin"));
}

/// Runs itself again with a key in its environment: no variable can be set in here, where threads
/// run. The second run looks for the key, and the first that it did.
#[test]
fn an_environment_variable_holds_keys() {
    if let Ok(expected) = std::env::var("EMIS_TEST_RECIPIENT") {
        let ring = EnvKeySource::new("EMIS_TEST_KEYS").load().unwrap();
        assert_eq!(ring.first_recipient().to_string(), expected);
        return;
    }
    let key = SealingIdentity::generate();
    let found = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keys::an_environment_variable_holds_keys"])
        .env("EMIS_TEST_KEYS", text_of(&[&key]))
        .env("EMIS_TEST_RECIPIENT", key.recipient().to_string())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&found.stdout);
    assert!(
        found.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[test]
fn keys_at_hand_are_a_source_too() {
    let key = SealingIdentity::generate();
    let ring: IdentityRing = key.clone().into();
    for source in [&key as &dyn KeySource, &ring] {
        let loaded = source.load().unwrap();
        assert_eq!(loaded.first_recipient(), key.recipient());
    }
}

#[cfg(feature = "keyring")]
mod keyring {
    use emis_credentials::{
        KeySource, KeySourceErrorKind as Kind, KeyringKeySource, SealingIdentity,
    };
    use keyring_core::{Entry, Error, mock};
    use secrecy::ExposeSecret;

    // One test, because the keyring is the process's.
    #[test]
    fn the_keyring_holds_keys() {
        let source = KeyringKeySource::new("patchs", "emis-sealing-keys");
        let no_keyring = source.load().unwrap_err();
        assert_eq!(no_keyring.kind(), Kind::Unreadable);

        keyring_core::set_default_store(mock::Store::new().unwrap());
        assert_eq!(source.load().unwrap_err().kind(), Kind::Missing);

        let entry = Entry::new("patchs", "emis-sealing-keys").unwrap();
        let key = SealingIdentity::generate();
        entry
            .set_password(key.expose_secret().expose_secret())
            .unwrap();
        assert_eq!(source.load().unwrap().first_recipient(), key.recipient());

        let secret = b"emis-identity-1.in part \xff";
        entry.set_secret(secret).unwrap();
        let error = source.load().unwrap_err();
        assert_eq!(error.kind(), Kind::NoKeys);
        assert!(!format!("{error} {error:?}").contains("in part"));

        let mock: &mock::Cred = entry.as_any().downcast_ref().unwrap();
        mock.set_error(Error::NoStorageAccess("locked".into()));
        assert_eq!(source.load().unwrap_err().kind(), Kind::Unreadable);
    }
}
