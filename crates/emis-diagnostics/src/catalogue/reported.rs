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
    explanation: "EMIS shows it only to people with system administrator rights. Ask one of them \
                  to follow the steps.",
    for_engineers: "Nothing shows it: the practice says so.",
    fix: &[&c::ASK_ADMINISTRATOR],
    mended: "You see EMAS Manager in the menu: EMIS Ball > System Tools > EMAS Manager.",
    source: ACCURX_EMAS,
    ..REPORTED
};

pub(super) const PRODUCT_NOT_LISTED: Template = Template {
    short: "product not in the partner API list",
    title: "{product} is not in the partner API list",
    explanation: "EMIS may list it under {former}. If you cannot find that, EMIS has not set it up \
                  for your practice.",
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
    explanation: "The password is too simple for EMIS. A long one with small and capital letters, \
                  digits and a symbol works.",
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
    explanation: "A change of system cuts the link to {product}. {product} support must set it up \
                  again with you, and agree what goes out in the meantime.",
    for_engineers: "Shows as a refused user, a deactivated application or another organisation, \
                    from the day of the change.",
    actor: ResponsibleParty::Product,
    urgency: Urgency::Stops,
    fix: &[
        &c::PLAN_CUT_OVER,
        &c::READ_CDB_NUMBER,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::FIND_IN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
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
    explanation: "All is set up, but reminders never start. EMIS waits until you say yes to sharing \
                  appointments with {product}.",
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

pub(super) const CONSENT_DECLINED: Template = Template {
    short: "patient declined text messages",
    title: "A patient gets no reminders because they said no in EMIS",
    explanation: "EMIS holds the patient's choice about text messages. {product} does not send to \
                  a patient who has said no.",
    for_engineers: "The reminder was suppressed for this patient. See the reasons of the last run.",
    fix: &[&c::CHECK_CONSENT, &c::CHANGE_CONSENT],
    mended: "The patient gets the next reminder.",
    source: "https://support.accurx.com/en/articles/5187583",
    ..REPORTED
};

pub(super) const BOOKING_LINK_FAILED: Template = Template {
    short: "booking link failed for one patient",
    title: "The booking link does not work for one patient",
    explanation: "It works for others, so the connection is fine. Most often, what the patient \
                  typed is not what EMIS holds, or the link has run out.",
    for_engineers: "The patient was not matched, or the invitation has expired. Other bookings \
                    work: see the last calls.",
    fix: &[&c::COMPARE_PATIENT, &c::SEND_NEW_LINK],
    mended: "The patient has an appointment.",
    ..REPORTED
};
