//! Answers per second of the simulator, beside a bare axum handler that sends as many bytes for the
//! same requests: `cargo bench -p emis-sim --bench serving`.
//!
//! `booking_and_read_back_…`: `BookAppointment` and then `GetSlotsForSessionV2`, over several
//! kept connections. `booked_patients_…`: `GetBookedPatientsV2` with 5,000 bookings. Both take
//! turns; what is printed is the middle turn. Server and caller share the machine.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod load;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use emis_sim::{Sim, SimPractice};
use emis_types::ManualClock;
use jiff::ToSpan as _;
use jiff::civil::date;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use load::Connection;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 41;
/// Duration of each of the two in a round.
const TURN: Duration = Duration::from_millis(50);
/// Slots of a session, as in a surgery.
const SLOTS: i16 = 15;
/// Sessions that one connection books in one turn, at most.
const SESSIONS: usize = 150;

fn main() -> Result<(), Failure> {
    // Named, so that a profiler tells them apart.
    let [simulator, servers, callers] = [runtime("sim")?, runtime("bare")?, runtime("caller")?];
    let clock = ManualClock::at_uk(date(2026, 6, 1).at(6, 0, 0, 0));
    let sim = simulator.block_on(Sim::builder().clock(Arc::new(clock)).start())?;
    let practice = sim.practice();
    let address: SocketAddr = sim
        .api_url()
        .trim_start_matches("http://")
        .trim_end_matches("/partner")
        .parse()?;
    let headers = callers.block_on(headers(&sim, address))?;
    callers.block_on(bookings(&servers, &practice, address, &headers))?;
    callers.block_on(booked_patients(&servers, &practice, address, &headers))
}

fn runtime(name: &str) -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(name)
        .enable_all()
        .build()
}

/// The headers of every call, with a token.
async fn headers(sim: &Sim, address: SocketAddr) -> Result<String, Failure> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        sim.client_id(),
        sim.client_secret()
    );
    let request = format!(
        "POST /identity/oauth2/token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let token = answer
        .split_once("\"access_token\":\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .ok_or("no token")?;
    Ok(format!(
        "host: localhost\r\naccept: application/json\r\nauthorization: Bearer {}\r\n\
         applicationid: {}\r\n\r\n",
        token.0,
        sim.application_id()
    ))
}

fn request(operation: &str, query: &str, headers: &str) -> Vec<u8> {
    format!("GET /partner/api/v1/appointments/{operation}?{query} HTTP/1.1\r\n{headers}")
        .into_bytes()
}

/// Bare axum: what is asked decides which of the bodies is sent.
async fn bare(bodies: Vec<(&'static str, Bytes)>) -> Result<SocketAddr, Failure> {
    let mut router = Router::new();
    for (operation, body) in bodies {
        let answer = move || {
            let body = body.clone();
            async move { ([(CONTENT_TYPE, "application/json; charset=utf-8")], body) }
        };
        router = router.route(
            &format!("/partner/api/v1/appointments/{operation}"),
            get(answer),
        );
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// As many bytes as the simulator's answer had.
async fn like(address: SocketAddr, request: &[u8]) -> Result<Bytes, Failure> {
    let answered = Connection::open(address).await?.call(request).await?;
    // The head is about this long, with the bare handler as well.
    Ok(Bytes::from(vec![b'x'; answered.bytes.saturating_sub(120)]))
}

/// Sends the requests of a connection: bookings, each followed by a read of its session.
struct Script {
    slots: Vec<i32>,
    requests: Vec<[Vec<u8>; 2]>,
}

impl Script {
    fn write(practice: &SimPractice, headers: &str) -> Result<Self, Failure> {
        let patient = practice
            .patients()
            .first()
            .ok_or("no patient")?
            .patient_number;
        let day = date(2026, 7, 6).at(8, 0, 0, 0);
        let slot_type = practice.slot_types().first().ok_or("no slot type")?.id;
        let mut script = Self {
            slots: Vec::new(),
            requests: Vec::new(),
        };
        for session in 0..SESSIONS {
            let start = day.saturating_add(i64::try_from(session)?.days());
            for slot in practice.staff_open_session(start, 10, SLOTS, slot_type)? {
                let session = practice.slot(slot).ok_or("no slot")?.session_id;
                let booking = format!(
                    "slotId={slot}&patientNumber={patient}&reason=Review+by+phone&bookedBy=1900"
                );
                script.slots.push(slot);
                script.requests.push([
                    request("BookAppointment", &booking, headers),
                    request(
                        "GetSlotsForSessionV2",
                        &format!("appointmentSessionId={session}"),
                        headers,
                    ),
                ]);
            }
        }
        Ok(script)
    }
}

async fn bookings(
    servers: &Runtime,
    practice: &SimPractice,
    address: SocketAddr,
    headers: &str,
) -> Result<(), Failure> {
    let scripts: Vec<_> = (0..CONNECTIONS)
        .map(|_| Script::write(practice, headers).map(Arc::new))
        .collect::<Result<_, _>>()?;
    let first = &scripts.first().ok_or("no script")?.requests;
    let [booking, reading] = first.first().ok_or("no request")?;
    let bodies = vec![
        ("BookAppointment", like(address, booking).await?),
        ("GetSlotsForSessionV2", like(address, reading).await?),
    ];
    let bare = servers.spawn(bare(bodies)).await??;
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut of = [0.0; 2];
        // Whoever comes first has no advantage of it.
        for turn in [round % 2, 1 - round % 2] {
            let to = [address, bare].get(turn).copied().ok_or("two servers")?;
            for slot in scripts.iter().flat_map(|script| &script.slots) {
                // Empty slots are refused; that is as well.
                let _ = practice.staff_cancel(*slot);
            }
            let rate = requests_per_second(&scripts, to).await?;
            *of.get_mut(turn).ok_or("two servers")? = rate;
        }
        let [ours, theirs] = of;
        rates.push(ours);
        ratios.push(ours / theirs);
    }
    println!(
        "booking_and_read_back_requests_per_second {:.0}",
        middle(rates)
    );
    println!("booking_and_read_back_vs_bare_axum {:.2}", middle(ratios));
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "what a bench is for")]
async fn requests_per_second(scripts: &[Arc<Script>], to: SocketAddr) -> Result<f64, Failure> {
    let mut connections = Vec::new();
    for _ in scripts {
        connections.push(Connection::open(to).await?);
    }
    let start = Instant::now();
    let mut turns = Vec::new();
    for (script, mut connection) in scripts.iter().cloned().zip(connections) {
        turns.push(tokio::spawn(async move {
            let mut made = 0_u32;
            for [booking, reading] in &script.requests {
                for request in [booking, reading] {
                    let status = connection.call(request).await?.status;
                    if status != 200 {
                        return Err(Failure::from(format!("answered {status}")));
                    }
                    made += 1;
                }
                if start.elapsed() >= TURN {
                    return Ok(made);
                }
            }
            Err("the script was too short".into())
        }));
    }
    let mut made = 0;
    for turn in turns {
        made += turn.await??;
    }
    Ok(f64::from(made) / start.elapsed().as_secs_f64())
}

async fn booked_patients(
    servers: &Runtime,
    practice: &SimPractice,
    address: SocketAddr,
    headers: &str,
) -> Result<(), Failure> {
    const BOOKINGS: usize = 5_000;
    let slot_type = practice.slot_types().first().ok_or("no slot type")?.id;
    let mut patients = practice.patients().into_iter().cycle();
    let already = practice
        .slots()
        .iter()
        .filter(|slot| slot.status == "Booked")
        .count();
    let mut missing = BOOKINGS.saturating_sub(already);
    while missing > 0 {
        let start = date(2026, 6, 3).at(7, 0, 0, 0);
        for slot in practice.staff_open_session(start, 10, 100, slot_type)? {
            if missing > 0 {
                let patient = patients.next().ok_or("no patient")?.patient_number;
                practice.staff_book(slot, patient)?;
                missing -= 1;
            }
        }
    }
    let request = request(
        "GetBookedPatientsV2",
        "minutesBefore=0&minutesWithin=43200",
        headers,
    );
    let body = like(address, &request).await?;
    println!("booked_patients_bytes {}", body.len());
    let bare = servers
        .spawn(bare(vec![("GetBookedPatientsV2", body)]))
        .await??;
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let ours = megabytes_per_second(&request, address).await?;
        ratios.push(ours / megabytes_per_second(&request, bare).await?);
        rates.push(ours);
    }
    println!("booked_patients_megabytes_per_second {:.0}", middle(rates));
    println!("booked_patients_vs_bare_axum {:.2}", middle(ratios));
    Ok(())
}

/// Two callers at a time, four calls each.
#[allow(clippy::disallowed_methods, reason = "what a bench is for")]
async fn megabytes_per_second(request: &[u8], to: SocketAddr) -> Result<f64, Failure> {
    let start = Instant::now();
    let caller = async || {
        let mut connection = Connection::open(to).await?;
        let mut bytes = 0;
        for _ in 0..4 {
            bytes += connection.call(request).await?.bytes;
        }
        Ok::<_, Failure>(bytes)
    };
    let (one, other) = tokio::join!(caller(), caller());
    let megabytes = f64::from(u32::try_from(one? + other?)?) / 1e6;
    Ok(megabytes / start.elapsed().as_secs_f64())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
