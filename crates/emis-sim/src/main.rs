//! The simulator as a program.

use std::net::SocketAddr;
use std::process::ExitCode;

use emis_sim::{Scenario, Sim, SimBuilder};
use emis_types::ManualClock;
use jiff::Timestamp;
use jiff::civil::DateTime;
use lexopt::{Arg, ValueExt as _};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
Simulates EMIS practices: the Partner API, the identity service and EMAS Manager over HTTP.

Prints one line of JSON with the addresses, the secrets and a patient of each practice who can book,
and serves until it is stopped. EMAS Manager is at /emas, the clock at /sim/clock and the calls so far
at /sim/journal.

Usage: emis-sim [OPTIONS]

Options:
  --listen ADDRESS:PORT  Address to listen on [default: 127.0.0.1:0, any free port]
  --seed N               Seed of the practices [default: 7]
  --practices N          Number of practices, up to 1000 [default: 1]
  --patients N           Patients of each practice, up to 100000 [default: 2000]
  --receptionists N      Receptionists of each practice, who book and cancel [default: 0]
  --now TIME             Clock that stands still until POST /sim/clock sets it: UK time
                         (2026-06-02T10:00), or a moment with an offset [default: the machine's clock]
  --scenario FILE        JSON file with the initial state [default: healthy]
  -h, --help             Prints this help";

enum Command {
    Run(SimBuilder),
    Help,
}

fn main() -> ExitCode {
    let builder = match read_arguments(lexopt::Parser::from_env()) {
        Ok(Command::Run(builder)) => builder,
        Ok(Command::Help) => {
            print(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            print_error(&format!("emis-sim: {error}\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(builder)),
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&format!("emis-sim: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(builder: SimBuilder) -> Result<(), Box<dyn std::error::Error>> {
    // Installed before the ready line, so that no signal is missed.
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let sim = builder.start().await?;
    for practice in sim.practices() {
        // The patient of the ready line can book at a practice of few patients, too.
        practice.bookable_patient();
    }
    print(&sim.ready_line());
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    sim.stop().await;
    Ok(())
}

/// Parses a moment with an offset, or a UK wall-clock time.
fn manual_clock(now: &str) -> Result<ManualClock, jiff::Error> {
    match now.parse::<Timestamp>() {
        Ok(moment) => Ok(ManualClock::new(moment)),
        Err(_) => now.parse::<DateTime>().map(ManualClock::at_uk),
    }
}

fn read_arguments(mut arguments: lexopt::Parser) -> Result<Command, lexopt::Error> {
    // The program may run for months.
    let mut builder = Sim::builder().keep_calls(100_000);
    while let Some(argument) = arguments.next()? {
        builder = match argument {
            Arg::Long("listen") => builder.listen(arguments.value()?.parse::<SocketAddr>()?),
            Arg::Long("seed") => builder.seed(arguments.value()?.parse()?),
            Arg::Long("patients") => builder.patients(arguments.value()?.parse()?),
            Arg::Long("practices") => builder.practices(arguments.value()?.parse()?),
            Arg::Long("receptionists") => builder.receptionists(arguments.value()?.parse()?),
            Arg::Long("now") => builder.manual_clock(arguments.value()?.parse_with(manual_clock)?),
            Arg::Long("scenario") => {
                let scenario = Scenario::read(arguments.value()?);
                builder.scenario(scenario.map_err(|error| error.report())?)
            }
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            other => return Err(other.unexpected()),
        };
    }
    Ok(Command::Run(builder))
}

#[allow(
    clippy::print_stdout,
    reason = "the ready line is the program's output"
)]
fn print(line: &str) {
    println!("{line}");
}

#[allow(clippy::print_stderr, reason = "errors of a command-line program")]
fn print_error(line: &str) {
    eprintln!("{line}");
}
