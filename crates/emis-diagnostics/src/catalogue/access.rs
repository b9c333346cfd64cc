//! Causes that a practice puts right in EMAS Manager or in its list of users.

use super::{Actor, Template};
use crate::clicks as c;

pub(super) const APPLICATION_DEACTIVATED: Template = Template {
    title: "{product} is deactivated in EMIS",
    explanation: "The practice's EMIS refuses calls from {product} because the application, or \
                  some of its calls, are deactivated. Deactivating and reactivating it in EMAS \
                  Manager resets it.",
    for_engineers: "403 with legacyOutcome 3. The same answer is given for an application ID \
                    that EMIS does not know, unless another call with it has succeeded.",
    actor: Actor::Practice,
    confirm: &[&c::OPEN_PARTNER_API, &c::LOOK_FOR_GREEN_TICK],
    fix: &[&c::SELECT_PRODUCT, &c::DEACTIVATE, &c::ACTIVATE],
};

pub(super) const LOGIN_ACCESS_UNTICKED: Template = Template {
    title: "'{username}' is not allowed to log in for {product}",
    explanation: "EMIS knows the user and its password, but 'Auto Login' or 'Allow Login' is not \
                  ticked for it under Login Access. Both are needed.",
    for_engineers: "A token is issued, and the API answers 403 with legacyOutcome 4. Which of \
                    the two boxes it is does not show.",
    actor: Actor::Practice,
    confirm: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_LOGIN_ACCESS,
    ],
    fix: &[
        &c::TICK_ALLOW_LOGIN,
        &c::TICK_AUTO_LOGIN,
        &c::OK_LOGIN_ACCESS,
        &c::LOG_OUT_AND_IN,
    ],
};

pub(super) const PASSWORD_MISMATCH: Template = Template {
    title: "The password that {product} holds is not the one in EMIS",
    explanation: "EMIS refused the username and password. EMIS keeps two passwords for a user, \
                  the one for EMIS itself and the one under Edit Users, and the second counts \
                  here. The set-up makes both the same; since then one was changed, or another \
                  was entered here. {product} does not try a refused password again until \
                  another is entered, or it is told that EMIS was put right, so that the user is \
                  not locked.",
    for_engineers: "invalid_grant at the token endpoint, or a password that was refused before \
                    and is held back until it changes. An unknown user, a wrong password and a \
                    user who is not ticked under Edit Users give the same answer.",
    actor: Actor::Practice,
    confirm: &[
        &c::COMPARE_USERNAME,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::LOOK_FOR_USER,
    ],
    fix: &[
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
};

pub(super) const USER_EXPIRED: Template = Template {
    title: "The user '{username}' or its password has expired in EMIS",
    explanation: "EMIS knows the user and will not let it in: it has expired or is locked, or \
                  EMIS wants its password changed first.",
    for_engineers: "The token endpoint refused the user rather than the password, or the API \
                    answered 401 with legacyOutcome 2.",
    actor: Actor::Practice,
    confirm: &[],
    fix: &[
        &c::CHECK_CONTRACT_END,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
};

pub(super) const USER_WITHOUT_ACCESS: Template = Template {
    title: "'{username}' does not exist in EMIS or has no access to {product}",
    explanation: "EMIS does not know the username that {product} holds, or the user is not \
                  ticked under Edit Users for this product. Each product needs its own tick.",
    for_engineers: "invalid_grant at the token endpoint, the same as for a wrong password; or \
                    403 with legacyOutcome 4, the same as for Login Access.",
    actor: Actor::Practice,
    confirm: &[
        &c::COMPARE_USERNAME,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::LOOK_FOR_USER,
    ],
    fix: &[
        &c::TICK_USER,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
};

pub(super) const ROLE_LACKS_ACTIVITY: Template = Template {
    title: "The role of '{username}' does not allow what {product} needs",
    explanation: "EMIS lets the user in but refuses some of its calls. Its role must be the \
                  Clinical Practitioner Access Role.",
    for_engineers: "403 on some operations while others succeed, with a token that holds the \
                    scope.",
    actor: Actor::Practice,
    confirm: &[],
    fix: &[&c::CHECK_ROLE, &c::LOG_OUT_AND_IN],
};
