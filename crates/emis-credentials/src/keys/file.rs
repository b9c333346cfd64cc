//! Keys in a file.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{KeySource, KeySourceError, KeySourceErrorKind as Kind, parse};
use crate::IdentityRing;

/// Far more than the most keys take.
const LARGEST: usize = 16 * 1024;

/// Sealing keys in an age key file, such as `age-keygen` writes: an identity on each line, lines
/// that begin with `#` left out.
///
/// On Unix, a file that its group or others can read or write is refused: `chmod 600`. (Where a
/// Kubernetes secret is mounted, set its `defaultMode` to `0400`.) On other systems nobody looks:
/// keep others out by the folder's rights.
#[derive(Debug, Clone)]
pub struct KeyFile(PathBuf);

impl KeyFile {
    /// The file at this path. It is not looked at yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn read(&self) -> Result<IdentityRing, (Kind, Option<io::Error>)> {
        let unreadable = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => (Kind::Missing, None),
            _ => (Kind::Unreadable, Some(error)),
        };
        let file = File::open(&self.0).map_err(unreadable)?;
        // Of the file that is open, not of whatever may stand at its path by now.
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err((Kind::NoKeys, None));
        }
        if is_open_to_others(&metadata) {
            return Err((Kind::OpenToOthers, None));
        }
        // Of the right size from the start: a buffer that grows leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(LARGEST + 1));
        let limit = (LARGEST + 1).try_into().unwrap_or(u64::MAX);
        file.take(limit)
            .read_to_end(&mut text)
            .map_err(unreadable)?;
        if text.len() > LARGEST {
            // Half a list would leave out keys without a word.
            return Err((Kind::NoKeys, None));
        }
        let text = std::str::from_utf8(&text).map_err(|_| (Kind::NoKeys, None))?;
        parse(text).map_err(|kind| (kind, None))
    }
}

#[cfg(unix)]
fn is_open_to_others(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Metadata) -> bool {
    false
}

impl KeySource for KeyFile {
    fn load(&self) -> Result<IdentityRing, KeySourceError> {
        self.read().map_err(|(kind, cause)| {
            let error = KeySourceError::new(kind, self.0.display().to_string());
            match cause {
                Some(cause) => error.with_source(cause),
                None => error,
            }
        })
    }
}
