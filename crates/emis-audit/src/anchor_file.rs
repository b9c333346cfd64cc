//! Anchors in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::anchor::{AuditAnchor, AuditAnchorStore};
use crate::error::AuditError;

/// Keeps anchors in a file of JSON Lines, appended to and readable by its owner alone (mode 0600).
///
/// The file must be out of reach of those who may write to the store: on a write-once mount, or
/// collected by another machine. A line that a crash cut off is dropped by the next write.
/// `Debug` does not show the path.
#[derive(Clone)]
pub struct FileAnchorStore {
    path: PathBuf,
}

impl FileAnchorStore {
    /// Creates a store of anchors in the file `path`, which is made by the first write.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl std::fmt::Debug for FileAnchorStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileAnchorStore").finish_non_exhaustive()
    }
}

#[async_trait]
impl AuditAnchorStore for FileAnchorStore {
    async fn append(&self, anchors: &[AuditAnchor]) -> Result<(), AuditError> {
        let mut lines = Vec::new();
        for anchor in anchors {
            let line = serde_json::to_writer(&mut lines, anchor);
            line.map_err(|error| AuditError::anchors("written", error))?;
            lines.push(b'\n');
        }
        let path = self.path.clone();
        let written = blocking(move || append(&path, &lines)).await;
        written.map_err(|error| AuditError::anchors("written", error))
    }

    async fn anchors(&self) -> Result<Vec<AuditAnchor>, AuditError> {
        let path = self.path.clone();
        let read = blocking(move || read(&path)).await;
        let text = read.map_err(|error| AuditError::anchors("read", error))?;
        let whole = text
            .rfind('\n')
            .map_or("", |end| text.get(..end).unwrap_or_default());
        let lines = whole.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .map_err(|error| AuditError::anchors("read", error))
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error)),
    }
}

fn append(path: &Path, lines: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    let mut file = open(path, &mut options)?;
    // Several processes may note heads at the same time.
    file.lock()?;
    let mut present = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut present)?;
    let whole = present
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    if whole < present.len() {
        file.set_len(u64::try_from(whole).map_err(io::Error::other)?)?;
    }
    file.write_all(lines)?;
    file.sync_all()
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    match open(path, OpenOptions::new().read(true)) {
        Ok(mut file) => file.read_to_string(&mut text)?,
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(text)
}

/// Opens a file that its owner alone may read and write; a new one is made so.
#[cfg(unix)]
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
    let file = options.mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    // A device such as /dev/null, which holds nothing, is open to all.
    if metadata.is_file() && metadata.mode() & 0o077 != 0 {
        let message = "the file of anchors is open to others: its mode must be 0600";
        return Err(io::Error::new(ErrorKind::PermissionDenied, message));
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.open(path)
}
