//! Claims: what is asked of the store before a message is sent, and what it answers.

use emis_messaging::MessageReference;
use emis_settings::Channel;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::key::{ClaimOwner, RecipientDigest, ReminderKey};

/// The longest lease of a claim. One that ends later was written under a wrong clock, and is over.
pub const LONGEST_LEASE: SignedDuration = SignedDuration::from_hours(1);

/// A request to send one message, which may remind of several appointments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRequest {
    /// The reminders, all of one practice, channel and contact. Never empty.
    pub reminders: Vec<RequestedReminder>,
    /// The owner of the claim.
    pub owner: ClaimOwner,
    /// The length of the lease, by the store's clock.
    pub lease: SignedDuration,
    /// The least time since the last message to this contact; zero for none.
    pub least_distance: SignedDuration,
    /// The present time.
    pub now: Timestamp,
}

impl ClaimRequest {
    /// Creates the request to send one reminder, with a lease of two minutes: no reminder of
    /// another time before the start stands for it, and no distance is kept.
    pub fn one(key: ReminderKey, owner: ClaimOwner, now: Timestamp) -> Self {
        let since = Timestamp::MAX;
        Self {
            reminders: vec![RequestedReminder { key, since }],
            owner,
            lease: SignedDuration::from_mins(2),
            least_distance: SignedDuration::ZERO,
            now,
        }
    }
}

/// A reminder that is to be part of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedReminder {
    /// The reminder.
    pub key: ReminderKey,
    /// The time from which any reminder of the appointment stands for this one.
    pub since: Timestamp,
}

/// The outcome of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimOutcome {
    /// The claim is granted for these reminders: send one message, then
    /// [settle](crate::ReminderStore::settle) its reference. The others are not to be sent.
    Ours(GrantedClaim),
    /// None of them is to be sent.
    Standing(Vec<(ReminderKey, ReminderStanding)>),
    /// Another message was sent to this contact too short a time ago.
    TooSoon {
        /// The time from which one may be sent.
        until: Timestamp,
    },
}

/// A granted claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedClaim {
    /// The reference of the message.
    pub reference: MessageReference,
    /// The reminders that the message carries.
    pub keys: Vec<ReminderKey>,
    /// The reminders that are not to be sent, with the reason.
    pub others: Vec<(ReminderKey, ReminderStanding)>,
    /// `true` if a message of this reference was tried before, and is said not to have been sent.
    pub tried_before: bool,
}

/// The standing of a reminder in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReminderStanding {
    /// It may be claimed.
    Free,
    /// It, or one that stands for it, was sent through this channel or another.
    Sent,
    /// It, or one that stands for it, is being sent: the lease of its owner runs.
    InFlight {
        /// The end of the lease.
        until: Timestamp,
    },
    /// It, or one that stands for it, was claimed, its lease is over and its outcome is unknown.
    InDoubt {
        /// The time of the claim.
        since: Timestamp,
    },
    /// This contact refused it permanently: it is not tried again. Another contact may be.
    Refused,
}

/// The outcome of a claimed reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReminderSettlement {
    /// It was handed over for delivery.
    Sent,
    /// It was certainly not sent, and may be claimed again.
    NotSent,
    /// It was certainly not sent, and sending it again to this contact is pointless.
    Refused,
    /// It may have been sent, and nothing can tell any more. It counts as sent.
    Unknown,
    /// It was sent, and a later message told of another start: it may be claimed again.
    Superseded,
}

impl ReminderSettlement {
    /// Every settlement.
    pub const ALL: &'static [Self] = &[
        Self::Sent,
        Self::NotSent,
        Self::Refused,
        Self::Unknown,
        Self::Superseded,
    ];

    /// Returns a stable word for databases: `sent`, `not_sent`, `refused`, `unknown` or
    /// `superseded`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Superseded => "superseded",
        }
    }
}

impl ClaimOutcome {
    /// Returns the claim, if it is granted.
    pub fn granted(self) -> Option<GrantedClaim> {
        match self {
            Self::Ours(granted) => Some(granted),
            _ => None,
        }
    }
}

/// A claimed message with an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenClaim {
    /// The reference of the message.
    pub reference: MessageReference,
    /// The reminders that it carries.
    pub keys: Vec<ReminderKey>,
    /// The time of the claim.
    pub since: Timestamp,
    /// The end of the lease of its owner, by the store's clock.
    pub lease_ends: Timestamp,
}

impl OpenClaim {
    /// Creates an open claim. For stores.
    pub const fn new(
        reference: MessageReference,
        keys: Vec<ReminderKey>,
        since: Timestamp,
        lease_ends: Timestamp,
    ) -> Self {
        Self {
            reference,
            keys,
            since,
            lease_ends,
        }
    }

    /// Returns whether its lease is over at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.lease_ends <= now || self.lease_ends.duration_since(now) > LONGEST_LEASE
    }

    /// Returns the channel of the message.
    pub fn channel(&self) -> Option<Channel> {
        self.keys.first().map(|key| key.channel)
    }

    /// Returns the digest of its contact.
    pub fn contact(&self) -> Option<RecipientDigest> {
        self.keys.first().map(|key| key.contact)
    }
}
