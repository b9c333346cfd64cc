//! The causes and their codes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Template, access, around, service, settings, silence, user};

macro_rules! causes {
    ($($(#[$doc:meta])* $cause:ident = $code:literal in $table:ident::$entry:ident;)*) => {
        /// A cause of trouble, in the order of its code.
        ///
        /// `Display` and serde write the code, such as `EMIS-D01`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Cause {
            $($(#[$doc])* $cause,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$cause),*];

            /// Its stable code, such as `EMIS-D01`.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$cause => concat!("EMIS-", $code),)*
                }
            }

            pub(super) const fn template(self) -> &'static Template {
                match self {
                    $(Self::$cause => &$table::$entry,)*
                }
            }
        }
    };
}

causes! {
    /// The practice's EMIS has the product, or some of its calls, deactivated.
    ApplicationDeactivated = "D01" in access::APPLICATION_DEACTIVATED;
    /// Auto Login or Allow Login is not ticked.
    LoginAccessUnticked = "D02" in access::LOGIN_ACCESS_UNTICKED;
    /// The stored password is not the Partner API password.
    PasswordMismatch = "D03" in user::PASSWORD_MISMATCH;
    /// The user or its password has expired.
    UserExpired = "D04" in user::USER_EXPIRED;
    /// EMIS does not know the user, or the user is not ticked for this product.
    UserWithoutAccess = "D05" in access::USER_WITHOUT_ACCESS;
    /// EMIS does not know the product's application ID.
    ApplicationIdNotMatched = "D06" in service::APPLICATION_ID_NOT_MATCHED;
    /// EMIS cannot be reached.
    Unreachable = "D07" in service::UNREACHABLE;
    /// The organisation ID is another practice's, or no CDB number at all.
    OrganisationIdWrong = "D08" in settings::ORGANISATION_ID_WRONG;
    /// The user's role lacks an activity.
    RoleLacksActivity = "D09" in access::ROLE_LACKS_ACTIVITY;
    /// EMAS Manager is not in the reader's menu.
    EmasManagerHidden = "D10" in around::EMAS_MANAGER_HIDDEN;
    /// The product is not in the list of partner applications, or under another name.
    ProductNotListed = "D11" in around::PRODUCT_NOT_LISTED;
    /// The user is in EMIS twice, and not both are ticked.
    UserTwice = "D12" in access::USER_TWICE;
    /// A second set-up, or another supplier, took the user over.
    SetUpTwice = "D13" in user::SET_UP_TWICE;
    /// The user's contract has ended, or its first password was never changed.
    ContractEnded = "D14" in user::CONTRACT_ENDED;
    /// EMAS Manager finds the password too simple: "OK" stays grey.
    PasswordTooSimple = "D15" in around::PASSWORD_TOO_SIMPLE;
    /// The practice has merged or moved, and is another organisation in EMIS now.
    OrganisationChanged = "D16" in settings::ORGANISATION_CHANGED;
    /// The practice has changed its clinical system.
    SystemMigrated = "D17" in around::SYSTEM_MIGRATED;
    /// A data-sharing agreement is not activated.
    AgreementNotActivated = "D18" in around::AGREEMENT_NOT_ACTIVATED;
    /// A slot type that is in EMIS is not in the product's list.
    SlotTypeNotListed = "D19" in around::SLOT_TYPE_NOT_LISTED;
    /// A reminder went to an old number or address.
    ContactOutOfDate = "D20" in around::CONTACT_OUT_OF_DATE;
    /// The token was not accepted, or lacks a scope.
    TokenRefused = "D21" in service::TOKEN_REFUSED;
    /// EMIS called a request wrong.
    RequestRefused = "D22" in service::REQUEST_REFUSED;
    /// EMIS does not serve the media type asked for.
    MediaTypeRefused = "D23" in service::MEDIA_TYPE_REFUSED;
    /// The API user is one that others share.
    SharedUser = "D24" in user::SHARED_USER;
    /// No organisation ID is entered.
    OrganisationIdMissing = "D30" in settings::ORGANISATION_ID_MISSING;
    /// No API user is entered.
    ApiUserMissing = "D31" in settings::API_USER_MISSING;
    /// A setting contradicts itself or another.
    SettingsInvalid = "D32" in settings::SETTINGS_INVALID;
    /// The settings are complete, yet no connection could be made of them.
    StoredPasswordUnreadable = "D33" in settings::STORED_PASSWORD_UNREADABLE;
    /// The settings name slot types, sites or session holders that EMIS no longer lists.
    SettingsOutOfDate = "D34" in settings::SETTINGS_OUT_OF_DATE;
    /// EMIS did not say which practice answers.
    PracticeNotConfirmed = "D35" in service::PRACTICE_NOT_CONFIRMED;
    /// The identity service does not accept the product itself.
    ClientRefused = "D36" in service::CLIENT_REFUSED;
    /// EMIS asks for fewer calls.
    TooManyCalls = "D37" in service::TOO_MANY_CALLS;
    /// EMIS failed.
    EmisFailed = "D38" in service::EMIS_FAILED;
    /// EMIS was reached and did not answer in time.
    EmisSilent = "D39" in service::EMIS_SILENT;
    /// An answer came that is not EMIS's, or not as documented.
    UnexpectedAnswer = "D40" in service::UNEXPECTED_ANSWER;
    /// The address of the API or of the identity service is wrong.
    AddressWrong = "D41" in service::ADDRESS_WRONG;
    /// Some records of an answer could not be read.
    RecordsUnreadable = "D42" in service::RECORDS_UNREADABLE;
    /// The product could not look up whether the password was refused before.
    MemoryUnavailable = "D43" in service::MEMORY_UNAVAILABLE;
    /// The user is locked.
    UserLocked = "D44" in user::USER_LOCKED;
    /// The product's clock and the identity service's differ.
    ClocksDiffer = "D45" in service::CLOCKS_DIFFER;
    /// Another process is trying the password.
    PasswordBeingTried = "D46" in service::PASSWORD_BEING_TRIED;
    /// A member of staff has to sign in again.
    SignInEnded = "D47" in user::SIGN_IN_ENDED;
    /// Reminders are due and none has left.
    NoReminders = "D50" in silence::NO_REMINDERS;
    /// Many reminders that were due have not left.
    RemindersMissing = "D51" in silence::REMINDERS_MISSING;
    /// It is not known whether some reminders left.
    RemindersInDoubt = "D52" in silence::REMINDERS_IN_DOUBT;
    /// Bookings whose outcome is unknown are not being settled.
    BookingsUnsettled = "D53" in silence::BOOKINGS_UNSETTLED;
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is not the code of a [`Cause`] of this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCause;

impl fmt::Display for UnknownCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the code of a cause that this release knows")
    }
}

impl std::error::Error for UnknownCause {}

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(code: &str) -> Result<Self, UnknownCause> {
        let mut causes = Self::ALL.iter();
        causes
            .find(|cause| cause.code() == code)
            .copied()
            .ok_or(UnknownCause)
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Cause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}
