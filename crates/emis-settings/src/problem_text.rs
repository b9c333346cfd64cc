//! Codes of mistakes, and the sentences that practices read. They follow the NHS content style.

use std::fmt;

use emis_credentials::ApiUserMistake as Mistake;
use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $message:literal,)*) => {
        /// The code of a [`SettingsProblem`](crate::SettingsProblem).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ProblemCode {
            $($(#[$doc])* $name,)*
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the code as text. A published text never changes.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the sentence for the practice.
            pub(crate) const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

/// The message where an API user is entered before the organisation ID that it belongs to.
pub(crate) const ORGANISATION_ID_FIRST: &str =
    "Enter your EMIS organisation ID first. Your API user belongs to it.";

/// Returns the message for a mistake in a username or a password that the code does not tell.
pub(crate) const fn api_user_message(mistake: Mistake) -> Option<&'static str> {
    match mistake {
        Mistake::UsernameTooLong => {
            Some("The username of your EMIS API user must be 128 characters or fewer.")
        }
        Mistake::UsernameInvalidCharacter => Some(
            "The username holds a character that you cannot see. Type it instead of pasting it.",
        ),
        Mistake::PasswordSurroundedBySpace => Some(
            "The password starts or ends with a space. Remove the space, or type the password \
             instead of pasting it.",
        ),
        Mistake::PasswordTooLong => {
            Some("The Partner API password must be 256 characters or fewer.")
        }
        _ => None,
    }
}

codes! {
    /// No EMIS organisation ID is entered.
    OrganisationIdMissing = "organisation-id-missing":
        "Enter your EMIS organisation ID. This is the CDB number, which you can find in EMIS under your organisation details.",
    /// An ODS code was entered as the EMIS organisation ID.
    OrganisationIdIsOdsCode = "organisation-id-is-ods-code":
        "This looks like your ODS code. Enter the CDB number, which is digits only. You can find it in EMIS under your organisation details.",
    /// The EMIS organisation ID is not a CDB number.
    OrganisationIdInvalid = "organisation-id-invalid":
        "Enter your EMIS organisation ID as digits only, like 50002. You can find it in EMIS under your organisation details.",
    /// No EMIS API user is entered.
    ApiUserMissing = "api-user-missing":
        "Enter your EMIS API user: its username, and the password set in EMAS Manager > Partner API > Edit Users.",
    /// The username of the EMIS API user is missing or not valid.
    ApiUsernameInvalid = "api-username-invalid":
        "Enter the username of your EMIS API user, as it is in EMAS Manager.",
    /// The Partner API password is missing or not valid.
    ApiPasswordInvalid = "api-password-invalid":
        "Enter the Partner API password of your EMIS API user, which is set in EMAS Manager > Edit Users.",
    /// The password could not be sealed: a fault of the product, not a mistake of the practice.
    ApiUserNotSealed = "api-user-not-sealed":
        "We could not store the password safely, so we did not keep it. Contact our support team.",
    /// The practice's name is blank, too long or not a line of text.
    PracticeNameInvalid = "practice-name-invalid":
        "Enter the name of your practice on one line, using 60 characters or fewer.",

    /// A site is listed twice, or there are too many sites.
    SitesRepeated = "sites-repeated":
        "List each site of your practice once. You can list up to 50 sites.",
    /// The name of a site is blank, too long or not a line of text.
    SiteNameInvalid = "site-name-invalid":
        "Enter the name of each site on one line, using 60 characters or fewer.",
    /// A site of the practice is no longer in EMIS.
    SiteGone = "site-gone":
        "One of your sites is no longer in EMIS. Remove it here too.",
    /// A site is chosen that the practice does not list.
    SiteNotListed = "site-not-listed":
        "You have chosen a site that is not on your list of sites. Add it to the list, or choose another site.",
    /// A day opens after it closes, or has too many opening times.
    OpeningHoursInvalid = "opening-hours-invalid":
        "Each opening time must be before its closing time. You can enter up to 4 opening times a day.",
    /// Opening times of a day overlap.
    OpeningHoursOverlap = "opening-hours-overlap":
        "The opening times of a day must be in order and must not overlap.",
    /// There are too many holidays.
    HolidaysTooMany = "holidays-too-many":
        "You can enter up to 200 holidays. Remove the ones that have passed.",
    /// A holiday ends before it begins, or lasts for more than a year.
    HolidayInvalid = "holiday-invalid":
        "The last day of a holiday must not be before its first day, or more than a year after it.",
    /// The name of a holiday is blank, too long or not a line of text.
    HolidayNameInvalid = "holiday-name-invalid":
        "Enter the name of each holiday on one line, using 60 characters or fewer.",
    /// The practice is in another EMIS environment than the product.
    EnvironmentDiffers = "environment-differs":
        "Your practice is set to a different EMIS (live or test) than the one we connect to.",
    /// An imported text is not TOML, or not settings.
    ImportUnreadable = "import-unreadable":
        "We cannot read these settings. Check that they are in TOML and that each value is of the right kind.",
    /// An imported text holds a password or an API user.
    ImportHoldsApiUser = "import-holds-api-user":
        "These settings hold an API user or a password. Take it out, then enter your API user on the settings page.",
    /// An imported text is of another practice.
    ImportOfAnotherPractice = "import-of-another-practice":
        "These settings are for a different practice, or do not say which practice they are for.",

    /// Reminders are on, but no time before the appointment is chosen.
    ReminderTimesMissing = "reminder-times-missing":
        "Choose how many hours or working days before the appointment to send the reminder.",
    /// There are too many reminders for one appointment.
    ReminderTimesTooMany = "reminder-times-too-many":
        "You can send up to 3 reminders for each appointment.",
    /// Two of the times before the appointment are the same.
    ReminderTimesRepeated = "reminder-times-repeated":
        "A working day counts as 24 hours. Choose one or the other, as both send the same reminder.",
    /// A reminder is set for less than an hour or more than a week before.
    ReminderTimeOutOfRange = "reminder-time-out-of-range":
        "Each reminder must be 1 to 168 hours, or 1 to 7 working days, before the appointment.",
    /// Reminders are on, but no channel is chosen.
    ReminderChannelsMissing = "reminder-channels-missing":
        "Choose text message, email or both for your reminders.",
    /// A channel is listed twice.
    ReminderChannelRepeated = "reminder-channel-repeated":
        "List text message and email once each, with the one you prefer first.",
    /// Reminders are on for chosen slot types only, and none is chosen.
    ReminderSlotTypesMissing = "reminder-slot-types-missing":
        "Choose at least one slot type to send reminders for, or choose all slot types.",
    /// Reminders are on for chosen sites only, and none is chosen.
    ReminderSitesMissing = "reminder-sites-missing":
        "Choose at least one site to send reminders for, or choose all sites.",
    /// Quiet hours begin or end within a minute.
    QuietHoursNotWholeMinutes = "quiet-hours-not-whole-minutes":
        "Enter quiet hours in hours and minutes, like 20:00 to 08:00.",
    /// Quiet hours begin and end at the same time.
    QuietHoursEmpty = "quiet-hours-empty":
        "Quiet hours must start and end at different times.",
    /// Quiet hours leave out a part of the night, 21:00 until 07:00.
    QuietHoursTooShort = "quiet-hours-too-short":
        "Quiet hours must cover the night. Start them at 21:00 or earlier, and end them at 07:00 or later.",
    /// Quiet hours leave less than an hour of the day.
    QuietHoursTooLong = "quiet-hours-too-long":
        "Quiet hours must leave at least one hour of the day for sending reminders.",
    /// The minimum notice is as long as the time before the appointment, or longer.
    ReminderNoticeTooLong = "reminder-notice-too-long":
        "The minimum notice must be shorter than the time between your reminder and the appointment. Otherwise that reminder would never be sent.",
    /// The minimum age is above 18.
    ReminderAgeOutOfRange = "reminder-age-out-of-range":
        "The youngest age for reminders must be 18 or under.",
    /// The practice's name in reminders is blank, too long or not a line of text.
    ReminderPracticeNameInvalid = "reminder-practice-name-invalid":
        "Enter the practice name for reminders on one line, using 60 characters or fewer.",
    /// The words on how to cancel are blank, too long or not a line of text.
    ReminderCancelTextInvalid = "reminder-cancel-text-invalid":
        "Enter how to cancel on one line, using 160 characters or fewer.",

    /// The name of a reminder rule is blank, too long or not a line of text.
    ReminderRuleNameInvalid = "reminder-rule-name-invalid":
        "Give each reminder rule a name on one line, using 60 characters or fewer.",
    /// Two reminder rules have the same name.
    ReminderRuleRepeated = "reminder-rule-repeated":
        "Give each reminder rule a different name.",
    /// There are more than 50 reminder rules.
    ReminderRulesTooMany = "reminder-rules-too-many":
        "You can have up to 50 reminder rules.",
    /// A reminder rule is for chosen clinicians or modes only, and none is chosen.
    ReminderRuleEmpty = "reminder-rule-empty":
        "Choose at least one clinician and one kind of appointment for each reminder rule, or choose all.",
    /// A clinician that is chosen for reminders is no longer in EMIS.
    ReminderClinicianGone = "reminder-clinician-gone":
        "A clinician that you chose for reminders is no longer in EMIS. Choose again.",
    /// The least time between two messages is more than a day.
    ReminderDistanceOutOfRange = "reminder-distance-out-of-range":
        "The time between two messages to one patient must be 24 hours or less.",

    /// There are two texts for the same channel and language, or too many texts.
    TemplateRepeated = "template-repeated":
        "Write one text for each channel and language. You can write up to 50 texts.",
    /// The text of a reminder is blank or too long.
    TemplateTextInvalid = "template-text-invalid":
        "Enter the text of the reminder. It can be up to 1,000 characters in a text message and 5,000 in an email.",
    /// The text of a reminder holds an unknown placeholder.
    TemplatePlaceholderUnknown = "template-placeholder-unknown":
        "You can use these placeholders only: {{ practice }}, {{ when }}, {{ date }}, {{ time }}, {{ site }}, {{ cancel }}, {{ name }}, {{ appointment }}, {{ code }} and {{ link }}.",
    /// The text of a reminder does not say when the appointment is.
    TemplateDateMissing = "template-date-missing":
        "Add {{ when }} to the text, so that patients know when the appointment is.",
    /// The text of a reminder has a brace or a condition that is not closed.
    TemplateSyntaxInvalid = "template-syntax-invalid":
        "Close every brace and every condition in the text.",
    /// For some appointments, a placeholder of a reminder would be empty.
    TemplatePlaceholderEmpty = "template-placeholder-empty":
        "For some appointments a placeholder is empty. Put it, and the words around it, in a condition.",
    /// For some appointments, a text message would have more than six parts.
    TemplateTooLong = "template-too-long":
        "For some appointments the text message has more than six parts. Shorten it.",
    /// The subject of an email is not valid, or a text message has one.
    TemplateSubjectInvalid = "template-subject-invalid":
        "Enter the subject of the email on one line, using 120 characters or fewer and no braces. Text messages do not have a subject.",
    /// Reminders are sent in another language than English or Welsh, and its text is missing.
    TemplateMissing = "template-missing":
        "To send reminders in a language other than English or Welsh, write the text in that language for each channel that you use.",
    /// A slot type that is chosen for reminders is no longer in EMIS.
    ReminderSlotTypeGone = "reminder-slot-type-gone":
        "A slot type that you chose for reminders is no longer in EMIS. Choose again.",
    /// A site that is chosen for reminders is no longer in EMIS.
    ReminderSiteGone = "reminder-site-gone":
        "A site that you chose for reminders is no longer in EMIS. Choose again.",

    /// Self-booking is on, but no slot type is listed as bookable.
    BookingSlotTypesMissing = "booking-slot-types-missing":
        "Choose at least one slot type that patients can book.",
    /// Self-booking is on for chosen sites only, and none is chosen.
    BookingSitesMissing = "booking-sites-missing":
        "Choose at least one site where patients can book, or choose all sites.",
    /// Self-booking is on for chosen session holders only, and none is chosen.
    BookingSessionHoldersMissing = "booking-session-holders-missing":
        "Choose at least one session holder that patients can book with, or choose all session holders.",
    /// Patients can book less than a day or more than twelve weeks ahead.
    BookingHorizonOutOfRange = "booking-horizon-out-of-range":
        "Patients must be able to book between 1 and 84 days ahead.",
    /// The minimum notice reaches to the last bookable day or beyond.
    BookingNoticeBeyondHorizon = "booking-notice-beyond-horizon":
        "The minimum notice must be shorter than the number of days ahead that patients can book. Otherwise they could not book anything.",
    /// Patients must cancel more than a week before.
    BookingCutOffOutOfRange = "booking-cut-off-out-of-range":
        "Patients must be able to cancel until a week before the appointment, or later.",
    /// The number of appointments a patient may hold is not between 1 and 10.
    BookingLimitOutOfRange = "booking-limit-out-of-range":
        "The number of future appointments that a patient can have must be between 1 and 10.",
    /// Patients must move an appointment more than a week before.
    BookingMoveCutOffOutOfRange = "booking-move-cut-off-out-of-range":
        "Patients must be able to move an appointment until a week before it, or later.",
    /// A patient may book no appointment in a day.
    BookingDayLimitOutOfRange = "booking-day-limit-out-of-range":
        "The number of appointments that a patient can book in one day must be at least 1. Leave it empty for no limit.",
    /// Patients may book no appointment at the practice.
    BookingPracticeLimitOutOfRange = "booking-practice-limit-out-of-range":
        "The number of appointments that patients can book in one day must be at least 1. Leave it empty for no limit.",
    /// Self-booking is on, but the EMIS user for bookings is missing.
    BookedByMissing = "booked-by-missing":
        "Choose the EMIS user that appointments are booked by.",
    /// The booking reason is blank, too long or not a line of text.
    BookingReasonInvalid = "booking-reason-invalid":
        "Enter the booking reason on one line, using 100 characters or fewer.",
    /// A slot type that patients may book is no longer in EMIS.
    BookingSlotTypeGone = "booking-slot-type-gone":
        "A slot type that patients can book is no longer in EMIS. Choose again.",
    /// A site at which patients may book is no longer in EMIS.
    BookingSiteGone = "booking-site-gone":
        "A site where patients can book is no longer in EMIS. Choose again.",
    /// A session holder with whom patients may book is no longer in EMIS.
    BookingSessionHolderGone = "booking-session-holder-gone":
        "A session holder that patients can book with is no longer in EMIS. Choose again.",
    /// The EMIS user for bookings is no longer in EMIS.
    BookedByGone = "booked-by-gone":
        "The EMIS user that appointments are booked by is no longer in EMIS. Choose again.",
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
