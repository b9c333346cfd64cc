//! The arguments of the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use emis_fleet::jobs::JobKind;
use emis_partner::booking::BookingId;
use emis_partner::jiff::Timestamp;
use emis_partner::messaging::MessageReference;
use emis_partner::types::{OdsCode, PatientNumber};

/// Diagnoses practices on EMIS and keeps their settings, bookings, messages, audit logs, stores and
/// keys.
///
/// Exit codes: 0 if all is well, 1 if something is wrong, 2 if the command could not be carried out.
#[derive(Debug, Parser)]
#[command(name = "emis", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// Configuration: store, sealing keys, EMIS's addresses and the product's identity there
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "EMIS_CONFIG",
        default_value = "emis.toml"
    )]
    pub(crate) config: PathBuf,
    /// The store: a SQLite file or the URL of a PostgreSQL database; overrides the configuration
    #[arg(long, global = true, env = "EMIS_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// The jobs: a SQLite file or the URL of a PostgreSQL database; by default in the store's
    /// database, or beside its file
    #[arg(
        long,
        global = true,
        value_name = "JOBS",
        env = "EMIS_JOBS",
        hide_env_values = true
    )]
    pub(crate) jobs: Option<String>,
    /// File of the sealing keys, the one to seal to first; overrides the configuration
    #[arg(long, global = true, value_name = "FILE", env = "EMIS_SEALING_KEYS")]
    pub(crate) keys: Option<PathBuf>,
    /// Bank holidays as GOV.UK publishes them (bank-holidays.json); overrides the configuration
    #[arg(long, global = true, value_name = "FILE", env = "EMIS_BANK_HOLIDAYS")]
    pub(crate) bank_holidays: Option<PathBuf>,
    /// Uses simulated practices and an empty store in memory instead of a configuration
    #[arg(long, global = true, value_name = "PRACTICES", num_args = 0..=1, require_equals = true,
        default_missing_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) simulate: Option<u32>,
    /// Simulates one practice in the state of a scenario file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// Prints JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The person who acts, as the audit log is to name them
    #[arg(long, global = true, value_name = "PERSON")]
    pub(crate) by: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Diagnoses a practice or all of them, and names the clicks that mend what is broken
    Doctor(DoctorArguments),
    /// Lists the practices that have settings
    Practices,
    /// Reads and changes a practice's settings
    #[command(subcommand)]
    Settings(SettingsCommand),
    /// Lists and settles bookings whose outcome is unknown
    #[command(subcommand)]
    Bookings(BookingsCommand),
    /// Shows who would be reminded, and sends nothing
    #[command(subcommand)]
    Reminders(RemindersCommand),
    /// Lists and settles messages that may or may not have been sent
    #[command(subcommand)]
    Messages(MessagesCommand),
    /// Verifies, anchors and exports audit logs
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Backs up, restores, moves and tidies a store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Creates and changes the keys that API users are sealed with
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Runs the recurring work of all practices until it is terminated
    Worker(WorkerArguments),
    /// Lists and retries jobs of the workers
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Measures workers on simulated practices
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Prints a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints the manual page
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// ODS code of the practice; may be left out with one simulated practice
    #[arg(conflicts_with = "all")]
    pub(crate) practice: Option<OdsCode>,
    /// Diagnoses every practice that has settings
    #[arg(long)]
    pub(crate) all: bool,
    /// Compares with the summary in this file, and replaces it
    #[arg(long, value_name = "FILE", requires = "all")]
    pub(crate) summary: Option<PathBuf>,
    /// Shows one line for each check, with its evidence; `--json` shows everything
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, conflicts_with_all = ["all", "json"])]
    pub(crate) format: ReportFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Markdown,
    Html,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SettingsCommand {
    /// Prints the settings as TOML, without the API user's password
    Export {
        /// ODS code of the practice
        practice: OdsCode,
    },
    /// Changes the settings to those of a TOML file
    Import {
        /// ODS code of the practice
        practice: OdsCode,
        /// The file; `-` is standard input
        file: PathBuf,
    },
    /// Updates the EMIS organisation ID (CDB number)
    OrganisationId {
        /// ODS code of the practice
        practice: OdsCode,
        /// The CDB number
        organisation_id: String,
    },
    /// Updates the EMIS API user; the password is read from standard input, and sealed
    ApiUser {
        /// ODS code of the practice
        practice: OdsCode,
        /// Username in EMIS
        username: String,
    },
    /// Names the practice
    Name {
        /// ODS code of the practice
        practice: OdsCode,
        /// The name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BookingsCommand {
    /// Lists the bookings whose outcome is unknown
    List {
        /// ODS code of the practice
        practice: OdsCode,
    },
    /// Settles bookings by reading EMIS; all practices if none is named
    Reconcile {
        /// ODS code of the practice
        practice: Option<OdsCode>,
    },
    /// Settles an unresolved booking as a person found it in EMIS
    Settle {
        /// ODS code of the practice
        practice: OdsCode,
        /// ID of the booking
        booking: BookingId,
        /// The state that was found
        #[arg(value_enum)]
        found: FoundState,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RemindersCommand {
    /// Lists who would be reminded at a time, who would not and why, by a sender of texts and emails
    Plan {
        /// ODS code of the practice
        practice: OdsCode,
        /// The time, such as 2026-06-02T09:00:00+01:00; now by default
        #[arg(long, value_name = "TIME")]
        at: Option<Timestamp>,
    },
    /// Counts what a run would do now
    Run {
        /// ODS code of the practice
        practice: OdsCode,
        /// Sends nothing: only the product has a sender of messages
        #[arg(long, required = true)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum MessagesCommand {
    /// Lists the messages that may or may not have been sent
    Doubt {
        /// ODS code of the practice
        practice: OdsCode,
    },
    /// Settles a message in doubt as a person found it at the message service
    Settle {
        /// ODS code of the practice
        practice: OdsCode,
        /// Reference of the message
        message: MessageReference,
        /// The state that was found
        #[arg(value_enum)]
        found: FoundMessage,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FoundMessage {
    /// The service has the message
    Sent,
    /// The service has no such message: it may be sent again
    NotSent,
    /// The service could not deliver it
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FoundState {
    /// The patient has the appointment
    Confirmed,
    /// The appointment was never made
    NotBooked,
    /// The appointment was cancelled
    Cancelled,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verifies every audit log, against the anchors in a file if one is named
    Verify {
        /// File of anchors
        #[arg(long, value_name = "FILE")]
        anchors: Option<PathBuf>,
    },
    /// Verifies every audit log and appends its head to a file
    Anchor {
        /// File of anchors
        anchors: PathBuf,
    },
    /// Prints a practice's audit log as JSON Lines
    Export {
        /// ODS code of the practice
        practice: OdsCode,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copies a SQLite store while it is in use
    Backup {
        /// The new file
        copy: PathBuf,
    },
    /// Puts a backup in the place of a SQLite store that no process has open
    Restore {
        /// The backup
        backup: PathBuf,
    },
    /// Moves a practice with everything to another store
    Move {
        /// ODS code of the practice
        practice: OdsCode,
        /// The other store: a SQLite file or the URL of a PostgreSQL database
        #[arg(long, value_name = "STORE")]
        to: String,
    },
    /// Reads every practice's settings and verifies every audit log
    Verify,
    /// Deletes records that are past their retention period
    Expire,
    /// Forgets the idempotency keys of settings changes that are older
    Forget {
        /// Age in days
        #[arg(default_value_t = 30)]
        days: u16,
    },
    /// Erases a patient from a practice's records
    Erase {
        /// ODS code of the practice
        practice: OdsCode,
        /// EMIS's number of the patient
        patient: PatientNumber,
    },
    /// Deletes everything of a practice but its audit log
    OffBoard {
        /// ODS code of the practice
        practice: OdsCode,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Creates a file with a new key, readable by its owner alone
    New {
        /// The new file
        file: PathBuf,
    },
    /// Seals every API user to the first of the configured keys
    Rotate,
    /// Fails while a practice needs a key other than the first
    Needed,
}

#[derive(Debug, Args)]
pub(crate) struct WorkerArguments {
    /// Runs only these kinds of jobs
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub(crate) only: Vec<JobKind>,
    /// Number of practices that are worked for at once by each kind of job
    #[arg(long, value_name = "PRACTICES", default_value_t = 16)]
    pub(crate) concurrency: u16,
    /// File of anchors; without one, audit logs are not anchored
    #[arg(long, value_name = "FILE")]
    pub(crate) anchors: Option<PathBuf>,
    /// Ignores the hours of each kind of job
    #[arg(long)]
    pub(crate) at_any_hour: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Counts the jobs of each kind, or lists those of a practice
    List {
        /// ODS code of the practice
        practice: Option<OdsCode>,
    },
    /// Lists the jobs whose retries are used up, or that can't be read
    Dead,
    /// Runs a job at once
    Retry {
        /// Kind of the job
        kind: JobKind,
        /// ODS code of the practice; left out for work of the whole product
        practice: Option<OdsCode>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Sends the reminders of a morning at simulated practices, and counts them
    Fleet(FleetBenchArguments),
    /// One of the workers, whose instructions are on standard input
    #[command(hide = true)]
    Worker,
}

#[derive(Debug, Args)]
pub(crate) struct FleetBenchArguments {
    /// Number of simulated practices
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) practices: u32,
    /// Number of appointments of each practice that are to be reminded of
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=300))]
    pub(crate) appointments: u16,
    /// Number of workers, each a process
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,
    /// URL of an empty PostgreSQL database; a temporary SQLite file by default
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Kills a worker each time after so many seconds, and starts another
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) kill_every: Option<u64>,
    /// Number of practices that each worker works for at once
    #[arg(long, default_value_t = 16)]
    pub(crate) concurrency: u16,
    /// Gives up when no message was sent for so many seconds; a message that was being sent by a
    /// killed worker is in doubt for six minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    pub(crate) patience: u64,
}
