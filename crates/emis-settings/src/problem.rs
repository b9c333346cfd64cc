//! What is wrong with a practice's settings, in words for the person who can put it right.

use std::fmt;

use serde::{Serialize, Serializer};

/// One mistake in the settings of a practice.
///
/// The message is a sentence for a practice manager. It repeats nothing that was typed, so it
/// can be logged and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingsProblem {
    code: ProblemCode,
    path: &'static str,
    message: String,
}

impl SettingsProblem {
    pub(crate) fn new(code: ProblemCode, path: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            path,
            message: message.into(),
        }
    }

    /// Which mistake it is: stable, for programs.
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// The field it is in, as the settings' JSON names it, such as `reminders.offsets`. The
    /// password, which the JSON never holds, is `api_user.password`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What is wrong and what to do, as a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a change of the settings was refused: every mistake in it, at least one. Nothing was
/// changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError(Vec<SettingsProblem>);

impl ValidationError {
    /// Ok where there are no problems.
    pub(crate) fn check(problems: Vec<SettingsProblem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// Of problems, of which there must be one at least.
    pub(crate) fn of(problems: Vec<SettingsProblem>) -> Self {
        Self(problems)
    }

    /// The mistakes, in the order of the form.
    pub fn problems(&self) -> &[SettingsProblem] {
        &self.0
    }

    /// The mistakes, taken out.
    pub fn into_problems(self) -> Vec<SettingsProblem> {
        self.0
    }
}

impl From<SettingsProblem> for ValidationError {
    fn from(problem: SettingsProblem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings were not changed")?;
        for (n, problem) in self.0.iter().enumerate() {
            write!(f, "{} {problem}", if n == 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ValidationError {}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Which mistake it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as text. It never changes once published.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

codes! {
    /// No EMIS organisation ID is entered.
    OrganisationIdMissing = "organisation-id-missing",
    /// An ODS code was entered as the EMIS organisation ID.
    OrganisationIdIsOdsCode = "organisation-id-is-ods-code",
    /// What was entered as the EMIS organisation ID is not one.
    OrganisationIdInvalid = "organisation-id-invalid",
    /// No EMIS API user is entered.
    ApiUserMissing = "api-user-missing",
    /// The username of the EMIS API user is missing or can't be one.
    ApiUsernameInvalid = "api-username-invalid",
    /// The Partner API password is missing or can't be one.
    ApiPasswordInvalid = "api-password-invalid",
    /// The password could not be sealed: the product's mistake, not the practice's.
    ApiUserNotSealed = "api-user-not-sealed",
    /// The practice's name is blank, too long or not a line of text.
    PracticeNameInvalid = "practice-name-invalid",

    /// A site is listed twice, or there are too many of them.
    SitesRepeated = "sites-repeated",
    /// The name of a site is blank, too long or not a line of text.
    SiteNameInvalid = "site-name-invalid",
    /// A site of the practice is no longer in EMIS.
    SiteGone = "site-gone",
    /// A site is chosen that the practice does not list.
    SiteNotListed = "site-not-listed",
    /// A day opens after it closes, or too often.
    OpeningHoursInvalid = "opening-hours-invalid",
    /// Opening times of a day overlap.
    OpeningHoursOverlap = "opening-hours-overlap",
    /// More holidays than anybody needs.
    HolidaysTooMany = "holidays-too-many",
    /// A holiday ends before it begins, or lasts for more than a year.
    HolidayInvalid = "holiday-invalid",
    /// The name of a holiday is blank, too long or not a line of text.
    HolidayNameInvalid = "holiday-name-invalid",
    /// The practice is in another EMIS than the product is put together for.
    EnvironmentDiffers = "environment-differs",
    /// A text that was to be imported is not TOML, or no settings.
    ImportUnreadable = "import-unreadable",
    /// A text that was to be imported holds a password or an API user.
    ImportHoldsApiUser = "import-holds-api-user",
    /// A text that was to be imported is of another practice.
    ImportOfAnotherPractice = "import-of-another-practice",

    /// Reminders are on, but no time before the appointment is chosen.
    ReminderTimesMissing = "reminder-times-missing",
    /// More reminders for one appointment than anybody should get.
    ReminderTimesTooMany = "reminder-times-too-many",
    /// Two of the times before the appointment are the same.
    ReminderTimesRepeated = "reminder-times-repeated",
    /// A reminder is set for less than an hour or more than a week before.
    ReminderTimeOutOfRange = "reminder-time-out-of-range",
    /// Reminders are on, but neither text message nor email is chosen.
    ReminderChannelsMissing = "reminder-channels-missing",
    /// A way of sending is listed twice.
    ReminderChannelRepeated = "reminder-channel-repeated",
    /// Reminders are on for chosen slot types only, and none is chosen.
    ReminderSlotTypesMissing = "reminder-slot-types-missing",
    /// Reminders are on for chosen sites only, and none is chosen.
    ReminderSitesMissing = "reminder-sites-missing",
    /// Quiet hours begin or end within a minute.
    QuietHoursNotWholeMinutes = "quiet-hours-not-whole-minutes",
    /// Quiet hours begin and end at the same time.
    QuietHoursEmpty = "quiet-hours-empty",
    /// Quiet hours leave out a part of the night, 21:00 until 07:00.
    QuietHoursTooShort = "quiet-hours-too-short",
    /// Quiet hours leave less than an hour of the day.
    QuietHoursTooLong = "quiet-hours-too-long",
    /// The minimum notice is as long as the time before the appointment, or longer.
    ReminderNoticeTooLong = "reminder-notice-too-long",
    /// The minimum age is above 18.
    ReminderAgeOutOfRange = "reminder-age-out-of-range",
    /// The practice's name in reminders is blank, too long or not a line of text.
    ReminderPracticeNameInvalid = "reminder-practice-name-invalid",
    /// The words on how to cancel are blank, too long or not a line of text.
    ReminderCancelTextInvalid = "reminder-cancel-text-invalid",

    /// There are two texts for the same channel and language, or too many.
    TemplateRepeated = "template-repeated",
    /// The text of a reminder is blank or too long.
    TemplateTextInvalid = "template-text-invalid",
    /// The text of a reminder holds a placeholder that there is not.
    TemplatePlaceholderUnknown = "template-placeholder-unknown",
    /// The text of a reminder does not say when the appointment is.
    TemplateDateMissing = "template-date-missing",
    /// The subject of an email won't do.
    TemplateSubjectInvalid = "template-subject-invalid",
    /// Reminders are sent in another language than English, and its text is missing.
    TemplateMissing = "template-missing",
    /// A slot type that is chosen for reminders is no longer in EMIS.
    ReminderSlotTypeGone = "reminder-slot-type-gone",
    /// A site that is chosen for reminders is no longer in EMIS.
    ReminderSiteGone = "reminder-site-gone",

    /// Self-booking is on, but no slot type is listed as bookable.
    BookingSlotTypesMissing = "booking-slot-types-missing",
    /// Self-booking is on for chosen sites only, and none is chosen.
    BookingSitesMissing = "booking-sites-missing",
    /// Self-booking is on for chosen session holders only, and none is chosen.
    BookingSessionHoldersMissing = "booking-session-holders-missing",
    /// Patients can book less than a day or more than twelve weeks ahead.
    BookingHorizonOutOfRange = "booking-horizon-out-of-range",
    /// The minimum notice reaches to the last bookable day or beyond.
    BookingNoticeBeyondHorizon = "booking-notice-beyond-horizon",
    /// Patients must cancel more than a week before.
    BookingCutOffOutOfRange = "booking-cut-off-out-of-range",
    /// The number of appointments a patient may hold is not between 1 and 10.
    BookingLimitOutOfRange = "booking-limit-out-of-range",
    /// Self-booking is on, but not in whose name appointments are booked.
    BookedByMissing = "booked-by-missing",
    /// The booking reason is blank, too long or not a line of text.
    BookingReasonInvalid = "booking-reason-invalid",
    /// A slot type that patients may book is no longer in EMIS.
    BookingSlotTypeGone = "booking-slot-type-gone",
    /// A site at which patients may book is no longer in EMIS.
    BookingSiteGone = "booking-site-gone",
    /// A session holder with whom patients may book is no longer in EMIS.
    BookingSessionHolderGone = "booking-session-holder-gone",
    /// The EMIS user in whose name appointments are booked is no longer in EMIS.
    BookedByGone = "booked-by-gone",
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
