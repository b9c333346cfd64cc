//! Causes in the practice's settings at the product.

use super::template::{ARTICLE, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};
use emis_types::ResponsibleParty;

pub(super) const ORGANISATION_ID_WRONG: Template = Template {
    short: "wrong organisation ID",
    question: "Is the EMIS organisation ID in {product} not the CDB number of your practice?",
    title: "The EMIS organisation ID is not this practice's",
    explanation: "It is the number of another practice, or of none. Use the EMIS CDB Number, not \
                  the ODS code. {product} sends and books nothing until it is right.",
    for_engineers: "The cdb or ods claim of the token, or the organisation that answers, differs \
                    from the settings; or the API answered 403 without a reason.",
    checks: &[checks::CDB_NUMBER],
    fix: &[
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
        &c::CHECK_AGAIN,
    ],
    source: "https://support.thejoyapp.com/en/articles/10489897",
    ..USUAL
};

pub(super) const ORGANISATION_CHANGED: Template = Template {
    short: "practice merged or moved",
    question: "Has your practice merged or moved?",
    title: "Your practice is now another organisation in EMIS",
    explanation: "After a merger or a move, a practice has a new number in EMIS. {product} support \
                  must move it first, so that no message goes out for the closed practice.",
    for_engineers: "The ODS code from EMIS differs from the one under which the settings are kept. \
                    Moving the settings to another code is a decision of the product.",
    actor: ResponsibleParty::Product,
    checks: &[checks::MERGER],
    fix: &[
        &c::STOP_OLD_PRACTICE,
        &c::MOVE_PRACTICE,
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
        &c::CHECK_AGAIN,
    ],
    source: "https://academy.midlandsandlancashirecsu.nhs.uk/user-guides/emis-web-merger-guidance-for-practices/",
    ..USUAL
};

pub(super) const ORGANISATION_ID_MISSING: Template = Template {
    short: "organisation ID not entered",
    title: "You have not entered the EMIS organisation ID",
    explanation: "{product} does not know your practice's number in EMIS yet.",
    for_engineers: "organisation_id is absent from the practice's settings. Nothing was sent.",
    fix: &[
        &c::READ_CDB_NUMBER,
        &c::ENTER_ORGANISATION_ID,
        &c::UPDATE_ORGANISATION_ID,
    ],
    source: ARTICLE,
    ..USUAL
};

pub(super) const API_USER_MISSING: Template = Template {
    short: "API user not entered",
    title: "You have not entered the EMIS API user",
    explanation: "{product} has no username and password for EMIS. A change of the organisation ID \
                  also removes them.",
    for_engineers: "api_user is absent from the practice's settings. Nothing was sent.",
    fix: &[
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::FIND_IN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    source: ARTICLE,
    ..USUAL
};

pub(super) const SETTINGS_INVALID: Template = Template {
    short: "settings invalid",
    title: "You need to correct a setting in {product}",
    explanation: "Some settings are missing, or do not go together.",
    for_engineers: "PracticeSettings::problems returns each of them.",
    fix: &[&c::CORRECT_SETTINGS],
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const STORED_PASSWORD_UNREADABLE: Template = Template {
    short: "stored password does not open",
    title: "{product} cannot use the EMIS password that it stored",
    explanation: "You have entered it, but {product} cannot open it. {product} support looks for \
                  the key first. They will tell you if you need to enter a new password.",
    for_engineers: "There is no client although the settings are complete: the sealed API user \
                    does not open with this key, was sealed for another ODS code or organisation \
                    ID, or is damaged.",
    actor: ResponsibleParty::Product,
    fix: &[
        &c::CHECK_SEALING_KEY,
        &c::OPEN_PARTNER_API,
        &c::SELECT_PRODUCT,
        &c::FIND_IN_EDIT_USERS,
        &c::SET_PARTNER_PASSWORD,
        &c::OK_EDIT_USERS,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
        &c::CHECK_AGAIN,
    ],
    ..USUAL
};

pub(super) const SETTINGS_OUT_OF_DATE: Template = Template {
    short: "settings name what EMIS no longer has",
    title: "Your settings name something that EMIS no longer has",
    explanation: "You have chosen a slot type, site or person that is no longer in EMIS. {product} \
                  does not book or remind for it.",
    for_engineers: "The IDs are absent from GetAppointmentConfiguration.",
    fix: &[&c::CHOOSE_AGAIN],
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const ENTRY_REFUSED: Template = Template {
    short: "typed username or password cannot be right",
    title: "{product} did not take the username or password that you typed",
    explanation: "It may have a space at the start or end, be empty, or be too long. {product} did \
                  not send it to EMIS.",
    for_engineers: "PracticeSettings refused the input: api-username-invalid or \
                    api-password-invalid. Nothing was stored or sent.",
    fix: &[&c::TYPE_AGAIN, &c::UPDATE_API_USER, &c::CHECK_AGAIN],
    ..USUAL
};

pub(super) const SLOT_TYPE_NOT_BOOKABLE: Template = Template {
    short: "slot type without 'Bookable Slot'",
    title: "Patients cannot book a slot type that you have chosen",
    explanation: "You let patients book this type in {product}. But in EMIS, its box 'Bookable \
                  Slot' has no tick.",
    for_engineers: "GetAppointmentConfiguration says that the slot type is not bookable.",
    urgency: Urgency::Hinders,
    fix: &[&c::TICK_BOOKABLE, &c::CHECK_AGAIN],
    source: "NHS England, data quality guidance for EMIS Web: bookable and non-bookable appointments",
    ..USUAL
};

pub(super) const SLOTS_NOT_RELEASED: Template = Template {
    short: "slots embargoed",
    question: "Are the slots in the appointment book under embargo?",
    title: "No slot is free for patients to book this week",
    explanation: "EMIS holds back the slots that patients may book. They are under embargo, and \
                  are released later.",
    for_engineers: "GetAppointmentSessions counts embargoed slots of the chosen slot types and no \
                    available one.",
    urgency: Urgency::Hinders,
    fix: &[&c::LOOK_AT_EMBARGO, &c::RELEASE_SLOTS, &c::CHECK_AGAIN],
    source: "https://support.accurx.com/en/articles/6495129",
    ..USUAL
};

pub(super) const NO_SESSIONS: Template = Template {
    short: "no sessions built",
    title: "There are no sessions in EMIS for one or more of the next days",
    explanation: "EMIS lists no sessions, so there is nothing to book and no one to remind. Often \
                  the sessions have not been built yet.",
    for_engineers: "GetAppointmentSessions returns no session for a working day of the coming \
                    week that is no holiday, by the practice's settings or in EMIS.",
    urgency: Urgency::Hinders,
    fix: &[&c::LOOK_AT_SESSIONS, &c::BUILD_SESSIONS, &c::CHECK_AGAIN],
    source: "https://support.accurx.com/en/articles/6495129",
    ..USUAL
};
