//! EMAS Manager in a browser, at `/emas`, and the same for programs, at `/emas/api`.
//!
//! It is there for whoever runs the simulator on this machine: requests that come by another
//! name, or from another site's page, are refused.

mod boxes;
mod control;
mod diary;
mod view;

use http::{Method, StatusCode, request};
use jiff::civil::Date;
use maud::html;

use super::Emas;
use crate::identity::{Form, read_form};
use crate::page;
use crate::practice::Practice;
use crate::server::{Answer, guard};
use crate::world::World;

/// Where it is.
const ROOT: &str = "/emas";

/// Whether a path is for this module.
pub(crate) fn serves(path: &str) -> bool {
    path.strip_prefix(ROOT)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request.
pub(crate) fn answer(world: &World, head: &request::Parts, body: &[u8]) -> Answer {
    if !guard::admits(world, head) {
        return told(
            StatusCode::FORBIDDEN,
            "EMAS Manager is for browsers on this machine only.",
        );
    }
    let path = head.uri.path().strip_prefix(ROOT).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if let ["api", rest @ ..] = &parts[..] {
        return control::answer(world, &head.method, rest, body);
    }
    let query = read_form(head.uri.query().unwrap_or_default().as_bytes());
    match (&head.method, &parts[..]) {
        (&Method::GET, []) => match &world.practices[..] {
            [only] => shown(world, &Practice::new(only.clone()), &query),
            _ => Answer::page(StatusCode::OK, view::choice(world)),
        },
        (&Method::GET, [cdb]) => match practice(world, cdb) {
            Some(practice) => shown(world, &practice, &query),
            None => not_found(),
        },
        (&Method::POST, [cdb, click]) => match practice(world, cdb) {
            Some(practice) => clicked(world, &practice, click, &read_form(body)),
            None => not_found(),
        },
        (_, [] | [_] | [_, _]) => told(
            StatusCode::METHOD_NOT_ALLOWED,
            "Nothing is done that way here.",
        ),
        _ => not_found(),
    }
}

fn practice(world: &World, cdb: &str) -> Option<Practice> {
    let state = world.practices.iter().find(|practice| practice.cdb == cdb);
    Some(Practice::new(state?.clone()))
}

fn shown(world: &World, practice: &Practice, query: &Form) -> Answer {
    let field = |name: &str| query.get(name).map(String::as_str);
    let opened = boxes::Opened::named(field("open").unwrap_or_default());
    let wrong = (field("refused") == Some("password")).then_some(boxes::OK_GREYED);
    let today = emis_types::uk::today(&world.clock);
    let day: Date = field("day")
        .and_then(|day| day.parse().ok())
        .unwrap_or(today);
    let page = view::practice(world, practice, opened, wrong, day);
    Answer::page(StatusCode::OK, page)
}

/// Does what a button does, and sends the browser to the page that shows it.
fn clicked(world: &World, practice: &Practice, click: &str, form: &Form) -> Answer {
    let emas = practice.emas();
    let ticked = |name: &str| form.contains_key(name);
    let mut next = "";
    match click {
        "deactivate" => emas.deactivate_application(),
        "activate" => emas.activate_application(),
        "edit-users" => {
            let mut dialog = emas
                .edit_users()
                .tick_user(ticked("user"))
                .tick_duplicate(ticked("duplicate"));
            // Left empty, the password stays.
            if let Some(password) = form.get("password").filter(|typed| !typed.is_empty()) {
                dialog = dialog.password(password);
            }
            if dialog.ok().is_err() {
                next = "?open=edit-users&refused=password";
            }
        }
        "login-access" => emas.login_access().of_form(ticked).ok(),
        "log-out-and-in" => emas.log_out_and_in(),
        "user" => change_user(&emas, form),
        _ => return not_found(),
    }
    let to = match world.practices.len() {
        1 => format!("{ROOT}{next}"),
        _ => format!("{ROOT}/{}{next}", practice.cdb()),
    };
    Answer::empty(StatusCode::SEE_OTHER).with_header("location", to)
}

fn change_user(emas: &Emas, form: &Form) {
    let ticked = |name: &str| form.contains_key(name);
    if !ticked("locked") {
        emas.unlock_user();
    }
    emas.change(|state| {
        state.user_exists = ticked("exists");
        state.locked = ticked("locked");
        state.expired = ticked("expired");
        state.must_change_password = ticked("must_change_password");
        state.contract_ended = ticked("contract_ended");
        state.rbac_role_ok = ticked("rbac_role_ok");
    });
    match (emas.state().duplicate.is_some(), ticked("duplicate")) {
        (false, true) => emas.add_duplicate(),
        (true, false) => emas.remove_duplicate(),
        _ => {}
    }
}

fn not_found() -> Answer {
    told(StatusCode::NOT_FOUND, "There is nothing here.")
}

fn told(status: StatusCode, what: &str) -> Answer {
    let body = html! {
        main.narrow {
            h1 { "EMAS Manager" }
            p { (what) }
            p { a href=(ROOT) { "Back to EMAS Manager" } }
        }
    };
    Answer::page(status, page::page("EMAS Manager", &body))
}
