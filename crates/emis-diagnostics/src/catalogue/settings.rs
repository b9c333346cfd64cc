//! Causes in the practice's settings at the product.

use super::template::{ARTICLE, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};
use emis_types::ResponsibleParty;

pub(super) const ORGANISATION_ID_WRONG: Template = Template {
    short: "wrong organisation ID",
    title: "The EMIS organisation ID is not this practice's",
    explanation: "The EMIS organisation ID in {product} belongs to another practice, or to none. \
                  Use the EMIS CDB Number, not the ODS code. Until it is right, {product} sends and \
                  books nothing, because it could be at the wrong practice.",
    for_engineers: "The cdb or ods claim of the token, or the organisation that answers, differs \
                    from the settings; or the API answered 403 without a reason.",
    checks: &[checks::CDB_NUMBER],
    fix: &[
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
    title: "Your practice is now another organisation in EMIS",
    explanation: "After a merger or a move, a practice has a new CDB number and often a new ODS \
                  code. {product} must be set up again with both. Messages planned for the closed \
                  practice must not go out.",
    for_engineers: "The ODS code from EMIS differs from the one under which the settings are kept. \
                    Moving the settings to another code is a decision of the product.",
    actor: ResponsibleParty::Product,
    checks: &[checks::CDB_NUMBER],
    fix: &[
        &c::STOP_OLD_PRACTICE,
        &c::MOVE_PRACTICE,
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
    explanation: "{product} does not know which EMIS practice to connect to.",
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
    explanation: "{product} has no username and password for EMIS. You also need to enter them \
                  again after a change of the organisation ID.",
    for_engineers: "api_user is absent from the practice's settings. Nothing was sent.",
    fix: &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
    source: ARTICLE,
    ..USUAL
};

pub(super) const SETTINGS_INVALID: Template = Template {
    short: "settings invalid",
    title: "You need to correct a setting in {product}",
    explanation: "Some settings are incomplete or contradict each other.",
    for_engineers: "PracticeSettings::problems returns each of them.",
    fix: &[&c::CORRECT_SETTINGS],
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const STORED_PASSWORD_UNREADABLE: Template = Template {
    short: "stored password does not open",
    title: "{product} cannot use the EMIS password that it stored",
    explanation: "You have entered everything. {product} cannot open the stored password. \
                  {product} support looks for the key first. Without it, you need to enter the \
                  EMIS API user again.",
    for_engineers: "There is no client although the settings are complete: the sealed API user \
                    does not open with this key, was sealed for another ODS code or organisation \
                    ID, or is damaged.",
    actor: ResponsibleParty::Product,
    checks: &[checks::SEALING_KEY],
    fix: &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
    ..USUAL
};

pub(super) const SETTINGS_OUT_OF_DATE: Template = Template {
    short: "settings name what EMIS no longer has",
    title: "Your settings name something that EMIS no longer has",
    explanation: "You have chosen a slot type, site or session holder that is no longer in EMIS. \
                  {product} offers no bookings and sends no reminders for it.",
    for_engineers: "The IDs are absent from GetAppointmentConfiguration.",
    fix: &[&c::CHOOSE_AGAIN],
    urgency: Urgency::Hinders,
    ..USUAL
};
