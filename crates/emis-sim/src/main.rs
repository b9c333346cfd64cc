//! The simulator as a program: prints one line of JSON and serves until it is stopped.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use emis_sim::{Scenario, Sim, SimBuilder};
use emis_types::ManualClock;
use jiff::civil::DateTime;
use lexopt::{Arg, ValueExt as _};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
Usage: emis-sim [--listen ADDRESS:PORT] [--seed N] [--patients N] [--practices N] [--now YYYY-MM-DDTHH:MM] [--scenario FILE]

  --listen     where to listen (127.0.0.1:0, any free port)
  --seed       what the practices are drawn from (7)
  --patients   patients of each practice (2000)
  --practices  how many practices (1)
  --now        UK time at which the clock stands still (the machine's clock)
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
    let runtime = tokio::runtime::Builder::new_current_thread()
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
    let mut terminated = signal(SignalKind::terminate())?;
    let sim = builder.start().await?;
    say(&sim.ready_line());
    tokio::select! {
        _ = terminated.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    sim.stop().await;
    Ok(())
}

fn read_arguments(mut arguments: lexopt::Parser) -> Result<Wish, lexopt::Error> {
    let mut builder = Sim::builder();
    while let Some(argument) = arguments.next()? {
        builder = match argument {
            Arg::Long("listen") => builder.listen(arguments.value()?.parse::<SocketAddr>()?),
            Arg::Long("seed") => builder.seed(arguments.value()?.parse()?),
            Arg::Long("patients") => builder.patients(arguments.value()?.parse()?),
            Arg::Long("practices") => builder.practices(arguments.value()?.parse()?),
            Arg::Long("now") => {
                let now: DateTime = arguments.value()?.parse()?;
                builder.clock(Arc::new(ManualClock::at_uk(now)))
            }
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
