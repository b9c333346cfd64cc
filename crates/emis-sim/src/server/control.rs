//! Controls of the program over HTTP: the clock and the journal.
//!
//! `GET /sim/clock` returns the time, `POST /sim/clock` sets it (`now=…` or `advance=PT90M` as a
//! form), `GET /sim/journal` lists the calls.

use emis_types::{ManualClock, uk};
use http::{Method, StatusCode, request};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::protocol::{Answer, is_local, parse_form};
use crate::world::{CallEnd, RecordedCall, World};

/// Answers a request for a path below `/sim/`. Returns `None` for any other.
pub(super) fn answer(world: &World, head: &request::Parts, body: &[u8]) -> Option<Answer> {
    let path = head.uri.path().strip_prefix("/sim/")?;
    // Neither pages in a browser nor other machines are allowed.
    if head.headers.contains_key("origin") || !is_local(world, head) {
        let text = "for programs on this machine only";
        return Some(problem(StatusCode::FORBIDDEN, text));
    }
    Some(match (path, &head.method) {
        ("clock", &Method::GET) => clock(world),
        ("clock", &Method::POST) => match move_clock(world, body) {
            Ok(()) => clock(world),
            Err(answer) => answer,
        },
        ("journal", &Method::GET) => {
            let calls: Vec<Value> = world.journal.calls().iter().map(call).collect();
            Answer::json(StatusCode::OK, &json!({ "calls": calls }))
        }
        ("clock" | "journal", _) => {
            problem(StatusCode::METHOD_NOT_ALLOWED, "the method is not allowed")
        }
        _ => problem(StatusCode::NOT_FOUND, "the controls are clock and journal"),
    })
}

fn problem(status: StatusCode, text: &str) -> Answer {
    Answer::json(status, &json!({ "error": text }))
}

fn clock(world: &World) -> Answer {
    let now = uk::now(&world.clock).to_string();
    Answer::json(StatusCode::OK, &json!({ "now": now }))
}

fn move_clock(world: &World, body: &[u8]) -> Result<(), Answer> {
    let clock = world.manual_clock.as_ref().ok_or_else(|| {
        let text = "the clock is the machine's; start with --now for one that can be set";
        problem(StatusCode::CONFLICT, text)
    })?;
    let bad = |text| problem(StatusCode::BAD_REQUEST, text);
    let form = parse_form(body);
    match (form.get("now"), form.get("advance")) {
        (Some(now), None) => {
            set(clock, now).ok_or_else(|| bad("now is 2026-06-02T10:00, with or without an offset"))
        }
        (None, Some(by)) => {
            let by: Result<SignedDuration, _> = by.parse();
            clock.advance(by.map_err(|_| bad("advance is a duration such as PT90M"))?);
            Ok(())
        }
        _ => Err(bad("give either now or advance")),
    }
}

/// Sets the clock to a moment, or to a UK wall-clock time.
fn set(clock: &ManualClock, now: &str) -> Option<()> {
    if let Ok(moment) = now.parse::<Timestamp>() {
        clock.set(moment);
    } else {
        clock.set_uk(now.parse::<DateTime>().ok()?);
    }
    Some(())
}

fn call(call: &RecordedCall) -> Value {
    let end = match call.end {
        CallEnd::Answered(_) => "answered",
        CallEnd::Truncated(_) => "truncated",
        CallEnd::Dropped => "dropped",
        CallEnd::Stalled => "stalled",
    };
    json!({
        "operation": call.operation.as_str(),
        "practice": call.practice,
        "slot": call.slot,
        "patient": call.patient,
        "end": end,
        "status": call.status(),
        "committed": call.committed,
        "at": call.at.to_string(),
    })
}
