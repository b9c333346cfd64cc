//! Settings with one mistake each.

use emis_credentials::SealingIdentity;
use emis_settings::{
    BookingSettings, Channel, EmisEnvironment, EmisReferenceData, Offset, Opening, PracticeDetails,
    PracticeHoliday, PracticeSite, ProblemCode as Code, QuietHours, ReminderRule, ReminderSettings,
    Selection, SettingsProblem, Template,
};
use jiff::civil::time;

use crate::fresh;

pub(crate) fn reminders(change: impl FnOnce(&mut ReminderSettings)) -> Vec<SettingsProblem> {
    let mut reminders = ReminderSettings::default();
    change(&mut reminders);
    reminders.problems()
}

/// Returns the problems of valid booking settings after a change.
pub(crate) fn booking(change: impl FnOnce(&mut BookingSettings)) -> Vec<SettingsProblem> {
    let mut booking = BookingSettings::default();
    booking.enabled = true;
    booking.slot_types = ["3".parse().unwrap()].into();
    booking.booked_by = Some("12".parse().unwrap());
    change(&mut booking);
    booking.problems()
}

pub(crate) fn organisation_id(text: &str) -> Vec<SettingsProblem> {
    let refused = fresh().update_organisation_id(text).unwrap_err();
    refused.into_problems()
}

fn api_user(username: &str, password: &str) -> Vec<SettingsProblem> {
    let recipient = SealingIdentity::generate().recipient();
    let mut settings = fresh();
    settings.update_organisation_id("50002").unwrap();
    let refused = settings.update_api_user(username, password.into(), recipient);
    refused.unwrap_err().into_problems()
}

fn name(name: &str) -> Vec<SettingsProblem> {
    fresh().set_name(Some(name)).unwrap_err().into_problems()
}

fn details(change: impl FnOnce(&mut PracticeDetails)) -> Vec<SettingsProblem> {
    let mut details = PracticeDetails::default();
    change(&mut details);
    fresh().set_details(details).unwrap_err().into_problems()
}

fn rule(change: impl FnOnce(&mut ReminderRule)) -> Vec<SettingsProblem> {
    let mut rule = ReminderRule::new("Visits");
    change(&mut rule);
    reminders(|r| r.rules = vec![rule])
}

fn import(text: &str) -> Vec<SettingsProblem> {
    fresh().with_toml(text).unwrap_err().into_problems()
}

fn templates<const N: usize>(templates: [Template; N]) -> Vec<SettingsProblem> {
    reminders(|r| r.templates = templates.into())
}

fn sms(body: &str) -> Template {
    Template::new(Channel::Sms, body)
}

fn site(id: i64, name: &str) -> PracticeSite {
    PracticeSite::new(id.try_into().unwrap(), name)
}

fn open(from: i8, until: i8) -> Opening {
    Opening {
        from: time(from, 0, 0, 0),
        until: time(until, 0, 0, 0),
    }
}

fn day(n: i8) -> jiff::civil::Date {
    jiff::civil::date(2026, 12, n)
}

/// Checks settings against an EMIS with one item of each kind.
fn against(
    change: impl FnOnce(&mut ReminderSettings, &mut BookingSettings, &mut PracticeDetails),
) -> Vec<SettingsProblem> {
    let mut settings = fresh();
    let (mut reminders, mut booking) = (settings.reminders().clone(), settings.booking().clone());
    let mut details = settings.details();
    change(&mut reminders, &mut booking, &mut details);
    settings.set_details(details).unwrap();
    settings.set_reminders(reminders).unwrap();
    settings.set_booking(booking).unwrap();
    assert_eq!(settings.problems_against(&EmisReferenceData::default()), []);
    let mut emis = EmisReferenceData::default();
    emis.slot_types.insert("3".parse().unwrap());
    emis.sites.insert("1".parse().unwrap());
    emis.staff.insert("12".parse().unwrap());
    settings.problems_against(&emis)
}

/// Returns changes with one mistake each: code, path and problems.
pub(crate) fn single_mistakes() -> Vec<(Code, &'static str, Vec<SettingsProblem>)> {
    let at = |hour| time(hour, 0, 0, 0);
    vec![
        (
            Code::OrganisationIdMissing,
            "organisation_id",
            organisation_id(" "),
        ),
        (
            Code::OrganisationIdIsOdsCode,
            "organisation_id",
            organisation_id("a20047"),
        ),
        (
            Code::OrganisationIdInvalid,
            "organisation_id",
            organisation_id("50-002"),
        ),
        (
            Code::OrganisationIdInvalid,
            "organisation_id",
            organisation_id("0"),
        ),
        (
            Code::ApiUsernameInvalid,
            "api_user.username",
            api_user("", "Inv3nted"),
        ),
        (
            Code::ApiUsernameInvalid,
            "api_user.username",
            api_user("pat\tchs", "Inv3nted"),
        ),
        (
            Code::ApiUsernameInvalid,
            "api_user.username",
            api_user(&"x".repeat(129), "Inv3nted"),
        ),
        (
            Code::ApiPasswordInvalid,
            "api_user.password",
            api_user("patchs", ""),
        ),
        (
            Code::ApiPasswordInvalid,
            "api_user.password",
            api_user("patchs", &"x".repeat(257)),
        ),
        (
            Code::ApiPasswordInvalid,
            "api_user.password",
            api_user("patchs", "Inv3nted "),
        ),
        (Code::PracticeNameInvalid, "name", name(" ")),
        (Code::PracticeNameInvalid, "name", name(&"x".repeat(61))),
        (Code::PracticeNameInvalid, "name", name("two\nlines")),
        (
            Code::SitesRepeated,
            "sites",
            details(|d| d.sites = vec![site(1, "Main"), site(1, "Branch")]),
        ),
        (
            Code::SiteNameInvalid,
            "sites",
            details(|d| d.sites = vec![site(1, "\n")]),
        ),
        (
            Code::OpeningHoursInvalid,
            "opening_hours.monday",
            details(|d| d.opening_hours.monday = vec![open(12, 8)]),
        ),
        (
            Code::OpeningHoursOverlap,
            "opening_hours.sunday",
            details(|d| d.opening_hours.sunday = vec![open(8, 12), open(11, 18)]),
        ),
        (
            Code::HolidaysTooMany,
            "holidays",
            details(|d| d.holidays = vec![PracticeHoliday::new(day(1), day(1)); 201]),
        ),
        (
            Code::HolidayInvalid,
            "holidays",
            details(|d| d.holidays = vec![PracticeHoliday::new(day(2), day(1))]),
        ),
        (
            Code::HolidayNameInvalid,
            "holidays",
            details(|d| {
                let mut holiday = PracticeHoliday::new(day(1), day(2));
                holiday.name = Some(String::new());
                d.holidays = vec![holiday];
            }),
        ),
        (Code::SiteNotListed, "reminders.sites", {
            let mut settings = fresh();
            let mut details = settings.details();
            details.sites = vec![site(1, "Main")];
            settings.set_details(details).unwrap();
            let mut reminders = settings.reminders().clone();
            reminders.sites = Selection::only(["2".parse().unwrap()]);
            settings
                .set_reminders(reminders)
                .unwrap_err()
                .into_problems()
        }),
        (
            Code::EnvironmentDiffers,
            "environment",
            fresh()
                .environment_problem(EmisEnvironment::Test)
                .into_iter()
                .collect(),
        ),
        (Code::ImportUnreadable, "", import("ods_code = ")),
        (
            Code::ImportHoldsApiUser,
            "api_user",
            import("ods_code = \"A20047\"\n[reminders]\nPassword = \"x\""),
        ),
        (
            Code::ImportOfAnotherPractice,
            "ods_code",
            import("ods_code = \"Y00001\""),
        ),
        (
            Code::ReminderRuleNameInvalid,
            "reminders.rules",
            rule(|rule| rule.name = " ".to_owned()),
        ),
        (
            Code::ReminderRuleRepeated,
            "reminders.rules",
            reminders(|r| r.rules = vec![ReminderRule::new("Visits"); 2]),
        ),
        (
            Code::ReminderRulesTooMany,
            "reminders.rules",
            reminders(|r| {
                let rules = (0..51).map(|n| ReminderRule::new(n.to_string()));
                r.rules = rules.collect();
            }),
        ),
        (
            Code::ReminderRuleEmpty,
            "reminders.rules",
            rule(|rule| rule.clinicians = Selection::only([])),
        ),
        (
            Code::ReminderRuleEmpty,
            "reminders.rules",
            rule(|rule| rule.modes = Selection::only([])),
        ),
        (
            Code::ReminderTimesTooMany,
            "reminders.rules",
            rule(|rule| rule.offsets = [2, 3, 4, 5].map(Offset::Hours).into()),
        ),
        (
            Code::ReminderNoticeTooLong,
            "reminders.rules",
            rule(|rule| rule.offsets = [Offset::Hours(1)].into()),
        ),
        (
            Code::ReminderDistanceOutOfRange,
            "reminders.least_minutes_between",
            reminders(|r| r.least_minutes_between = 24 * 60 + 1),
        ),
        (
            Code::ReminderClinicianGone,
            "reminders.rules",
            against(|reminders, _, _| {
                let mut rule = ReminderRule::new("Visits");
                rule.clinicians = Selection::only(["13".parse().unwrap()]);
                reminders.rules = vec![rule];
            }),
        ),
        (
            Code::TemplateRepeated,
            "reminders.templates",
            templates([sms("{date}"), sms("{date}")]),
        ),
        (
            Code::TemplateTextInvalid,
            "reminders.templates",
            templates([sms(&format!("{{date}}{}", "x".repeat(454)))]),
        ),
        (
            Code::TemplatePlaceholderUnknown,
            "reminders.templates",
            templates([sms("{date} with {clinician}")]),
        ),
        (
            Code::TemplatePlaceholderUnknown,
            "reminders.templates",
            templates([sms("{date} } {time}")]),
        ),
        (
            Code::TemplateDateMissing,
            "reminders.templates",
            templates([sms("See you soon.")]),
        ),
        (
            Code::TemplateSubjectInvalid,
            "reminders.templates",
            templates([{
                let mut template = sms("{date}");
                template.subject = Some("No text message has one".to_owned());
                template
            }]),
        ),
        (
            Code::TemplateMissing,
            "reminders.templates",
            reminders(|r| {
                r.language = "pl".parse().unwrap();
                let mut template = sms("{date}");
                template.language = "pl".parse().unwrap();
                r.templates = vec![template];
            }),
        ),
        (
            Code::ReminderSlotTypeGone,
            "reminders.slot_types",
            against(|r, _, _| {
                r.slot_types = Selection::all_but(["9".parse().unwrap()]);
            }),
        ),
        (
            Code::ReminderSiteGone,
            "reminders.sites",
            against(|r, _, _| {
                r.sites = Selection::only(["9".parse().unwrap()]);
            }),
        ),
        (
            Code::BookingSlotTypeGone,
            "booking.slot_types",
            against(|_, b, _| {
                b.slot_types = ["9".parse().unwrap()].into();
            }),
        ),
        (
            Code::BookingSiteGone,
            "booking.sites",
            against(|_, b, _| {
                b.sites = Selection::only(["9".parse().unwrap()]);
            }),
        ),
        (
            Code::BookingSessionHolderGone,
            "booking.session_holders",
            against(|_, b, _| {
                b.session_holders = Selection::only(["9".parse().unwrap()]);
            }),
        ),
        (
            Code::BookedByGone,
            "booking.booked_by",
            against(|_, b, _| {
                b.booked_by = Some("9".parse().unwrap());
            }),
        ),
        (
            Code::SiteGone,
            "sites",
            against(|_, _, d| d.sites = vec![site(9, "Gone")]),
        ),
        (
            Code::ReminderTimesMissing,
            "reminders.offsets",
            reminders(|r| r.offsets.clear()),
        ),
        (
            Code::ReminderTimesTooMany,
            "reminders.offsets",
            reminders(|r| {
                r.offsets = [
                    Offset::Hours(24),
                    Offset::Hours(48),
                    Offset::Hours(72),
                    Offset::Hours(96),
                ]
                .into()
            }),
        ),
        (
            Code::ReminderTimesRepeated,
            "reminders.offsets",
            reminders(|r| r.offsets = [Offset::Hours(24), Offset::WorkingDays(1)].into()),
        ),
        (
            Code::ReminderTimeOutOfRange,
            "reminders.offsets",
            reminders(|r| r.offsets = [Offset::WorkingDays(8)].into()),
        ),
        (
            Code::ReminderTimeOutOfRange,
            "reminders.offsets",
            reminders(|r| r.offsets = [Offset::Hours(169)].into()),
        ),
        (
            Code::ReminderChannelsMissing,
            "reminders.channels",
            reminders(|r| r.channels.clear()),
        ),
        (
            Code::ReminderChannelRepeated,
            "reminders.channels",
            reminders(|r| r.channels = vec![Channel::Sms, Channel::Email, Channel::Sms]),
        ),
        (
            Code::ReminderSlotTypesMissing,
            "reminders.slot_types",
            reminders(|r| r.slot_types = Selection::only([])),
        ),
        (
            Code::ReminderSitesMissing,
            "reminders.sites",
            reminders(|r| r.sites = Selection::only([])),
        ),
        (
            Code::QuietHoursEmpty,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(at(8), at(8))),
        ),
        (
            Code::QuietHoursNotWholeMinutes,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(time(8, 0, 30, 0), at(8))),
        ),
        (
            Code::QuietHoursNotWholeMinutes,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(at(20), time(8, 0, 0, 1))),
        ),
        (
            Code::QuietHoursTooShort,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(at(12), at(13))),
        ),
        (
            Code::QuietHoursTooShort,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(time(21, 1, 0, 0), at(7))),
        ),
        (
            Code::QuietHoursTooShort,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(at(21), time(6, 59, 0, 0))),
        ),
        (
            Code::QuietHoursTooShort,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(at(8), at(20))),
        ),
        (
            Code::QuietHoursTooLong,
            "reminders.quiet_hours",
            reminders(|r| r.quiet_hours = QuietHours::new(time(8, 59, 0, 0), at(8))),
        ),
        (
            Code::ReminderNoticeTooLong,
            "reminders.minimum_notice_minutes",
            reminders(|r| {
                r.offsets = [Offset::Hours(2), Offset::Hours(24)].into();
                r.minimum_notice_minutes = 120;
            }),
        ),
        (
            Code::ReminderAgeOutOfRange,
            "reminders.minimum_age_years",
            reminders(|r| r.minimum_age_years = 19),
        ),
        (
            Code::ReminderPracticeNameInvalid,
            "reminders.practice_name",
            reminders(|r| r.practice_name = Some(String::new())),
        ),
        (
            Code::ReminderCancelTextInvalid,
            "reminders.cancel_text",
            reminders(|r| r.cancel_text = Some("x".repeat(161))),
        ),
        (
            Code::BookingSlotTypesMissing,
            "booking.slot_types",
            booking(|b| b.slot_types.clear()),
        ),
        (
            Code::BookingSitesMissing,
            "booking.sites",
            booking(|b| b.sites = Selection::only([])),
        ),
        (
            Code::BookingSessionHoldersMissing,
            "booking.session_holders",
            booking(|b| b.session_holders = Selection::only([])),
        ),
        (
            Code::BookingHorizonOutOfRange,
            "booking.horizon_days",
            booking(|b| b.horizon_days = 0),
        ),
        (
            Code::BookingHorizonOutOfRange,
            "booking.horizon_days",
            booking(|b| b.horizon_days = 85),
        ),
        (
            Code::BookingNoticeBeyondHorizon,
            "booking.minimum_notice_minutes",
            booking(|b| {
                b.horizon_days = 2;
                b.minimum_notice_minutes = 2 * 24 * 60;
            }),
        ),
        (
            Code::BookingCutOffOutOfRange,
            "booking.cancel_cut_off_minutes",
            booking(|b| b.cancel_cut_off_minutes = 10_081),
        ),
        (
            Code::BookingLimitOutOfRange,
            "booking.max_future_per_patient",
            booking(|b| b.max_future_per_patient = 0),
        ),
        (
            Code::BookingLimitOutOfRange,
            "booking.max_future_per_patient",
            booking(|b| b.max_future_per_patient = 11),
        ),
        (
            Code::BookingMoveCutOffOutOfRange,
            "booking.move_cut_off_minutes",
            booking(|b| b.move_cut_off_minutes = Some(10_081)),
        ),
        (
            Code::BookingDayLimitOutOfRange,
            "booking.max_a_day_per_patient",
            booking(|b| b.max_a_day_per_patient = Some(0)),
        ),
        (
            Code::BookingPracticeLimitOutOfRange,
            "booking.max_a_day",
            booking(|b| b.max_a_day = Some(0)),
        ),
        (
            Code::BookedByMissing,
            "booking.booked_by",
            booking(|b| b.booked_by = None),
        ),
        (
            Code::BookingReasonInvalid,
            "booking.reason",
            booking(|b| b.reason.clear()),
        ),
        (
            Code::BookingReasonInvalid,
            "booking.reason",
            booking(|b| b.reason = "x".repeat(101)),
        ),
    ]
}
