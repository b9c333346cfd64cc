//! Faults of a practice, of the product and of EMIS.

use std::sync::Arc;

use emis_client::model::NewBooking;
use emis_credentials::RefusedPasswordStore;
use emis_settings::{PracticeSettings, Selection};
use emis_sim::SimOperation;
use emis_types::Clock;
use jiff::SignedDuration;
use jiff::civil::date;

use crate::middlebox;
use crate::story::Story;

/// A port on which nothing listens.
pub(crate) const NOWHERE: u16 = 1;
/// A slot type that no practice has.
pub(crate) const GONE: &str = "987654";

macro_rules! troubles {
    (both: $($both:ident),*; of_emis: $($emis:ident),*;) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Trouble { $($both,)* $($emis,)* }

        impl Trouble {
            /// Faults of one practice, or of the product's side of its connection.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$both,)*];
            /// Faults of EMIS, which affect every practice.
            pub(crate) const OF_EMIS: &'static [Self] = &[$(Self::$emis,)*];
        }
    };
}

troubles! {
    both:
    // Active before any other fault.
    BookingDeactivated,
    BookingNotAllowed,
    ApplicationDeactivated,
    OrganisationCallDeactivated,
    ConfigurationCallDeactivated,
    SessionsCallDeactivated,
    SlotsCallDeactivated,
    BookedPatientsCallDeactivated,
    ListedUnderAnotherName,
    AllowLoginUnticked,
    AutoLoginUnticked,
    PasswordChangedInEditUsers,
    SetUpTwice,
    UserRemoved,
    UserUnticked,
    UserTwice,
    PasswordExpired,
    PasswordMustBeChanged,
    ContractEnded,
    UserLocked,
    RoleTakenAway,
    RoleOfSingleActivities,
    PasswordOfAnotherPractice,
    UsernameWithASpace,
    SlotTypeNotBookable,
    SlotsEmbargoed,
    SessionsNotBuilt,
    PracticeMerged,
    PracticeNotNamed,
    SharedUserEntered,
    SettingsRefused,
    NothingEntered,
    NoUserEntered,
    OrganisationIdOfAnother,
    SlotTypeGone,
    SealingKeyLost,
    DatabaseGone,
    ApplicationIdWrong,
    ClientSecretWrong,
    ScopeNotAskedFor,
    ApiNowhere,
    ApiNameUnknown,
    ApiCertificateUnknown,
    AddressWrong,
    IdentityNowhere,
    IdentityNameUnknown,
    IdentityCertificateUnknown,
    DiscoveryMissing,
    DiscoveryOfAnotherIssuer,
    OurClockWrong;
    of_emis:
    PasswordTriedElsewhere,
    StaffSignedOut,
    ApiClosesConnections,
    IdentityClosesConnections,
    IdentityFails,
    TokenEndpointFails,
    DiscoveryIsAPage,
    ApplicationIdStruckOff,
    ScopeTakenAway,
    IdentityClockWrong,
    EmisFails,
    EmisFallsSilent,
    EmisAsksForFewerCalls,
    EmisAsksToWait,
    SomethingElseAnswers,
    WebFilterRefuses,
    ProxyFails,
    MediaTypeRefused,
    RequestRefused,
    RecordsUnreadable;
}

impl Trouble {
    /// Returns true if a patient tries to book.
    pub(crate) fn books(self) -> bool {
        matches!(self, Self::BookingDeactivated | Self::BookingNotAllowed)
    }

    /// Returns true if both can be true at once.
    pub(crate) fn can_combine_with(self, other: Self) -> bool {
        use Trouble::*;
        let one_place = [
            &[
                ApiNowhere,
                ApiNameUnknown,
                ApiCertificateUnknown,
                AddressWrong,
            ][..],
            &[
                IdentityNowhere,
                IdentityNameUnknown,
                IdentityCertificateUnknown,
                DiscoveryMissing,
                DiscoveryOfAnotherIssuer,
            ],
            &[
                NothingEntered,
                NoUserEntered,
                OrganisationIdOfAnother,
                SealingKeyLost,
            ],
            &[NothingEntered, BookingDeactivated],
            &[NothingEntered, BookingNotAllowed],
            &[BookingNotAllowed, BookingDeactivated],
            &[RoleOfSingleActivities, RoleTakenAway],
            &[SlotTypeGone, SlotTypeNotBookable, SlotsEmbargoed],
            &[
                SlotTypeNotBookable,
                SlotsEmbargoed,
                NothingEntered,
                NoUserEntered,
                PracticeMerged,
            ],
            &[SessionsNotBuilt, SlotsEmbargoed],
            // One stored user, or none.
            &[
                PasswordOfAnotherPractice,
                UsernameWithASpace,
                SharedUserEntered,
                NothingEntered,
                NoUserEntered,
                OrganisationIdOfAnother,
                SealingKeyLost,
                SetUpTwice,
                PasswordChangedInEditUsers,
            ],
            &[PasswordOfAnotherPractice, PracticeMerged, PracticeNotNamed],
            &[UsernameWithASpace, SettingsRefused],
            // The other practice's user is not this one's.
            &[PasswordOfAnotherPractice, UserRemoved],
            &[PasswordOfAnotherPractice, UserUnticked],
            &[PasswordOfAnotherPractice, UserTwice],
            &[PasswordOfAnotherPractice, UserLocked],
            &[PasswordOfAnotherPractice, PasswordExpired],
            &[PasswordOfAnotherPractice, PasswordMustBeChanged],
            &[PasswordOfAnotherPractice, ContractEnded],
            &[PasswordOfAnotherPractice, RoleTakenAway],
            &[PasswordOfAnotherPractice, RoleOfSingleActivities],
            &[PasswordOfAnotherPractice, ApplicationDeactivated],
            &[PasswordOfAnotherPractice, AllowLoginUnticked],
            &[PasswordOfAnotherPractice, AutoLoginUnticked],
            &[
                SharedUserEntered,
                NothingEntered,
                NoUserEntered,
                OrganisationIdOfAnother,
                SealingKeyLost,
            ],
            &[PracticeNotNamed, PracticeMerged],
            // One answer to a call.
            &[
                EmisFails,
                EmisFallsSilent,
                EmisAsksForFewerCalls,
                EmisAsksToWait,
                SomethingElseAnswers,
                WebFilterRefuses,
                ProxyFails,
                MediaTypeRefused,
                RequestRefused,
                RecordsUnreadable,
            ],
            &[IdentityFails, TokenEndpointFails],
            &[IdentityFails, DiscoveryIsAPage],
            // Two causes of one refusal: the second shows when a patient books again.
            &[BookingNotAllowed, RoleTakenAway],
            &[BookingNotAllowed, RoleOfSingleActivities],
            // Nothing could be tried elsewhere.
            &[
                PasswordTriedElsewhere,
                NothingEntered,
                NoUserEntered,
                SealingKeyLost,
                DatabaseGone,
            ],
        ];
        // Staff who sign in need no user of the product.
        if self == StaffSignedOut || other == StaffSignedOut {
            let elsewhere = [self, other].contains(&PasswordTriedElsewhere);
            // Signing in is the repair, and itself tells that these stand in its way.
            let refused = [TokenEndpointFails, ScopeTakenAway];
            let refused = refused.contains(&self) || refused.contains(&other);
            return !(self.is_of_user() || other.is_of_user() || elsewhere || refused);
        }
        // A refusal has no records.
        if self == RecordsUnreadable || other == RecordsUnreadable {
            return !(self.is_refused() || other.is_refused());
        }
        !one_place
            .iter()
            .any(|place| place.contains(&self) && place.contains(&other))
    }

    /// Returns true for a fault of the product's user, or of the way in which it signs in.
    fn is_of_user(self) -> bool {
        use Trouble::*;
        matches!(
            self,
            PasswordChangedInEditUsers
                | SetUpTwice
                | UserRemoved
                | UserUnticked
                | PasswordExpired
                | PasswordMustBeChanged
                | ContractEnded
                | UserLocked
                | PasswordOfAnotherPractice
                | UsernameWithASpace
                | SharedUserEntered
                | NothingEntered
                | NoUserEntered
                | OrganisationIdOfAnother
                | SealingKeyLost
                | DatabaseGone
                | ClientSecretWrong
                | ScopeNotAskedFor
                | PracticeMerged
        )
    }

    /// Returns true if EMIS refuses calls of the API.
    fn is_refused(self) -> bool {
        use Trouble::*;
        matches!(
            self,
            ApplicationDeactivated
                | OrganisationCallDeactivated
                | ConfigurationCallDeactivated
                | SessionsCallDeactivated
                | SlotsCallDeactivated
                | BookedPatientsCallDeactivated
                | AllowLoginUnticked
                | AutoLoginUnticked
                | UserTwice
                | RoleTakenAway
                | RoleOfSingleActivities
                | ApplicationIdWrong
                | ApplicationIdStruckOff
        )
    }

    pub(crate) async fn apply(self, story: &mut Story) {
        let practice = story.practice();
        let emas = practice.emas();
        let shared_sim = story.shared_sim();
        let sim = &shared_sim.sim;
        match self {
            Self::BookingDeactivated => {
                emas.deactivate_call(SimOperation::BookAppointment);
                book(story).await;
            }
            Self::BookingNotAllowed => {
                emas.set_may_book_for_patients(false);
                book(story).await;
            }
            Self::RoleOfSingleActivities => {
                emas.set_rbac_role(false);
                story.other_role = true;
            }
            Self::PasswordOfAnotherPractice => {
                let others = sim.practices().iter();
                let mut others = others.filter(|it| it.ods() != practice.ods());
                let other = others.next().unwrap().password();
                story.enter_password(&other);
                story.foreign_user = true;
            }
            Self::UsernameWithASpace => {
                let recipient = story.identity.recipient();
                let mut typed = story.settings.clone();
                let password = format!("{} ", practice.password());
                let username = practice.username();
                let refused = typed.update_api_user(username, password.into(), recipient);
                story.refused_settings = refused.unwrap_err().problems().to_vec();
            }
            Self::SlotTypeNotBookable => {
                story.let_patients_book();
                let slot_type = practice.slot_types()[0].id;
                practice.set_bookable(slot_type, false).unwrap();
            }
            Self::SlotsEmbargoed => {
                story.let_patients_book();
                practice.staff_embargo_all(true);
            }
            Self::SessionsNotBuilt => practice.staff_remove_sessions(),
            Self::ApplicationDeactivated => emas.deactivate_application(),
            Self::OrganisationCallDeactivated => {
                emas.deactivate_call(SimOperation::GetOrganisationV2);
            }
            Self::ConfigurationCallDeactivated => {
                emas.deactivate_call(SimOperation::GetAppointmentConfiguration);
            }
            Self::SetUpTwice => {
                let password = format!("Another-{}", practice.cdb());
                emas.remove_user();
                emas.add_user();
                emas.set_user_password(&password);
                story.taken_over = Some(password);
            }
            Self::PracticeNotNamed => practice.set_named(false),
            Self::SharedUserEntered => {
                emas.let_shared_user_in();
                story.enter_user("APIUSER1", &practice.password());
            }
            Self::SettingsRefused => {
                let mut reminders = story.settings.reminders().clone();
                reminders.channels.clear();
                let refused = story.settings.set_reminders(reminders).unwrap_err();
                story.refused_settings = refused.problems().to_vec();
            }
            Self::DatabaseGone => story.refused.set_lost(true),
            Self::PasswordTriedElsewhere => {
                let context = story.settings.seal_context().unwrap();
                let sealed = story.settings.api_user().unwrap();
                let user = story.identity.open(sealed, &context).unwrap();
                let password = story.identity.fingerprint(&user, &context);
                let now = story.clock.now();
                let until = now + SignedDuration::from_mins(10);
                assert!(story.refused.claim(&password, now, until).await.unwrap());
            }
            Self::StaffSignedOut => story.session = Some(Arc::default()),
            Self::SessionsCallDeactivated => {
                emas.deactivate_call(SimOperation::GetAppointmentSessions);
            }
            Self::SlotsCallDeactivated => emas.deactivate_call(SimOperation::GetSlotsForSessionV2),
            Self::BookedPatientsCallDeactivated => {
                emas.deactivate_call(SimOperation::GetBookedPatientsV2);
            }
            Self::ListedUnderAnotherName => emas.list_as("Formerly Reminders Ltd"),
            Self::AllowLoginUnticked => {
                emas.set_allow_login(false);
                emas.log_out_and_in();
            }
            Self::AutoLoginUnticked => {
                emas.set_auto_login(false);
                emas.log_out_and_in();
            }
            Self::PasswordChangedInEditUsers => {
                emas.set_user_password(&format!("Changed-{}", practice.cdb()))
            }
            Self::UserRemoved => emas.remove_user(),
            Self::UserUnticked => emas.untick_in_edit_users(),
            Self::UserTwice => {
                emas.add_duplicate();
                emas.log_out_and_in();
            }
            Self::PasswordExpired => emas.expire_password(),
            Self::PasswordMustBeChanged => emas.set_must_change_password(true),
            Self::ContractEnded => emas.end_contract(),
            Self::UserLocked => emas.lock_user(),
            Self::RoleTakenAway => emas.set_rbac_role(false),
            Self::PracticeMerged => practice.merge_into("59999", "Z99999"),
            Self::NothingEntered => {
                story.settings = PracticeSettings::new(story.settings.ods_code().clone());
                story.stored_password = None;
            }
            Self::NoUserEntered => {
                let id = story.settings.organisation_id().cloned();
                story.settings = PracticeSettings::new(story.settings.ods_code().clone());
                let id = id.unwrap();
                story.settings.update_organisation_id(id.as_str()).unwrap();
                story.stored_password = None;
            }
            Self::OrganisationIdOfAnother => {
                story.settings.update_organisation_id("50999").unwrap();
                let password = practice.password();
                story.enter_password(&password);
            }
            Self::SlotTypeGone => {
                let mut reminders = story.settings.reminders().clone();
                reminders.slot_types = Selection::only([GONE.parse().unwrap()]);
                story.settings.set_reminders(reminders).unwrap();
            }
            Self::SealingKeyLost => story.identity = emis_credentials::SealingIdentity::generate(),
            Self::ApplicationIdWrong => story.application_id = "not-this-product".to_owned(),
            Self::ClientSecretWrong => story.client_secret = "old-secret".to_owned(),
            Self::ScopeNotAskedFor => {
                story.scopes = vec!["papi-config.read", "papi-subjects.read"];
            }
            Self::ApiNowhere => story.api_url.set_port(Some(NOWHERE)).unwrap(),
            Self::ApiNameUnknown => {
                story.api_url = "https://api.invalid/partner".parse().unwrap();
            }
            Self::ApiCertificateUnknown => {
                story.api_url = middlebox::in_place_of(&story.api_url, shared_sim.middlebox);
            }
            Self::IdentityNameUnknown => {
                story.identity_url = "https://identity.invalid/identity".parse().unwrap();
            }
            Self::IdentityCertificateUnknown => {
                story.identity_url =
                    middlebox::in_place_of(&story.identity_url, shared_sim.middlebox);
            }
            Self::DiscoveryMissing => story.identity_url.set_path("/elsewhere"),
            // The same service under a name other than its issuer.
            Self::DiscoveryOfAnotherIssuer => {
                story.identity_url.set_host(Some("localhost")).unwrap();
            }
            Self::IdentityNowhere => story.identity_url.set_port(Some(NOWHERE)).unwrap(),
            Self::AddressWrong => story.api_url.set_path("/elsewhere"),
            Self::OurClockWrong => story.clock.set_uk(date(2026, 6, 2).at(10, 20, 0, 0)),
            of_emis => assert!(of_emis.of_emis().is_some(), "{of_emis:?} is not applied"),
        }
        if let Some(fault) = self.of_emis() {
            story.emis_faults.begin(sim, fault);
        }
    }
}

/// Books an appointment for a patient.
async fn book(story: &Story) {
    let practice = story.practice();
    let slot = practice.free_slot().unwrap().slot_id.to_string();
    let patient = practice.patients()[0].patient_number.to_string();
    let by = practice.api_user().unwrap().id.to_string();
    let booking = NewBooking::new(
        slot.parse().unwrap(),
        patient.parse().unwrap(),
        by.parse().unwrap(),
        "Booked online",
    );
    let booked = story
        .client()
        .appointments()
        .book_appointment(&booking)
        .await;
    assert!(booked.is_err(), "the call is deactivated");
}
