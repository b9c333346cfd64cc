//! Routes: the legs by which a sender delivers a message.

use emis_settings::Channel;
use jiff::{SignedDuration, Zoned};
use serde::{Deserialize, Serialize};

use crate::hours::SendingHours;

/// The means by which a leg reaches the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryMeans {
    /// A text message.
    Sms,
    /// An email.
    Email,
    /// A message in the NHS App.
    NhsApp,
}

/// A leg of a route: one attempt to reach the patient, when those before it did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryLeg {
    /// The means.
    pub means: DeliveryMeans,
    /// The minutes after the message was handed over at which the leg fires, if it is still needed.
    pub after_minutes: u32,
    /// The hours in which it fires.
    pub hours: SendingHours,
    /// The minutes for which delivery is tried once the leg has fired.
    pub tried_for_minutes: u32,
    /// True if its text may carry a link.
    pub may_carry_link: bool,
}

impl DeliveryLeg {
    /// Creates a leg that fires when the message is handed over, at any time, with links, and is
    /// tried for 72 hours, as telephone networks do.
    pub const fn new(means: DeliveryMeans) -> Self {
        Self {
            means,
            after_minutes: 0,
            hours: SendingHours::ALWAYS,
            tried_for_minutes: 72 * 60,
            may_carry_link: true,
        }
    }
}

/// The legs by which a sender delivers a message of a channel, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeliveryRoute {
    /// The channel that the route serves: the practice's choice and the patient's opt-outs of this
    /// channel govern it.
    pub channel: Channel,
    /// The legs. A route without legs delivers nothing.
    pub legs: Vec<DeliveryLeg>,
}

/// A leg with the times at which it fires and reaches the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegTime {
    /// The leg.
    pub leg: DeliveryLeg,
    /// The time at which it fires.
    pub fires_at: Zoned,
    /// The latest time at which the message may reach the patient by it.
    pub delivered_by: Zoned,
}

impl DeliveryRoute {
    /// Creates a route.
    pub const fn new(channel: Channel, legs: Vec<DeliveryLeg>) -> Self {
        Self { channel, legs }
    }

    /// Creates the route of one leg that fires at once.
    pub fn direct(channel: Channel) -> Self {
        let means = match channel {
            Channel::Email => DeliveryMeans::Email,
            _ => DeliveryMeans::Sms,
        };
        Self::new(channel, vec![DeliveryLeg::new(means)])
    }

    /// Returns when each leg of a message that is handed over at `time` fires, in the order of the
    /// legs.
    pub fn times(&self, time: &Zoned) -> Vec<LegTime> {
        let minutes = |minutes: u32| SignedDuration::from_mins(minutes.into());
        let of_leg = |leg: &DeliveryLeg| {
            let fires_at = leg
                .hours
                .next(&time.saturating_add(minutes(leg.after_minutes)));
            let delivered_by = fires_at.saturating_add(minutes(leg.tried_for_minutes));
            LegTime {
                leg: *leg,
                fires_at,
                delivered_by,
            }
        };
        self.legs.iter().map(of_leg).collect()
    }

    /// Returns `true` if every leg may carry a link.
    pub fn may_carry_link(&self) -> bool {
        self.legs.iter().all(|leg| leg.may_carry_link)
    }
}
