//! What those who run the simulator as a program turn from outside: its clock, its journal.
//!
//! `GET /sim/clock` shows the time, `POST /sim/clock` moves it (`now=…` or `advance=PT90M` as a
//! form), `GET /sim/journal` lists the calls.

use emis_types::{ManualClock, uk};
use http::{Method, StatusCode, request};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Answer, guard};
use crate::identity;
use crate::journal::{Call, CallEnd};
use crate::world::World;

/// Answers a request for a path below `/sim/`; nothing for any other.
pub(super) fn answer(world: &World, head: &request::Parts, body: &[u8]) -> Option<Answer> {
    let path = head.uri.path().strip_prefix("/sim/")?;
    // A page in a browser has no business here, and neither has another machine.
    if head.headers.contains_key("origin") || !guard::admits(world, head) {
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
        ("clock" | "journal", _) => problem(StatusCode::METHOD_NOT_ALLOWED, "another verb"),
        _ => problem(StatusCode::NOT_FOUND, "there are a clock and a journal"),
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
    let hands = world.hands.as_ref().ok_or_else(|| {
        let text = "the clock is the machine's; start with --now for one that can be set";
        problem(StatusCode::CONFLICT, text)
    })?;
    let bad = |text| problem(StatusCode::BAD_REQUEST, text);
    let form = identity::read_form(body);
    match (form.get("now"), form.get("advance")) {
        (Some(now), None) => {
            set(hands, now).ok_or_else(|| bad("now is 2026-06-02T10:00, with or without an offset"))
        }
        (None, Some(by)) => {
            let by: Result<SignedDuration, _> = by.parse();
            hands.advance(by.map_err(|_| bad("advance is a duration such as PT90M"))?);
            Ok(())
        }
        _ => Err(bad("either now or advance is given")),
    }
}

/// Sets the clock to a moment, or to a time on the wall.
fn set(hands: &ManualClock, now: &str) -> Option<()> {
    if let Ok(moment) = now.parse::<Timestamp>() {
        hands.set(moment);
    } else {
        hands.set_uk(now.parse::<DateTime>().ok()?);
    }
    Some(())
}

fn call(call: &Call) -> Value {
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
