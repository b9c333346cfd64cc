//! The causes of a broken connection: one entry for each, with the party that must act and the
//! steps that put it right.
//!
//! Numbers up to 29 and 55 to 57 come from suppliers' field reports; the others are this library's
//! own.
//! A number is never reused.

mod access;
mod reported;
mod service;
mod settings;
mod silence;
mod template;
mod user;

use serde::Serialize;

use template::Template;
pub use template::{Detection, Urgency};

use crate::cause::Cause;
use crate::certainty::Certainty;
use crate::product::Product;
use crate::step::{Step, fill_all, quickest_first};
use emis_types::ResponsibleParty;

const fn template(cause: Cause) -> &'static Template {
    match cause {
        Cause::ApplicationDeactivated => &access::APPLICATION_DEACTIVATED,
        Cause::LoginAccessUnticked => &access::LOGIN_ACCESS_UNTICKED,
        Cause::PasswordMismatch => &user::PASSWORD_MISMATCH,
        Cause::UserExpired => &user::USER_EXPIRED,
        Cause::UserWithoutAccess => &access::USER_WITHOUT_ACCESS,
        Cause::ApplicationIdNotMatched => &service::APPLICATION_ID_NOT_MATCHED,
        Cause::Unreachable => &service::UNREACHABLE,
        Cause::OrganisationIdWrong => &settings::ORGANISATION_ID_WRONG,
        Cause::RoleLacksActivity => &access::ROLE_LACKS_ACTIVITY,
        Cause::EmasManagerHidden => &reported::EMAS_MANAGER_HIDDEN,
        Cause::ProductNotListed => &reported::PRODUCT_NOT_LISTED,
        Cause::UserTwice => &access::USER_TWICE,
        Cause::SetUpTwice => &user::SET_UP_TWICE,
        Cause::ContractEnded => &user::CONTRACT_ENDED,
        Cause::PasswordTooSimple => &reported::PASSWORD_TOO_SIMPLE,
        Cause::OrganisationChanged => &settings::ORGANISATION_CHANGED,
        Cause::SystemMigrated => &reported::SYSTEM_MIGRATED,
        Cause::AgreementNotActivated => &reported::AGREEMENT_NOT_ACTIVATED,
        Cause::SlotTypeNotListed => &reported::SLOT_TYPE_NOT_LISTED,
        Cause::ContactOutOfDate => &reported::CONTACT_OUT_OF_DATE,
        Cause::TokenRefused => &service::TOKEN_REFUSED,
        Cause::RequestRefused => &service::REQUEST_REFUSED,
        Cause::MediaTypeRefused => &service::MEDIA_TYPE_REFUSED,
        Cause::SharedUser => &user::SHARED_USER,
        Cause::RoleNotAccepted => &access::ROLE_NOT_ACCEPTED,
        Cause::SlotTypeNotBookable => &settings::SLOT_TYPE_NOT_BOOKABLE,
        Cause::SlotsNotReleased => &settings::SLOTS_NOT_RELEASED,
        Cause::NoSessions => &settings::NO_SESSIONS,
        Cause::UserNotSessionHolder => &access::USER_NOT_SESSION_HOLDER,
        Cause::OrganisationIdMissing => &settings::ORGANISATION_ID_MISSING,
        Cause::ApiUserMissing => &settings::API_USER_MISSING,
        Cause::SettingsInvalid => &settings::SETTINGS_INVALID,
        Cause::StoredPasswordUnreadable => &settings::STORED_PASSWORD_UNREADABLE,
        Cause::SettingsOutOfDate => &settings::SETTINGS_OUT_OF_DATE,
        Cause::PracticeNotConfirmed => &service::PRACTICE_NOT_CONFIRMED,
        Cause::ClientRefused => &service::CLIENT_REFUSED,
        Cause::TooManyCalls => &service::TOO_MANY_CALLS,
        Cause::EmisFailed => &service::EMIS_FAILED,
        Cause::EmisSilent => &service::EMIS_SILENT,
        Cause::UnexpectedAnswer => &service::UNEXPECTED_ANSWER,
        Cause::AddressWrong => &service::ADDRESS_WRONG,
        Cause::RecordsUnreadable => &service::RECORDS_UNREADABLE,
        Cause::StoreUnavailable => &service::STORE_UNAVAILABLE,
        Cause::UserLocked => &user::USER_LOCKED,
        Cause::ClocksDiffer => &service::CLOCKS_DIFFER,
        Cause::PasswordBeingTried => &service::PASSWORD_BEING_TRIED,
        Cause::SignInEnded => &user::SIGN_IN_ENDED,
        Cause::WorkFails => &service::WORK_FAILS,
        Cause::EmisSlow => &service::EMIS_SLOW,
        Cause::NoReminders => &silence::NO_REMINDERS,
        Cause::RemindersMissing => &silence::REMINDERS_MISSING,
        Cause::RemindersInDoubt => &silence::REMINDERS_IN_DOUBT,
        Cause::BookingsUnsettled => &silence::BOOKINGS_UNSETTLED,
        Cause::RemindersSuppressed => &silence::REMINDERS_SUPPRESSED,
        Cause::WrongRowSelected => &access::WRONG_ROW_SELECTED,
        Cause::ConsentDeclined => &reported::CONSENT_DECLINED,
        Cause::BookingLinkFailed => &reported::BOOKING_LINK_FAILED,
        Cause::UserOfAnotherPractice => &user::USER_OF_ANOTHER_PRACTICE,
        Cause::EntryRefused => &settings::ENTRY_REFUSED,
    }
}

/// The catalogue entry of a cause, with the product's name and username filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CatalogueEntry {
    /// The cause.
    #[serde(rename = "code")]
    pub cause: Cause,
    /// The cause in a few words, to group practices by.
    pub short: &'static str,
    /// A question whose yes tells this cause from those that look the same; none if no cause does.
    pub question: Option<String>,
    /// The cause in one line.
    pub title: String,
    /// The meaning, for a practice manager.
    pub explanation: String,
    /// The meaning, for an engineer of the product.
    pub for_engineers: String,
    /// The party that must act.
    pub actor: ResponsibleParty,
    /// The extent of the damage.
    pub urgency: Urgency,
    /// The way in which it shows.
    pub detection: Detection,
    /// The steps that confirm it, the quickest first; may be empty.
    pub confirm: Vec<Step>,
    /// The steps that put it right.
    pub fix: Vec<Step>,
    /// The sign that it is put right.
    pub mended: String,
    /// The source of the cause and its remedy.
    pub source: &'static str,
}

impl Cause {
    /// Returns the catalogue entry for a product.
    pub fn entry(self, product: &Product) -> CatalogueEntry {
        let template = template(self);
        let product = &self.named_by(product);
        CatalogueEntry {
            cause: self,
            short: template.short,
            question: self.question(product),
            title: product.fill(template.title),
            explanation: product.fill(template.explanation),
            for_engineers: product.fill(template.for_engineers),
            actor: template.actor,
            urgency: template.urgency,
            detection: template.detection,
            confirm: fill_all(&quickest_first(template.checks.iter().copied()), product),
            fix: fill_all(template.fix, product),
            mended: product.fill(template.mended),
            source: template.source,
        }
    }

    /// Returns the cause in a few words, without a product's name.
    pub const fn short(self) -> &'static str {
        template(self).short
    }

    /// Returns the question that tells this cause from those that look the same.
    pub(crate) fn question(self, product: &Product) -> Option<String> {
        let question = template(self).question;
        (!question.is_empty()).then(|| product.fill(question))
    }

    /// Returns the party that must act.
    pub const fn responsible(self) -> ResponsibleParty {
        template(self).actor
    }

    pub(crate) const fn urgency(self) -> Urgency {
        template(self).urgency
    }

    /// Returns the product as the steps name it: a shared user is not the user that the steps add.
    fn named_by(self, product: &Product) -> Product {
        match self {
            Self::SharedUser => product.without_entered(),
            _ => product.clone(),
        }
    }

    /// Returns the steps that tell this cause from others, the quickest first, then the steps that
    /// put it right.
    pub(crate) fn steps_among(
        self,
        others: &[Self],
        certainty: Certainty,
        product: &Product,
    ) -> Vec<Step> {
        let own = template(self);
        let product = &self.named_by(product);
        let rivals = others.iter().flat_map(|other| template(*other).checks);
        let mut steps = quickest_first(own.checks.iter().chain(rivals).copied());
        // Nothing is left to tell apart, or the fix does so.
        if certainty == Certainty::Certain || (own.fix_tells && certainty == Certainty::Likely) {
            steps.clear();
        }
        for step in own.fix {
            // What was opened or read to find out need not be so again.
            if !steps.contains(step) {
                steps.push(step);
            }
        }
        fill_all(&steps, product)
    }
}
