//! Work that has stopped without an error, found in the product's own records.

use emis_types::ResponsibleParty;

use super::{Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};

pub(super) const NO_REMINDERS: Template = Template {
    short: "no reminder has left although bookings exist",
    title: "No reminder has left this practice although bookings exist",
    explanation: "Patients have appointments of which they should have been reminded by now, and \
                  none was. Either {product}'s reminder job does not run, or it fails.",
    for_engineers: "GetBookedPatients gives appointments that are due, the reminder ledger has \
                    none of them, and the time allowed for a run has passed.",
    actor: ResponsibleParty::Product,
    checks: &[checks::WORKER],
    fix: &[&c::CHECK_DATABASE],
    mended: "The next heartbeat finds the reminders in the ledger.",
    ..USUAL
};

pub(super) const REMINDERS_MISSING: Template = Template {
    short: "many reminders have not left",
    title: "Many reminders that were due have not left",
    explanation: "Some patients are reminded, most are not. The last run's report says why for \
                  each of them.",
    for_engineers: "Due, not in the ledger, and the time allowed for a run has passed. Look at \
                    `failed` and `halted` of the last run reports.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Hinders,
    checks: &[checks::WORKER],
    fix: &[&c::CHECK_DATABASE],
    mended: "The next heartbeat finds the reminders in the ledger.",
    ..USUAL
};

pub(super) const REMINDERS_IN_DOUBT: Template = Template {
    short: "reminders in doubt",
    title: "It is not known whether some reminders left",
    explanation: "{product} was cut off while it sent them. They are not sent again, so that \
                  nobody gets two.",
    for_engineers: "Claims of the reminder ledger that were never settled.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Hinders,
    fix: &[&c::SETTLE_BY_HAND],
    mended: "The next heartbeat finds nothing in doubt.",
    ..USUAL
};

pub(super) const BOOKINGS_UNSETTLED: Template = Template {
    short: "bookings not settled",
    title: "Bookings wait to be settled",
    explanation: "Patients have booked or cancelled, EMIS did not say whether it worked, and \
                  nobody has looked since. The patients do not know either.",
    for_engineers: "Records in hand in the booking ledger for longer than reconciling takes. Look \
                    whether the job that calls `reconcile` runs.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Hinders,
    checks: &[checks::WORKER],
    fix: &[&c::SETTLE_BY_HAND],
    mended: "The next heartbeat finds every booking settled.",
    ..USUAL
};
