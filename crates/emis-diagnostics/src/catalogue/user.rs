//! Causes in the API user.

use super::{COM_CLIENT, ENGAGE, HERO, Template, USUAL};
use crate::catalogue::Urgency;
use crate::clicks::{self as c, checks};

pub(super) const PASSWORD_MISMATCH: Template = Template {
    short: "password no longer matches",
    title: "The password that {product} holds is not the one in EMIS",
    explanation: "EMIS refused the username and password. EMIS keeps two passwords for a user, \
                  the one for EMIS itself and the one under Edit Users, and the second counts \
                  here. The set-up makes both the same; since then one was changed, or another \
                  was entered here. {product} does not try a refused password again until \
                  another is entered, or it is told that EMIS was put right, so that the user is \
                  not locked.",
    for_engineers: "access_denied or invalid_grant at the token endpoint (the older interface: \
                    \"API Logon Outcome Error (3)\"), or a password that was refused before and \
                    is held back until it changes. An unknown user, a wrong password and a user \
                    who is not ticked under Edit Users give the same answer.",
    checks: &[checks::USERNAME, checks::EDIT_USERS],
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    source: ENGAGE,
    ..USUAL
};

pub(super) const USER_EXPIRED: Template = Template {
    short: "user or its password expired",
    title: "The password of '{username}' has expired in EMIS",
    explanation: "EMIS knows the user and will not let it in before it has a new password.",
    for_engineers: "The token endpoint refused the user rather than the password (AADSTS50055), or \
                    the API answered 401 with legacyOutcome 2. A password that must be changed \
                    first looks the same.",
    checks: &[checks::USER_DETAILS],
    fix: &[
        &c::OPEN_USER,
        &c::NEW_EMIS_PASSWORD,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    source: COM_CLIENT,
    ..USUAL
};

pub(super) const CONTRACT_ENDED: Template = Template {
    short: "contract ended, or password must be changed first",
    title: "'{username}' has a contract end date that has passed, or must change its password first",
    explanation: "The connection worked until a fixed day, or never did: the user's contract end \
                  date has passed, or EMIS waits for its first password to be changed. An API \
                  user is to have neither.",
    for_engineers: "The token endpoint refused the user rather than the password (AADSTS50057 \
                    disabled, AADSTS50055 expired), or the API answered 401 with legacyOutcome 2.",
    checks: &[checks::USER_DETAILS],
    fix: &[
        &c::OPEN_USER,
        &c::CLEAR_CONTRACT_END,
        &c::UNTICK_MUST_CHANGE,
        &c::CHECK_AGAIN,
    ],
    source: HERO,
    ..USUAL
};

pub(super) const USER_LOCKED: Template = Template {
    short: "user locked",
    title: "'{username}' is locked in EMIS",
    explanation: "EMIS has locked the user: by hand, or after wrong passwords. {product} itself \
                  tries a password once and never again, so look for somebody or something else \
                  that uses this user.",
    for_engineers: "AADB2C90111, AADB2C90114 or AADB2C90157 at the token endpoint, or the API \
                    answered 401 with legacyOutcome 3.",
    checks: &[checks::USER_DETAILS],
    fix: &[&c::OPEN_USER, &c::UNLOCK, &c::CHECK_AGAIN],
    ..USUAL
};

pub(super) const SET_UP_TWICE: Template = Template {
    short: "user taken over by a second set-up",
    title: "A second set-up has taken '{username}' over",
    explanation: "Somebody has set {product} up again, deleted and made the user anew, or given \
                  the same user to another supplier. The password that {product} holds then no \
                  longer counts. Each supplier needs a user of its own.",
    for_engineers: "Shows as a refused password. Suspect it where the password was not changed by \
                    anybody.",
    checks: &[checks::OLD_USER],
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::TICK_USER,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::OPEN_LOGIN_ACCESS,
        &c::TICK_ALLOW_LOGIN,
        &c::TICK_AUTO_LOGIN,
        &c::OK_LOGIN_ACCESS,
        &c::LOG_OUT_AND_IN,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    source: HERO,
    ..USUAL
};

pub(super) const SHARED_USER: Template = Template {
    short: "shared default user in use",
    title: "{product} uses an EMIS user that is not its own",
    explanation: "'APIUSER1' exists in every EMIS organisation and is known to others, with a \
                  default password that is known too. Give {product} a user of its own, and \
                  change the default user's password.",
    for_engineers: "The username in the settings is APIUSER1.",
    urgency: Urgency::Advice,
    fix: &[
        &c::ADD_USER,
        &c::CHOOSE_ROLE,
        &c::TICK_DEFAULT,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::OPEN_EDIT_USERS,
        &c::TICK_USER,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::OPEN_LOGIN_ACCESS,
        &c::TICK_ALLOW_LOGIN,
        &c::TICK_AUTO_LOGIN,
        &c::OK_LOGIN_ACCESS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
    source: "https://academy.midlandsandlancashirecsu.nhs.uk/user-guides/florence-emis-web-configuration",
    ..USUAL
};

pub(super) const SIGN_IN_ENDED: Template = Template {
    short: "staff must sign in again",
    title: "The sign-in to EMIS has ended",
    explanation: "{product} works in the name of a member of staff, whose sign-in has run out or \
                  was ended.",
    for_engineers: "The refresh token was refused, or there is none.",
    fix: &[&c::SIGN_IN],
    ..USUAL
};
