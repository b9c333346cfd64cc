//! Snapshot files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Returns the paths and contents of all snapshots (`.snap`, `.snap.new`) and proptest regression
/// files below a folder. Folders named `target` and hidden folders are skipped.
///
/// # Errors
///
/// If a folder or file cannot be read.
pub fn snapshots(folder: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if [".snap", ".snap.new", ".proptest-regressions"]
                .iter()
                .any(|ending| name.ends_with(ending))
            {
                let text = fs::read(&path)?;
                found.push((path, String::from_utf8_lossy(&text).into_owned()));
            }
        }
    }
    Ok(found)
}
