//! The slot types of every practice.

use super::SlotType;

pub(super) const GP_ROUTINE: i32 = 301;
pub(super) const GP_URGENT: i32 = 302;
pub(super) const TELEPHONE: i32 = 303;
pub(super) const NURSE: i32 = 304;
pub(super) const BLOODS: i32 = 305;
pub(super) const SMEAR: i32 = 306;
pub(super) const HEALTH_CHECK: i32 = 307;
pub(super) const ADMIN: i32 = 308;

#[rustfmt::skip]
pub(super) const ALL: [SlotType; 8] = [
    slot_type(GP_ROUTINE, "GP Routine", "Routine appointment with a GP", true),
    slot_type(GP_URGENT, "GP Urgent", "On the day, by the duty doctor", false),
    slot_type(TELEPHONE, "Telephone", "Telephone call from a GP", true),
    slot_type(NURSE, "Nurse", "Practice nurse", true),
    slot_type(BLOODS, "Bloods", "Blood test", true),
    slot_type(SMEAR, "Smear", "Cervical screening", true),
    slot_type(HEALTH_CHECK, "Health Check", "NHS health check", true),
    // EMIS ticks "bookable" by default, and many practices leave it ticked.
    slot_type(ADMIN, "Admin", "Paperwork, not for patients", true),
];

const fn slot_type(
    id: i32,
    display: &'static str,
    description: &'static str,
    bookable: bool,
) -> SlotType {
    SlotType {
        id,
        display,
        description,
        bookable,
        for_patients: bookable && id != ADMIN,
    }
}
