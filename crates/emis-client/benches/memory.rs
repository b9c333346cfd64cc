//! The memory that decoding takes beside the response itself, as ratios: `cargo bench --bench memory`.
//!
//! - `memory_beyond_answer_…`: the peak of all that is held beside the answer's bytes, the result
//!   included, through their length.
//! - `stream_peak_mib_…`: the peak of all that is held while the same answer is read as it
//!   arrives, in MiB, the bytes on their way not counted.

#![allow(clippy::print_stdout, missing_docs, reason = "a program that prints")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use emis_client::model::MinutesWindow;
use emis_client::{
    BodyStream, Client, Request, Response, StreamingResponse, Transport, TransportError,
};
use emis_credentials::AccessToken;
use peak_alloc::PeakAlloc;
use support::{Failure, Given};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let given = Arc::new(Given::default());
    let client = support::client(given.clone())?;
    let window = MinutesWindow::new(0, 43_200)?;
    // The longest answer that is decoded whole is 64 MiB.
    for bookings in [100, 5_000, 20_000] {
        let body = support::booked_patients(bookings).into_bytes();
        let length = body.len();
        // No spare room that could be mistaken for the decoder's.
        given.put(Response::new(200, body.into_boxed_slice().into_vec()));
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let listing = runtime.block_on(client.appointments().get_booked_patients(window))?;
        let beyond = MEMORY.peak_usage().saturating_sub(before);
        assert_eq!(listing.items.len(), bookings as usize);
        let ratio = beyond as f64 / length as f64;
        println!("memory_beyond_answer_{bookings} {ratio:.3}");
    }
    for bookings in [100, 5_000, 50_000] {
        let answer = Arc::new(support::booked_patients(bookings));
        let client = support::client(Arc::new(Sending(answer)))?;
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let read = runtime.block_on(read_as_it_arrives(&client, window))?;
        let peak = MEMORY.peak_usage().saturating_sub(before);
        assert_eq!(read, bookings);
        let mib = peak as f64 / (1024.0 * 1024.0);
        println!("stream_peak_mib_{bookings} {mib:.3}");
    }
    Ok(())
}

async fn read_as_it_arrives(client: &Client, window: MinutesWindow) -> Result<u32, Failure> {
    let mut stream = client.appointments().stream_booked_patients(window).await?;
    let mut read = 0;
    while let Some(record) = stream.next().await? {
        record?;
        read += 1;
    }
    Ok(read)
}

/// Sends an answer in pieces as a connection does.
#[derive(Debug)]
struct Sending(Arc<String>);

#[async_trait]
impl Transport for Sending {
    async fn send(&self, _: &Request, _: Option<&AccessToken>) -> Result<Response, TransportError> {
        Ok(Response::new(200, self.0.as_str()))
    }

    async fn open(
        &self,
        _: &Request,
        _: Option<&AccessToken>,
    ) -> Result<StreamingResponse, TransportError> {
        let rest = OnItsWay {
            answer: self.0.clone(),
            sent: 0,
        };
        Ok(StreamingResponse::begun(
            Response::new(200, ""),
            Box::new(rest),
        ))
    }
}

#[derive(Debug)]
struct OnItsWay {
    answer: Arc<String>,
    sent: usize,
}

#[async_trait]
impl BodyStream for OnItsWay {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TransportError> {
        let rest = self.answer.as_bytes().get(self.sent..).unwrap_or_default();
        let piece = rest.chunks(64 * 1024).next().map(<[u8]>::to_vec);
        self.sent += piece.as_ref().map_or(0, Vec::len);
        Ok(piece)
    }
}
