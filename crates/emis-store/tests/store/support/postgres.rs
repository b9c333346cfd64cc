//! A PostgreSQL server of the tests' own: never one that is running already.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::not_run;
use emis_store::{PostgresOptions, PostgresStore};

/// Makes the absence of PostgreSQL a failure: for CI.
const REQUIRE: &str = "EMIS_STORE_REQUIRE_POSTGRES";
/// A database to use instead of a cluster of our own. Schemas are created in it, and left.
const URL: &str = "DATABASE_URL";

/// A temporary cluster in a directory of its own, on a socket alone. It is removed when this is
/// dropped, and when the test program ends in any way.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Holds the other end of the pipe that keeps the cluster alive.
    keeper: Child,
    pub(crate) directory: PathBuf,
    user: String,
}

/// Waits until the other end of the pipe is closed, then stops the server and removes its directory:
/// a test program that is killed leaves nothing either.
const KEEPER: &str = r#"
    trap '' INT TERM HUP
    "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c "fsync=$3" -c max_connections=200 \
        >"$2/log" 2>&1 &
    server=$!
    cat >/dev/null
    kill -CONT $server 2>/dev/null
    # It may be another one by now.
    "$1/pg_ctl" stop -D "$2/data" -m immediate -s 2>/dev/null
    kill -QUIT $server 2>/dev/null
    wait $server
    rm -rf "$2"
"#;

impl Cluster {
    /// Starts a cluster, or returns `None` if PostgreSQL is not installed. It does not wait for the
    /// disk: the tests crash processes, not the machine.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("off")
    }

    /// Starts one that writes through to the disk.
    pub(crate) fn durable() -> Option<Self> {
        Self::start_with("on")
    }

    fn start_with(fsync: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let programs = programs()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("emis-store-postgres-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700).create(&directory).unwrap();

        if let Some((user, group)) = owner() {
            chown(&directory, Some(user), Some(group)).unwrap();
        }
        let of_owner = |program: &Path| as_owner(program, &directory);
        let made = of_owner(&programs.join("initdb"))
            .args([
                "-D", "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8",
            ])
            .args(["--locale=C.UTF-8"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb failed: {said}");
        let keeper = of_owner(Path::new("/bin/sh"))
            .args(["-c", KEEPER, "keeper"])
            .args([&programs, &directory])
            .arg(fsync)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let cluster = Self {
            keeper,
            directory,
            user: "postgres".to_owned(),
        };
        cluster.wait(&programs);
        Some(cluster)
    }

    fn wait(&self, programs: &Path) {
        let ready = || {
            let mut command = Command::new(programs.join("pg_isready"));
            command.args(["-q", "-t", "1", "-h"]).arg(&self.directory);
            command.status().is_ok_and(|status| status.success())
        };
        // Each waits up to a second if there is a socket.
        for _ in 0..5_000 {
            if ready() {
                return;
            }
        }
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        panic!("PostgreSQL did not start: {log}");
    }

    pub(crate) fn url(&self) -> String {
        let (user, directory) = (&self.user, self.directory.display());
        format!("postgres://{user}@localhost/postgres?host={directory}")
    }

    /// Restarts the server in a mode of pg_ctl.
    pub(crate) fn restart(&self, mode: &str) {
        let programs = programs().unwrap();
        let restarted = as_owner(&programs.join("pg_ctl"), &self.directory)
            .args(["restart", "-D", "data", "-l", "log", "-s", "-m", mode])
            .status()
            .unwrap();
        assert!(restarted.success(), "PostgreSQL did not start again");
    }

    /// Stops the server's main process: connections are accepted and not answered.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    /// Crashes the server.
    pub(crate) fn crash(&self) {
        self.signal("QUIT");
    }

    fn signal(&self, signal: &str) {
        let pid = fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let signal = format!("-{signal}");
        let sent = Command::new("kill").args([&signal, pid]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Returns the folder of the server's programs, of the newest installed version.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let version = version.ok()?;
            let number = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin")))
        })
        .collect();
    found.sort();
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let newest = found.into_iter().rev().map(|(_, path)| path);
    newest
        .chain(std::env::split_paths(&in_path))
        .find(|path| path.join("initdb").exists() && path.join("postgres").exists())
}

/// Returns the user of the server if this is root, as which it refuses to run.
fn owner() -> Option<(u32, u32)> {
    is_root().then(|| postgres_user().expect("there is no user postgres"))
}

fn as_owner(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = owner() {
        command.uid(user).gid(group);
    }
    command.current_dir(directory).stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn postgres_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Returns the database that the tests of this program share, or `None` if there is none, which is
/// printed, and fails the tests if `EMIS_STORE_REQUIRE_POSTGRES` is set.
pub(crate) fn url() -> Option<&'static str> {
    static SHARED: OnceLock<Option<(Option<Cluster>, String)>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| {
        if let Ok(url) = std::env::var(URL) {
            return Some((None, url));
        }
        let cluster = Cluster::start()?;
        let url = cluster.url();
        Some((Some(cluster), url))
    });
    if shared.is_none() {
        let advice = "Install PostgreSQL (apt-get install postgresql) or set DATABASE_URL.";
        assert!(
            std::env::var_os(REQUIRE).is_none(),
            "there is no PostgreSQL. {advice}"
        );
        not_run(&format!("the tests of the PostgreSQL store. {advice}"));
    }
    shared.as_ref().map(|(_, url)| url.as_str())
}

/// Returns a name for the schema of one test.
pub(crate) fn schema() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("t{}_{number}", std::process::id())
}

pub(crate) fn options(url: &str, schema: &str) -> PostgresOptions {
    PostgresOptions::new(url.into())
        .unwrap()
        .schema(schema)
        .unwrap()
}

/// Returns an empty store in a schema of its own.
pub(crate) async fn fresh() -> Option<PostgresStore> {
    let options = options(url()?, &schema()).connections(8);
    Some(PostgresStore::connect(options).await.unwrap())
}
