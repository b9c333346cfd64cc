//! Opening the database so that what is written stays written.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::fault::Fault;
use super::migrations;

/// How long a writer waits for another before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn open(path: &Path) -> Result<Connection, Fault> {
    make_private(path);
    // Without the flag for URIs: a path is a path, whatever it holds.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    prepare(&mut connection)?;
    migrations::run(&mut connection)?;
    write_ahead(&mut connection)?;
    Ok(connection)
}

/// A new file is nobody's but the product's; SQLite gives its journals the same permissions.
/// What can't be made here, opening says better.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let _ = options.write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn make_private(_: &Path) {}

pub(super) fn in_memory() -> Result<Connection, Fault> {
    let mut connection = Connection::open_in_memory()?;
    prepare(&mut connection)?;
    migrations::run(&mut connection)?;
    Ok(connection)
}

fn prepare(connection: &mut Connection) -> Result<(), Fault> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}

/// Switches the file to write-ahead logging, in which readers do not wait for a writer.
///
/// SQLite refuses the switch at once, without waiting, while another process has the file in
/// use. A transaction does wait, so one is begun and given up, and the switch tried again; most
/// likely the other process has made it by then.
fn write_ahead(connection: &mut Connection) -> Result<(), Fault> {
    const TRIES: usize = 20;
    let mut refused = None;
    for _ in 0..TRIES {
        let switched = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        match switched {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                refused = Some(error);
            }
            switched => return Ok(switched?),
        }
        connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?
            .rollback()?;
    }
    refused.map_or(Ok(()), |error| Err(error.into()))
}
