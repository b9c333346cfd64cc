//! What is wrong with a practice's settings, in words for the person who can put it right.

use std::fmt;

use serde::{Serialize, Serializer};

/// One mistake in the settings of a practice.
///
/// The message is a sentence for a practice manager. It repeats nothing that was typed, so it
/// can be logged and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    code: ProblemCode,
    path: &'static str,
    message: String,
}

impl Problem {
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

    /// The field it is in, as the settings' JSON names it, such as `reminders.hours_before`. The
    /// password, which the JSON never holds, is `api_user.password`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What is wrong and what to do, as a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Why a change of the settings was refused: every mistake in it, at least one. Nothing was
/// changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidationError(Vec<Problem>);

impl ValidationError {
    /// Ok where there are no problems.
    pub(crate) fn check(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self(problems))
        }
    }

    /// Of problems, of which there must be one at least.
    pub(crate) fn of(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// The mistakes, in the order of the form.
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }

    /// The mistakes, taken out.
    pub fn into_problems(self) -> Vec<Problem> {
        self.0
    }
}

impl From<Problem> for ValidationError {
    fn from(problem: Problem) -> Self {
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

    /// Reminders are on, but no time before the appointment is chosen.
    ReminderTimesMissing = "reminder-times-missing",
    /// More reminders for one appointment than anybody should get.
    ReminderTimesTooMany = "reminder-times-too-many",
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
