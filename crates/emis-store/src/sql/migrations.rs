//! The steps that bring a store of any earlier release up to date.
//!
//! Steps are only ever added: one that was released is never changed.

/// The number of the step that gave a digest to the rows of all records.
pub(super) const DIGESTS: usize = 11;

/// The steps from an empty SQLite file to the present tables.
#[cfg(feature = "sqlite")]
pub(super) const SQLITE: &[&str] = &[
    include_str!("steps/sqlite_1.sql"),
    include_str!("steps/sqlite_2.sql"),
    include_str!("steps/sqlite_3.sql"),
    include_str!("steps/sqlite_4.sql"),
    include_str!("steps/sqlite_5.sql"),
    include_str!("steps/sqlite_6.sql"),
    include_str!("steps/sqlite_7.sql"),
    include_str!("steps/sqlite_8.sql"),
    include_str!("steps/sqlite_9.sql"),
    include_str!("steps/sqlite_10.sql"),
    include_str!("steps/sqlite_11.sql"),
    include_str!("steps/sqlite_12.sql"),
];

/// The steps from an empty schema of PostgreSQL to the present tables.
#[cfg(feature = "postgres")]
pub(super) const POSTGRES: &[&str] = &[
    include_str!("steps/postgres_1.sql"),
    include_str!("steps/postgres_2.sql"),
    include_str!("steps/postgres_3.sql"),
    include_str!("steps/postgres_4.sql"),
    include_str!("steps/postgres_5.sql"),
    include_str!("steps/postgres_6.sql"),
    include_str!("steps/postgres_7.sql"),
    include_str!("steps/postgres_8.sql"),
    include_str!("steps/postgres_9.sql"),
    include_str!("steps/postgres_10.sql"),
    include_str!("steps/postgres_11.sql"),
    include_str!("steps/postgres_12.sql"),
];
