//! Files that only their owner can read, and that appear under their names whole or not at all.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use emis_settings::StoreErrorKind;

use super::Fault;

/// Follows symbolic links to the file that they name, which may not exist yet.
pub(super) fn resolve(path: &Path) -> PathBuf {
    const LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&path) else {
            break;
        };
        path = path
            .parent()
            .map_or(target.clone(), |folder| folder.join(&target));
    }
    path
}

/// Refuses an empty file, and one that others can read or write.
pub(super) fn check(path: &Path) -> Result<(), Fault> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(Fault::File(
            StoreErrorKind::Unavailable,
            "other users can read or write the file: it must have mode 0600",
        ));
    }
    if metadata.is_file() && metadata.len() == 0 {
        return Err(Fault::Damaged("the file is empty and is not a store"));
    }
    Ok(())
}

/// A private file that is being written, under another name beside the one that it will have.
///
/// It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct NewFile {
    temporary: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Creates an empty file with mode 0600. Fails if there is a file at `path` already.
    pub(super) fn beside(path: &Path) -> Result<Self, Fault> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if fs::symlink_metadata(path).is_ok() {
            let why = "there is a file of that name";
            return Err(Fault::File(StoreErrorKind::Unavailable, why));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".new-{}-{number}", std::process::id()));
        let temporary = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&temporary)?;
        Ok(Self {
            temporary,
            path: path.to_owned(),
        })
    }

    /// Returns the name that the file has until it is published.
    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Gives the file its name, durably. Never replaces another file.
    pub(super) fn publish(self) -> Result<(), Fault> {
        fs::File::open(&self.temporary)?.sync_all()?;
        match fs::hard_link(&self.temporary, &self.path) {
            // The file system has no hard links.
            Err(error) if error.kind() == io::ErrorKind::Unsupported && !self.path.exists() => {
                fs::rename(&self.temporary, &self.path)?;
            }
            linked => linked?,
        }
        #[cfg(unix)]
        if let Some(folder) = self.path.parent().filter(|it| !it.as_os_str().is_empty()) {
            fs::File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.temporary.clone().into_os_string();
            name.push(suffix);
            let _ = fs::remove_file(name);
        }
    }
}
