use std::collections::BTreeSet;

use emis_booking::{BookingErrorKind, SlotSearch};
use emis_settings::Selection;
use emis_sim::{Distortion, SimFault, SimOperation};
use emis_types::{SiteId, StaffId};
use jiff::civil::date;

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
    assert!(world.sim.count(SimOperation::GetSlotsForSessionV2) <= 6);
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
