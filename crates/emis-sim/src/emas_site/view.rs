//! The pages: EMIS Ball > System Tools > EMAS Manager > Partner API.

use jiff::civil::Date;
use maud::{Markup, html};

use super::dialogs::{self, Opened};
use super::diary;
use crate::page;
use crate::practice::SimPractice;
use crate::world::{EmasState, World};

/// The path of EMAS Manager.
pub(super) const ROOT: &str = "/emas";

/// Products of other suppliers in the list.
const OTHERS: [(&str, bool); 2] = [("Harbour Check-in", true), ("Willow Letters", false)];

/// Renders the menu path, as in EMIS's help article.
fn menu_path() -> Markup {
    html! {
        nav aria-label="Menu path" {
            ol.path {
                li { "EMIS Ball" }
                li { "System Tools" }
                li { "EMAS Manager" }
                li aria-current="page" { "Partner API" }
            }
        }
    }
}

/// Renders the choice between several practices.
pub(super) fn choice(world: &World) -> Markup {
    let body = html! {
        (menu_path())
        main {
            h1 { "Choose an organisation" }
            ul.choice {
                @for practice in &world.practices {
                    li {
                        a href={ (ROOT) "/" (practice.cdb) } { (practice.name) }
                        " CDB " (practice.cdb) ", ODS " (practice.ods)
                    }
                }
            }
        }
    };
    page::page("EMAS Manager: choose an organisation", &body)
}

/// Renders a practice's Partner API page with the open dialog and the diary.
pub(super) fn practice(
    world: &World,
    practice: &SimPractice,
    opened: Opened,
    wrong: Option<&str>,
    day: Date,
) -> Markup {
    let state = practice.emas().state();
    let at = format!("{ROOT}/{}", practice.cdb());
    let (cdb, ods) = practice.codes_now();
    let body = html! {
        (menu_path())
        main {
            h1 { "Partner API" }
            p.organisation {
                strong { (practice.name()) } " · CDB " (cdb) " · ODS " (ods)
                @if world.practices.len() > 1 { " · " a href=(ROOT) { "Another organisation" } }
            }
            div.columns {
                div {
                    (toolbar(&state, &at))
                    (applications(&state))
                    @match opened {
                        Opened::Nothing => { (summary(&state, practice, &at)) }
                        Opened::EditUsers => { (dialogs::edit_users(&state, practice, &at, wrong)) }
                        Opened::LoginAccess => { (dialogs::login_access(&state, practice, &at)) }
                        Opened::User => { (dialogs::user(&state, practice, &at)) }
                    }
                }
                (diary::of_day(practice, day, &at))
            }
        }
    };
    page::page(&format!("Partner API: {}", practice.name()), &body)
}

fn toolbar(state: &EmasState, at: &str) -> Markup {
    let click = |name: &str, label: &str, off: bool| {
        html! {
            form method="post" action={ (at) "/" (name) } {
                button type="submit" disabled[off] { (label) }
            }
        }
    };
    html! {
        div.toolbar role="group" aria-label={ "Actions for " (state.listed_as) } {
            (click("deactivate", "Deactivate Application", !state.application_active))
            (click("activate", "Activate Application", state.application_active))
            a.button href={ (at) "?open=edit-users" } { "Edit Users" }
            a.button href={ (at) "?open=login-access" } { "Login Access" }
            a.button href={ (at) "?open=user" } { "User details" }
        }
    }
}

fn applications(state: &EmasState) -> Markup {
    html! {
        h2 { "Applications" }
        ul.applications {
            li.chosen aria-current="true" {
                (mark(state.application_active)) " " strong { (state.listed_as) } " (selected)"
            }
            @for (name, active) in OTHERS {
                li { (mark(active)) " " (name) }
            }
        }
        @if !state.deactivated_calls.is_empty() {
            p.wrong {
                "Deactivated calls: "
                @for (index, call) in state.deactivated_calls.iter().enumerate() {
                    @if index > 0 { ", " }
                    (call)
                }
                ". Deactivating and activating the application brings back all of its calls."
            }
        }
    }
}

/// Renders the green tick or the red cross, in words as well.
fn mark(active: bool) -> Markup {
    html! {
        @if active {
            span.tick { span aria-hidden="true" { "✓" } " Active" }
        } @else {
            span.cross { span aria-hidden="true" { "✗" } " Deactivated" }
        }
    }
}

fn summary(state: &EmasState, practice: &SimPractice, at: &str) -> Markup {
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    html! {
        section aria-labelledby="user" {
            h2 id="user" { "API user " (practice.username()) }
            dl {
                dt { "Ticked under Edit Users" } dd { (yes(state.in_edit_users)) }
                dt { "Allow Login" } dd { (yes(state.allow_login)) }
                dt { "Auto Login" } dd { (yes(state.auto_login)) }
                dt { "In EMIS" }
                dd { @if state.user_exists { (user_words(state)) } @else { "not there" } }
            }
            form method="post" action={ (at) "/log-out-and-in" } {
                button.quiet type="submit" { "Log out of EMIS and back in" }
            }
        }
    }
}

fn user_words(state: &EmasState) -> String {
    let words: Vec<&str> = [
        (state.locked, "locked"),
        (state.expired, "password expired"),
        (state.must_change_password, "must change password"),
        (state.contract_ended, "contract ended"),
        (!state.rbac_role_ok, "RBAC role missing"),
        (state.duplicate.is_some(), "there twice"),
    ]
    .into_iter()
    .filter_map(|(so, word)| so.then_some(word))
    .collect();
    if words.is_empty() {
        "in order".to_owned()
    } else {
        words.join(", ")
    }
}
