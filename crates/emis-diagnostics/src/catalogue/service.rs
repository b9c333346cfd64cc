//! Causes that the people who run the product, or EMIS, put right.

use super::{Actor, Template};
use crate::clicks as c;

pub(super) const APPLICATION_ID_NOT_MATCHED: Template = Template {
    title: "EMIS does not recognise {product}'s application ID",
    explanation: "The application ID that {product} sends is not one that EMIS knows for this \
                  practice. The practice has nothing to change.",
    for_engineers: "403 with legacyOutcome 3 on every call. Wrong application ID (party key), \
                    one of another environment, or a product not enabled for this organisation.",
    actor: Actor::Product,
    confirm: &[&c::CHECK_OUTSIDE_EMIS],
    fix: &[&c::CHECK_APPLICATION_ID, &c::ASK_EMIS],
};

pub(super) const UNREACHABLE: Template = Template {
    title: "EMIS cannot be reached",
    explanation: "{product} could not connect to EMIS at all. The practice has nothing to change.",
    for_engineers: "Name resolution, connection or TLS failed. Nothing was sent.",
    actor: Actor::Product,
    confirm: &[&c::CHECK_OUTSIDE_EMIS],
    fix: &[&c::CHECK_NETWORK, &c::CHECK_ADDRESSES],
};

pub(super) const TOKEN_REFUSED: Template = Template {
    title: "EMIS does not accept {product}'s permission",
    explanation: "The permission that {product} shows with each call was refused, or does not \
                  cover what is switched on. The practice has nothing to change.",
    for_engineers: "401 with a fresh token, a refused scope, or an authorizations claim without \
                    a scope that the settings need.",
    actor: Actor::Product,
    confirm: &[&c::CHECK_SERVER_CLOCK],
    fix: &[&c::CHECK_SCOPES],
};

pub(super) const REQUEST_REFUSED: Template = Template {
    title: "EMIS refused a request as wrong",
    explanation: "{product} asked EMIS for something in a way that EMIS does not accept. The \
                  practice has nothing to change.",
    for_engineers: "400, or a request that was refused before it was sent: a date format, or a \
                    window of more than 90 days.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::CHECK_REQUESTS, &c::ASK_EMIS],
};

pub(super) const MEDIA_TYPE_REFUSED: Template = Template {
    title: "EMIS refused the format of a request",
    explanation: "{product} asked EMIS for a format that EMIS does not serve. The practice has \
                  nothing to change.",
    for_engineers: "415: Accept or Content-Type is neither JSON nor XML, or was changed on the way.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::CHECK_PROXY, &c::CHECK_REQUESTS],
};

pub(super) const PRACTICE_NOT_CONFIRMED: Template = Template {
    title: "EMIS did not say which practice answered",
    explanation: "{product} could not make sure that it is connected to the right practice.",
    for_engineers: "Neither the token nor GetOrganisation named a CDB number or an ODS code.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::ASK_EMIS],
};

pub(super) const CLIENT_REFUSED: Template = Template {
    title: "EMIS does not accept {product}'s own credentials",
    explanation: "EMIS's identity service refused {product} itself, before it looked at the \
                  practice's user. The practice has nothing to change.",
    for_engineers: "invalid_client or unauthorized_client at the token endpoint.",
    actor: Actor::Product,
    confirm: &[&c::CHECK_OUTSIDE_EMIS],
    fix: &[&c::CHECK_CLIENT],
};

pub(super) const TOO_MANY_CALLS: Template = Template {
    title: "EMIS asks {product} to slow down",
    explanation: "{product} made more calls than EMIS allows. The practice has nothing to change.",
    for_engineers: "429, or a throttled token endpoint.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::SLOW_DOWN, &c::WAIT_AND_RUN_AGAIN],
};

pub(super) const EMIS_FAILED: Template = Template {
    title: "EMIS has a fault",
    explanation: "EMIS was reached and failed. The practice and {product} have nothing to change.",
    for_engineers: "5xx on a read, after the retries.",
    actor: Actor::Emis,
    confirm: &[&c::CHECK_OUTSIDE_EMIS],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::ASK_EMIS],
};

pub(super) const EMIS_SILENT: Template = Template {
    title: "EMIS does not answer in time",
    explanation: "EMIS was reached and gave no answer, or broke off. The practice and {product} \
                  have nothing to change.",
    for_engineers: "A read timed out or its connection broke, after the retries.",
    actor: Actor::Emis,
    confirm: &[&c::CHECK_OUTSIDE_EMIS],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::CHECK_NETWORK],
};

pub(super) const UNEXPECTED_ANSWER: Template = Template {
    title: "Something other than EMIS answered, or EMIS has changed",
    explanation: "{product} got an answer that it cannot read. The practice has nothing to change.",
    for_engineers: "A body that is not the documented JSON, such as a proxy's page, or a status \
                    that this version does not know.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::CHECK_PROXY, &c::ASK_EMIS],
};

pub(super) const ADDRESS_WRONG: Template = Template {
    title: "{product} calls EMIS at the wrong address",
    explanation: "The address of EMIS that is set in {product} is wrong. The practice has \
                  nothing to change.",
    for_engineers: "404 on an operation without parameters to be wrong about, or an address \
                    that is not https.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::CHECK_ADDRESSES],
};

pub(super) const RECORDS_UNREADABLE: Template = Template {
    title: "Some records from EMIS could not be read",
    explanation: "EMIS's answer held records that {product} does not understand. Everything \
                  else works, but what is in those records is left out.",
    for_engineers: "Records were skipped while decoding: see the listing's `skipped` for the \
                    fields at fault.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::ASK_EMIS],
};

pub(super) const MEMORY_UNAVAILABLE: Template = Template {
    title: "{product} cannot read its own database",
    explanation: "{product} keeps note of passwords that EMIS refused, so that it never locks the \
                  user. It could not read that note and sent nothing. The practice has nothing to \
                  change.",
    for_engineers: "RefusedPasswords::contains failed; the cause is in the product's log.",
    actor: Actor::Product,
    confirm: &[],
    fix: &[&c::CHECK_DATABASE],
};
