//! `emis store`: backup, restore, moving and tidying.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use emis_partner::audit::{FileAnchorStore, check_anchors};
use emis_partner::jiff::SignedDuration;
use emis_partner::settings::{RecordCounts, RemovalOutcome, RetentionPolicy, erase_patient};
use emis_partner::types::OdsCode;
use serde_json::json;

use super::audit::told;
use crate::arguments::{Arguments, StoreCommand};
use crate::config::Config;
use crate::error::CliError;
use crate::output::Output;
use crate::store::{Store, is_postgres};
use crate::workspace::Workspace;

pub(super) async fn run(workspace: &Workspace, command: StoreCommand) -> Result<Output, CliError> {
    let (store, by, now) = (&workspace.store, &workspace.by, workspace.clock().now());
    match command {
        StoreCommand::Backup { copy } => match store {
            Store::Sqlite(store) => {
                store.back_up(&copy).await?;
                let place = copy.display().to_string();
                Output::new(&place, json!({ "backup": place }))
            }
            #[cfg(feature = "postgres")]
            Store::Postgres(_) => Err(CliError::new(
                "back up PostgreSQL with pg_dump: docs/operations.md",
            )),
        },
        // Done before the store was opened.
        StoreCommand::Restore { .. } => Ok(Output::text("")),
        StoreCommand::Move { practice, to } => move_to(workspace, &practice, &to).await,
        StoreCommand::Verify => {
            for ods_code in store.settings().list().await? {
                store.settings().load(&ods_code).await?;
            }
            let records = store.check_records().await?;
            let audit = check_anchors(store.audit(), &FileAnchorStore::new("/dev/null")).await?;
            told(&audit, Some(&records))
        }
        StoreCommand::Expire => {
            let deleted = store
                .records()
                .delete_expired(&RetentionPolicy::default(), by, now)
                .await?;
            let line =
                |(ods_code, counts): &(OdsCode, RecordCounts)| format!("{ods_code} {counts:?}");
            let lines: Vec<_> = deleted.iter().map(line).collect();
            Output::new(lines.join("\n"), deleted)
        }
        StoreCommand::Forget { days } => {
            let before = now - SignedDuration::from_hours(24 * i64::from(days));
            let forgotten = store.settings().forget_commands(before).await?;
            Output::new(
                format!("{forgotten} keys forgotten"),
                json!({ "forgotten": forgotten }),
            )
        }
        StoreCommand::Erase { practice, patient } => {
            let (records, audit) = (store.records(), store.audit());
            removed(
                &practice,
                erase_patient(records, audit, &practice, patient, by, now).await?,
            )
        }
        StoreCommand::OffBoard { practice } => removed(
            &practice,
            store.records().off_board(&practice, by, now).await?,
        ),
    }
}

/// Reports a removal. Kept records need the command again later, so the exit code says it.
fn removed(practice: &OdsCode, outcome: RemovalOutcome) -> Result<Output, CliError> {
    let code = u8::from(!outcome.is_complete());
    Ok(Output::new(format!("{practice} {outcome:?}"), outcome)?.with_code(code))
}

async fn move_to(workspace: &Workspace, practice: &OdsCode, to: &str) -> Result<Output, CliError> {
    let other = Store::open(to).await?;
    let moved = workspace
        .store
        .move_practice(&other, practice, &workspace.by)
        .await;
    other.close().await;
    let records = moved?.records;
    let text = format!("{practice} {records} records moved");
    Output::new(text, json!({ "practice": practice, "records": records }))
}

/// Puts a backup in the place of the configured SQLite file, and opens it. The file that was there is
/// kept beside it. A link stays, and the file that it names is replaced.
pub(super) async fn restore(arguments: &Arguments, backup: &Path) -> Result<Output, CliError> {
    let config = Config::read(arguments)?;
    let place = config.store()?;
    if is_postgres(place) {
        return Err(CliError::new(
            "restore PostgreSQL with pg_restore: docs/operations.md",
        ));
    }
    let file = &resolved(place);
    let kept = beside(file, "replaced");
    if kept.exists() {
        let reason = "holds what an earlier restore replaced: move it away or delete it";
        return Err(CliError::new(format!("{} {reason}", kept.display())));
    }
    // A backup that is no store must not replace one.
    let copy = beside(file, "restoring");
    remove(&copy)?;
    let opened = match copy_privately(backup, &copy) {
        Ok(()) => Store::open(&copy.to_string_lossy()).await,
        Err(error) => Err(CliError::file(backup, &error)),
    };
    match opened {
        Ok(store) => store.close().await,
        Err(error) => {
            remove(&copy)?;
            return Err(error);
        }
    }
    fs::File::open(&copy)
        .and_then(|copy| copy.sync_all())
        .map_err(|error| CliError::file(&copy, &error))?;
    for end in ENDS {
        let from = with_end(file, end);
        match fs::rename(&from, with_end(&kept, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(CliError::file(&from, &error));
            }
            _ => {}
        }
    }
    fs::rename(&copy, file).map_err(|error| CliError::file(file, &error))?;
    let text = format!("{place} restored; what it replaced is {}", kept.display());
    Output::new(
        text,
        json!({ "store": place, "replaced": kept.display().to_string() }),
    )
}

/// A store's file, and those beside it while it is open.
const ENDS: [&str; 3] = ["", "-wal", "-shm"];

/// Follows symbolic links to the store itself, which may be lost.
fn resolved(place: &str) -> PathBuf {
    const LINKS: usize = 40;
    let mut file = PathBuf::from(place);
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&file) else {
            break;
        };
        file = match file.parent() {
            Some(folder) => folder.join(target),
            None => target,
        };
    }
    file
}

/// Copies a file into a new one that its owner alone can read, also if others can read the first.
fn copy_privately(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = fs::File::open(from)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    io::copy(&mut from, &mut options.open(to)?)?;
    Ok(())
}

/// Removes a copy with what is beside it, if there is one.
fn remove(copy: &Path) -> Result<(), CliError> {
    for end in ENDS {
        let copy = with_end(copy, end);
        match fs::remove_file(&copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(CliError::file(&copy, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn beside(file: &Path, end: &str) -> PathBuf {
    with_end(file, &format!(".{end}"))
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}
