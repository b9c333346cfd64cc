//! Arbitrary settings, valid and invalid.

use emis_settings::{
    AppointmentMode, BookingSettings, Channel, Offset, PracticeSettings, QuietHours, ReminderRule,
    ReminderSettings, Selection, Template,
};
use emis_types::{BookedBy, PatientNumber, SiteId, SlotTypeId, StaffId};
use jiff::civil::{Time, time};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

fn line() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,20}", ".{0,200}", Just("\t".to_owned())]
}

fn moment() -> impl Strategy<Value = Time> {
    (0..24i8, 0..60i8).prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn offset() -> impl Strategy<Value = Offset> {
    prop_oneof![
        any::<u16>().prop_map(Offset::Hours),
        any::<u8>().prop_map(Offset::WorkingDays),
    ]
}

fn template() -> impl Strategy<Value = Template> {
    let channel = prop_oneof![Just(Channel::Sms), Just(Channel::Email)];
    let body = prop_oneof![
        ".{0,40}",
        Just("{date} {time}".to_owned()),
        Just("{".to_owned())
    ];
    (channel, body).prop_map(|(channel, body)| Template::new(channel, body))
}

fn slot_type() -> impl Strategy<Value = SlotTypeId> {
    "[A-Za-z0-9]{1,6}".prop_map(|id| id.parse().unwrap())
}

macro_rules! ids {
    ($name:ident -> $id:ty) => {
        fn $name() -> impl Strategy<Value = $id> {
            (1..=i64::from(i32::MAX)).prop_map(|id| <$id>::new(id).unwrap())
        }
    };
}
ids!(patient -> PatientNumber);
ids!(site -> SiteId);
ids!(staff -> StaffId);

fn selection<T: Ord + Clone + std::fmt::Debug + 'static>(
    item: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Selection<T>> {
    prop_oneof![
        Just(Selection::All),
        btree_set(item, 0..4).prop_flat_map(|items| prop_oneof![
            Just(Selection::Only(items.clone())),
            Just(Selection::AllBut(items)),
        ]),
    ]
}

pub(crate) fn reminders() -> impl Strategy<Value = ReminderSettings> {
    let channel = prop_oneof![Just(Channel::Sms), Just(Channel::Email)];
    let when = (
        btree_set(offset(), 0..5),
        moment(),
        moment(),
        any::<u32>(),
        any::<u8>(),
    );
    let what = (
        selection(slot_type()),
        selection(site()),
        btree_set(patient(), 0..5),
    );
    let how = (
        vec(channel, 0..4),
        option::of(line()),
        option::of(line()),
        vec(template(), 0..3),
    );
    let rules = vec(rule(), 0..3);
    let switches = any::<[bool; 2]>();
    (switches, when, what, how, rules).prop_map(|([enabled, named], when, what, how, rules)| {
        let mut reminders = ReminderSettings::default();
        reminders.enabled = enabled;
        reminders.name_the_patient = named;
        reminders.offsets = when.0;
        reminders.quiet_hours = QuietHours::new(when.1, when.2);
        reminders.minimum_notice_minutes = when.3;
        reminders.minimum_age_years = when.4;
        reminders.slot_types = what.0;
        reminders.sites = what.1;
        reminders.opted_out = what.2.into_iter().collect();
        reminders.channels = how.0;
        reminders.practice_name = how.1;
        reminders.cancel_text = how.2;
        reminders.templates = how.3;
        reminders.rules = rules;
        reminders
    })
}

fn rule() -> impl Strategy<Value = ReminderRule> {
    let modes = proptest::sample::select(AppointmentMode::ALL);
    let what = (selection(slot_type()), selection(staff()), selection(modes));
    (line(), what, btree_set(offset(), 0..4)).prop_map(|(name, what, offsets)| {
        let mut rule = ReminderRule::new(name);
        (rule.slot_types, rule.clinicians, rule.modes) = what;
        rule.offsets = offsets;
        rule
    })
}

pub(crate) fn booking() -> impl Strategy<Value = BookingSettings> {
    let booked_by = prop_oneof![
        staff().prop_map(BookedBy::Dbid),
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"
            .prop_map(|guid| guid.parse().unwrap()),
    ];
    let what = (
        btree_set(slot_type(), 0..4),
        selection(site()),
        selection(staff()),
    );
    let when = (any::<u16>(), any::<u32>(), any::<u32>(), any::<u8>());
    let limits = any::<[Option<u32>; 3]>();
    let when = (when, limits);
    (any::<bool>(), what, when, option::of(booked_by), line()).prop_map(
        |(enabled, what, (when, limits), booked_by, reason)| {
            let mut booking = BookingSettings::default();
            booking.enabled = enabled;
            booking.slot_types = what.0;
            booking.sites = what.1;
            booking.session_holders = what.2;
            booking.horizon_days = when.0;
            booking.minimum_notice_minutes = when.1;
            booking.cancel_cut_off_minutes = when.2;
            booking.max_future_per_patient = when.3;
            booking.move_cut_off_minutes = limits[0];
            booking.max_a_day_per_patient = limits[1];
            booking.max_a_day = limits[2];
            booking.booked_by = booked_by;
            booking.reason = reason;
            booking
        },
    )
}

/// Settings from JSON, as a store may return them, without any check.
pub(crate) fn practice() -> impl Strategy<Value = PracticeSettings> {
    (
        option::of("[1-9][0-9]{0,9}"),
        option::of(line()),
        any::<u64>(),
        reminders(),
        booking(),
    )
        .prop_map(|(organisation_id, name, version, reminders, booking)| {
            serde_json::from_value(serde_json::json!({
                "ods_code": "A20047",
                "name": name,
                "version": version,
                "organisation_id": organisation_id,
                "reminders": reminders,
                "booking": booking,
            }))
            .unwrap()
        })
}
