//! The causes and their codes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! causes {
    ($($(#[$doc:meta])* $cause:ident = $code:literal;)*) => {
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
        }
    };
}

causes! {
    /// The practice's EMIS has the product, or some of its calls, deactivated.
    ApplicationDeactivated = "D01";
    /// Auto Login or Allow Login is not ticked.
    LoginAccessUnticked = "D02";
    /// The stored password is not the Partner API password.
    PasswordMismatch = "D03";
    /// The user or its password has expired.
    UserExpired = "D04";
    /// EMIS does not know the user, or the user is not ticked for this product.
    UserWithoutAccess = "D05";
    /// EMIS does not know the product's application ID.
    ApplicationIdNotMatched = "D06";
    /// EMIS cannot be reached.
    Unreachable = "D07";
    /// The organisation ID is another practice's, or no CDB number at all.
    OrganisationIdWrong = "D08";
    /// The user's role lacks an activity.
    RoleLacksActivity = "D09";
    /// EMAS Manager is not in the reader's menu.
    EmasManagerHidden = "D10";
    /// The product is not in the list of partner applications, or under another name.
    ProductNotListed = "D11";
    /// The user is in EMIS twice, and not both are ticked.
    UserTwice = "D12";
    /// A second set-up, or another supplier, took the user over.
    SetUpTwice = "D13";
    /// The user's contract has ended, or its first password was never changed.
    ContractEnded = "D14";
    /// EMAS Manager finds the password too simple: "OK" stays grey.
    PasswordTooSimple = "D15";
    /// The practice has merged or moved, and is another organisation in EMIS now.
    OrganisationChanged = "D16";
    /// The practice has changed its clinical system.
    SystemMigrated = "D17";
    /// A data-sharing agreement is not activated.
    AgreementNotActivated = "D18";
    /// A slot type that is in EMIS is not in the product's list.
    SlotTypeNotListed = "D19";
    /// A reminder went to an old number or address.
    ContactOutOfDate = "D20";
    /// The token was not accepted, or lacks a scope.
    TokenRefused = "D21";
    /// EMIS called a request wrong.
    RequestRefused = "D22";
    /// EMIS does not serve the media type asked for.
    MediaTypeRefused = "D23";
    /// The API user is one that others share.
    SharedUser = "D24";
    /// The role is none that the product accepts, such as one of single activities.
    RoleNotAccepted = "D25";
    /// A slot type that patients may book has no tick under "Bookable Slot".
    SlotTypeNotBookable = "D26";
    /// The slots that patients may book are embargoed, so that none is free.
    SlotsNotReleased = "D27";
    /// No sessions are built for the coming days.
    NoSessions = "D28";
    /// The API user is no session holder with "Patient Facing Services Booking".
    UserNotSessionHolder = "D29";
    /// No organisation ID is entered.
    OrganisationIdMissing = "D30";
    /// No API user is entered.
    ApiUserMissing = "D31";
    /// A setting contradicts itself or another.
    SettingsInvalid = "D32";
    /// The settings are complete, yet no connection could be made of them.
    StoredPasswordUnreadable = "D33";
    /// The settings name slot types, sites or session holders that EMIS no longer lists.
    SettingsOutOfDate = "D34";
    /// EMIS did not say which practice answers.
    PracticeNotConfirmed = "D35";
    /// The identity service does not accept the product itself.
    ClientRefused = "D36";
    /// EMIS asks for fewer calls.
    TooManyCalls = "D37";
    /// EMIS failed.
    EmisFailed = "D38";
    /// EMIS was reached and did not answer in time.
    EmisSilent = "D39";
    /// An answer came that is not EMIS's, or not as documented.
    UnexpectedAnswer = "D40";
    /// The address of the API or of the identity service is wrong.
    AddressWrong = "D41";
    /// Some records of an answer could not be read.
    RecordsUnreadable = "D42";
    /// The product could not look up whether the password was refused before.
    StoreUnavailable = "D43";
    /// The user is locked.
    UserLocked = "D44";
    /// The product's clock and the identity service's differ.
    ClocksDiffer = "D45";
    /// Another process is trying the password.
    PasswordBeingTried = "D46";
    /// A member of staff has to sign in again.
    SignInEnded = "D47";
    /// The product's last calls for one purpose failed.
    WorkFails = "D48";
    /// EMIS answers, but slowly.
    EmisSlow = "D49";
    /// Reminders are due and none has left.
    NoReminders = "D50";
    /// Many reminders that were due have not left.
    RemindersMissing = "D51";
    /// It is not known whether some reminders left.
    RemindersInDoubt = "D52";
    /// Bookings whose outcome is unknown are not being settled.
    BookingsUnsettled = "D53";
    /// Nearly all reminders are suppressed for one reason.
    RemindersSuppressed = "D54";
    /// Another product's row was selected in the partner API list.
    WrongRowSelected = "D55";
    /// The patient has declined text messages in EMIS.
    ConsentDeclined = "D56";
    /// The booking link failed for one patient.
    BookingLinkFailed = "D57";
    /// The username and password are those of another practice.
    UserOfAnotherPractice = "D58";
    /// A username or password was typed that cannot be right, such as one that ends in a space.
    EntryRefused = "D59";
}

impl Cause {
    /// Returns true for a cause in the API user or its password. Only these release a stored
    /// password for another attempt.
    pub const fn concerns_user(self) -> bool {
        matches!(
            self,
            Self::PasswordMismatch
                | Self::UserWithoutAccess
                | Self::SetUpTwice
                | Self::UserExpired
                | Self::ContractEnded
                | Self::UserLocked
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is not the code of a [`Cause`] of this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the code of a cause is unknown to this release")]
#[non_exhaustive]
pub struct CauseCodeError;

impl FromStr for Cause {
    type Err = CauseCodeError;

    fn from_str(code: &str) -> Result<Self, CauseCodeError> {
        let mut causes = Self::ALL.iter();
        causes
            .find(|cause| cause.code() == code)
            .copied()
            .ok_or(CauseCodeError)
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
