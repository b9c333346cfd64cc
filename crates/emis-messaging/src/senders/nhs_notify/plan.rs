//! Routing plans of NHS Notify.

use emis_settings::Channel;
use jiff::civil::{Time, time};
use uuid::Uuid;

use crate::{DeliveryLeg, DeliveryMeans, DeliveryRoute, SendingHours};

/// A routing plan of NHS Notify: the legs by which it reaches a patient, and the fields that hold the
/// message.
///
/// The plans for free text are those that NHS Notify offers to every product. A plan of your own is
/// made with [`custom`](Self::custom).
///
/// # Examples
/// ```
/// use emis_messaging::senders::NhsRoutingPlan;
/// use emis_settings::Channel;
///
/// let plan = NhsRoutingPlan::app_then_sms_after_24_hours();
/// let route = plan.route(Channel::Sms);
/// assert_eq!(route.legs[1].after_minutes, 24 * 60); // too late for a reminder one day before
/// assert!(!route.may_carry_link()); // App messages hold no digital step
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NhsRoutingPlan {
    pub(super) id: Uuid,
    pub(super) legs: Vec<DeliveryLeg>,
    pub(super) fields: Vec<(String, NhsMessageField)>,
}

/// The part of a message that a field of a routing plan holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NhsMessageField {
    /// The text.
    Body,
    /// The subject of an email.
    Subject,
}

const DAY: u32 = 24 * 60;
const OPENS: Time = time(8, 0, 0, 0);
const CLOSES: Time = time(18, 0, 0, 0);

/// An App message, which falls back after `minutes`. Telephones show no notice at night.
const fn app(minutes: u32) -> DeliveryLeg {
    let mut leg = DeliveryLeg::new(DeliveryMeans::NhsApp);
    leg.hours = SendingHours::daily(time(6, 0, 0, 0), time(22, 0, 0, 0));
    leg.tried_for_minutes = minutes;
    leg.may_carry_link = false;
    leg
}

/// A text or an email, after `minutes`.
const fn office_hours(means: DeliveryMeans, minutes: u32) -> DeliveryLeg {
    let mut leg = DeliveryLeg::new(means);
    leg.hours = SendingHours::weekdays(OPENS, CLOSES);
    leg.after_minutes = minutes;
    leg
}

impl NhsRoutingPlan {
    /// The NHS App, for 24 hours.
    pub fn app() -> Self {
        Self::free_text(1, &[app(DAY)], &[BODY])
    }

    /// An email.
    pub fn email() -> Self {
        let legs = [office_hours(DeliveryMeans::Email, 0)];
        Self::free_text(2, &legs, &[EMAIL_SUBJECT, EMAIL_BODY])
    }

    /// A text message.
    pub fn sms() -> Self {
        let legs = [office_hours(DeliveryMeans::Sms, 0)];
        Self::free_text(3, &legs, &[SMS_BODY])
    }

    /// The NHS App, and an email to patients who have not read it within 24 hours.
    pub fn app_then_email_after_24_hours() -> Self {
        Self::app_then_email(4, DAY)
    }

    /// The NHS App, and an email to patients who have not read it within 4 hours.
    pub fn app_then_email_after_4_hours() -> Self {
        Self::app_then_email(5, 4 * 60)
    }

    /// The NHS App, and a text message to patients who have not read it within 24 hours.
    pub fn app_then_sms_after_24_hours() -> Self {
        Self::app_then_sms(6, DAY)
    }

    /// The NHS App, and a text message to patients who have not read it within 4 hours.
    pub fn app_then_sms_after_4_hours() -> Self {
        Self::app_then_sms(7, 4 * 60)
    }

    /// A plan that was set up for the product, whose fields for the message are named.
    pub fn custom(
        id: Uuid,
        legs: Vec<DeliveryLeg>,
        fields: impl IntoIterator<Item = (String, NhsMessageField)>,
    ) -> Self {
        Self {
            id,
            legs,
            fields: fields.into_iter().collect(),
        }
    }

    fn app_then_email(number: u8, minutes: u32) -> Self {
        let legs = [app(minutes), office_hours(DeliveryMeans::Email, minutes)];
        Self::free_text(number, &legs, &[APP_BODY, EMAIL_SUBJECT, EMAIL_BODY])
    }

    fn app_then_sms(number: u8, minutes: u32) -> Self {
        let legs = [app(minutes), office_hours(DeliveryMeans::Sms, minutes)];
        Self::free_text(number, &legs, &[APP_BODY, SMS_BODY])
    }

    fn free_text(
        number: u8,
        legs: &[DeliveryLeg],
        fields: &[(&'static str, NhsMessageField)],
    ) -> Self {
        Self {
            id: Uuid::from_u128(number.into()),
            legs: legs.to_vec(),
            fields: fields
                .iter()
                .map(|(name, field)| ((*name).to_owned(), *field))
                .collect(),
        }
    }

    /// Returns the plan's ID.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Returns the route that messages of a channel take by this plan.
    pub fn route(&self, channel: Channel) -> DeliveryRoute {
        DeliveryRoute::new(channel, self.legs.clone())
    }

    /// Returns the largest number of characters that every leg takes.
    pub(super) fn most_characters(&self) -> usize {
        let of_leg = |leg: &DeliveryLeg| match leg.means {
            DeliveryMeans::Sms => 918,
            DeliveryMeans::NhsApp => 5_000,
            DeliveryMeans::Email => 100_000,
        };
        self.legs.iter().map(of_leg).min().unwrap_or(0)
    }
}

const BODY: (&str, NhsMessageField) = ("body", NhsMessageField::Body);
const APP_BODY: (&str, NhsMessageField) = ("nhsapp_body", NhsMessageField::Body);
const SMS_BODY: (&str, NhsMessageField) = ("sms_body", NhsMessageField::Body);
const EMAIL_BODY: (&str, NhsMessageField) = ("email_body", NhsMessageField::Body);
const EMAIL_SUBJECT: (&str, NhsMessageField) = ("email_subject", NhsMessageField::Subject);
