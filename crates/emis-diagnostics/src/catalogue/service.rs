//! Causes that the product's support team or EMIS puts right.

use emis_types::ResponsibleParty;

use super::{COM_CLIENT, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};

pub(super) const APPLICATION_ID_NOT_MATCHED: Template = Template {
    short: "application ID not known",
    title: "EMIS does not recognise {product}'s application ID",
    explanation: "The application ID that {product} sends is not one that EMIS knows for this \
                  practice. The practice has nothing to change.",
    for_engineers: "403 with legacyOutcome 3 on every call. Wrong application ID (party key), \
                    one of another environment, or a product not enabled for this organisation.",
    actor: ResponsibleParty::Product,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::CHECK_APPLICATION_ID, &c::ASK_EMIS],
    source: COM_CLIENT,
    ..USUAL
};

pub(super) const UNREACHABLE: Template = Template {
    short: "EMIS not reachable",
    title: "EMIS cannot be reached",
    explanation: "{product} could not connect to EMIS, or to its identity service. The practice has \
                  nothing to change.",
    for_engineers: "Name resolution, connection or TLS failed, at the API's host or at the \
                    identity service's: what was seen says which. Or something on the way closes \
                    connections without an answer.",
    actor: ResponsibleParty::Product,
    checks: &[checks::OTHERS_TOO],
    fix: &[
        &c::CHECK_NAMES,
        &c::CHECK_FIREWALL,
        &c::CHECK_CERTIFICATES,
        &c::CHECK_ADDRESSES,
        &c::WAIT_AND_RUN_AGAIN,
    ],
    source: COM_CLIENT,
    ..USUAL
};

pub(super) const TOKEN_REFUSED: Template = Template {
    short: "token refused or scope missing",
    title: "EMIS does not accept {product}'s permission",
    explanation: "The permission that {product} shows with each call was refused, or does not \
                  cover what is switched on. The practice has nothing to change.",
    for_engineers: "401 with a fresh token, a refused scope, or an authorizations claim without \
                    a scope that the settings need.",
    actor: ResponsibleParty::Product,
    checks: &[checks::SERVER_CLOCK],
    fix: &[&c::CHECK_SCOPES],
    ..USUAL
};

pub(super) const REQUEST_REFUSED: Template = Template {
    short: "request refused",
    title: "EMIS refused a request as wrong",
    explanation: "{product} asked EMIS for something in a way that EMIS does not accept. The \
                  practice has nothing to change.",
    for_engineers: "400, or a request that was refused before it was sent: a date format, or a \
                    window of more than 90 days.",
    actor: ResponsibleParty::Product,
    fix: &[&c::CHECK_REQUESTS, &c::ASK_EMIS],
    ..USUAL
};

pub(super) const MEDIA_TYPE_REFUSED: Template = Template {
    short: "format refused",
    title: "EMIS refused the format of a request",
    explanation: "{product} asked EMIS for a format that EMIS does not serve. The practice has \
                  nothing to change.",
    for_engineers: "415: Accept or Content-Type is neither JSON nor XML, or was changed on the way.",
    actor: ResponsibleParty::Product,
    fix: &[&c::CHECK_PROXY, &c::CHECK_REQUESTS, &c::ASK_EMIS],
    ..USUAL
};

pub(super) const PRACTICE_NOT_CONFIRMED: Template = Template {
    short: "practice not confirmed",
    title: "EMIS did not say which practice answered",
    explanation: "{product} could not make sure that it is connected to the right practice.",
    for_engineers: "Neither the token nor GetOrganisation named a CDB number or an ODS code.",
    actor: ResponsibleParty::Product,
    fix: &[&c::ASK_EMIS],
    ..USUAL
};

pub(super) const CLIENT_REFUSED: Template = Template {
    short: "client secret refused",
    title: "EMIS does not accept {product}'s own credentials",
    explanation: "EMIS's identity service refused {product} itself, before it looked at the \
                  practice's user. The practice has nothing to change.",
    for_engineers: "invalid_client or unauthorized_client at the token endpoint.",
    actor: ResponsibleParty::Product,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::CHECK_CLIENT],
    ..USUAL
};

pub(super) const TOO_MANY_CALLS: Template = Template {
    short: "too many calls",
    title: "EMIS asks {product} to slow down",
    explanation: "{product} made more calls than EMIS allows. The practice has nothing to change.",
    for_engineers: "429, or a throttled token endpoint.",
    actor: ResponsibleParty::Product,
    fix: &[&c::SLOW_DOWN, &c::WAIT_AND_RUN_AGAIN],
    ..USUAL
};

pub(super) const EMIS_FAILED: Template = Template {
    short: "EMIS fails",
    title: "EMIS has a fault",
    explanation: "EMIS was reached and failed. The practice and {product} have nothing to change.",
    for_engineers: "5xx on a read, after the retries.",
    actor: ResponsibleParty::Emis,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::ASK_EMIS],
    ..USUAL
};

pub(super) const EMIS_SILENT: Template = Template {
    short: "EMIS does not answer",
    title: "EMIS does not answer in time",
    explanation: "EMIS was reached and gave no answer, or broke off. The practice and {product} \
                  have nothing to change.",
    for_engineers: "A read timed out or its connection broke, after the retries.",
    actor: ResponsibleParty::Emis,
    checks: &[checks::OTHERS_TOO],
    fix: &[&c::WAIT_AND_RUN_AGAIN, &c::CHECK_FIREWALL],
    ..USUAL
};

pub(super) const UNEXPECTED_ANSWER: Template = Template {
    short: "answer not understood",
    title: "Something other than EMIS answered, or EMIS has changed",
    explanation: "{product} got an answer that it cannot read. The practice has nothing to change.",
    for_engineers: "A body that is not the documented JSON, such as a proxy's page; a status \
                    that this version does not know; a discovery document that is none, or that \
                    names an address that is not https.",
    actor: ResponsibleParty::Product,
    checks: &[checks::PROXY],
    fix: &[&c::CHECK_PROXY, &c::ASK_EMIS],
    ..USUAL
};

pub(super) const ADDRESS_WRONG: Template = Template {
    short: "wrong address of EMIS",
    title: "{product} calls EMIS at the wrong address",
    explanation: "The address of EMIS that is set in {product} is wrong. The practice has \
                  nothing to change.",
    for_engineers: "404 on an operation without parameters to be wrong about; no discovery \
                    document under the issuer's address, or one that names another issuer; a \
                    host's name that nobody knows; or an address that is not https.",
    actor: ResponsibleParty::Product,
    checks: &[checks::ADDRESSES],
    fix: &[&c::CHECK_ADDRESSES],
    ..USUAL
};

pub(super) const RECORDS_UNREADABLE: Template = Template {
    short: "records that cannot be read",
    title: "Some records from EMIS could not be read",
    explanation: "EMIS's answer held records that {product} does not understand. Everything \
                  else works, but what is in those records is left out.",
    for_engineers: "Records were skipped while decoding: see the listing's `skipped` for the \
                    fields at fault.",
    actor: ResponsibleParty::Product,
    fix: &[&c::ASK_EMIS],
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const MEMORY_UNAVAILABLE: Template = Template {
    short: "own database not readable",
    title: "{product} cannot read its own database",
    explanation: "{product} keeps note of passwords that EMIS refused, so that it never locks the \
                  user. It could not read that note and sent nothing. The practice has nothing to \
                  change.",
    for_engineers: "RefusedPasswords::contains failed; the cause is in the product's log.",
    actor: ResponsibleParty::Product,
    fix: &[&c::CHECK_DATABASE],
    ..USUAL
};

pub(super) const CLOCKS_DIFFER: Template = Template {
    short: "clocks differ",
    title: "The clocks of {product} and of EMIS differ",
    explanation: "The permissions that EMIS gives are good from one time until another. Where a \
                  clock is wrong, they are refused as too old or too new. The practice has \
                  nothing to change.",
    for_engineers: "The token's iat differs from our clock by more than two minutes. Which clock \
                    is wrong does not show: compare ours with a time server first.",
    actor: ResponsibleParty::Product,
    checks: &[checks::SERVER_CLOCK],
    fix: &[&c::ASK_EMIS],
    ..USUAL
};

pub(super) const PASSWORD_BEING_TRIED: Template = Template {
    short: "password being tried",
    title: "{product} is trying the password just now",
    explanation: "{product} never sends a password from two places at a time, so that a wrong one \
                  counts once. Another part of it is at it, or broke off a moment ago. The \
                  practice has nothing to change.",
    for_engineers: "RefusedPasswords::claim: the claim of a try that got no answer runs out by \
                    itself.",
    actor: ResponsibleParty::Product,
    fix: &[&c::WAIT_AND_RUN_AGAIN],
    ..USUAL
};
