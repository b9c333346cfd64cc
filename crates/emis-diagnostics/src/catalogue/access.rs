//! Causes that a practice puts right in EMAS Manager.

use super::{ACCURX_EMAS, ARTICLE, Template, USUAL};
use crate::clicks::{self as c, checks};

pub(super) const APPLICATION_DEACTIVATED: Template = Template {
    short: "application or some calls deactivated in EMAS Manager",
    title: "{product} or some of its calls are deactivated in EMIS",
    explanation: "The practice's EMIS refuses calls from {product} because the application, or \
                  some of its calls, are deactivated. Deactivating and reactivating it in EMAS \
                  Manager resets it.",
    for_engineers: "403 with legacyOutcome 3. The same answer is given for an application ID \
                    that EMIS does not know, unless another call with it has succeeded.",
    checks: &[checks::GREEN_TICK],
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::DEACTIVATE,
        &c::ACTIVATE,
        &c::CHECK_AGAIN,
    ],
    source: ARTICLE,
    ..USUAL
};

pub(super) const LOGIN_ACCESS_UNTICKED: Template = Template {
    short: "'Auto Login' or 'Allow Login' not ticked",
    title: "'{username}' is not allowed to log in for {product}",
    explanation: "EMIS knows the user and its password, but 'Auto Login' or 'Allow Login' is not \
                  ticked for it under Login Access. Both are needed.",
    for_engineers: "A token is issued, and the API answers 403 with legacyOutcome 4. Which of \
                    the two boxes it is does not show.",
    checks: &[checks::LOGIN_ACCESS],
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_LOGIN_ACCESS,
        &c::TICK_ALLOW_LOGIN,
        &c::TICK_AUTO_LOGIN,
        &c::OK_LOGIN_ACCESS,
        &c::LOG_OUT_AND_IN,
        &c::CHECK_AGAIN,
    ],
    source: ARTICLE,
    ..USUAL
};

pub(super) const USER_WITHOUT_ACCESS: Template = Template {
    short: "user unknown or not ticked under Edit Users",
    title: "'{username}' does not exist in EMIS or has no access to {product}",
    explanation: "EMIS does not know the username that {product} holds, or the user is not \
                  ticked under Edit Users for this product. Each product needs its own tick.",
    for_engineers: "access_denied or invalid_grant at the token endpoint, the same as for a wrong \
                    password; or 403 with legacyOutcome 4, the same as for Login Access.",
    checks: &[checks::USERNAME, checks::EDIT_USERS],
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::TICK_USER,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    source: ACCURX_EMAS,
    ..USUAL
};

pub(super) const USER_TWICE: Template = Template {
    short: "user listed twice and not both ticked",
    title: "'{username}' is in EMIS twice, and not both are ticked",
    explanation: "Two users of the same name are listed, and EMIS lets {product} in only where \
                  both are ticked. One of them can go later, once {product} has said which.",
    for_engineers: "A token is issued, and the API answers 403 with legacyOutcome 4, the same as \
                    for Login Access.",
    checks: &[checks::EDIT_USERS],
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::TICK_BOTH_USERS,
        &c::OK_EDIT_USERS,
        &c::OPEN_LOGIN_ACCESS,
        &c::TICK_BOTH_LOGINS,
        &c::OK_LOGIN_ACCESS,
        &c::LOG_OUT_AND_IN,
        &c::CHECK_AGAIN,
        &c::SAY_WHICH_USER_STAYS,
    ],
    source: ACCURX_EMAS,
    ..USUAL
};

pub(super) const ROLE_LACKS_ACTIVITY: Template = Template {
    short: "RBAC role or activity missing",
    title: "The role of '{username}' does not allow what {product} needs",
    explanation: "EMIS lets the user in but refuses some of its calls. Its role must be the \
                  Clinical Practitioner Access Role.",
    for_engineers: "403 with legacyOutcome 2 (access denied) on some operations while others \
                    succeed, with a token that holds the scope.",
    checks: &[checks::ROLE],
    fix: &[
        &c::OPEN_USER,
        &c::CHOOSE_ROLE,
        &c::TICK_DEFAULT,
        &c::LOG_OUT_AND_IN,
        &c::CHECK_AGAIN,
    ],
    source: "https://support.accurx.com/en/articles/7436167",
    ..USUAL
};
