//! The page where a member of staff signs in to EMIS.

use maud::{Markup, html};

use crate::page;
use crate::protocol::Form;
use crate::world::World;

/// Parameters of the product's request that are sent again as hidden fields.
const HIDDEN: [&str; 8] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "code_challenge",
    "code_challenge_method",
    "scope",
    "state",
];

/// Returns the page, with the reason for the last refusal.
pub(super) fn page(world: &World, form: &Form, wrong: Option<&str>) -> Markup {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let hinted = match field("username") {
        "" => field("login_hint"),
        typed => typed,
    };
    let chosen = field("cdb");
    let body = html! {
        main.narrow {
            h1 { "Sign in to EMIS" }
            p { (world.application.name) " asks to act for you. (This is a simulation.)" }
            @if let Some(wrong) = wrong {
                p.wrong role="alert" { (wrong) }
            }
            form method="post" action="/identity/oauth2/signin" {
                @for name in HIDDEN.into_iter().chain(["nonce"]) {
                    @if let Some(value) = form.get(name) {
                        input type="hidden" name=(name) value=(value);
                    }
                }
                @if world.practices.len() > 1 {
                    label for="cdb" { "Organisation" }
                    select id="cdb" name="cdb" {
                        @for practice in &world.practices {
                            option value=(practice.cdb) selected[practice.cdb == chosen] {
                                (practice.name) " (" (practice.cdb) ")"
                            }
                        }
                    }
                }
                label for="username" { "Username" }
                input id="username" name="username" value=(hinted) autocomplete="username" required;
                label for="password" { "EMIS password" }
                input id="password" name="password" type="password" autocomplete="current-password" required;
                button type="submit" { "Sign in" }
            }
        }
    };
    page::page("Sign in to EMIS", &body)
}
