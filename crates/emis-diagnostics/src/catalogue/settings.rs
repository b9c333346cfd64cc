//! Causes in the practice's settings at the product.

use super::{Actor, Template};
use crate::clicks as c;

pub(super) const ORGANISATION_ID_WRONG: Template = Template {
    title: "The EMIS organisation ID is not this practice's",
    explanation: "EMIS answers for another practice than the one entered here. The organisation \
                  ID is the EMIS CDB Number, not the ODS code. Until it is right nothing is sent \
                  or booked, because it would be at the wrong practice.",
    for_engineers: "The cdb or ods claim of the token, or the organisation that answers, differs \
                    from the settings; or the API answered 403 without saying why.",
    actor: Actor::Practice,
    confirm: &[&c::READ_CDB_NUMBER],
    fix: &[
        &c::ENTER_ORGANISATION_ID,
        &c::UPDATE_ORGANISATION_ID,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
};

pub(super) const ORGANISATION_CHANGED: Template = Template {
    title: "The practice is another organisation in EMIS now",
    explanation: "After a merger or a move to another EMIS the practice has a new CDB number, \
                  and often a new ODS code. It has to be set up again under them, and messages \
                  planned for the closed practice must not go out.",
    for_engineers: "The ODS code that EMIS gives differs from the one under which the settings \
                    are kept. Re-keying them is a decision of the product, not an edit.",
    actor: Actor::Product,
    confirm: &[&c::READ_CDB_NUMBER],
    fix: &[
        &c::MOVE_PRACTICE,
        &c::ENTER_ORGANISATION_ID,
        &c::UPDATE_ORGANISATION_ID,
        &c::ENTER_API_USER,
        &c::UPDATE_API_USER,
    ],
};

pub(super) const ORGANISATION_ID_MISSING: Template = Template {
    title: "The EMIS organisation ID has not been entered",
    explanation: "{product} does not know which EMIS practice to connect to.",
    for_engineers: "organisation_id is absent from the practice's settings. Nothing was sent.",
    actor: Actor::Practice,
    confirm: &[],
    fix: &[
        &c::READ_CDB_NUMBER,
        &c::ENTER_ORGANISATION_ID,
        &c::UPDATE_ORGANISATION_ID,
    ],
};

pub(super) const API_USER_MISSING: Template = Template {
    title: "The EMIS API user has not been entered",
    explanation: "{product} has no username and password for EMIS. They must also be entered \
                  again after the organisation ID was changed to another practice's.",
    for_engineers: "api_user is absent from the practice's settings. Nothing was sent.",
    actor: Actor::Practice,
    confirm: &[],
    fix: &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
};

pub(super) const SETTINGS_INVALID: Template = Template {
    title: "A setting in {product} needs correcting",
    explanation: "Some of the settings contradict each other or are incomplete.",
    for_engineers: "PracticeSettings::problems names each of them.",
    actor: Actor::Practice,
    confirm: &[],
    fix: &[&c::CORRECT_SETTINGS],
};

pub(super) const STORED_PASSWORD_UNREADABLE: Template = Template {
    title: "{product} cannot use the stored EMIS API user",
    explanation: "The practice has entered everything, but {product} cannot open the password \
                  that it stored. The people who run {product} look for the key first; without \
                  it the practice has to enter the API user again.",
    for_engineers: "No client was handed in although the settings are complete: the sealed API \
                    user does not open with this identity, was sealed for another ODS code or \
                    organisation ID, or is damaged.",
    actor: Actor::Product,
    confirm: &[&c::CHECK_SEALING_KEY],
    fix: &[&c::ENTER_API_USER, &c::UPDATE_API_USER],
};

pub(super) const SETTINGS_OUT_OF_DATE: Template = Template {
    title: "The settings name something that EMIS no longer has",
    explanation: "A slot type, site or session holder chosen in {product} does not exist in \
                  EMIS, so nothing is offered or reminded for it.",
    for_engineers: "The ids are absent from GetAppointmentConfiguration.",
    actor: Actor::Practice,
    confirm: &[],
    fix: &[&c::CHOOSE_AGAIN],
};
