//! Causes in the API user.

use super::template::{COM_CLIENT, ENGAGE, HERO, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};

pub(super) const PASSWORD_MISMATCH: Template = Template {
    short: "password no longer matches",
    title: "EMIS is not accepting the {product} username and password",
    question: "Was the password changed under Edit Users, or typed wrongly in {product}?",
    explanation: "The password in {product} is not the one in EMIS. Choose a new one and type it in \
                  both places.",
    for_engineers: "access_denied or invalid_grant at the token endpoint (older interface: \"API \
                    Logon Outcome Error (3)\"), or a password that was refused before and is held \
                    back. An unknown user, a wrong password and a user who is not ticked under \
                    Edit Users give the same answer.",
    fix_tells: true,
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::FIND_IN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
        &c::STOP_AND_CALL,
    ],
    source: ENGAGE,
    ..USUAL
};

pub(super) const USER_EXPIRED: Template = Template {
    short: "user or its password expired",
    question: "Do the user's details in EMIS show a password that has expired?",
    title: "The password of '{username}' has expired in EMIS",
    explanation: "EMIS knows the user but does not let it in until it has a new password.",
    for_engineers: "The token endpoint refused the user rather than the password (AADSTS50055), or \
                    the API answered 401 with legacyOutcome 2. A password that must be changed \
                    looks the same.",
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
        &c::STOP_AND_CALL,
    ],
    source: COM_CLIENT,
    ..USUAL
};

pub(super) const CONTRACT_ENDED: Template = Template {
    short: "contract ended, or password must be changed first",
    question: "Do the user's details show an end date in the past, or 'must change password'?",
    title: "EMIS does not let '{username}' log in any more",
    explanation: "The user's contract has ended in EMIS, or its first password must be changed. \
                  A user for {product} should have neither.",
    for_engineers: "The token endpoint refused the user rather than the password (AADSTS50057 \
                    disabled, AADSTS50055 expired), or the API answered 401 with legacyOutcome 2.",
    checks: &[checks::USER_DETAILS],
    fix: &[
        &c::OPEN_USER,
        &c::CLEAR_CONTRACT_END,
        &c::UNTICK_MUST_CHANGE,
        &c::CHECK_AGAIN,
        &c::STOP_AND_CALL,
    ],
    source: HERO,
    ..USUAL
};

pub(super) const USER_LOCKED: Template = Template {
    short: "user locked",
    question: "Do the user's details in EMIS show a lock?",
    title: "'{username}' is locked in EMIS",
    explanation: "EMIS locks a user after a few wrong passwords, or a person has locked it. If it \
                  locks again, another person or product may be using it.",
    for_engineers: "AADB2C90111, AADB2C90114 or AADB2C90157 at the token endpoint, or the API \
                    answered 401 with legacyOutcome 3. The product sends a refused password at \
                    most three times.",
    checks: &[checks::USER_DETAILS],
    fix_tells: true,
    fix: &[
        &c::OPEN_USER,
        &c::UNLOCK,
        &c::CHECK_AGAIN,
        &c::STOP_AND_CALL,
    ],
    ..USUAL
};

pub(super) const SET_UP_TWICE: Template = Template {
    short: "user taken over by a second set-up",
    question: "Has {product} been set up again, or has another supplier been given '{username}'?",
    title: "A second set-up has changed '{username}'",
    explanation: "{product} was set up again, or another supplier was given the same user. The \
                  password in {product} no longer works. Each supplier needs its own user.",
    for_engineers: "Shows as a refused password. Suspect it if the practice has not changed the \
                    password.",
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
        &c::STOP_AND_CALL,
    ],
    source: HERO,
    ..USUAL
};

pub(super) const SHARED_USER: Template = Template {
    short: "shared default user in use",
    title: "{product} uses an EMIS user that others know",
    explanation: "Each EMIS practice has the user 'APIUSER1', with a password that others know. \
                  Give {product} its own user. Then change the password of 'APIUSER1'.",
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
    title: "You need to sign in to EMIS again",
    explanation: "{product} works in the name of a member of staff. Their sign-in has ended.",
    for_engineers: "The identity service refused the refresh token, or there is none.",
    fix: &[&c::SIGN_IN],
    ..USUAL
};

pub(super) const USER_OF_ANOTHER_PRACTICE: Template = Template {
    short: "API user of another practice",
    question: "Has your practice not merged or moved? Then it is another practice's user.",
    title: "The username and password are those of another practice",
    explanation: "EMIS accepts them, but for another practice. {product} sends and books nothing \
                  until they are yours.",
    for_engineers: "Both the CDB number and the ODS code that EMIS names differ from the settings. \
                    A merger shows the same way.",
    fix_tells: true,
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::FIND_IN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::READ_CDB_NUMBER,
        &c::ENTER_ORGANISATION_ID,
        &c::UPDATE_ORGANISATION_ID,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    ..USUAL
};
