//! The tables of `docs/messages.md`.

use emis_messaging::senders::{
    GovUkNotify, GovUkNotifyRefusal as GovUk, NhsNotifyRefusal as Nhs, NhsRoutingPlan,
};
use emis_messaging::{DeliveryLeg, DeliveryMeans, Notifier};
use emis_settings::Channel;

use super::support::clock;

const GUIDE: &str = include_str!("../../../../../docs/messages.md");

fn row(sender: &str, leg: &DeliveryLeg) -> String {
    let means = match leg.means {
        DeliveryMeans::Sms => "text",
        DeliveryMeans::Email => "email",
        _ => "NHS App",
    };
    let hours = |minutes: u32| format!("{} h", minutes / 60);
    let after = match leg.after_minutes {
        0 => "at once".to_owned(),
        minutes => format!("after {}", hours(minutes)),
    };
    let open = serde_json::to_value(leg.hours).unwrap();
    let time = |name: &str| open[name].as_str().unwrap()[..5].to_owned();
    let open = match (
        open["weekdays_only"].as_bool().unwrap(),
        time("from").as_str(),
    ) {
        (false, "00:00") => "always".to_owned(),
        (false, from) => format!("{from} to {} every day", time("until")),
        (true, from) => format!("{from} to {}, Monday to Friday", time("until")),
    };
    let link = if leg.may_carry_link { "yes" } else { "no" };
    let tried = hours(leg.tried_for_minutes);
    format!("| {sender} | {means} | {after} | {open} | {tried} | {link} |\n")
}

#[test]
fn the_guide_states_every_leg() {
    let mut table = String::new();
    let govuk = GovUkNotify::builder(clock()).build().unwrap();
    for route in &govuk.capabilities().routes {
        table.push_str(&row("GOV.UK Notify", &route.legs[0]));
    }
    for plan in [
        NhsRoutingPlan::app(),
        NhsRoutingPlan::email(),
        NhsRoutingPlan::sms(),
        NhsRoutingPlan::app_then_email_after_24_hours(),
        NhsRoutingPlan::app_then_email_after_4_hours(),
        NhsRoutingPlan::app_then_sms_after_24_hours(),
        NhsRoutingPlan::app_then_sms_after_4_hours(),
    ] {
        for leg in plan.route(Channel::Sms).legs {
            let sender = format!("NHS Notify, plan {}", plan.id().as_u128());
            table.push_str(&row(&sender, &leg));
        }
    }
    table.push_str(&row("mail server", &DeliveryLeg::new(DeliveryMeans::Email)));
    assert!(
        GUIDE.contains(&table),
        "docs/messages.md does not hold:\n{table}"
    );
}

#[test]
fn the_guide_names_every_refusal() {
    for text in [
        GovUk::RateLimit,
        GovUk::DailyLimit,
        GovUk::Credentials,
        GovUk::Contact,
        GovUk::Setup,
    ]
    .map(|it| format!("`GovUkNotifyRefusal::{it:?}`"))
    .into_iter()
    .chain(
        [
            Nhs::RateLimit,
            Nhs::TooEarly,
            Nhs::Credentials,
            Nhs::NhsNumber,
            Nhs::Setup,
            Nhs::Closed,
        ]
        .map(|it| format!("`NhsNotifyRefusal::{it:?}`")),
    ) {
        assert!(
            GUIDE.contains(&text),
            "docs/messages.md does not name {text}"
        );
    }
}
