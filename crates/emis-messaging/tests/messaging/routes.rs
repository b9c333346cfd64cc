//! Routes and their hours: no leg fires outside them.

use emis_messaging::{DeliveryLeg, DeliveryMeans, DeliveryRoute, SendingHours};
use emis_settings::Channel;
use emis_types::uk;
use jiff::civil::{date, time};
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

fn app_then_sms() -> DeliveryRoute {
    let mut app = DeliveryLeg::new(DeliveryMeans::NhsApp);
    app.hours = SendingHours::daily(time(6, 0, 0, 0), time(22, 0, 0, 0));
    app.may_carry_link = false;
    let mut sms = DeliveryLeg::new(DeliveryMeans::Sms);
    sms.hours = SendingHours::weekdays(time(8, 0, 0, 0), time(18, 0, 0, 0));
    sms.after_minutes = 24 * 60;
    DeliveryRoute::new(Channel::Sms, vec![app, sms])
}

#[test]
fn a_fallback_over_a_weekend_fires_on_monday() {
    let friday = uk::zoned(date(2026, 6, 5).at(16, 0, 0, 0));
    let times = app_then_sms().times(&friday);
    assert_eq!(times[0].fires_at, friday);
    assert_eq!(
        times[1].fires_at,
        uk::zoned(date(2026, 6, 8).at(8, 0, 0, 0))
    );
    assert_eq!(
        times[1].delivered_by,
        uk::zoned(date(2026, 6, 11).at(8, 0, 0, 0))
    );
    assert!(!app_then_sms().may_carry_link());
}

#[test]
fn capabilities_are_plain_data() {
    let mut capabilities = emis_messaging::SenderCapabilities::new("gateway");
    capabilities.routes.push(app_then_sms());
    let json = serde_json::to_string(&capabilities).unwrap();
    let back: emis_messaging::SenderCapabilities = serde_json::from_str(&json).unwrap();
    assert_eq!(back, capabilities);
    assert!(capabilities.route(Channel::Email).is_some());
}

proptest! {
    /// No leg fires outside its hours, before its time, or in a time that does not exist.
    #[test]
    fn no_leg_fires_outside_its_hours(minutes in 0_i64..2 * 366 * 24 * 60, from in 0_i8..23) {
        let hours = SendingHours::weekdays(time(from, 30, 0, 0), time(23, 45, 0, 0));
        let handed = uk::zoned(date(2026, 1, 1).at(0, 0, 0, 0))
            .saturating_add(SignedDuration::from_mins(minutes));
        let mut route = app_then_sms();
        route.legs[1].hours = hours;
        for leg in route.times(&handed) {
            let due = handed.saturating_add(SignedDuration::from_mins(leg.leg.after_minutes.into()));
            prop_assert!(leg.leg.hours.contain(&leg.fires_at), "{}", leg.fires_at);
            prop_assert!(leg.fires_at >= due);
            prop_assert!(leg.fires_at <= due.saturating_add(4.days()));
        }
    }
}
