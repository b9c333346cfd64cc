//! The routes of senders: no leg of a plan fires in quiet hours, at night, or after the cut-off.

use emis_messaging::{
    Addressing, DeliveryLeg, DeliveryMeans, DeliveryRoute, SenderCapabilities, SendingHours,
};
use emis_reminders::Planner;
use emis_settings::{Channel, Offset, QuietHours, ReminderSettings, WorkingCalendar};
use emis_types::uk;
use jiff::civil::{Time, time};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::support::{adult, booked};

fn any_time() -> impl Strategy<Value = Time> {
    (0_i8..24, prop_oneof![Just(0_i8), 0_i8..60])
        .prop_map(|(hour, minute)| time(hour, minute, 0, 0))
}

fn any_hours() -> impl Strategy<Value = SendingHours> {
    let span = (0_i8..23).prop_flat_map(|from| (Just(from), from + 1..=23));
    let span = span.prop_map(|(from, until)| (time(from, 0, 0, 0), time(until, 0, 0, 0)));
    prop_oneof![
        2 => Just(SendingHours::ALWAYS),
        1 => span.clone().prop_map(|(from, until)| SendingHours::daily(from, until)),
        1 => span.prop_map(|(from, until)| SendingHours::weekdays(from, until)),
    ]
}

fn any_leg() -> impl Strategy<Value = DeliveryLeg> {
    let after = prop_oneof![Just(0_u32), 1_u32..600, 600_u32..3_000];
    (after, any_hours()).prop_map(|(after, hours)| {
        let mut leg = DeliveryLeg::new(DeliveryMeans::Sms);
        (leg.after_minutes, leg.hours) = (after, hours);
        leg
    })
}

fn any_sender() -> impl Strategy<Value = SenderCapabilities> {
    let legs = || proptest::collection::vec(any_leg(), 0..=3);
    (legs(), legs(), any::<bool>()).prop_map(|(sms, email, by_number)| {
        let mut sender = SenderCapabilities::new("any");
        sender.routes = vec![
            DeliveryRoute::new(Channel::Sms, sms),
            DeliveryRoute::new(Channel::Email, email),
        ];
        if by_number {
            sender.addressing = Addressing::NhsNumber;
        }
        sender
    })
}

prop_compose! {
    fn any_settings()(
        offsets in proptest::collection::btree_set(
            prop_oneof![
                (1_u16..=72).prop_map(Offset::Hours),
                (1_u8..=3).prop_map(Offset::WorkingDays),
            ],
            1..=3,
        ),
        from in any_time(),
        until in any_time(),
        notice in prop_oneof![Just(60_u16), 0_u16..2_000],
        between in prop_oneof![Just(0_u16), 1_u16..240],
    ) -> ReminderSettings {
        let mut settings = ReminderSettings::default();
        settings.offsets = offsets;
        settings.quiet_hours = QuietHours::new(from, until);
        settings.minimum_notice_minutes = notice.into();
        settings.least_minutes_between = between.into();
        settings
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// The times include both nights in which the clocks change.
    #[test]
    fn no_leg_of_a_plan_fires_in_quiet_hours_or_after_the_cut_off(
        now in prop_oneof![
            1_774_600_000_i64..1_774_800_000,
            1_792_700_000_i64..1_792_950_000,
            1_780_000_000_i64..1_790_000_000,
        ],
        sender in any_sender(),
        settings in any_settings(),
        ahead in proptest::collection::vec(0_i64..5_000, 1..20),
    ) {
        let now = uk::at(Timestamp::from_second(now).unwrap());
        let calendar = WorkingCalendar::default();
        let mut planner = Planner::new(&now, &settings, &calendar).with_sender(sender.clone());
        for (n, minutes) in ahead.iter().enumerate() {
            let number = n as i64 + 1;
            let mut patient = adult(number);
            patient.nhs_number = Some("999 000 0018".parse().unwrap());
            let start = now.checked_add(SignedDuration::from_mins(*minutes)).unwrap();
            planner.note(&booked(number, start.datetime(), patient));
        }
        let plan = planner.finish();
        let notice = SignedDuration::from_mins(settings.minimum_notice_minutes.into());
        for due in plan.due.iter().chain(&plan.soon) {
            let cut_off = uk::zoned(due.booked.start).checked_sub(notice).unwrap();
            prop_assert!(!due.addressees.is_empty());
            for to in &due.addressees {
                let route = sender.route(to.channel()).unwrap();
                prop_assert!(!route.legs.is_empty(), "a route without legs delivers nothing");
                for leg in route.times(&now) {
                    let fires = leg.fires_at.with_time_zone(now.time_zone().clone());
                    for quiet in [settings.quiet_hours, QuietHours::NIGHT] {
                        prop_assert!(!quiet.contains(fires.time()), "{fires} of {leg:?}");
                    }
                    prop_assert!(fires <= cut_off, "{fires} is later than {cut_off}");
                }
            }
        }
    }
}
