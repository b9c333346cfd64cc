//! `emis bench fleet`: a morning's reminders at simulated practices.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emis_partner::EmisPartner;
use emis_partner::jiff::civil::date;
use emis_partner::types::{Clock, SystemClock, uk};
use emis_partner::uuid::Uuid;
use emis_sim::{PatientKind, Sim, SimOperation, SimPractice};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::Instant;

use super::bench_worker::{Instructions, WorkerReport};
use super::keys;
use crate::arguments::{Arguments, FleetBenchArguments};
use crate::error::CliError;
use crate::output::{Output, ProgressLine};
use crate::store::{Store, is_postgres};

/// An appointment as messages name it: practice, patient and slot.
type Appointment = (String, String);

/// The result.
#[derive(Debug, Serialize)]
struct Measured {
    practices: u32,
    workers: u16,
    killed: u32,
    /// Appointments that are to be reminded of, and how often they were.
    due: usize,
    sent_once: usize,
    sent_twice: usize,
    lost: usize,
    /// Messages about anything else.
    unexpected: usize,
    messages: usize,
    seconds: f64,
    messages_a_second: f64,
    planned_in_seconds: f64,
    emis_calls: usize,
    emis_calls_a_message: f64,
    /// By the store's operations of the workers that were not killed.
    database: WorkerReport,
    /// The greatest peak of one worker.
    worker_peak_mib: u64,
    /// The peak of the simulators and the double.
    simulator_peak_mib: u64,
}

pub(super) async fn run(
    arguments: &Arguments,
    bench: &FleetBenchArguments,
) -> Result<Output, CliError> {
    let directory = Directory::new()?;
    let line = ProgressLine::new(arguments.json);
    let morning = Morning::begin(bench, &directory, &line).await?;
    let measured = morning.measure(bench, &line).await?;
    let code = u8::from(measured.sent_once != measured.due || measured.unexpected > 0);
    Ok(Output::new(measured.text(), &measured)?.with_code(code))
}

/// Everything that is there before the workers start.
struct Morning {
    sim: Sim,
    double: Arc<Double>,
    instructions: Instructions,
    due: BTreeSet<Appointment>,
    planned_in: Duration,
}

impl Morning {
    async fn begin(
        bench: &FleetBenchArguments,
        directory: &Directory,
        line: &ProgressLine,
    ) -> Result<Self, CliError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let double = Arc::new(Double::default());
        let keys = directory.0.join("keys");
        keys::new(&keys)?;
        let ten = uk::zoned(date(2026, 6, 2).at(10, 0, 0, 0)).timestamp();
        let behind = SystemClock.now().duration_since(ten).as_secs();
        let file = |name: &str| directory.0.join(name).display().to_string();
        let (store, jobs) = match &bench.database {
            Some(url) if is_postgres(url) => (url.clone(), url.clone()),
            Some(_) => return Err(CliError::new("--database is the URL of PostgreSQL")),
            None => (file("store.db"), file("jobs.db")),
        };
        let mut instructions = Instructions {
            api_url: String::new(),
            identity_url: String::new(),
            application_id: String::new(),
            client_id: String::new(),
            client_secret: String::new(),
            keys,
            store,
            jobs,
            notifier: listener.local_addr()?.to_string(),
            seconds_behind: behind,
            concurrency: bench.concurrency.into(),
        };
        // Some patients can't be reminded, whom the diary leaves out.
        let patients = usize::from(bench.appointments) * 2 + 20;
        let sim = Sim::builder()
            .practices(bench.practices)
            .patients(patients)
            .keep_calls(100)
            .clock(Arc::new(instructions.clock()))
            .start()
            .await?;
        instructions.api_url = sim.api_url().to_owned();
        instructions.identity_url = sim.identity_url().to_owned();
        instructions.application_id = sim.application_id().to_owned();
        instructions.client_id = sim.client_id().to_owned();
        instructions.client_secret = sim.client_secret().to_owned();
        let store = Store::open(&instructions.store).await?;
        if !store.settings().list().await?.is_empty() {
            return Err(CliError::new("the database is not empty"));
        }
        let partner = instructions.partner(&store)?;
        let (mut due, mut planned_in) = (BTreeSet::new(), Duration::ZERO);
        for (number, emis) in sim.practices().iter().enumerate() {
            book(emis, bench.appointments)?;
            let began = Instant::now();
            due.extend(set_up(&partner, emis).await?);
            planned_in += began.elapsed();
            let (done, total) = (number + 1, sim.practices().len());
            let text = format!("{done} of {total} practices are set up");
            line.show(&text, done == total);
        }
        store.close().await;
        tokio::spawn(Arc::clone(&double).serve(listener));
        Ok(Self {
            sim,
            double,
            instructions,
            due,
            planned_in,
        })
    }

    async fn measure(
        self,
        bench: &FleetBenchArguments,
        line: &ProgressLine,
    ) -> Result<Measured, CliError> {
        let calls_before = self.calls();
        let began = Instant::now();
        let mut workers = Vec::new();
        for _ in 0..bench.workers {
            workers.push(WorkerProcess::start(&self.instructions).await?);
        }
        let (mut killed, mut peak) = (0_u32, 0);
        let (mut last_progress, mut sent_before) = (began, 0);
        let mut last_kill = began;
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        let seconds = loop {
            ticks.tick().await;
            let sent = self.double.count(&self.due);
            line.show(&format!("{sent} of {} sent", self.due.len()), false);
            peak = workers
                .iter()
                .map(WorkerProcess::peak_mib)
                .fold(peak, u64::max);
            if sent == self.due.len() {
                break began.elapsed().as_secs_f64();
            }
            if sent > sent_before {
                (last_progress, sent_before) = (Instant::now(), sent);
            }
            if last_progress.elapsed().as_secs() >= bench.patience {
                break began.elapsed().as_secs_f64();
            }
            let every = bench.kill_every.map(Duration::from_secs);
            if every.is_some_and(|every| last_kill.elapsed() >= every) {
                last_kill = Instant::now();
                let next = usize::try_from(killed).unwrap_or(0) % workers.len();
                if let Some(worker) = workers.get_mut(next) {
                    worker.process.kill().await?;
                    *worker = WorkerProcess::start(&self.instructions).await?;
                    killed += 1;
                }
            }
        };
        let calls = self.calls() - calls_before;
        // Another run of every practice: what is sent twice shows then.
        tokio::time::sleep(Duration::from_secs(if killed > 0 { 35 } else { 1 })).await;
        let mut database = WorkerReport::default();
        for worker in workers {
            let report = worker.end().await?;
            database.database_seconds += report.database_seconds;
            database.database_operations += report.database_operations;
        }
        line.show(&format!("{} sent", self.double.count(&self.due)), true);
        let contents = self.double.contents();
        let times = |wanted: fn(&usize) -> bool| {
            let due = self.due.iter();
            due.filter(|it| wanted(contents.sent.get(it).unwrap_or(&0)))
                .count()
        };
        let expected = |it: &&Appointment| self.due.contains(it);
        Ok(Measured {
            practices: bench.practices,
            workers: bench.workers,
            killed,
            due: self.due.len(),
            sent_once: times(|it| *it == 1),
            sent_twice: times(|it| *it > 1),
            lost: times(|it| *it == 0),
            unexpected: contents.sent.keys().filter(|it| !expected(it)).count(),
            messages: contents.messages,
            seconds,
            messages_a_second: ratio(contents.messages, seconds),
            planned_in_seconds: self.planned_in.as_secs_f64(),
            emis_calls: calls,
            emis_calls_a_message: ratio(calls, ratio(contents.messages, 1.0)),
            database,
            worker_peak_mib: peak,
            simulator_peak_mib: peak_mib(std::process::id()),
        })
    }

    /// Counts the calls of EMIS but not those of its identity service.
    fn calls(&self) -> usize {
        let api = SimOperation::ALL.iter().filter(|it| !it.is_identity());
        api.map(|operation| self.sim.count(*operation)).sum()
    }
}

impl Measured {
    fn text(&self) -> String {
        format!(
            "{} practices, {} workers, {} killed\n\
             {} due: {} sent once, {} twice, {} lost, {} unexpected\n\
             {} messages in {:.1} s: {:.0} a second\n\
             {} calls of EMIS: {:.2} a message\n\
             set up and planned in {:.1} s\n\
             database: {}\n\
             peak memory: {} MiB a worker, {} MiB the simulators",
            self.practices,
            self.workers,
            self.killed,
            self.due,
            self.sent_once,
            self.sent_twice,
            self.lost,
            self.unexpected,
            self.messages,
            self.seconds,
            self.messages_a_second,
            self.emis_calls,
            self.emis_calls_a_message,
            self.planned_in_seconds,
            self.database,
            self.worker_peak_mib,
            self.simulator_peak_mib,
        )
    }
}

#[allow(clippy::cast_precision_loss, reason = "figures for a person to read")]
fn ratio(count: usize, of: f64) -> f64 {
    if of > 0.0 { count as f64 / of } else { 0.0 }
}

/// Clears the diary and books one appointment this evening for so many patients.
fn book(emis: &SimPractice, appointments: u16) -> Result<(), CliError> {
    emis.staff_remove_sessions();
    let slot_types = emis.slot_types();
    let routine = slot_types.iter().find(|it| it.display == "GP Routine");
    let routine = routine.ok_or_else(|| CliError::new("the simulator has no slot types"))?;
    let evening = date(2026, 6, 2).at(17, 0, 0, 0);
    let places = i16::try_from(appointments).unwrap_or(i16::MAX);
    let slots = emis.staff_open_session(evening, 1, places, routine.id)?;
    let patients = emis.patients();
    let patients = patients.iter().filter(|it| it.kind == PatientKind::Regular);
    for (slot, patient) in slots.into_iter().zip(patients) {
        emis.staff_book(slot, patient.patient_number)?;
    }
    Ok(())
}

/// Sets a practice up, and returns what a plan of its reminders holds.
async fn set_up(partner: &EmisPartner, emis: &SimPractice) -> Result<Vec<Appointment>, CliError> {
    let practice = partner.practice(emis.ods().parse()?);
    let settings = practice.settings();
    let password = emis.password().into();
    let entered = settings.update_connection(emis.cdb(), emis.username(), password);
    entered.await?;
    let plan = practice.reminders().plan(partner.clock().now()).await?;
    let appointments = plan.due.iter().flat_map(|message| &message.appointments);
    let key = |it: &emis_partner::reminders::RemindedAppointment| {
        (emis.ods().to_owned(), format!("{}:{}", it.patient, it.slot))
    };
    Ok(appointments.map(key).collect())
}

/// Stands for the sender of messages, and counts.
#[derive(Debug, Default)]
struct Double(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    /// The number of messages about each appointment.
    sent: BTreeMap<Appointment, usize>,
    references: BTreeSet<String>,
    messages: usize,
}

impl Double {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, due: &BTreeSet<Appointment>) -> usize {
        let contents = self.contents();
        contents.sent.keys().filter(|it| due.contains(*it)).count()
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(Arc::clone(&self).answer(connection));
        }
    }

    /// A worker that was killed closes its connections.
    async fn answer(self: Arc<Self>, connection: TcpStream) {
        let mut connection = BufReader::new(connection);
        let mut line = String::new();
        while matches!(connection.read_line(&mut line).await, Ok(1..)) {
            let answer = self.take(&line);
            line.clear();
            if connection.get_mut().write_all(answer).await.is_err() {
                return;
            }
        }
    }

    fn take(&self, line: &str) -> &'static [u8] {
        let mut words = line.split_whitespace();
        let (verb, practice) = (words.next(), words.next().unwrap_or_default());
        let reference = words.next().unwrap_or_default().to_owned();
        let mut contents = self.contents();
        match verb {
            Some("send") if line.ends_with('\n') => {
                contents.messages += 1;
                contents.references.insert(reference);
                for appointment in words {
                    let key = (practice.to_owned(), appointment.to_owned());
                    *contents.sent.entry(key).or_default() += 1;
                }
                b"ok\n"
            }
            Some("find") if contents.references.contains(&reference) => b"yes\n",
            _ => b"no\n",
        }
    }
}

/// A worker, killed when it is dropped.
struct WorkerProcess {
    process: Child,
    input: ChildStdin,
}

impl WorkerProcess {
    async fn start(instructions: &Instructions) -> Result<Self, CliError> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["bench", "worker"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = process.stdin.take();
        let mut input = input.ok_or_else(|| CliError::new("a worker has no standard input"))?;
        let line = format!("{}\n", serde_json::to_string(instructions)?);
        input.write_all(line.as_bytes()).await?;
        Ok(Self { process, input })
    }

    fn peak_mib(&self) -> u64 {
        self.process.id().map_or(0, peak_mib)
    }

    /// Lets it end by itself, and returns its report.
    async fn end(self) -> Result<WorkerReport, CliError> {
        let Self { mut process, input } = self;
        drop(input);
        let mut report = String::new();
        if let Some(mut output) = process.stdout.take() {
            output.read_to_string(&mut report).await?;
        }
        if !process.wait().await?.success() {
            return Err(CliError::new("a worker failed"));
        }
        Ok(serde_json::from_str(&report)?)
    }
}

/// Returns the peak of a process's memory, or 0 where the system does not tell it.
fn peak_mib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The files of one run, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Result<Self, CliError> {
        let name = format!("emis-bench-{}", Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A folder that stays behind is in the system's folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
