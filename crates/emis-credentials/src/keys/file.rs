//! Sealing keys in a file.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::error::{KeySourceError, KeySourceErrorKind as Kind};
use super::source::{KeySource, parse};
use crate::sealing::IdentityRing;

/// Far more than the largest ring takes.
const LARGEST: usize = 16 * 1024;

/// Sealing keys in a file: an identity on each line; lines that begin with `#` are ignored. UTF-8, or
/// UTF-16 with a byte order mark, as Windows shells write it.
///
/// On Unix, a file that its group or others can read or write is refused: `chmod 600`. (For a mounted
/// Kubernetes secret, set `defaultMode` to `0400`.) On other systems the rights are not checked: keep
/// others out by the folder's rights.
#[derive(Debug, Clone)]
pub struct FileKeySource(PathBuf);

impl FileKeySource {
    /// Creates a source of the file at this path. The file is not read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn read(&self) -> Result<IdentityRing, (Kind, Option<io::Error>)> {
        let unreadable = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => (Kind::Missing, None),
            _ => (Kind::Unreadable, Some(error)),
        };
        let file = File::open(&self.0).map_err(unreadable)?;
        // Of the file that is open: another may have taken its path by now.
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
            // Half a list would silently leave out keys.
            return Err((Kind::NoKeys, None));
        }
        parse(&text).map_err(|kind| (kind, None))
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

impl KeySource for FileKeySource {
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
