//! EMAS Manager in JSON, at `/emas/api`. The crate's documentation lists the requests.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::practice::SimPractice;
use crate::protocol::Answer;
use crate::scenario::{ScenarioError, Setup};
use crate::world::World;

pub(super) fn answer(world: &World, method: &Method, path: &[&str], body: &[u8]) -> Answer {
    match (method, path) {
        (&Method::GET, ["practices"]) => ok(&practices(world)),
        (&Method::GET, ["practices", cdb]) => match SimPractice::find(world, cdb) {
            Some(practice) => ok(&json!(Setup::of(&practice))),
            None => error(StatusCode::NOT_FOUND, "there is no such practice"),
        },
        (&Method::PUT, ["practices", cdb]) => match SimPractice::find(world, cdb) {
            Some(practice) => match Setup::from_json(body) {
                Ok(setup) => {
                    setup.apply(&practice);
                    ok(&json!(Setup::of(&practice)))
                }
                Err(wrong) => refused(&wrong),
            },
            None => error(StatusCode::NOT_FOUND, "there is no such practice"),
        },
        (&Method::DELETE, ["faults"]) => {
            world.faults.clear();
            Answer::empty(StatusCode::NO_CONTENT)
        }
        (_, ["practices"] | ["practices", _] | ["faults"]) => {
            error(StatusCode::METHOD_NOT_ALLOWED, "the method is not allowed")
        }
        _ => error(StatusCode::NOT_FOUND, "no such path"),
    }
}

fn practices(world: &World) -> Value {
    let practices = world.practices.iter();
    practices
        .map(|practice| json!({"cdb": practice.cdb, "ods": practice.ods, "name": practice.name}))
        .collect()
}

fn ok(value: &Value) -> Answer {
    Answer::json(StatusCode::OK, value).with_header("cache-control", "no-store")
}

fn refused(wrong: &ScenarioError) -> Answer {
    Answer::json(
        StatusCode::BAD_REQUEST,
        &json!({"error": wrong.to_string(), "path": wrong.path()}),
    )
}

fn error(status: StatusCode, what: &str) -> Answer {
    Answer::json(status, &json!({ "error": what }))
}
