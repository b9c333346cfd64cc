//! The tables, and how a store of an older release gets them.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::fault::Fault;

/// Written into the file's header, so that a database of something else is not mistaken for a
/// store: "EMSP" in ASCII.
const APPLICATION_ID: i32 = 0x454d_5350;

/// The steps from an empty file to the present tables. Only ever added to: a step that was
/// released is never changed.
const STEPS: &[&str] = &[
    // Times are RFC 3339 in UTC with nine decimals, so that they sort as text; `start` of a
    // reminder is the UK wall clock, as EMIS keeps it.
    "CREATE TABLE practice_settings (
         ods_code TEXT PRIMARY KEY,
         version INTEGER NOT NULL,
         document TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;

     CREATE TABLE reminders (
         practice TEXT NOT NULL,
         slot INTEGER NOT NULL,
         patient INTEGER NOT NULL,
         start TEXT NOT NULL,
         minutes_before INTEGER NOT NULL,
         channel TEXT NOT NULL,
         claimed_at TEXT NOT NULL,
         outcome TEXT, -- none while in doubt
         settled_at TEXT,
         PRIMARY KEY (practice, slot, patient, start, minutes_before, channel)
     ) STRICT, WITHOUT ROWID;

     -- Fingerprints, from which no password can be had back.
     CREATE TABLE refused_passwords (
         fingerprint BLOB PRIMARY KEY
     ) STRICT, WITHOUT ROWID;

     CREATE TABLE bookings (
         id TEXT PRIMARY KEY,
         practice TEXT NOT NULL,
         session INTEGER NOT NULL,
         slot INTEGER NOT NULL,
         start TEXT NOT NULL,
         patient INTEGER NOT NULL,
         state TEXT NOT NULL,
         begun_at TEXT NOT NULL,
         changed_at TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;

     -- What must never be twice is refused by the database itself as well.
     CREATE UNIQUE INDEX slot_in_hand ON bookings (practice, slot)
         WHERE state IN ('intended', 'unknown', 'cancelling');
     CREATE UNIQUE INDEX patient_in_hand ON bookings (practice, patient)
         WHERE state IN ('intended', 'unknown');
     CREATE INDEX confirmed ON bookings (practice, slot, patient) WHERE state = 'confirmed';
     CREATE INDEX unsettled ON bookings (practice, begun_at)
         WHERE state IN ('intended', 'unknown', 'cancelling');",
    // Who tries a password just now; each row is deleted when the try is over, or replaced when
    // its time is.
    "CREATE TABLE password_claims (
         fingerprint BLOB PRIMARY KEY,
         until TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;",
];

/// Brings the database up to date. Of several processes that start at once the first does it,
/// and the others find it done.
pub(super) fn run(connection: &mut Connection) -> Result<(), Fault> {
    // Immediate: whoever gets here second waits, and reads the version after the first is done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = version(&transaction)?;
    let Some(missing) = STEPS.get(version..) else {
        return Err(Fault::Damaged("the store was written by a newer release"));
    };
    if missing.is_empty() {
        return Ok(());
    }
    for step in missing {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", STEPS.len() as i64)?;
    transaction.commit()?;
    Ok(())
}

/// How many steps the file has behind it.
fn version(transaction: &Transaction<'_>) -> Result<usize, Fault> {
    let pragma = |name| transaction.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: i64 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (pragma("application_id")?, pragma("user_version")?) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION_ID, version) => {
            usize::try_from(version).map_err(|_| Fault::Damaged("the store's version is negative"))
        }
        _ => Err(Fault::Damaged("the file is not a store of this library")),
    }
}
