use std::collections::BTreeSet;

use emis_booking::{AppointmentDetails, AppointmentKey, BookingErrorKind, FreeSlot, SlotSearch};
use emis_settings::{AppointmentMode, Selection};
use emis_sim::{Distortion, SimFault, SimOperation};
use emis_types::{PatientNumber, SiteId, StaffId};
use jiff::civil::{date, time};

use crate::world::{NOW, World, whole_month};

/// The slots that are free for online booking, computed from the simulator's own state.
fn expected(world: &World) -> Vec<(jiff::civil::DateTime, i32)> {
    let earliest = NOW.saturating_add(jiff::Span::new().minutes(60));
    let mut slots: Vec<_> = world
        .practice
        .slots()
        .into_iter()
        .filter(|slot| slot.is_available() && slot.start >= earliest)
        .filter(|slot| {
            let slot_type = slot.slot_type_id.to_string().parse().unwrap();
            world.settings.slot_types.contains(&slot_type)
        })
        .map(|slot| (slot.start, slot.slot_id))
        .collect();
    slots.sort_unstable();
    slots
}

#[tokio::test]
async fn a_search_returns_exactly_the_offered_slots_in_order() {
    let world = World::new().await;
    let mut search = whole_month();
    search.enough = usize::MAX;
    let found = world.booking.free_slots(&search).await.unwrap();
    let starts: Vec<_> = found
        .slots
        .iter()
        .map(|slot| (slot.start.datetime(), slot.slot.get()))
        .collect();
    assert_eq!(starts, expected(&world));
    assert!(found.skipped.is_empty() && found.unread.is_empty());
    assert_eq!(found.more_from, None);
    let slot = &found.slots[0];
    assert!(slot.minutes.is_some() && slot.site.is_some());
    assert_eq!(slot.session_holders.len(), 1);
}

#[tokio::test]
async fn a_search_narrows_by_time_site_and_session_holder() {
    let world = World::new().await;
    let all = world
        .booking
        .free_slots(&whole_month())
        .await
        .unwrap()
        .slots;
    let wanted = all.last().unwrap();
    let site = wanted.site.as_ref().unwrap().id;
    let holder = wanted.session_holders[0].id;

    let mut search = SlotSearch::new(
        wanted.start.datetime(),
        wanted
            .start
            .datetime()
            .saturating_add(jiff::Span::new().minutes(1)),
    );
    search.sites = Some([site].into());
    search.session_holders = Some([holder].into());
    let found = world.booking.free_slots(&search).await.unwrap().slots;
    assert!(found.contains(wanted));
    assert!(found.iter().all(|slot| slot.start == wanted.start));

    search.sites = Some([SiteId::new(999_999).unwrap()].into());
    assert!(
        world
            .booking
            .free_slots(&search)
            .await
            .unwrap()
            .slots
            .is_empty()
    );
    search.sites = None;
    search.session_holders = Some([StaffId::new(999_999).unwrap()].into());
    assert!(
        world
            .booking
            .free_slots(&search)
            .await
            .unwrap()
            .slots
            .is_empty()
    );
    search.session_holders = None;
    search.slot_types = Some(BTreeSet::new());
    assert!(
        world
            .booking
            .free_slots(&search)
            .await
            .unwrap()
            .slots
            .is_empty()
    );
}

#[tokio::test]
async fn a_search_never_widens_what_the_practice_allows() {
    let world = World::with(|settings| settings.sites = Selection::only([])).await;
    let error = world.booking.free_slots(&whole_month()).await.unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::Settings);

    let world = World::with(|settings| settings.horizon_days = 2).await;
    let found = world.booking.free_slots(&whole_month()).await.unwrap();
    let last = found.slots.last().unwrap().start.date();
    assert!(last <= date(2026, 6, 4), "nothing beyond the horizon");

    let world = World::with(|settings| settings.enabled = false).await;
    let off = world.booking.free_slots(&whole_month()).await.unwrap();
    assert!(off.off && off.slots.is_empty() && !found.off);
    assert!(world.sim.journal().is_empty(), "EMIS is not asked");
}

#[tokio::test]
async fn a_search_stops_at_the_end_of_a_day_and_continues_from_there() {
    let world = World::new().await;
    let mut search = whole_month();
    search.enough = 1;
    let mut slots = Vec::new();
    loop {
        let found = world.booking.free_slots(&search).await.unwrap();
        slots.extend(found.slots);
        match found.more_from {
            Some(day) => search.from = day.at(0, 0, 0, 0),
            None => break,
        }
    }
    let starts: Vec<_> = slots
        .iter()
        .map(|slot| (slot.start.datetime(), slot.slot.get()))
        .collect();
    assert_eq!(starts, expected(&world));
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_reported_and_the_rest_found() {
    let world = World::new().await;
    let all = world
        .booking
        .free_slots(&whole_month())
        .await
        .unwrap()
        .slots;
    world
        .sim
        .faults()
        .next(SimOperation::GetSlotsForSessionV2, SimFault::Status(500));
    let found = world.booking.free_slots(&whole_month()).await.unwrap();
    let [unread] = &found.unread[..] else {
        panic!("one session is unread")
    };
    assert_eq!(unread.date, date(2026, 6, 2));
    let others = all.iter().filter(|slot| slot.session != unread.session);
    assert!(found.slots.iter().eq(others));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_reported() {
    let world = World::new().await;
    world.sim.faults().next(
        SimOperation::GetSlotsForSessionV2,
        SimFault::Distort(Distortion::MalformedRecord),
    );
    let found = world.booking.free_slots(&whole_month()).await.unwrap();
    assert_eq!(found.skipped.len(), 1);
    assert!(!found.slots.is_empty());
}

#[tokio::test]
async fn a_search_gives_up_when_emis_keeps_failing() {
    let world = World::new().await;
    world.sim.faults().times(
        SimOperation::GetSlotsForSessionV2,
        100,
        SimFault::Status(500),
    );
    let error = world.booking.free_slots(&whole_month()).await.unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::Emis);
    // Those that were read at the same time are among them.
    assert!(world.sim.count(SimOperation::GetSlotsForSessionV2) <= 9);
}

#[tokio::test]
async fn a_search_that_ends_before_it_starts_is_refused() {
    let world = World::new().await;
    let search = SlotSearch::new(NOW, date(2026, 6, 1).at(0, 0, 0, 0));
    let error = world.booking.free_slots(&search).await.unwrap_err();
    assert_eq!(error.kind(), BookingErrorKind::InvalidSearch);

    let past = SlotSearch::new(date(2026, 5, 1).at(0, 0, 0, 0), NOW);
    assert!(
        world
            .booking
            .free_slots(&past)
            .await
            .unwrap()
            .slots
            .is_empty()
    );
}

#[tokio::test]
async fn a_search_narrows_by_mode_and_by_time_of_day() {
    let world = World::new().await;
    let all = world.booking.free_slots(&every_slot()).await.unwrap().slots;
    assert!(all.iter().all(|slot| slot.mode.is_none()));
    let by_telephone = || every_slot().in_modes([AppointmentMode::Telephone]);
    let none = world.booking.free_slots(&by_telephone()).await.unwrap();
    assert!(none.slots.is_empty(), "no mode is set");

    let booking = world.booking_with(|details| {
        let routine = all[0].slot_type.clone();
        details.slot_type_modes = [(routine, AppointmentMode::Telephone)].into();
    });
    let found = booking.free_slots(&by_telephone()).await.unwrap().slots;
    assert_eq!(found.len(), all.len());
    assert_eq!(found[0].mode, Some(AppointmentMode::Telephone));
    let json = serde_json::to_string(&found[0]).unwrap();
    assert_eq!(serde_json::from_str::<FreeSlot>(&json).unwrap(), found[0]);
    let details = booking
        .details(&key(&found[0], world.patient()))
        .await
        .unwrap();
    assert_eq!(details, Some(AppointmentDetails::from(&found[0])));

    let noon = time(12, 0, 0, 0);
    let mornings = every_slot().between(time(0, 0, 0, 0), noon);
    let afternoons = every_slot().between(noon, time(23, 59, 59, 0));
    let mornings = booking.free_slots(&mornings).await.unwrap().slots;
    let afternoons = booking.free_slots(&afternoons).await.unwrap().slots;
    assert!(mornings.iter().all(|slot| slot.start.time() < noon));
    assert!(afternoons.iter().all(|slot| slot.start.time() >= noon));
    assert!(!mornings.is_empty() && !afternoons.is_empty());
    assert_eq!(mornings.len() + afternoons.len(), all.len());
}

#[tokio::test]
async fn the_usual_gp_comes_first_on_each_day() {
    let world = World::new().await;
    let gp = world
        .booking
        .usual_gp(world.patient())
        .await
        .unwrap()
        .unwrap();
    let search = whole_month().first_with(gp);
    let found = world.booking.free_slots(&search).await.unwrap().slots;
    let with_gp = |slot: &FreeSlot| slot.session_holders.iter().any(|it| it.id == gp);
    assert!(found.iter().any(with_gp) && !found.iter().all(with_gp));
    for day in found.chunk_by(|a, b| a.start.date() == b.start.date()) {
        assert!(day.is_sorted_by_key(|slot| (!with_gp(slot), slot.start.timestamp())));
    }
    assert!(found.is_sorted_by_key(|slot| slot.start.date()));
}

#[tokio::test]
async fn the_next_available_slot_is_the_first_of_any_page() {
    let world = World::new().await;
    let all = world
        .booking
        .free_slots(&whole_month())
        .await
        .unwrap()
        .slots;
    let next = world.booking.next_available(&whole_month()).await.unwrap();
    assert_eq!(next.as_ref(), all.first());
    let before_dawn = whole_month().between(time(3, 0, 0, 0), time(4, 0, 0, 0));
    let none = world.booking.next_available(&before_dawn).await.unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn a_wall_time_that_the_clocks_skip_is_a_finding_and_not_offered() {
    let world = World::at(date(2026, 3, 26).at(10, 0, 0, 0)).await;
    let night = date(2026, 3, 29).at(0, 30, 0, 0);
    let routine = world.settings.slot_types.first().unwrap();
    let routine = routine.as_str().parse().unwrap();
    let slots = world.practice.staff_open_session(night, 30, 5, routine);
    let search = SlotSearch::new(night, date(2026, 3, 29).at(4, 0, 0, 0));
    let found = world.booking.free_slots(&search).await.unwrap();
    let starts: Vec<_> = found.slots.iter().map(|it| it.start.to_string()).collect();
    assert_eq!(
        starts,
        [
            "2026-03-29T00:30:00+00:00[Europe/London]",
            "2026-03-29T02:00:00+01:00[Europe/London]",
            "2026-03-29T02:30:00+01:00[Europe/London]",
        ]
    );
    let impossible: Vec<_> = found.impossible.iter().map(|it| it.slot.get()).collect();
    assert_eq!(impossible, slots.unwrap()[1..3]);
    let skipped = found
        .impossible
        .iter()
        .map(|it| it.start.time().to_string());
    assert_eq!(skipped.collect::<Vec<_>>(), ["01:00:00", "01:30:00"]);
}

fn key(slot: &FreeSlot, patient: PatientNumber) -> AppointmentKey {
    AppointmentKey {
        session: slot.session,
        slot: slot.slot,
        patient,
        start: slot.start.timestamp(),
    }
}

fn every_slot() -> SlotSearch {
    let mut search = whole_month();
    search.enough = usize::MAX;
    search
}
