//! Causes that a practice puts right in EMAS Manager.

use super::template::{ACCURX_EMAS, ARTICLE, Detection, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};

pub(super) const APPLICATION_DEACTIVATED: Template = Template {
    short: "application or some calls deactivated in EMAS Manager",
    question: "Is there no green tick next to {product} in EMAS Manager > Partner API?",
    title: "EMIS has switched {product} off at your practice",
    explanation: "EMIS refuses some or all of what {product} asks for. To mend this, switch \
                  {product} off and on again in EMIS. Patients do not need to do anything.",
    for_engineers: "403 with legacyOutcome 3. EMIS answers the same for an unknown application ID, \
                    unless another call with it has succeeded.",
    checks: &[checks::GREEN_TICK],
    fix_tells: true,
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
    question: "Under Login Access, is 'Auto Login' or 'Allow Login' of '{username}' without a tick?",
    title: "'{username}' is not allowed to log in for {product}",
    explanation: "EMIS knows the username and password. But under 'Login Access', one of two boxes \
                  has no tick. Both need a tick.",
    for_engineers: "The identity service issues a token, and the API answers 403 with \
                    legacyOutcome 4. The answer does not show which box it is.",
    checks: &[checks::LOGIN_ACCESS],
    fix_tells: true,
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::FIND_IN_LOGIN_ACCESS,
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
    question: "Under Edit Users, is '{username}' missing or without a tick?",
    title: "'{username}' is not a user of {product} in EMIS",
    explanation: "EMIS does not know this user, or the user has no tick under 'Edit Users'.",
    for_engineers: "access_denied or invalid_grant at the token endpoint, as for a wrong password; \
                    or 403 with legacyOutcome 4, as for Login Access.",
    checks: &[checks::USERNAME, checks::EDIT_USERS],
    fix_tells: true,
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
    question: "Under Edit Users, is '{username}' in the list twice?",
    title: "'{username}' is in EMIS twice, and not both are ticked",
    explanation: "EMIS lists two users with this name. It lets {product} in only if both have a \
                  tick. {product} support can tell you later which one to remove.",
    for_engineers: "The identity service issues a token, and the API answers 403 with \
                    legacyOutcome 4, as for Login Access.",
    checks: &[checks::EDIT_USERS],
    fix_tells: true,
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
    question: "In EMIS, does '{username}' have no role, or a role without 'Default'?",
    title: "The role of '{username}' does not allow what {product} needs",
    explanation: "EMIS lets the user in but says no to some of what {product} asks for. The user \
                  needs the role '{role}'{or_roles}.",
    for_engineers: "403 with legacyOutcome 2 (access denied) on some operations while others \
                    succeed, with a token that holds the scope.",
    checks: &[checks::ROLE],
    fix_tells: true,
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

pub(super) const ROLE_NOT_ACCEPTED: Template = Template {
    short: "another RBAC role than the one named",
    question: "In EMIS, does '{username}' have another role, such as 'Practice Manager'?",
    title: "'{username}' has another role in EMIS than the one it needs",
    explanation: "The user needs the role '{role}'{or_roles}. 'Practice Manager' or a role of \
                  single activities does not do.",
    for_engineers: "403 with legacyOutcome 2, as for a missing role: EMIS does not name the role. \
                    Typical are Practice Manager (SJR004) and roles of single activities (B0360, \
                    B0380, B0560, B0820).",
    checks: &[checks::ROLE],
    fix_tells: true,
    fix: &[
        &c::OPEN_USER,
        &c::CHOOSE_ROLE,
        &c::TICK_DEFAULT,
        &c::REMOVE_OTHER_ROLES,
        &c::LOG_OUT_AND_IN,
        &c::CHECK_AGAIN,
    ],
    source: "https://support.blackpear.com/hc/en-us/articles/6743078500509",
    ..USUAL
};

pub(super) const USER_NOT_SESSION_HOLDER: Template = Template {
    short: "API user is no session holder",
    question: "Does reading work and only booking fail, and is '{username}' no session holder?",
    title: "'{username}' may not book for patients",
    explanation: "EMIS lets {product} read the appointment book, but not book. In some practices, \
                  the user has to be a session holder first.",
    for_engineers: "403 with legacyOutcome 2 on BookAppointment or CancelAppointment only. Some \
                    suppliers need their user to be a session holder with Patient Facing Services \
                    Booking.",
    checks: &[checks::ROLE],
    fix_tells: true,
    urgency: Urgency::Hinders,
    fix: &[
        &c::OPEN_USER,
        &c::MAKE_SESSION_HOLDER,
        &c::LOG_OUT_AND_IN,
        &c::CHECK_AGAIN,
    ],
    source: "https://help.x-onweb.com/en/articles/501217",
    ..USUAL
};

pub(super) const WRONG_ROW_SELECTED: Template = Template {
    short: "another product's row was selected",
    question: "Was another product's row highlighted when you selected the buttons?",
    title: "You may have switched another product off and on",
    explanation: "In the partner API list, the buttons work on the highlighted row. If that is \
                  another product, nothing changes for {product}.",
    for_engineers: "Nothing shows it. Suspect it if a practice has followed the steps of EMIS-D01 \
                    and EMIS still answers 403 with legacyOutcome 3.",
    detection: Detection::Reported,
    fix_tells: true,
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
