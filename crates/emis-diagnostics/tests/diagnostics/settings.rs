//! Faults in the practice's settings.

use emis_credentials::Grant;
use emis_diagnostics::Certainty::{Certain, Likely, Possible};
use emis_diagnostics::{CheckResult, Probe};
use emis_settings::{
    BookingSettings, PracticeHoliday, PracticeSettings, ReminderSettings, Selection,
};
use emis_sim::{Sim, SimOperation};
use emis_types::{BookedBy, SiteId, StaffId};
use jiff::civil::date;

use crate::story::{Story, result_of, summary};

#[tokio::test]
async fn a_wrong_organisation_id_is_certain_when_the_ods_code_is_right() {
    let mut story = Story::start().await;
    story.settings.update_organisation_id("50999").unwrap();
    story.enter_password(&story.practice().password());
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D08", Certain)]);
    assert_eq!(
        report.findings[0].evidence,
        ["The settings hold the EMIS organisation ID 50999, and EMIS answers for 50002."]
    );
    // No appointment is read from a practice that may be another one.
    assert_eq!(story.sim().count(SimOperation::GetAppointmentSessions), 0);

    story.carry_out(&report.findings[0]).await;
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn the_user_of_another_practice_is_detected() {
    let mut story = Story::start_with(Sim::builder().practices(2)).await;
    let other = story.sim().practices()[1].clone();
    story.settings = PracticeSettings::new(other.ods().parse().unwrap());
    story.settings.update_organisation_id(other.cdb()).unwrap();
    story.enter_password(&story.practice().password());
    let report = story.diagnose().await;
    assert_eq!(
        summary(&report),
        [("EMIS-D58", Likely), ("EMIS-D16", Possible)]
    );
}

#[tokio::test]
async fn choices_that_emis_no_longer_has_are_reported() {
    let mut story = Story::start().await;
    let mut reminders = ReminderSettings::default();
    reminders.slot_types = Selection::only(["987654".parse().unwrap()]);
    let mut booking = BookingSettings::default();
    booking.enabled = true;
    booking.slot_types = [story.practice().slot_types()[0]
        .id
        .to_string()
        .parse()
        .unwrap()]
    .into();
    booking.sites = Selection::only([SiteId::new(987_655).unwrap()]);
    booking.session_holders = Selection::only([StaffId::new(987_656).unwrap()]);
    booking.booked_by = Some("987657".parse().unwrap());
    story.settings.set_reminders(reminders.clone()).unwrap();
    story.settings.set_booking(booking.clone()).unwrap();
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D34", Certain)]);
    assert_eq!(
        report.findings[0].evidence,
        [
            "EMIS has no member of staff in whose name appointments are booked with the id 987657.",
            "EMIS has no slot type for reminders with the id 987654.",
            "EMIS has no site for self-booking with the id 987655.",
            "EMIS has no session holder for self-booking with the id 987656.",
        ]
    );

    // Choosing again from EMIS's lists corrects it.
    let staff = story.practice().staff();
    let holder = staff.iter().find(|member| member.holds_sessions).unwrap();
    reminders.slot_types = Selection::All;
    booking.sites = Selection::All;
    booking.session_holders = Selection::only([StaffId::new(holder.id.into()).unwrap()]);
    booking.booked_by = Some(BookedBy::Guid(holder.guid));
    story.settings.set_reminders(reminders).unwrap();
    story.settings.set_booking(booking).unwrap();
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn choices_of_a_feature_that_is_off_do_not_matter() {
    let mut story = Story::start().await;
    let mut reminders = ReminderSettings::default();
    reminders.enabled = false;
    reminders.slot_types = Selection::only(["987654".parse().unwrap()]);
    story.settings.set_reminders(reminders).unwrap();
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn missing_settings_are_reported() {
    let mut story = Story::start().await;
    story.settings = PracticeSettings::new("A20047".parse().unwrap());
    let report = story.diagnose_with(None).await;
    assert_eq!(
        summary(&report),
        [("EMIS-D30", Certain), ("EMIS-D31", Certain)]
    );
    assert!(story.sim().journal().is_empty(), "nothing was sent");

    for finding in &report.findings {
        story.carry_out(finding).await;
    }
    assert!(story.diagnose().await.healthy);
}

#[tokio::test]
async fn complete_settings_without_a_client_are_a_fault_of_the_product() {
    let story = Story::start().await;
    let report = story.diagnose_with(None).await;
    assert_eq!(summary(&report), [("EMIS-D33", Certain)]);
}

#[tokio::test]
async fn client_credentials_need_no_api_user() {
    let mut story = Story::start().await;
    let client = story.client_for(Grant::ClientCredentials);
    story.settings = PracticeSettings::new("A20047".parse().unwrap());
    story.settings.update_organisation_id("50002").unwrap();
    let report = story.diagnose_with(Some(&client)).await;
    assert_eq!(summary(&report), []);
    assert!(report.healthy);
    // Its tokens name no practice, but the organisation in the answer does.
    assert_eq!(
        result_of(&report, Probe::TokenOrganisation),
        CheckResult::NotStated
    );
    assert_eq!(result_of(&report, Probe::Organisation), CheckResult::Passed);
}

#[tokio::test]
async fn a_working_day_without_sessions_is_detected() {
    let mut story = Story::start().await;
    let practice = story.practice();
    let slot_type = practice.slot_types()[0].id;
    practice.staff_remove_sessions();
    // Thursday, and the weekend, have none.
    for day in [2, 3, 5, 8] {
        let start = date(2026, 6, day).at(9, 0, 0, 0);
        practice
            .staff_open_session(start, 10, 6, slot_type)
            .unwrap();
    }
    let report = story.diagnose().await;
    assert_eq!(summary(&report), [("EMIS-D28", Likely)]);
    assert_eq!(
        report.findings[0].evidence,
        ["EMIS lists no session for 04/06/2026, a working day."]
    );

    // A day on which the practice is closed needs none.
    let mut details = story.settings.details();
    let thursday = date(2026, 6, 4);
    details.holidays = vec![PracticeHoliday::new(thursday, thursday)];
    story.settings.set_details(details).unwrap();
    assert!(story.diagnose().await.healthy);
}
