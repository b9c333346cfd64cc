//! The simulator as a program: prints one line of JSON and serves until it is stopped.

use std::net::SocketAddr;
use std::process::ExitCode;

use emis_sim::{Scenario, Sim, SimBuilder};
use emis_types::ManualClock;
use jiff::Timestamp;
use jiff::civil::DateTime;
use lexopt::{Arg, ValueExt as _};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
Usage: emis-sim [--listen ADDRESS:PORT] [--seed N] [--patients N] [--practices N] [--receptionists N]
                [--now YYYY-MM-DDTHH:MM] [--scenario FILE]

  --listen     where to listen (127.0.0.1:0, any free port)
  --seed       what the practices are drawn from (7)
  --patients   patients of each practice, up to 100000 (2000)
  --practices  how many practices, up to 1000 (1)
  --receptionists
               how many people at each practice book and cancel in the background (0)
  --now        UK time, or moment with an offset, at which the clock stands until it is moved by
               POST /sim/clock (the machine's clock)
  --scenario   JSON file that says what is amiss (nothing)";

enum Wish {
    Run(SimBuilder),
    Help,
}

fn main() -> ExitCode {
    let builder = match read_arguments(lexopt::Parser::from_env()) {
        Ok(Wish::Run(builder)) => builder,
        Ok(Wish::Help) => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            complain(&format!("emis-sim: {error}\n{USAGE}"));
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
            complain(&format!("emis-sim: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(builder: SimBuilder) -> Result<(), Box<dyn std::error::Error>> {
    // Listened for before anybody can know that there is something to stop.
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let sim = builder.start().await?;
    say(&sim.ready_line());
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    sim.stop().await;
    Ok(())
}

/// A moment, if the text has an offset, or else a time as clocks in England show it.
fn standing_at(now: &str) -> Result<ManualClock, jiff::Error> {
    match now.parse::<Timestamp>() {
        Ok(moment) => Ok(ManualClock::new(moment)),
        Err(_) => now.parse::<DateTime>().map(ManualClock::at_uk),
    }
}

fn read_arguments(mut arguments: lexopt::Parser) -> Result<Wish, lexopt::Error> {
    // It may serve for months.
    let mut builder = Sim::builder().keep_calls(100_000);
    while let Some(argument) = arguments.next()? {
        builder = match argument {
            Arg::Long("listen") => builder.listen(arguments.value()?.parse::<SocketAddr>()?),
            Arg::Long("seed") => builder.seed(arguments.value()?.parse()?),
            Arg::Long("patients") => builder.patients(arguments.value()?.parse()?),
            Arg::Long("practices") => builder.practices(arguments.value()?.parse()?),
            Arg::Long("receptionists") => builder.receptionists(arguments.value()?.parse()?),
            Arg::Long("now") => builder.manual_clock(arguments.value()?.parse_with(standing_at)?),
            Arg::Long("scenario") => {
                let scenario = Scenario::read(arguments.value()?);
                builder.scenario(scenario.map_err(|error| error.to_string())?)
            }
            Arg::Long("help") | Arg::Short('h') => return Ok(Wish::Help),
            other => return Err(other.unexpected()),
        };
    }
    Ok(Wish::Run(builder))
}

#[allow(
    clippy::print_stdout,
    reason = "the ready line is what the program is for"
)]
fn say(line: &str) {
    println!("{line}");
}

#[allow(
    clippy::print_stderr,
    reason = "a person started it and has to be told"
)]
fn complain(line: &str) {
    eprintln!("{line}");
}
