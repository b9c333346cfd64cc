//! What can be wrong with a connection: one entry for each cause, with who must act and the
//! clicks that put it right.
//!
//! The numbers up to 29 are those under which suppliers' field reports are filed; those from 30
//! on are this library's own. A number is never used for anything else.

mod access;
mod service;
mod settings;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::product::Product;
use crate::step::{Step, StepTemplate, fill_all};

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The practice, in EMIS or in the product's settings.
    Practice,
    /// The people who run the product.
    Product,
    /// EMIS.
    Emis,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Practice => "the practice",
            Self::Product => "the people who run the product",
            Self::Emis => "EMIS",
        })
    }
}

/// An entry as it stands in the tables, with `{product}` and `{username}` to be filled in.
struct Template {
    title: &'static str,
    explanation: &'static str,
    for_engineers: &'static str,
    actor: Actor,
    confirm: &'static [&'static StepTemplate],
    fix: &'static [&'static StepTemplate],
}

/// What the catalogue says about a cause, with the product's name and username filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CatalogueEntry {
    /// The cause.
    #[serde(rename = "code")]
    pub cause: Cause,
    /// The cause in one line.
    pub title: String,
    /// What it means, for a practice manager.
    pub explanation: String,
    /// What it means, for an engineer of the product.
    pub for_engineers: String,
    /// Who must act.
    pub actor: Actor,
    /// How to find out that it is this and nothing else, cheapest first; may be empty.
    pub confirm: Vec<Step>,
    /// How to put it right.
    pub fix: Vec<Step>,
}

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

            const fn template(self) -> &'static Template {
                match self {
                    $(Self::$cause => &$table::$entry,)*
                }
            }
        }
    };
}

causes! {
    /// The practice's EMIS has the product deactivated.
    ApplicationDeactivated = "D01" in access::APPLICATION_DEACTIVATED;
    /// Auto Login or Allow Login is not ticked.
    LoginAccessUnticked = "D02" in access::LOGIN_ACCESS_UNTICKED;
    /// The stored password is not the Partner API password.
    PasswordMismatch = "D03" in access::PASSWORD_MISMATCH;
    /// The user or its password has expired.
    UserExpired = "D04" in access::USER_EXPIRED;
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
    /// The practice has merged or moved, and is another organisation in EMIS now.
    OrganisationChanged = "D16" in settings::ORGANISATION_CHANGED;
    /// The token was not accepted, or lacks a scope.
    TokenRefused = "D21" in service::TOKEN_REFUSED;
    /// EMIS called a request wrong.
    RequestRefused = "D22" in service::REQUEST_REFUSED;
    /// EMIS does not serve the media type asked for.
    MediaTypeRefused = "D23" in service::MEDIA_TYPE_REFUSED;
    /// No organisation ID is entered.
    OrganisationIdMissing = "D30" in settings::ORGANISATION_ID_MISSING;
    /// No API user is entered.
    ApiUserMissing = "D31" in settings::API_USER_MISSING;
    /// A setting contradicts itself or another.
    SettingsInvalid = "D32" in settings::SETTINGS_INVALID;
    /// The settings are complete, yet no connection could be made of them.
    StoredPasswordUnreadable = "D33" in settings::STORED_PASSWORD_UNREADABLE;
    /// The settings name slot types, sites or session holders that EMIS no longer has.
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
}

impl Cause {
    /// What the catalogue says about it, for a product.
    pub fn entry(self, product: &Product) -> CatalogueEntry {
        let template = self.template();
        CatalogueEntry {
            cause: self,
            title: product.fill(template.title),
            explanation: product.fill(template.explanation),
            for_engineers: product.fill(template.for_engineers),
            actor: template.actor,
            confirm: fill_all(template.confirm, product),
            fix: fill_all(template.fix, product),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
