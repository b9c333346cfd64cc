//! Settles messages whose outcome an earlier run did not learn.

use emis_audit::Provenance;
use emis_messaging::{DeliveryFailure, MessageFate, RepeatSafety};
use emis_types::uk;
use jiff::Timestamp;

use crate::claim::{OpenClaim, ReminderSettlement};
use crate::error::ReminderError;
use crate::key::ClaimOwner;
use crate::reminders::Reminders;
use crate::report::{RunReport, SettledDoubt};

impl Reminders {
    /// Takes over the claims whose lease is over, and settles them as the ledger of messages has it,
    /// where doubt is settled: by asking the sender, or by a person. What an idempotent sender is to
    /// be sent again is returned. Of an appointment that is over nothing can be sent any more, and
    /// the claim is closed.
    pub(crate) async fn settle_doubts(
        &self,
        owner: ClaimOwner,
        report: &mut RunReport,
    ) -> Result<Vec<OpenClaim>, ReminderError> {
        let practice = &self.identity.ods_code;
        let mut taken = self.store.open_claims(practice).await?;
        if taken.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let repeat = self.messenger.notifier().capabilities().repeat;
        let by_person = !matches!(repeat, RepeatSafety::Searchable | RepeatSafety::Idempotent);
        let mut owner = Some(owner);
        if by_person {
            // They stay as they are.
            taken.retain(|claim| claim.is_expired(now));
            owner = None;
        } else if let Some(owner) = owner {
            let lease = self.messenger.lease();
            taken = self
                .store
                .take_over_expired(practice, owner, lease, now)
                .await?;
        }
        let mut held = Vec::new();
        for claim in taken {
            let over = self.is_over(&claim, now);
            let outcome = match self.messenger.fate(practice, claim.reference).await? {
                MessageFate::Sent => Some(ReminderSettlement::Sent),
                MessageFate::NotSent => Some(ReminderSettlement::NotSent),
                // Its time ran out in doubt, and only a search tells that it was not sent.
                MessageFate::Failed(DeliveryFailure::Expired) => Some(match repeat {
                    RepeatSafety::Searchable => ReminderSettlement::NotSent,
                    _ => ReminderSettlement::Unknown,
                }),
                MessageFate::Failed(_) => Some(ReminderSettlement::Refused),
                MessageFate::InDoubt if repeat == RepeatSafety::Searchable => None,
                MessageFate::InDoubt if over => Some(ReminderSettlement::Unknown),
                MessageFate::InDoubt if repeat == RepeatSafety::Idempotent => {
                    held.push(claim.clone());
                    None
                }
                _ => None,
            };
            if let Some(outcome) = outcome {
                let by = Provenance::product();
                let reference = claim.reference;
                let settled = self
                    .store
                    .settle(practice, reference, owner, outcome, now, &by)
                    .await?;
                if settled {
                    let settled = SettledDoubt::new(reference, claim.since, outcome);
                    report.settled.push(settled);
                }
            }
        }
        Ok(held)
    }

    /// Returns whether every appointment of a claim has begun.
    fn is_over(&self, claim: &OpenClaim, now: Timestamp) -> bool {
        let begun = |start| uk::zoned(start).timestamp() <= now;
        claim.keys.iter().all(|key| begun(key.start))
    }
}
