//! The cost of a call through the whole client, as ratios of one run: `cargo bench --bench calls`.
//!
//! `calls_vs_reqwest_…`: how many calls a second go through the client, through how many a bare
//! loop of reqwest makes that decodes the same answer into the same type, with so many in flight
//! against the same server on this machine. 1.00 is as fast.
//!
//! `calls_over_hyper_…`: the same client over a transport of hyper-util's connections, with nothing of
//! what reqwest adds (proxies, root certificates, errors by step), through the client over reqwest.
//!
//! `hyper_vs_reqwest_…`: a bare loop over those connections, through the bare loop of reqwest.
//!
//! The client has its token, its limits (which are not reached), its breaker, its deadlines and
//! retries; spans and metrics have no subscriber.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod over_hyper;
mod slots;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use emis_client::model::{Listing, Slot};
use emis_client::{Client, Limits};
use emis_credentials::FixedToken;
use emis_types::SessionId;
use futures_util::{StreamExt, stream};
use http_body_util::Full;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper::{Response, server};
use hyper_util::rt::TokioIo;
use over_hyper::OverHyper;
use tokio::net::TcpListener;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// About 20 KB of JSON.
const SLOTS: u32 = 60;

/// Rounds of both, turn and turn about; the ratio that is printed is the middle one.
const ROUNDS: usize = 101;

/// The duration of one turn of a round.
const TURN: Duration = Duration::from_millis(40);

const TOKEN_LENGTH: usize = 1_200;

fn main() -> Result<(), Failure> {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
    };
    let (tell, told) = std::sync::mpsc::channel();
    let answer = Bytes::from(slots::answer(SLOTS));
    println!("answer_bytes {}", answer.len());
    let server = runtime()?;
    std::thread::spawn(move || server.block_on(serve(answer, &tell)));
    let address = told.recv()?;
    runtime()?.block_on(compare(address))
}

async fn compare(address: SocketAddr) -> Result<(), Failure> {
    let token = "t".repeat(TOKEN_LENGTH);
    let session: SessionId = "31".parse()?;
    let base = format!("http://{address}/partner");
    let client = Client::builder(
        base.parse()?,
        "a-party-key".parse()?,
        Arc::new(FixedToken::new(token.clone())),
    )
    .limits(Limits::new(1_000, 1_000_000))
    .build()?;
    let reqwest = reqwest::Client::builder().http1_only().no_proxy().build()?;

    let path = format!("/api/v1/appointments/GetSlotsForSessionV2?appointmentSessionId={session}");
    let connections = OverHyper::new(base.clone());
    let builder = Client::builder(
        base.parse()?,
        "a-party-key".parse()?,
        Arc::new(FixedToken::new(token.clone())),
    );
    let over_hyper = builder
        .limits(Limits::new(1_000, 1_000_000))
        .build_with_transport(Arc::new(OverHyper::new(base.clone())));

    let of = async |client: &Client| -> Result<Listing<Slot>, Failure> {
        let slots = client.appointments().get_slots_for_session(session);
        Ok(slots.await?)
    };
    let ours = || of(&client);
    let hyper = || of(&over_hyper);
    let bare = async || -> Result<Listing<Slot>, Failure> {
        let response = reqwest
            .get(format!("{base}{path}"))
            .header("accept", "application/json")
            .header("applicationId", "a-party-key")
            .bearer_auth(&token)
            .send()
            .await?
            .error_for_status()?;
        slots::decode(&response.bytes().await?)
    };
    let bare_hyper = async || -> Result<Listing<Slot>, Failure> {
        slots::decode(connections.get(&path, Some(&token)).await?.body())
    };
    assert_eq!(ours().await?, bare().await?);
    assert_eq!(ours().await?, bare_hyper().await?);
    assert_eq!(ours().await?, hyper().await?);
    for in_flight in [1, 8, 64] {
        let ratio = ratio(in_flight, &ours, &bare).await?;
        println!("calls_vs_reqwest_{in_flight}_in_flight {ratio:.2}");
        let ratio = self::ratio(in_flight, &hyper, &ours).await?;
        println!("calls_over_hyper_{in_flight}_in_flight {ratio:.2}");
        let ratio = self::ratio(in_flight, &bare_hyper, &bare).await?;
        println!("hyper_vs_reqwest_{in_flight}_in_flight {ratio:.2}");
    }
    Ok(())
}

/// Returns the middle ratio of the rates of two kinds of calls.
async fn ratio<F, G>(
    in_flight: usize,
    one: &impl Fn() -> F,
    other: &impl Fn() -> G,
) -> Result<f64, Failure>
where
    F: Future<Output = Result<Listing<Slot>, Failure>>,
    G: Future<Output = Result<Listing<Slot>, Failure>>,
{
    let mut ratios = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        // Whichever comes first has no advantage of it.
        let (of_one, of_other) = if round % 2 == 0 {
            let of_one = per_second(in_flight, one).await?;
            (of_one, per_second(in_flight, other).await?)
        } else {
            let of_other = per_second(in_flight, other).await?;
            (per_second(in_flight, one).await?, of_other)
        };
        ratios.push(of_one / of_other);
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios.get(ROUNDS / 2).copied().unwrap_or_default())
}

/// Returns the calls per second of one turn at a given concurrency.
#[allow(clippy::disallowed_methods, reason = "what a bench is for")]
async fn per_second<F>(in_flight: usize, call: impl Fn() -> F) -> Result<f64, Failure>
where
    F: Future<Output = Result<Listing<Slot>, Failure>>,
{
    let start = Instant::now();
    let mut calls = stream::iter(std::iter::repeat_with(call))
        .take_while(|_| std::future::ready(start.elapsed() < TURN))
        .buffer_unordered(in_flight);
    let mut made = 0_u32;
    while let Some(slots) = calls.next().await {
        assert_eq!(slots?.items.len(), SLOTS as usize);
        made += 1;
    }
    Ok(f64::from(made) / start.elapsed().as_secs_f64())
}

/// Answers every request with the same slots.
async fn serve(
    answer: Bytes,
    address: &std::sync::mpsc::Sender<SocketAddr>,
) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    address.send(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        tokio::spawn(async move {
            let service = service_fn(move |_| {
                let mut response = Response::new(Full::new(answer.clone()));
                let json = hyper::header::HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
                std::future::ready(Ok::<_, Infallible>(response))
            });
            server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
        });
    }
}
