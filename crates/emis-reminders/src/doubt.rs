//! Settles messages whose outcome an earlier run did not learn.

use emis_audit::Provenance;
use emis_messaging::{PracticeTask, RepeatSafety, TaskKind, TaskSubject};
use emis_types::uk;
use jiff::Timestamp;
use tracing::warn;

use crate::claim::{OpenClaim, ReminderSettlement};
use crate::error::ReminderError;
use crate::key::ClaimOwner;
use crate::reminders::Reminders;
use crate::report::{RunReport, SettledDoubt};
use crate::store::ToldChanges;

impl Reminders {
    /// Takes over the claims whose lease is over, and settles them: by asking the sender, or else
    /// they are returned to be sent again, or else a person is told. Of an appointment that is over
    /// nothing can be sent any more, and the claim is closed.
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
        let repeat = self.notifier.capabilities().repeat;
        let by_person = !matches!(repeat, RepeatSafety::Searchable | RepeatSafety::Idempotent);
        let mut owner = Some(owner);
        if by_person {
            // They stay as they are.
            taken.retain(|claim| claim.is_expired(now));
            owner = None;
        } else if let Some(owner) = owner {
            let lease = self.lease_time();
            taken = self
                .store
                .take_over_expired(practice, owner, lease, now)
                .await?;
        }
        let mut held = Vec::new();
        let mut tasks = Vec::new();
        for claim in taken {
            let over = self.is_over(&claim, now);
            let outcome = match repeat {
                RepeatSafety::Searchable => match self.ask_sender(claim.reference).await {
                    Ok(outcome) => Some(outcome),
                    Err(setback) => {
                        let failure = setback.failure().unwrap_or_default();
                        warn!(%practice, "a doubt could not be settled: {failure}");
                        None
                    }
                },
                _ if over => Some(ReminderSettlement::Unknown),
                RepeatSafety::Idempotent => {
                    held.push(claim.clone());
                    None
                }
                _ => {
                    tasks.extend(self.doubt_task(&claim, now));
                    None
                }
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
        if !tasks.is_empty() {
            let none = ToldChanges::default();
            self.store
                .note_changes(practice, &none, &tasks, now)
                .await?;
        }
        Ok(held)
    }

    /// Returns whether every appointment of a claim has begun.
    fn is_over(&self, claim: &OpenClaim, now: Timestamp) -> bool {
        let begun = |start| uk::zoned(start).timestamp() <= now;
        claim.keys.iter().all(|key| begun(key.start))
    }

    fn doubt_task(&self, claim: &OpenClaim, now: Timestamp) -> Option<PracticeTask> {
        let key = claim.keys.first()?;
        let mut subject = TaskSubject::appointment(key.patient, key.slot, key.start);
        subject.message = Some(claim.reference);
        let practice = self.identity.ods_code.clone();
        Some(PracticeTask::new(
            practice,
            TaskKind::MessageInDoubt,
            subject,
            now,
        ))
    }
}
