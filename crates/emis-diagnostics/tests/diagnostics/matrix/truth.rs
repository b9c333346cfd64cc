//! The true causes, from the states of EMIS and the product. A diagnosis sees only the product's side.

use emis_diagnostics::Cause;
use emis_settings::Selection;
use emis_sim::SlotTypeFacts;

use crate::matrix::trouble::{GONE, NOWHERE};
use crate::story::Story;

/// Returns every cause that currently applies to the practice and the product.
pub(crate) fn truth(story: &Story) -> Vec<Cause> {
    let practice = story.practice();
    let emas = practice.emas().state();
    let (sim, settings) = (story.sim(), &story.settings);
    let (cdb, ods) = practice.codes_now();
    let organisation_id = settings.organisation_id().map(|id| id.as_str());
    let sealed = settings.api_user().zip(settings.seal_context());
    let opens = sealed
        .as_ref()
        .is_some_and(|(user, context)| story.identity.open(user, context).is_ok());
    let twin_out = emas
        .duplicate
        .is_some_and(|ticks| !(ticks.in_edit_users && ticks.allow_login && ticks.auto_login));
    let taken_over = story.taken_over.as_deref() == Some(&*practice.password());
    let user = settings.api_user().map(|user| user.username());
    let shared_user = user == Some("APIUSER1");
    let middlebox = story.shared_sim().middlebox;
    let out_of_reach = |url: &url::Url| [Some(NOWHERE), Some(middlebox)].contains(&url.port());
    let addresses = [
        (&story.api_url, sim.api_url()),
        (&story.identity_url, sim.identity_url()),
    ];
    let refused_settings = || story.refused_settings.iter();
    let has_sessions = !practice.slots().is_empty();
    let is_chosen_and_unticked = |it: &SlotTypeFacts| {
        let id = it.id.to_string().parse();
        !it.bookable && id.is_ok_and(|id| settings.booking().slot_types.contains(&id))
    };
    let mut causes = vec![
        (
            Cause::ApplicationDeactivated,
            !emas.application_active || !emas.deactivated_calls.is_empty(),
        ),
        (
            Cause::LoginAccessUnticked,
            !(emas.allow_login && emas.auto_login),
        ),
        (
            Cause::PasswordMismatch,
            opens
                && !taken_over
                && !story.foreign_user
                && story.stored_password.as_deref() != Some(&*practice.password()),
        ),
        (Cause::SetUpTwice, taken_over),
        (Cause::SharedUser, shared_user),
        (
            Cause::SettingsInvalid,
            refused_settings().any(|it| !it.path().starts_with("api_user")),
        ),
        (
            Cause::EntryRefused,
            refused_settings().any(|it| it.path().starts_with("api_user")),
        ),
        (Cause::PracticeNotConfirmed, !practice.is_named()),
        (Cause::StoreUnavailable, story.refused.is_lost()),
        (Cause::UserExpired, emas.expired),
        (
            Cause::UserWithoutAccess,
            !(emas.user_exists && emas.in_edit_users),
        ),
        (
            Cause::ApplicationIdNotMatched,
            story.application_id != sim.application_id(),
        ),
        (
            Cause::Unreachable,
            addresses.iter().any(|(ours, _)| out_of_reach(ours)),
        ),
        (
            Cause::OrganisationIdWrong,
            organisation_id.is_some_and(|id| id != cdb),
        ),
        (
            Cause::RoleLacksActivity,
            !emas.rbac_role_ok && !story.other_role,
        ),
        (
            Cause::RoleNotAccepted,
            !emas.rbac_role_ok && story.other_role,
        ),
        (Cause::UserNotSessionHolder, !emas.may_book_for_patients),
        (Cause::UserOfAnotherPractice, story.foreign_user),
        (
            Cause::SlotTypeNotBookable,
            settings.booking().enabled && practice.slot_types().iter().any(is_chosen_and_unticked),
        ),
        (
            Cause::SlotsNotReleased,
            settings.booking().enabled && practice.free_slots().is_empty() && has_sessions,
        ),
        (Cause::NoSessions, !has_sessions),
        (Cause::UserTwice, twin_out),
        (
            Cause::ContractEnded,
            emas.contract_ended || emas.must_change_password,
        ),
        (
            Cause::OrganisationChanged,
            settings.ods_code().as_str() != ods,
        ),
        (Cause::TokenRefused, !story.scopes.is_empty()),
        (Cause::OrganisationIdMissing, organisation_id.is_none()),
        (Cause::ApiUserMissing, settings.api_user().is_none()),
        (Cause::StoredPasswordUnreadable, sealed.is_some() && !opens),
        (
            Cause::SettingsOutOfDate,
            settings.reminders().enabled
                && settings.reminders().slot_types == Selection::only([GONE.parse().unwrap()]),
        ),
        (
            Cause::ClientRefused,
            story.client_secret != sim.client_secret(),
        ),
        (
            Cause::AddressWrong,
            addresses
                .iter()
                .any(|(ours, emis)| !out_of_reach(ours) && ours.as_str() != *emis),
        ),
        (Cause::UserLocked, emas.locked),
        (Cause::ClocksDiffer, story.clock_is_wrong()),
    ];
    causes.retain(|(_, holds)| *holds);
    let causes = causes.into_iter().map(|(cause, _)| cause);
    causes.chain(story.emis_faults.causes()).collect()
}
