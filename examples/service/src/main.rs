//! The program `emis-service`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program speaks to its terminal"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use emis_service::{ConfigFile, Service, ServiceConfig, StartError, StorePlace, hash_password};
use tracing_subscriber::filter::LevelFilter;

const USAGE: &str = "\
usage: emis-service [--listen ADDRESS] [--data FOLDER] [--practices N]
       emis-service --config FILE [--check]
       emis-service --hash-password < PASSWORD

Without --config it serves simulated practices on this machine. EMIS_SERVICE_LOG sets the level of the
log: off, error, warn, info, debug or trace. EMIS_SERVICE_LOG_FORMAT=json writes it as JSON.";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("emis-service: {error}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Arguments {
    config: Option<PathBuf>,
    check: bool,
    hash_password: bool,
    help: bool,
    listen: Option<String>,
    data: Option<PathBuf>,
    practices: Option<u32>,
}

async fn run() -> Result<(), StartError> {
    let arguments = arguments()?;
    if arguments.help {
        println!("{USAGE}");
        return Ok(());
    }
    if arguments.hash_password {
        let mut password = String::new();
        std::io::stdin().read_line(&mut password)?;
        println!(
            "{}",
            hash_password(&password.trim_end_matches(['\r', '\n']).into())?
        );
        return Ok(());
    }
    let config = config(&arguments)?;
    if arguments.check {
        println!("The configuration is usable.");
        return Ok(());
    }
    log(arguments.config.is_some())?;
    let service = Service::start(config).await?;
    announce(&service);
    stopped().await;
    println!("Stopping.");
    service.stop().await;
    Ok(())
}

fn config(arguments: &Arguments) -> Result<ServiceConfig, StartError> {
    if let Some(file) = &arguments.config {
        return ConfigFile::load(file);
    }
    let mut config = ServiceConfig::simulated();
    config.listen = arguments
        .listen
        .as_deref()
        .unwrap_or("127.0.0.1:8080")
        .parse()?;
    config.worker_pause = Some(Duration::from_secs(60));
    config.metrics_token = Some("simulated".into());
    if let Some(practices) = arguments.practices {
        config.emis = emis_service::EmisSource::Simulated { practices };
    }
    if let Some(folder) = &arguments.data {
        std::fs::create_dir_all(folder)?;
        config.store = StorePlace::File(folder.join("practices.db"));
    }
    Ok(config)
}

fn arguments() -> Result<Arguments, StartError> {
    use lexopt::prelude::*;
    let mut parsed = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("config") => parsed.config = Some(parser.value()?.into()),
            Long("check") => parsed.check = true,
            Long("hash-password") => parsed.hash_password = true,
            Long("help") | Short('h') => parsed.help = true,
            Long("listen") => parsed.listen = Some(parser.value()?.string()?),
            Long("data") => parsed.data = Some(parser.value()?.into()),
            Long("practices") => parsed.practices = Some(parser.value()?.parse()?),
            unknown => return Err(unknown.unexpected().into()),
        }
    }
    Ok(parsed)
}

/// Writes the log to standard error: no address, no body, nothing about a patient.
fn log(real: bool) -> Result<(), StartError> {
    let level = std::env::var("EMIS_SERVICE_LOG");
    let level = level.unwrap_or_else(|_| if real { "info" } else { "warn" }.to_owned());
    let level: LevelFilter = level.parse()?;
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr);
    if std::env::var("EMIS_SERVICE_LOG_FORMAT").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.init();
    }
    Ok(())
}

fn announce(service: &Service) {
    let url = service.url();
    println!("Serving at {url}");
    for it in service.sign_ins() {
        let page = match &it.practice {
            Some(practice) => format!("{url}/practices/{practice}"),
            None => format!("{url}/desk"),
        };
        println!("\n{page}\n  sign in as {} with {}", it.name, it.password);
        if let Some(emas) = &it.emas_url {
            println!("  EMAS Manager of its simulated EMIS: {emas}");
        }
    }
    for link in service.links() {
        let what = match link.books {
            true => "invitation of an invented patient",
            false => "link to an appointment, of an invented patient",
        };
        println!(
            "\n{url}{}\n  {what}, born {}",
            link.path,
            link.date_of_birth.strftime("%-d %-m %Y")
        );
    }
    println!("\nPress Ctrl-C to stop.");
}

/// Waits for Ctrl-C, or for the signal by which a service manager stops a service.
async fn stopped() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    interrupt.await;
}
