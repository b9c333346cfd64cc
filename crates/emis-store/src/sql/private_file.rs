//! Files that only their owner can read, and that appear under their names whole or not at all.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// The endings of a file that SQLite writes, and of those that it may leave beside it.
const SUFFIXES: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// The numbers of the files that this process is writing.
static UNDER_WAY: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn under_way() -> MutexGuard<'static, BTreeSet<u32>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A private file that is being written, under another name beside the one that it will have.
///
/// It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct NewFile {
    number: u32,
    temporary: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Creates an empty file with mode 0600. Fails if there is a file at `path` already. Removes what
    /// a process that was killed left of one for `path`.
    pub(super) fn beside(path: &Path) -> Result<Self, Fault> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if fs::symlink_metadata(path).is_ok() {
            let why = "there is a file of that name";
            return Err(Fault::File(StoreErrorKind::Unavailable, why));
        }
        sweep(path);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".new-{}-{number}", std::process::id()));
        under_way().insert(number);
        let file = Self {
            number,
            temporary: path.with_file_name(name),
            path: path.to_owned(),
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&file.temporary)?;
        Ok(file)
    }

    /// Returns the name that the file has until it is published.
    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Gives the file its name, durably. Never replaces another file.
    pub(super) fn publish(self) -> Result<(), Fault> {
        self.publish_by(|from, to| fs::hard_link(from, to))
    }

    fn publish_by(self, link: impl FnOnce(&Path, &Path) -> io::Result<()>) -> Result<(), Fault> {
        // Linux gives EPERM where a file system, such as FAT, has no hard links.
        const NO_LINKS: [io::ErrorKind; 2] =
            [io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied];
        fs::File::open(&self.temporary)?.sync_all()?;
        match link(&self.temporary, &self.path) {
            Err(error)
                if NO_LINKS.contains(&error.kind())
                    && fs::symlink_metadata(&self.path).is_err() =>
            {
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
        for suffix in SUFFIXES {
            let mut name = self.temporary.clone().into_os_string();
            name.push(suffix);
            let _ = fs::remove_file(name);
        }
        under_way().remove(&self.number);
    }
}

/// Removes the files of writers of `path` that are gone. One that can't be removed does no harm.
fn sweep(path: &Path) {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else {
        return;
    };
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let Ok(files) = fs::read_dir(folder.unwrap_or(Path::new("."))) else {
        return;
    };
    for file in files.flatten() {
        let found = file.file_name();
        let writer = found.to_str().and_then(|found| writer_of(name, found));
        if writer.is_some_and(|(process, number)| is_gone(process, number)) {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Returns the process that writes a file for `name`, and its number of it, if `found` is such a file.
fn writer_of(name: &str, found: &str) -> Option<(u32, u32)> {
    let rest = found.strip_prefix(name)?.strip_prefix(".new-")?;
    let (process, rest) = rest.split_once('-')?;
    let digits = rest.find('-').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at_checked(digits)?;
    SUFFIXES.contains(&suffix).then_some(())?;
    Some((process.parse().ok()?, number.parse().ok()?))
}

/// Returns whether the writer of a file is gone. Another process is known to be on Linux alone.
fn is_gone(process: u32, number: u32) -> bool {
    if process == std::process::id() {
        // In a container each process may have the number of the one before.
        return !under_way().contains(&number);
    }
    Path::new("/proc/self").exists() && !Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

    use super::*;

    #[test]
    fn a_file_is_published_where_there_are_no_hard_links() {
        let name = format!("emis-store-links-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        let path = folder.join("copy.db");
        for refused in [io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied] {
            let file = NewFile::beside(&path).unwrap();
            fs::write(file.temporary(), "all of it").unwrap();
            file.publish_by(|_, _| Err(refused.into())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "all of it");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
            fs::remove_file(&path).unwrap();
        }
        // Another file of that name is not replaced.
        let file = NewFile::beside(&path).unwrap();
        fs::write(&path, "of somebody else").unwrap();
        file.publish_by(|_, _| Err(io::ErrorKind::PermissionDenied.into()))
            .unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "of somebody else");
        fs::remove_dir_all(&folder).unwrap();
    }
}
