//! Causes that a diagnosis does not detect. People meet them and look them up.

use super::{ACCURX_EMAS, Detection, Template, USUAL};
use crate::catalogue::Urgency;
use crate::clicks::{self as c, checks};
use emis_types::ResponsibleParty;

const REPORTED: Template = Template {
    detection: Detection::Reported,
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const EMAS_MANAGER_HIDDEN: Template = Template {
    short: "EMAS Manager not in the menu",
    title: "EMAS Manager is not in the menu",
    explanation: "Your role in EMIS lacks the right to manage the system (B0062 Local System \
                  Administration), so EMIS does not show EMAS Manager to you. Somebody with that \
                  right has to do these steps.",
    for_engineers: "Nothing shows it: the practice says so.",
    fix: &[&c::ASK_ADMINISTRATOR],
    mended: "EMAS Manager is in the menu: EMIS Ball > System Tools > EMAS Manager.",
    source: ACCURX_EMAS,
    ..REPORTED
};

pub(super) const PRODUCT_NOT_LISTED: Template = Template {
    short: "product not in the partner API list",
    title: "{product} is not in the partner API list",
    explanation: "EMIS may list a product under a former or legal name. If none of its names is \
                  there, EMIS has not enabled it for your organisation.",
    for_engineers: "Nothing shows it where calls work. Where EMIS has not enabled the product, \
                    calls are refused as for an unknown application ID.",
    fix: &[&c::ASK_PRODUCT, &c::OPEN_PARTNER_API, &c::LOOK_FOR_OLD_NAME],
    mended: "The product is found in the list, under whichever name.",
    source: "https://support.gpbilling.co.uk/portal/en/kb/articles/emis-api",
    ..REPORTED
};

pub(super) const PASSWORD_TOO_SIMPLE: Template = Template {
    short: "'OK' stays grey in EMAS Manager",
    title: "'OK' stays grey in EMAS Manager",
    explanation: "EMAS Manager finds the password too simple. Its rules are not published; a long \
                  password with upper and lower case letters, digits and a symbol is taken.",
    for_engineers: "Nothing shows it. `PasswordRules` of emis-credentials makes passwords that \
                    EMAS Manager takes.",
    fix: &[&c::STRONGER_PASSWORD, &c::OK_EDIT_USERS],
    mended: "'OK' can be clicked, and the box closes.",
    source: ACCURX_EMAS,
    ..REPORTED
};

pub(super) const SYSTEM_MIGRATED: Template = Template {
    short: "practice changed its clinical system",
    title: "The practice has changed its clinical system",
    explanation: "A change to EMIS, or from one EMIS organisation to another, cuts the links to \
                  other products, and credentials may change with it. {product} has to be set up \
                  again, and what goes out during the change has to be planned.",
    for_engineers: "Shows as a refused user, a deactivated application or another organisation, \
                    from the day of the change on.",
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
    title: "A data-sharing agreement waits to be activated",
    explanation: "Reminders never start, although everything is set up: EMIS waits for the \
                  practice to activate the agreement under which appointments may be extracted, \
                  such as the \"Appointment Reminder Data Extraction Agreement\".",
    for_engineers: "Nothing shows it through the Partner API; it is about extracts.",
    fix: &[&c::ACTIVATE_AGREEMENT],
    mended: "Reminders leave the practice.",
    source: "https://help.patchs.ai/hc/en-gb/articles/8677536935703",
    ..REPORTED
};

pub(super) const SLOT_TYPE_NOT_LISTED: Template = Template {
    short: "slot type not in the product's list",
    title: "A slot type that is in EMIS is not in {product}'s list",
    explanation: "The list was read some time ago, or made of slot types that were met in \
                  bookings. {product} can read them all from EMIS's appointment configuration.",
    for_engineers: "Read GetAppointmentConfiguration rather than collecting the slot types of \
                    upcoming bookings.",
    fix: &[&c::READ_LISTS_AGAIN],
    mended: "The slot type can be chosen.",
    source: "https://support.accurx.com/en/articles/6868258",
    ..REPORTED
};

pub(super) const CONTACT_OUT_OF_DATE: Template = Template {
    short: "reminder went to an old number",
    title: "A reminder went to a wrong or an old number",
    explanation: "The number or address was taken from somewhere else than EMIS, or before it was \
                  changed there, or it is wrong in EMIS.",
    for_engineers: "Reminders of this library read the patient's record right before each message \
                    is sent; a copy kept elsewhere does not.",
    checks: &[checks::CONTACT_SOURCE],
    fix: &[&c::CHANGE_CONTACT],
    mended: "The next reminder goes to the number that is in EMIS.",
    source: "https://support.accurx.com/en/articles/9627289",
    ..REPORTED
};
