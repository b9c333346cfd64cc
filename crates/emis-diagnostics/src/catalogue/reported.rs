//! Causes that a diagnosis does not detect. People meet them and look them up.

use super::template::{ACCURX_EMAS, Detection, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};
use emis_types::ResponsibleParty;

const REPORTED: Template = Template {
    detection: Detection::Reported,
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const EMAS_MANAGER_HIDDEN: Template = Template {
    short: "EMAS Manager not in the menu",
    title: "You cannot see EMAS Manager in the menu",
    explanation: "EMIS shows EMAS Manager only to system administrators (B0062 Local System \
                  Administration). Ask one of them to follow these steps.",
    for_engineers: "Nothing shows it: the practice says so.",
    fix: &[&c::ASK_ADMINISTRATOR],
    mended: "You see EMAS Manager in the menu: EMIS Ball > System Tools > EMAS Manager.",
    source: ACCURX_EMAS,
    ..REPORTED
};

pub(super) const PRODUCT_NOT_LISTED: Template = Template {
    short: "product not in the partner API list",
    title: "{product} is not in the partner API list",
    explanation: "EMIS may list {product} under an earlier name or a company name. If you cannot \
                  find any of them, EMIS has not enabled {product} for your practice.",
    for_engineers: "Nothing shows it if calls work. If EMIS has not enabled the product, it \
                    refuses calls as for an unknown application ID.",
    fix: &[&c::ASK_PRODUCT, &c::OPEN_PARTNER_API, &c::LOOK_FOR_OLD_NAME],
    mended: "You have found {product} in the list.",
    source: "https://support.gpbilling.co.uk/portal/en/kb/articles/emis-api",
    ..REPORTED
};

pub(super) const PASSWORD_TOO_SIMPLE: Template = Template {
    short: "'OK' stays grey in EMAS Manager",
    title: "You cannot select 'OK' in EMAS Manager",
    explanation: "EMAS Manager does not accept the password. EMIS does not publish its rules. A \
                  long password with upper and lower case letters, digits and a symbol works.",
    for_engineers: "Nothing shows it. `PasswordRules` of emis-credentials generates passwords that \
                    EMAS Manager accepts.",
    fix: &[&c::STRONGER_PASSWORD, &c::OK_EDIT_USERS],
    mended: "You can select 'OK', and the box closes.",
    source: ACCURX_EMAS,
    ..REPORTED
};

pub(super) const SYSTEM_MIGRATED: Template = Template {
    short: "practice changed its clinical system",
    title: "Your practice has changed its clinical system",
    explanation: "A change to EMIS, or to another EMIS organisation, disconnects other products. \
                  Passwords may change too. {product} must be set up again. Agree with {product} \
                  support what goes out during the change.",
    for_engineers: "Shows as a refused user, a deactivated application or another organisation, \
                    from the day of the change.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Stops,
    fix: &[
        &c::PLAN_CUT_OVER,
        &c::READ_CDB_NUMBER,
        &c::ENTER_ORGANISATION_ID,
        &c::UPDATE_ORGANISATION_ID,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
    source: "NHS England, clinical system migration guide: pre-migration tasks",
    ..REPORTED
};

pub(super) const AGREEMENT_NOT_ACTIVATED: Template = Template {
    short: "data-sharing agreement not activated",
    title: "You need to activate a data-sharing agreement",
    explanation: "You have set everything up, but reminders never start. EMIS waits until you \
                  activate the agreement under which it may share appointments, such as the \
                  \"Appointment Reminder Data Extraction Agreement\".",
    for_engineers: "Nothing shows it through the Partner API; it is about extracts.",
    fix: &[&c::ACTIVATE_AGREEMENT],
    mended: "Patients get their reminders.",
    source: "https://help.patchs.ai/hc/en-gb/articles/8677536935703",
    ..REPORTED
};

pub(super) const SLOT_TYPE_NOT_LISTED: Template = Template {
    short: "slot type not in the product's list",
    title: "A slot type that you have in EMIS is not in {product}'s list",
    explanation: "{product} read the list some time ago. It can read it again from EMIS.",
    for_engineers: "Read GetAppointmentConfiguration rather than collecting the slot types of \
                    upcoming bookings.",
    fix: &[&c::READ_LISTS_AGAIN],
    mended: "You can choose the slot type.",
    source: "https://support.accurx.com/en/articles/6868258",
    ..REPORTED
};

pub(super) const CONTACT_OUT_OF_DATE: Template = Template {
    short: "reminder went to an old number",
    title: "A reminder went to a wrong or an old number",
    explanation: "The number or address did not come from EMIS, was read before it changed there, \
                  or is wrong in EMIS.",
    for_engineers: "Reminders of this library read the patient's registration right before each \
                    message; a copy kept elsewhere does not.",
    checks: &[checks::CONTACT_SOURCE],
    fix: &[&c::CHANGE_CONTACT],
    mended: "The next reminder goes to the number that is in EMIS.",
    source: "https://support.accurx.com/en/articles/9627289",
    ..REPORTED
};
