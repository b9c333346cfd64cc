//! Work that has stopped without an error, found in the product's own records.

use super::template::{Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};
use emis_types::ResponsibleParty;

pub(super) const NO_REMINDERS: Template = Template {
    short: "no reminder has left although bookings exist",
    title: "{product} is sending no reminders for your practice",
    explanation: "Patients have appointments, but {product} has sent none of the reminders that \
                  were due. You do not need to do anything.",
    for_engineers: "GetBookedPatients returns appointments that are due, the reminder store has \
                    none of them, and the time allowed for a run has passed. The job does not run, \
                    or it fails.",
    actor: ResponsibleParty::Product,
    checks: &[checks::WORKER],
    fix: &[&c::CHECK_DATABASE],
    mended: "The next heartbeat finds the reminders in the store.",
    ..USUAL
};

pub(super) const REMINDERS_MISSING: Template = Template {
    short: "many reminders have not left",
    title: "{product} has not sent many of the reminders that were due",
    explanation: "Some patients get their reminders, most do not. You do not need to do anything.",
    for_engineers: "Due, not in the reminder store, and the time allowed for a run has passed. \
                    Look at `failed` and `halted` of the last run reports.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Hinders,
    checks: &[checks::WORKER],
    fix: &[&c::CHECK_DATABASE],
    mended: "The next heartbeat finds the reminders in the store.",
    ..USUAL
};

pub(super) const REMINDERS_IN_DOUBT: Template = Template {
    short: "reminders in doubt",
    title: "{product} does not know whether it sent some reminders",
    explanation: "{product} was stopped while it sent them. It does not send them again, so that no \
                  patient gets two. You do not need to do anything.",
    for_engineers: "Claims of the reminder store that were never settled.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Hinders,
    fix: &[&c::SETTLE_BY_HAND],
    mended: "The next heartbeat finds nothing in doubt.",
    ..USUAL
};

pub(super) const BOOKINGS_UNSETTLED: Template = Template {
    short: "bookings not settled",
    title: "Some bookings are waiting to be confirmed",
    explanation: "Patients have booked or cancelled, and EMIS did not say whether it worked. The \
                  patients do not know either. You do not need to do anything.",
    for_engineers: "Records in the booking store have been unsettled for longer than reconciling \
                    takes. Look whether the job that calls `reconcile` runs.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Hinders,
    checks: &[checks::WORKER],
    fix: &[&c::SETTLE_BY_HAND],
    mended: "The next heartbeat finds every booking settled.",
    ..USUAL
};

pub(super) const REMINDERS_SUPPRESSED: Template = Template {
    short: "nearly all reminders suppressed",
    title: "{product} is sending almost no reminders for your practice",
    explanation: "{product} found the same reason not to remind for nearly all patients. That is \
                  more likely a fault than true. You do not need to do anything.",
    for_engineers: "One suppression reason holds for at least nine in ten appointments. Compare a \
                    few of these patients with EMIS: a field may be decoded wrongly, such as a \
                    date of death that means \"none\".",
    actor: ResponsibleParty::Product,
    fix: &[&c::COMPARE_PATIENTS, &c::CHECK_WORKER, &c::CHECK_DATABASE],
    mended: "The next run of reminders has no dominant reason.",
    ..USUAL
};
