//! Causes in the practice's settings at the product.

use emis_types::ResponsibleParty;

use super::{ARTICLE, Template, USUAL, Urgency};
use crate::clicks::{self as c, checks};

pub(super) const ORGANISATION_ID_WRONG: Template = Template {
    short: "wrong organisation ID",
    title: "The EMIS organisation ID is not this practice's",
    explanation: "What is entered here as the EMIS organisation ID is another practice's, or none \
                  at all. The organisation ID is the EMIS CDB Number, not the ODS code. Until it \
                  is right nothing is sent or booked, because it would be at the wrong practice.",
    for_engineers: "The cdb or ods claim of the token, or the organisation that answers, differs \
                    from the settings; or the API answered 403 without saying why.",
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
    title: "The practice is another organisation in EMIS now",
    explanation: "After a merger or a move to another EMIS the practice has a new CDB number, \
                  and often a new ODS code. It has to be set up again under them, and messages \
                  planned for the closed practice must not go out.",
    for_engineers: "The ODS code that EMIS gives differs from the one under which the settings \
                    are kept. Re-keying them is a decision of the product, not an edit.",
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
    title: "The EMIS organisation ID has not been entered",
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
    title: "The EMIS API user has not been entered",
    explanation: "{product} has no username and password for EMIS. They must also be entered \
                  again after the organisation ID was changed to another practice's.",
    for_engineers: "api_user is absent from the practice's settings. Nothing was sent.",
    fix: &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
    source: ARTICLE,
    ..USUAL
};

pub(super) const SETTINGS_INVALID: Template = Template {
    short: "settings invalid",
    title: "A setting in {product} needs correcting",
    explanation: "Some of the settings contradict each other or are incomplete.",
    for_engineers: "PracticeSettings::problems names each of them.",
    fix: &[&c::CORRECT_SETTINGS],
    urgency: Urgency::Hinders,
    ..USUAL
};

pub(super) const STORED_PASSWORD_UNREADABLE: Template = Template {
    short: "stored password does not open",
    title: "{product} cannot use the stored EMIS API user",
    explanation: "The practice has entered everything, but {product} cannot open the password \
                  that it stored. The people who run {product} look for the key first; without \
                  it the practice has to enter the API user again.",
    for_engineers: "No client was handed in although the settings are complete: the sealed API \
                    user does not open with this identity, was sealed for another ODS code or \
                    organisation ID, or is damaged.",
    actor: ResponsibleParty::Product,
    checks: &[checks::SEALING_KEY],
    fix: &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
    ..USUAL
};

pub(super) const SETTINGS_OUT_OF_DATE: Template = Template {
    short: "settings name what EMIS no longer has",
    title: "The settings name something that EMIS no longer has",
    explanation: "A slot type, site or session holder chosen in {product} does not exist in \
                  EMIS, so nothing is offered or reminded for it.",
    for_engineers: "The ids are absent from GetAppointmentConfiguration.",
    fix: &[&c::CHOOSE_AGAIN],
    urgency: Urgency::Hinders,
    ..USUAL
};
