//! Sends one message, after a last look at each appointment that it tells.

use emis_audit::Provenance;
use emis_messaging::{
    Message, MessageKind, MessageReference, MessageState, NotifyError, NotifyErrorKind, SendOutcome,
};
use emis_types::uk;
use jiff::{SignedDuration, Timestamp};

use crate::batch::{Batch, Told};
use crate::claim::{
    ClaimOutcome, ClaimRequest, OpenClaim, ReminderSettlement, ReminderStanding, RequestedReminder,
};
use crate::contact_book::{Addressee, MessageRecipient};
use crate::group::Group;
use crate::key::{ClaimOwner, ReminderKey};
use crate::links::AppointmentLink;
use crate::plan::DueReminder;
use crate::reminders::Reminders;
use crate::report::SentReminder;
use crate::schedule::least_distance;
use crate::setback::Setback;
use crate::suppression::SuppressionReason;

impl Reminders {
    /// Sends one message, unless something is against it.
    pub(crate) async fn remind(&self, batch: &Batch<'_>, group: Group) -> Told {
        let mut told = Told::default();
        let mut members = Vec::new();
        let whole = group.members.len();
        for reminder in group.members {
            match self.look_again(batch, &reminder).await {
                Ok(fresh) => {
                    told.looked = true;
                    members.push(fresh);
                }
                Err(setback) => told.setbacks.push((reminder, setback)),
            }
        }
        if let Some(claim) = group.held {
            self.send_again(batch, claim, members, whole, &mut told)
                .await;
            return told;
        }
        let first = members.first().and_then(|it| it.addressees.first());
        let Some(first) = first.map(|it| it.recipient.clone()) else {
            return told;
        };
        let same = |it: &DueReminder| it.addressees.first().map(|it| &it.recipient) == Some(&first);
        let (members, apart) = members.into_iter().partition(same);
        told.apart = apart;
        self.claim_and_send(batch, members, &mut told).await;
        told
    }

    async fn claim_and_send(&self, batch: &Batch<'_>, members: Vec<DueReminder>, told: &mut Told) {
        let addressees = members.first().map(|it| it.addressees.clone());
        let mut refused: Option<Setback> = None;
        let mut members = members;
        for to in addressees.unwrap_or_default() {
            let request = self.request(batch, &members, &to);
            let granted = match self.store.claim(&request).await {
                Ok(ClaimOutcome::Ours(granted)) => granted,
                Ok(ClaimOutcome::Standing(standing)) => {
                    let all = standing.iter();
                    if all.clone().all(|it| it.1 == ReminderStanding::Refused) {
                        if members.len() > 1 {
                            told.apart.extend(members);
                            return;
                        }
                        continue;
                    }
                    for (member, (_, standing)) in members.into_iter().zip(standing) {
                        told.setbacks.push((member, Setback::Standing(standing)));
                    }
                    return;
                }
                Ok(ClaimOutcome::TooSoon { until }) => {
                    let until = uk::at(until).datetime();
                    let reason = SuppressionReason::RecentMessage;
                    told.set_back(members, || Setback::Waits(reason, until));
                    return;
                }
                Err(error) => return told.fail(members, Setback::Store(error)),
            };
            let practice = &self.identity.ods_code;
            let (ours, others): (Vec<_>, Vec<_>) = members
                .into_iter()
                .partition(|it| granted.keys.contains(&it.key(practice, &to)));
            for member in others {
                let key = member.key(practice, &to);
                let standing = granted.others.iter().find(|(other, _)| *other == key);
                let standing = standing.map_or(ReminderStanding::Sent, |(_, standing)| *standing);
                told.setbacks.push((member, Setback::Standing(standing)));
            }
            match self.send(batch, &ours, &to, granted.reference).await {
                Ok(id) => {
                    let sent = sent(&ours, &to, granted.reference, id.as_deref());
                    return told.sent.extend(sent);
                }
                Err(Setback::Notifier(error)) if is_refusal(&error) => {
                    if ours.len() > 1 {
                        // Each by its own other contact.
                        told.apart.extend(ours);
                        return;
                    }
                    (members, refused) = (ours, Some(Setback::Notifier(error)));
                }
                Err(setback) => return self.note_failure(ours, setback, told),
            }
        }
        match refused {
            Some(refused) => told.fail(members, refused),
            None => told.set_back(members, || SuppressionReason::ContactRefused.into()),
        }
    }

    /// Notes the failure of a message: what may have been sent is in doubt with all its reminders.
    fn note_failure(&self, members: Vec<DueReminder>, setback: Setback, told: &mut Told) {
        let now = self.clock.now();
        let doubtful = match &setback {
            Setback::Notifier(error) => error.kind() == NotifyErrorKind::Unknown,
            Setback::Unsettled(_) => true,
            _ => false,
        };
        let mut members = members.into_iter();
        let Some(first) = members.next() else { return };
        told.setbacks.push((first, setback));
        let rest: Vec<_> = members.collect();
        if doubtful {
            let standing = ReminderStanding::InDoubt { since: now };
            told.set_back(rest, || Setback::Standing(standing));
        } else {
            told.set_back(rest, || Setback::WithAnother);
        }
    }

    fn request(&self, batch: &Batch<'_>, members: &[DueReminder], to: &Addressee) -> ClaimRequest {
        let practice = &self.identity.ods_code;
        let reminders = members.iter().map(|member| RequestedReminder {
            key: member.key(practice, to),
            since: member.counts_from,
        });
        let least = least_distance(batch.rules.settings);
        let can_wait = members.iter().all(|it| self.can_wait(batch, it, least));
        ClaimRequest {
            reminders: reminders.collect(),
            owner: batch.owner,
            lease: self.messenger.lease(),
            least_distance: if can_wait {
                least
            } else {
                SignedDuration::ZERO
            },
            now: self.clock.now(),
        }
    }

    /// Sends a claimed message by the ledger, and settles the claim if its outcome is known.
    async fn send(
        &self,
        batch: &Batch<'_>,
        members: &[DueReminder],
        to: &Addressee,
        reference: MessageReference,
    ) -> Result<Option<String>, Setback> {
        let (outcome, result) = match self.message(batch, members, to, reference).await {
            Err(setback) => (ReminderSettlement::NotSent, Err(setback)),
            Ok((message, link)) => match self.hand_over(&message, link).await {
                Ok(SendOutcome::Sent(delivery)) => (ReminderSettlement::Sent, Ok(delivery.id)),
                Ok(SendOutcome::Done(MessageState::Failed)) => {
                    let kind = NotifyErrorKind::Permanent;
                    let failed = NotifyError::new(kind, "the message was not delivered");
                    (ReminderSettlement::Refused, Err(Setback::Notifier(failed)))
                }
                Ok(SendOutcome::Done(_)) => (ReminderSettlement::Sent, Ok(None)),
                Ok(SendOutcome::Expired) => {
                    let late = SuppressionReason::TooLate;
                    (ReminderSettlement::NotSent, Err(late.into()))
                }
                Ok(SendOutcome::NotSent(error)) => {
                    let settlement = match is_refusal(&error) {
                        true => ReminderSettlement::Refused,
                        false => ReminderSettlement::NotSent,
                    };
                    (settlement, Err(Setback::Notifier(error)))
                }
                Ok(SendOutcome::Held) => {
                    let lease = self.messenger.lease();
                    let until = self.clock.now().saturating_add(lease);
                    let until = until.unwrap_or(Timestamp::MAX);
                    return Err(Setback::Standing(ReminderStanding::InFlight { until }));
                }
                Ok(_) => {
                    let kind = NotifyErrorKind::Unknown;
                    let doubt = NotifyError::new(kind, "the message may have been sent");
                    return Err(Setback::Notifier(doubt));
                }
                Err(error) => return Err(Setback::Unsettled(error)),
            },
        };
        self.settle(batch.owner, reference, outcome).await?;
        result
    }

    async fn settle(
        &self,
        owner: ClaimOwner,
        reference: MessageReference,
        outcome: ReminderSettlement,
    ) -> Result<(), Setback> {
        let (practice, now) = (&self.identity.ods_code, self.clock.now());
        let author = Provenance::product();
        let settled = self
            .store
            .settle(practice, reference, Some(owner), outcome, now, &author);
        settled.await.map_err(Setback::Unsettled)?;
        Ok(())
    }

    async fn message(
        &self,
        batch: &Batch<'_>,
        members: &[DueReminder],
        to: &Addressee,
        reference: MessageReference,
    ) -> Result<(Message, Option<AppointmentLink>), Setback> {
        let none = SuppressionReason::RuleWithoutReminders;
        let (first, others) = members.split_first().ok_or(none)?;
        let wording = batch.wordings.get(first.rule).ok_or(none)?;
        let others: Vec<_> = others.iter().map(|it| it.booked.clone()).collect();
        let body = wording.body(&first.booked, &others, to);
        let body = body.map_err(Setback::Unwritable)?;
        let last = batch.rules.schedule(first.rule).ok_or(none)?;
        let (body, link) = self.linked(body, &wording.topic(&first.booked)).await?;
        let (practice, kind) = (self.identity.ods_code.clone(), MessageKind::Reminder);
        let message = match &to.recipient {
            MessageRecipient::Contact(contact) => {
                Message::new(practice, kind, contact.clone(), body, reference)
            }
            MessageRecipient::Patient {
                nhs_number,
                channel,
            } => Message::to_patient(practice, kind, *nhs_number, *channel, body, reference),
        };
        let alone = others
            .iter()
            .all(|it| it.patient.number == first.booked.patient.number);
        let mut message = match first.booked.patient.nhs_number.filter(|_| alone) {
            Some(number) => message.with_nhs_number(number),
            None => message,
        };
        for member in members {
            message = message.about(wording.topic(&member.booked));
        }
        let message = message.not_after(last.last_moment(first.booked.start));
        Ok((message, link))
    }

    /// Sends the message of an open claim again, to a sender that sends one of a reference.
    async fn send_again(
        &self,
        batch: &Batch<'_>,
        claim: OpenClaim,
        members: Vec<DueReminder>,
        whole: usize,
        told: &mut Told,
    ) {
        let practice = &self.identity.ods_code;
        let to = members.first().and_then(|first| {
            let mut all = first.addressees.iter();
            all.find(|it| Some(it.recipient.digest(practice)) == claim.contact())
        });
        let to = to.cloned().filter(|to| {
            let keys = members.iter().map(|it| it.key(practice, to));
            let keys: Vec<ReminderKey> = keys.collect();
            members.len() == whole && claim.keys.iter().all(|key| keys.contains(key))
        });
        let since = claim.since;
        let Some(to) = to else {
            // It can't be sent again as it was: what was sent then, if anything, is unknown.
            let standing = ReminderStanding::InDoubt { since };
            told.set_back(members, || Setback::Standing(standing));
            return;
        };
        match self.send(batch, &members, &to, claim.reference).await {
            Ok(id) => told
                .sent
                .extend(sent(&members, &to, claim.reference, id.as_deref())),
            Err(setback) => self.note_failure(members, setback, told),
        }
    }
}

/// Returns `true` if another contact is to be tried.
pub(crate) fn is_refusal(error: &NotifyError) -> bool {
    matches!(
        error.kind(),
        NotifyErrorKind::Permanent | NotifyErrorKind::NoContact
    )
}

fn sent(
    members: &[DueReminder],
    to: &Addressee,
    reference: MessageReference,
    delivery_id: Option<&str>,
) -> Vec<SentReminder> {
    let of_each = |member: &DueReminder| SentReminder {
        appointment: member.appointment(),
        offset: member.offset,
        channel: to.channel(),
        reference,
        delivery_id: delivery_id.map(str::to_owned),
    };
    members.iter().map(of_each).collect()
}
