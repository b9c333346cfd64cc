//! Causes that a practice puts right in EMAS Manager.

use super::template::{ACCURX_EMAS, ARTICLE, Template, USUAL};
use crate::clicks::{self as c, checks};

pub(super) const APPLICATION_DEACTIVATED: Template = Template {
    short: "application or some calls deactivated in EMAS Manager",
    title: "EMIS has switched {product} off at your practice",
    explanation: "EMIS refuses some or all of what {product} asks for. Switching {product} off \
                  and on again in EMAS Manager puts this right. Patients do not need to do \
                  anything.",
    for_engineers: "403 with legacyOutcome 3. EMIS answers the same for an unknown application ID, \
                    unless another call with it has succeeded.",
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
    explanation: "EMIS accepts the username and password. But under Login Access, 'Auto Login' or \
                  'Allow Login' is not ticked. Both need a tick.",
    for_engineers: "The identity service issues a token, and the API answers 403 with \
                    legacyOutcome 4. The answer does not show which box it is.",
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
    title: "'{username}' is not a user of {product} in EMIS",
    explanation: "EMIS does not know the username that {product} holds, or the user is not ticked \
                  under Edit Users. Each product needs its own tick.",
    for_engineers: "access_denied or invalid_grant at the token endpoint, as for a wrong password; \
                    or 403 with legacyOutcome 4, as for Login Access.",
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
        &c::STOP_AND_CALL,
    ],
    source: ACCURX_EMAS,
    ..USUAL
};

pub(super) const USER_TWICE: Template = Template {
    short: "user listed twice and not both ticked",
    title: "'{username}' is in EMIS twice, and not both are ticked",
    explanation: "EMIS lists two users with this name. It lets {product} in only if both are \
                  ticked. You can remove one later, when {product} support has told you which.",
    for_engineers: "The identity service issues a token, and the API answers 403 with \
                    legacyOutcome 4, as for Login Access.",
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
    explanation: "EMIS lets the user in but refuses some of what {product} asks for. The user \
                  needs the Clinical Practitioner Access Role.",
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
