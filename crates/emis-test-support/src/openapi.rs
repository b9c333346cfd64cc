//! EMIS's published OpenAPI document: reference data that is not part of the repository.

use std::env;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Environment variable that holds the document's path.
const PATH: &str = "EMIS_PARTNER_OPENAPI";
/// Environment variable that is `1` where tests must not be skipped.
const REQUIRED: &str = "EMIS_REQUIRE_OPENAPI";
/// The document's place relative to this crate: `shared/openapi/` beside the repository.
const BESIDE: &str = "../../../shared/openapi/emis-partner-api-1.2.json";

/// Returns EMIS's published OpenAPI document, or `None` with a note on stderr if it is not on this
/// machine.
///
/// The path is taken from `EMIS_PARTNER_OPENAPI`, or else is
/// `../shared/openapi/emis-partner-api-1.2.json` relative to the repository.
///
/// # Panics
///
/// If `EMIS_REQUIRE_OPENAPI` is `1` and the document is absent, and if the file is not JSON.
pub fn openapi_document() -> Option<Value> {
    let path = env::var_os(PATH).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(BESIDE),
        PathBuf::from,
    );
    let read = read(&path);
    let may_be_absent = env::var_os(REQUIRED).is_none_or(|value| value != "1");
    assert!(
        read.is_ok() || matches!(read, Err(ReadError::Absent)) && may_be_absent,
        "the OpenAPI document is required: {}",
        read.as_ref()
            .err()
            .map(ToString::to_string)
            .unwrap_or_default(),
    );
    if read.is_err() {
        // Written past the test harness, which hides the output of a test that passes.
        let note = format!("SKIPPED: {}\n", ReadError::Absent);
        drop(io::stderr().write_all(note.as_bytes()));
    }
    read.ok()
}

#[derive(Debug)]
enum ReadError {
    Absent,
    NotJson,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => write!(
                f,
                "EMIS's OpenAPI document is absent; set {PATH} to its path"
            ),
            Self::NotJson => f.write_str("EMIS's OpenAPI document is not JSON"),
        }
    }
}

fn read(path: &Path) -> Result<Value, ReadError> {
    let bytes = fs::read(path).map_err(|_| ReadError::Absent)?;
    serde_json::from_slice(&bytes).map_err(|_| ReadError::NotJson)
}
