//! Causes that the product's support team or EMIS puts right.

use super::template::{COM_CLIENT, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};
use emis_types::ResponsibleParty;

const PRODUCT: Template = Template {
    actor: ResponsibleParty::Product,
    ..USUAL
};

pub(super) const APPLICATION_ID_NOT_MATCHED: Template = Template {
    short: "application ID not known",
    title: "EMIS does not recognise {product}",
    question: "Have many practices of {product} stopped at the same time?",
    explanation: "EMIS does not know the ID that {product} sends. You do not need to do anything.",
    for_engineers: "403 with legacyOutcome 3 on every call. Wrong application ID (party key), \
                    one of another environment, or a product not enabled for this organisation.",
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::CHECK_APPLICATION_ID, &c::ASK_EMIS],
    source: COM_CLIENT,
    ..PRODUCT
};

pub(super) const UNREACHABLE: Template = Template {
    short: "EMIS not reachable",
    title: "{product} cannot reach EMIS",
    question: "Does EMIS work for the practice's staff, while {product} cannot connect?",
    explanation: "{product} cannot connect to EMIS. Nothing is wrong at your practice. You do not \
                  need to do anything.",
    for_engineers: "Name resolution, connection or TLS failed, at the API's host or the identity \
                    service's: the evidence says which. Or something on the way closes connections \
                    without an answer.",
    checks: &[checks::OTHERS_TOO],
    fix: &[
        &c::CHECK_NAMES,
        &c::CHECK_FIREWALL,
        &c::CHECK_CERTIFICATES,
        &c::CHECK_ADDRESSES,
        &c::WAIT_AND_RUN_AGAIN,
    ],
    source: COM_CLIENT,
    ..PRODUCT
};

pub(super) const TOKEN_REFUSED: Template = Template {
    short: "token refused or scope missing",
    title: "EMIS does not give {product} the permission it needs",
    question: "Does the token lack a scope, or does EMIS refuse it for all practices?",
    explanation: "EMIS says no to {product}, or does not let it do all that you have switched on. \
                  You do not need to do anything.",
    for_engineers: "401 with a new token, a refused scope, or an authorizations claim without a \
                    scope that the settings need.",
    checks: &[checks::SERVER_CLOCK],
    fix: &[&c::CHECK_SCOPES],
    ..PRODUCT
};

pub(super) const REQUEST_REFUSED: Template = Template {
    short: "request refused",
    title: "EMIS does not accept what {product} asks",
    question: "Does EMIS itself refuse the call, and not a proxy or a web filter?",
    explanation: "{product} asks EMIS in a way that EMIS does not take. You do not need to do \
                  anything.",
    for_engineers: "400, or a request that was refused before it was sent: a date format, or a \
                    window of more than 90 days.",
    fix: &[&c::CHECK_REQUESTS, &c::ASK_EMIS],
    ..PRODUCT
};

pub(super) const MEDIA_TYPE_REFUSED: Template = Template {
    short: "format refused",
    title: "EMIS does not accept the format that {product} asks for",
    question: "Does EMIS itself refuse the format, and not a proxy or a web filter?",
    explanation: "{product} asks for a format that EMIS does not offer. You do not need to do \
                  anything.",
    for_engineers: "415: Accept or Content-Type is neither JSON nor XML, or was changed on the way.",
    fix: &[&c::CHECK_PROXY, &c::CHECK_REQUESTS, &c::ASK_EMIS],
    ..PRODUCT
};

pub(super) const PRACTICE_NOT_CONFIRMED: Template = Template {
    short: "practice not confirmed",
    title: "EMIS did not say which practice answered",
    explanation: "{product} cannot be sure that it is connected to the right practice. You do not \
                  need to do anything.",
    for_engineers: "Neither the token nor GetOrganisation named a CDB number or an ODS code.",
    fix: &[&c::ASK_EMIS],
    ..PRODUCT
};

pub(super) const CLIENT_REFUSED: Template = Template {
    short: "client secret refused",
    title: "EMIS does not let {product} log in",
    explanation: "EMIS refuses {product} itself, before it looks at your practice's user. You do \
                  not need to do anything.",
    for_engineers: "invalid_client or unauthorized_client at the token endpoint.",
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::CHECK_CLIENT],
    ..PRODUCT
};

pub(super) const TOO_MANY_CALLS: Template = Template {
    short: "too many calls",
    title: "EMIS asks {product} to slow down",
    question: "Do {product}'s calls work again after a pause?",
    explanation: "{product} asks EMIS too often. You do not need to do anything.",
    for_engineers: "429, or a throttled token endpoint.",
    fix: &[&c::SLOW_DOWN, &c::WAIT_AND_RUN_AGAIN],
    ..PRODUCT
};

pub(super) const EMIS_FAILED: Template = Template {
    short: "EMIS fails",
    question: "Does EMIS fail for other practices of {product}, too?",
    title: "EMIS has a fault",
    explanation: "Nothing is wrong at your practice. You do not need to do anything. Reminders \
                  that are due are sent when EMIS is back, if the appointment is still ahead.",
    for_engineers: "5xx on a read, after the retries. Without EMIS's error document it may come \
                    from a proxy.",
    actor: ResponsibleParty::Emis,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::ASK_EMIS],
    ..USUAL
};

pub(super) const EMIS_SILENT: Template = Template {
    short: "EMIS does not answer",
    question: "Does EMIS not answer the practice's staff or other practices, either?",
    title: "EMIS does not answer in time",
    explanation: "Nothing is wrong at your practice. You do not need to do anything. Reminders \
                  that are due are sent when EMIS is back, if the appointment is still ahead.",
    for_engineers: "A read timed out or its connection broke, after the retries.",
    actor: ResponsibleParty::Emis,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::CHECK_FIREWALL],
    ..USUAL
};

pub(super) const UNEXPECTED_ANSWER: Template = Template {
    short: "answer not understood",
    question: "Does a proxy or web filter answer in EMIS's place?",
    title: "Something other than EMIS answered, or EMIS has changed",
    explanation: "{product} got an answer that it cannot read. You do not need to do anything.",
    for_engineers: "A body that is not the documented JSON, such as a proxy's page; a refusal \
                    without EMIS's error document; a status that this version does not know; a \
                    discovery document that is none, or that names an address without https.",
    checks: &[checks::PROXY],
    fix: &[&c::CHECK_PROXY, &c::ASK_EMIS],
    ..PRODUCT
};

pub(super) const ADDRESS_WRONG: Template = Template {
    short: "wrong address of EMIS",
    question: "Is the address of EMIS in {product} another than EMIS gave?",
    title: "{product} calls EMIS at the wrong address",
    explanation: "The address of EMIS in {product} is wrong. You do not need to do anything.",
    for_engineers: "404 on an operation without parameters; no discovery document under the \
                    issuer's address, or one that names another issuer; a host name that does not \
                    exist; or an address without https.",
    checks: &[checks::ADDRESSES],
    fix: &[&c::CHECK_ADDRESSES],
    ..PRODUCT
};

pub(super) const RECORDS_UNREADABLE: Template = Template {
    short: "records that cannot be read",
    title: "{product} could not read some records from EMIS",
    explanation: "EMIS sent data that {product} cannot read. The rest works. You do not need to do \
                  anything.",
    for_engineers: "Records were skipped while decoding: see the listing's `skipped` for the \
                    fields.",
    fix: &[&c::ASK_EMIS],
    urgency: Urgency::Hinders,
    ..PRODUCT
};

pub(super) const STORE_UNAVAILABLE: Template = Template {
    short: "own database not readable",
    title: "{product} cannot read its own database",
    explanation: "{product} could not look up which passwords EMIS has refused. So it sent none, to \
                  keep your user from being locked. You do not need to do anything.",
    for_engineers: "The store of refused passwords failed; the cause is in the product's log.",
    fix: &[&c::CHECK_DATABASE],
    ..PRODUCT
};

pub(super) const CLOCKS_DIFFER: Template = Template {
    short: "clocks differ",
    title: "The clocks of {product} and EMIS differ",
    question: "Does the clock of {product}'s server differ from the true time?",
    explanation: "EMIS may take what {product} asks as out of date. You do not need to do anything.",
    for_engineers: "The token's iat differs from our clock by more than two minutes. It does not \
                    show which clock is wrong: compare ours with a time server first.",
    fix: &[&c::CHECK_SERVER_CLOCK, &c::ASK_EMIS],
    ..PRODUCT
};

pub(super) const PASSWORD_BEING_TRIED: Template = Template {
    short: "password being tried",
    title: "{product} is checking the password just now",
    question: "Does the check work after 15 minutes?",
    explanation: "{product} never sends a password twice at once, so that EMIS does not lock your \
                  user. Another check is running. You do not need to do anything.",
    for_engineers: "The password is claimed by another process. The claim of an attempt without an \
                    answer expires.",
    fix: &[&c::WAIT_AND_RUN_AGAIN],
    ..PRODUCT
};

pub(super) const WORK_FAILS: Template = Template {
    short: "the last calls for some work failed",
    title: "Some of {product}'s work with EMIS is failing",
    explanation: "EMIS is connected. But the last time {product} tried some of its work, it failed. \
                  Some patients may not be able to use it. You do not need to do anything.",
    for_engineers: "The last failure of a kind of work, or of one operation of it, is newer than \
                    its last success. A diagnosis does not make these calls, or asks for less. The \
                    evidence says which, and since when.",
    checks: &[checks::WORKER],
    fix: &[&c::CHECK_FAILED_WORK],
    mended: "The next call works, and the diagnosis no longer names this cause.",
    ..PRODUCT
};

pub(super) const EMIS_SLOW: Template = Template {
    short: "EMIS is slow",
    question: "Does EMIS answer, but only after some seconds?",
    title: "EMIS is slow to answer",
    explanation: "Nothing is wrong at your practice. You do not need to do anything. Bookings and \
                  reminders may take longer than they should.",
    for_engineers: "A call of the diagnosis took 5 seconds or more. The checks after it are left \
                    out when the time of the diagnosis is over.",
    actor: ResponsibleParty::Emis,
    urgency: Urgency::Hinders,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::ASK_EMIS],
    ..USUAL
};
