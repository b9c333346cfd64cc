//! EMAS Manager in a browser, at `/emas`, and for programs, at `/emas/api`.
//!
//! It is for users of this machine: requests under another host name or from another site's page are
//! refused.

mod control;
mod dialogs;
mod diary;
mod view;

use http::{Method, StatusCode, request};
use jiff::civil::Date;
use maud::html;

use crate::emas::Emas;
use crate::page;
use crate::practice::SimPractice;
use crate::protocol::{Answer, Form, is_local, parse_form};
use crate::world::World;
use view::ROOT;

/// Returns `true` if the path belongs to EMAS Manager.
pub(crate) fn serves(path: &str) -> bool {
    path.strip_prefix(ROOT)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request.
pub(crate) fn answer(world: &World, head: &request::Parts, body: &[u8]) -> Answer {
    if !is_local(world, head) {
        return message(
            StatusCode::FORBIDDEN,
            "EMAS Manager is for browsers on this machine only.",
        );
    }
    let path = head.uri.path().strip_prefix(ROOT).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if let ["api", rest @ ..] = &parts[..] {
        return control::answer(world, &head.method, rest, body);
    }
    let query = parse_form(head.uri.query().unwrap_or_default().as_bytes());
    match (&head.method, &parts[..]) {
        (&Method::GET, []) => match &world.practices[..] {
            [only] => show(world, &SimPractice::new(only.clone()), &query),
            _ => Answer::page(StatusCode::OK, view::choice(world)),
        },
        (&Method::GET, [cdb]) => match SimPractice::find(world, cdb) {
            Some(practice) => show(world, &practice, &query),
            None => not_found(),
        },
        (&Method::POST, [cdb, button]) => match SimPractice::find(world, cdb) {
            Some(practice) => click(world, &practice, button, &parse_form(body)),
            None => not_found(),
        },
        (_, [] | [_] | [_, _]) => {
            message(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed.")
        }
        _ => not_found(),
    }
}

fn show(world: &World, practice: &SimPractice, query: &Form) -> Answer {
    let field = |name: &str| query.get(name).map(String::as_str);
    let opened = dialogs::Opened::named(field("open").unwrap_or_default());
    let wrong = (field("refused") == Some("password")).then_some(dialogs::PASSWORD_REFUSED);
    let today = emis_types::uk::today(&world.clock);
    let day: Date = field("day")
        .and_then(|day| day.parse().ok())
        .unwrap_or(today);
    let page = view::practice(world, practice, opened, wrong, day);
    Answer::page(StatusCode::OK, page)
}

/// Performs the action of a button, and redirects the browser to the page.
fn click(world: &World, practice: &SimPractice, button: &str, form: &Form) -> Answer {
    let emas = practice.emas();
    let ticked = |name: &str| form.contains_key(name);
    let mut next = "";
    match button {
        "deactivate" => emas.deactivate_application(),
        "activate" => emas.activate_application(),
        "edit-users" => {
            let mut dialog = emas
                .edit_users()
                .tick_user(ticked("user"))
                .tick_duplicate(ticked("duplicate"));
            // An empty password is left unchanged.
            if let Some(password) = form.get("password").filter(|typed| !typed.is_empty()) {
                dialog = dialog.password(password);
            }
            if dialog.ok().is_err() {
                next = "?open=edit-users&refused=password";
            }
        }
        "login-access" => dialogs::read_login_access(&emas, ticked).ok(),
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
    message(StatusCode::NOT_FOUND, "There is no such page.")
}

fn message(status: StatusCode, what: &str) -> Answer {
    let body = html! {
        main.narrow {
            h1 { "EMAS Manager" }
            p { (what) }
            p { a href=(ROOT) { "Back to EMAS Manager" } }
        }
    };
    Answer::page(status, page::page("EMAS Manager", &body))
}
