//! The dialogs, which are parts of the page.

use maud::{Markup, html};

use crate::emas::{Emas, LoginAccess};
use crate::practice::SimPractice;
use crate::world::EmasState;

/// The message when Edit Users refuses a password.
pub(super) const PASSWORD_REFUSED: &str = "EMAS Manager refuses this password. It needs eight \
                                           characters or more, with upper case, lower case and a \
                                           digit.";

/// The dialog that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    Nothing,
    EditUsers,
    LoginAccess,
    User,
}

impl Opened {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "edit-users" => Self::EditUsers,
            "login-access" => Self::LoginAccess,
            "user" => Self::User,
            _ => Self::Nothing,
        }
    }
}

/// Returns the dialog Login Access as a form has it. Browsers do not send boxes without a tick.
pub(super) fn read_login_access(emas: &Emas, ticked: impl Fn(&str) -> bool) -> LoginAccess {
    emas.login_access()
        .allow_login(ticked("allow_login"))
        .auto_login(ticked("auto_login"))
        .duplicate_ticks(ticked("duplicate_allow"), ticked("duplicate_auto"))
}

fn tick(name: &str, label: &Markup, ticked: bool) -> Markup {
    html! {
        label.tickbox {
            input type="checkbox" name=(name) value="on" checked[ticked];
            span { (label) }
        }
    }
}

fn close(at: &str) -> Markup {
    html! {
        button type="submit" { "OK" }
        a.button href=(at) { "Cancel" }
    }
}

pub(super) fn edit_users(
    state: &EmasState,
    practice: &SimPractice,
    at: &str,
    wrong: Option<&str>,
) -> Markup {
    let name = practice.username();
    html! {
        section.box aria-labelledby="edit-users" {
            h2 id="edit-users" { "Edit Users" }
            p { "Users of " (state.listed_as) ", and their Partner API password." }
            @if let Some(wrong) = wrong { p.wrong role="alert" { (wrong) } }
            form method="post" action={ (at) "/edit-users" } {
                @if state.user_exists {
                    (tick("user", &html! { (name) }, state.in_edit_users))
                    @if let Some(ticks) = state.duplicate {
                        (tick("duplicate", &html! { (name) " (second user of that name)" }, ticks.in_edit_users))
                    }
                } @else {
                    p { "There is no user " (name) " in EMIS." }
                    @if state.in_edit_users { input type="hidden" name="user" value="on"; }
                }
                label for="password" { "Partner API password" }
                input id="password" name="password" type="password" autocomplete="off" aria-describedby="hint";
                p.hint id="hint" { "This is not the password with which the user signs in to EMIS. Leave empty to keep it." }
                (close(at))
            }
        }
    }
}

pub(super) fn login_access(state: &EmasState, practice: &SimPractice, at: &str) -> Markup {
    let name = practice.username();
    let row = |name: &Markup, allow: (&str, bool), auto: (&str, bool)| {
        html! {
            fieldset {
                legend { (name) }
                (tick(allow.0, &html! { "Allow Login" }, allow.1))
                (tick(auto.0, &html! { "Auto Login" }, auto.1))
            }
        }
    };
    html! {
        section.box aria-labelledby="login-access" {
            h2 id="login-access" { "Login Access" }
            form method="post" action={ (at) "/login-access" } {
                (row(&html! { (name) }, ("allow_login", state.allow_login), ("auto_login", state.auto_login)))
                @if let Some(ticks) = state.duplicate {
                    (row(
                        &html! { (name) " (second user of that name)" },
                        ("duplicate_allow", ticks.allow_login),
                        ("duplicate_auto", ticks.auto_login),
                    ))
                }
                p.hint { "In EMIS the user has to log out and back in for changes to take effect." }
                (close(at))
            }
        }
    }
}

pub(super) fn user(state: &EmasState, practice: &SimPractice, at: &str) -> Markup {
    let boxes = [
        ("exists", "The user is in EMIS", state.user_exists),
        ("locked", "Locked", state.locked),
        ("expired", "Password expired", state.expired),
        (
            "must_change_password",
            "User must change password at next logon",
            state.must_change_password,
        ),
        (
            "contract_ended",
            "Contract end date has passed",
            state.contract_ended,
        ),
        (
            "rbac_role_ok",
            "RBAC role: Clinical Practitioner Access Role (Default)",
            state.rbac_role_ok,
        ),
        (
            "duplicate",
            "There is a second user of the same name",
            state.duplicate.is_some(),
        ),
    ];
    html! {
        section.box aria-labelledby="user" {
            h2 id="user" { "User details: " (practice.username()) }
            form method="post" action={ (at) "/user" } {
                @for (name, label, ticked) in boxes {
                    (tick(name, &html! { (label) }, ticked))
                }
                (close(at))
            }
        }
    }
}
