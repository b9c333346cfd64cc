//! Minutes around now, and the night's appointments, at a simulated practice.

use emis_client::model::{
    BookedPatient, DateRange, Listing, MinutesWindow, PatientAppointment, Session,
};
use emis_client::{Client, Encoding};
use emis_sim::{PatientKind, Sim};
use emis_test_support::{LeakGuard, api_user_grant, client_builder, token_source_builder};
use emis_types::{ManualClock, SlotId, uk};
use jiff::civil::{DateTime, date, time};
use jiff::{Timestamp, ToSpan};

use super::{AUTUMN, SPRING};
use crate::support::id;

/// A practice with a patient, a client of it and the clock that both go by.
struct Practice {
    sim: Sim,
    client: Client,
    clock: ManualClock,
    patient: i32,
    _listening: LeakGuard,
}

impl Practice {
    async fn at(now: DateTime, answers: Encoding) -> Self {
        let clock = ManualClock::at_uk(now);
        let sim = Sim::builder().patients(20).manual_clock(clock.clone());
        let sim = sim.start().await.unwrap();
        let _listening = LeakGuard::for_sim(&sim);
        let practice = sim.practice();
        let tokens = token_source_builder(&sim, api_user_grant(&practice), &clock);
        let client = client_builder(&sim, tokens, &clock)
            .answers_in(answers)
            .build()
            .unwrap();
        Self {
            client,
            clock,
            patient: practice.patient_of_kind(PatientKind::Regular).unwrap(),
            sim,
            _listening,
        }
    }

    /// Reception opens a session of one slot and books the patient in.
    fn book(&self, start: DateTime) -> SlotId {
        let practice = self.sim.practice();
        let slot_type = practice.slot_types()[0].id;
        let slots = practice.staff_open_session(start, 10, 1, slot_type);
        let slot = slots.unwrap()[0];
        practice.staff_book(slot, self.patient).unwrap();
        id(&slot.to_string())
    }

    /// Which of some slots are within a window, and when they start.
    async fn around_now(&self, (before, within): (u32, u32), slots: &[SlotId]) -> Vec<DateTime> {
        let window = MinutesWindow::new(before, within).unwrap();
        let booked = self.client.appointments().get_booked_patients(window).await;
        let booked: Listing<BookedPatient> = booked.unwrap();
        assert_eq!(booked.skipped, []);
        let ours = booked.items.iter().filter(|one| slots.contains(&one.slot));
        ours.map(|one| one.start).collect()
    }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn minutes_around_now_are_real_ones() {
    // Now; the minutes back and ahead; which of the night's appointments they reach.
    let nights = [
        (
            AUTUMN,
            [time(0, 40, 0, 0), time(1, 30, 0, 0), time(2, 0, 0, 0)],
            vec![
                // Half past midnight, in summer time.
                ("2026-10-24T23:30:00Z", (0, 9), vec![]),
                ("2026-10-24T23:30:00Z", (0, 10), vec![0]),
                ("2026-10-24T23:30:00Z", (0, 59), vec![0]),
                ("2026-10-24T23:30:00Z", (0, 60), vec![0, 1]),
                ("2026-10-24T23:30:00Z", (0, 90), vec![0, 1]),
                ("2026-10-24T23:30:00Z", (0, 149), vec![0, 1]),
                ("2026-10-24T23:30:00Z", (0, 150), vec![0, 1, 2]),
                // Half past one for the second time: the appointment was at the first.
                ("2026-10-25T01:30:00Z", (59, 29), vec![]),
                ("2026-10-25T01:30:00Z", (60, 29), vec![1]),
                ("2026-10-25T01:30:00Z", (60, 30), vec![1, 2]),
            ],
        ),
        (
            SPRING,
            [time(0, 40, 0, 0), time(1, 30, 0, 0), time(2, 0, 0, 0)],
            vec![
                // Half an hour before two o'clock comes instead of one.
                ("2026-03-29T00:30:00Z", (0, 29), vec![0]),
                ("2026-03-29T00:30:00Z", (0, 30), vec![0, 2]),
                ("2026-03-29T00:30:00Z", (0, 59), vec![0, 2]),
                // A time that is never shown is when it would have been: half past two.
                ("2026-03-29T00:30:00Z", (0, 60), vec![0, 1, 2]),
                ("2026-03-29T01:40:00Z", (9, 0), vec![]),
                ("2026-03-29T01:40:00Z", (10, 0), vec![1]),
                ("2026-03-29T01:40:00Z", (40, 0), vec![1, 2]),
                ("2026-03-29T01:40:00Z", (60, 0), vec![0, 1, 2]),
            ],
        ),
    ];
    for (night, times, table) in nights {
        let eve = night.yesterday().unwrap().at(22, 0, 0, 0);
        let practice = Practice::at(eve, Encoding::Json).await;
        let starts = times.map(|time| night.to_datetime(time));
        let slots = starts.map(|start| practice.book(start));
        for (now, window, reached) in table {
            practice.clock.set(moment(now));
            let reached: Vec<_> = reached
                .into_iter()
                .map(|place: usize| starts[place])
                .collect();
            let seen = practice.around_now(window, &slots).await;
            assert_eq!(seen, reached, "{now} {window:?}");
        }
    }
}

#[tokio::test]
async fn thirty_days_are_thirty_times_twenty_four_hours() {
    for (now, last) in [
        (date(2026, 3, 15), date(2026, 4, 14).at(13, 0, 0, 0)),
        (date(2026, 10, 10), date(2026, 11, 9).at(11, 0, 0, 0)),
        (date(2026, 6, 2), date(2026, 7, 2).at(12, 0, 0, 0)),
    ] {
        let practice = Practice::at(now.at(12, 0, 0, 0), Encoding::Json).await;
        let slots = [-1, 0, 1].map(|minute| practice.book(last + minute.minutes()));
        let window = (0, MinutesWindow::MAX_WITHIN);
        let seen = practice.around_now(window, &slots).await;
        assert_eq!(seen, [last - 1.minutes(), last], "{now}");
    }
}

#[tokio::test]
async fn half_past_one_is_one_moment_in_every_answer_and_encoding() {
    for (night, expected) in [
        (SPRING, "2026-03-29T02:30:00+01:00[Europe/London]"),
        (AUTUMN, "2026-10-25T01:30:00+01:00[Europe/London]"),
    ] {
        for encoding in [Encoding::Json, Encoding::Xml] {
            let now = night.yesterday().unwrap().at(22, 0, 0, 0);
            let practice = Practice::at(now, encoding).await;
            let half_past = night.at(1, 30, 0, 0);
            let slot = practice.book(half_past);
            let appointments = practice.client.appointments();

            let range = DateRange::new(night - 60.days(), night + 60.days()).unwrap();
            let sessions = appointments.get_appointment_sessions(range, None).await;
            let sessions = sessions.unwrap().items;
            let at_night = |session: &&Session| session.start == Some(half_past.time());
            let found: Vec<_> = sessions.iter().filter(at_night).collect();
            let [session] = found[..] else {
                panic!("{} sessions at night", found.len())
            };
            let slots = appointments
                .get_slots_for_session(session.id)
                .await
                .unwrap();
            assert_eq!((slots.items.len(), slots.items[0].id), (1, slot));
            assert_eq!(slots.items[0].starts_at(session).to_string(), expected);

            let patient = id(&practice.patient.to_string());
            let own = appointments.get_patient_appointments(patient, range).await;
            let own: Listing<PatientAppointment> = own.unwrap();
            let starts = own.items.iter().filter(|one| one.slot == slot);
            assert_eq!(Vec::from_iter(starts.map(|one| one.start)), [half_past]);
            assert_eq!(uk::zoned(half_past).to_string(), expected);
            assert_eq!(practice.around_now((0, 600), &[slot]).await, [half_past]);
        }
    }
}
