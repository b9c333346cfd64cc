//! Sends one message, after a last look at each appointment that it tells.

use std::time::Duration;

use emis_audit::Provenance;
use emis_messaging::{
    Delivery, Message, MessageKind, MessageReference, NotifyError, NotifyErrorKind, RepeatSafety,
};
use emis_settings::ActiveExclusions;
use emis_types::{PatientNumber, uk};
use jiff::SignedDuration;
use tokio::time::timeout;

use crate::claim::{
    ClaimOutcome, ClaimRequest, OpenClaim, ReminderSettlement, ReminderStanding, RequestedReminder,
};
use crate::contact_book::{Addressee, ContactBook, Recipient};
use crate::group::Group;
use crate::key::{ClaimOwner, ReminderKey};
use crate::plan::DueReminder;
use crate::recheck::recheck;
use crate::reminders::Reminders;
use crate::report::SentReminder;
use crate::rule_book::RuleBook;
use crate::schedule::{Timing, is_quiet, least_distance};
use crate::setback::Setback;
use crate::suppression::SuppressionReason;
use crate::wording::Wording;

/// The timeout of the last look at one appointment, so that no patient holds up the others.
const LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// Values that the messages of one run share.
pub(crate) struct Batch<'a> {
    owner: ClaimOwner,
    rules: RuleBook<'a>,
    contacts: ContactBook,
    wordings: Vec<Wording>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(
        of: &Reminders,
        owner: ClaimOwner,
        name: Option<&str>,
        rules: RuleBook<'a>,
        contacts: ContactBook,
    ) -> Self {
        let settings = rules.settings;
        let wording = |rule: &emis_settings::ReminderRule| {
            let cancel = rule.cancel_text.as_ref().or(settings.cancel_text.as_ref());
            let templates = match rule.templates.is_empty() {
                true => &settings.templates,
                false => &rule.templates,
            };
            Wording::new(name, cancel.map(String::as_str))
                .naming_the_patient(settings.name_the_patient)
                .showing(rule.time_shown)
                .naming_sites(of.sites.iter().cloned())
                .in_words_of(templates, &settings.language)
        };
        let wordings = rules.rules.iter().map(wording).collect();
        Self {
            owner,
            rules,
            contacts,
            wordings,
        }
    }
}

/// The outcome of one message.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) sent: Vec<SentReminder>,
    pub(crate) setbacks: Vec<(DueReminder, Setback)>,
    /// Reminders that need a message of their own.
    pub(crate) apart: Vec<DueReminder>,
    /// `true` if EMIS answered.
    pub(crate) looked: bool,
}

impl Told {
    fn set_back(&mut self, members: Vec<DueReminder>, setback: impl Fn() -> Setback) {
        self.setbacks
            .extend(members.into_iter().map(|member| (member, setback())));
    }

    /// Notes a failure of the whole message: the first reminder has it, the others were not tried.
    fn fail(&mut self, members: Vec<DueReminder>, failure: Setback) {
        let mut failure = Some(failure);
        let of_each = |member| (member, failure.take().unwrap_or(Setback::WithAnother));
        self.setbacks.extend(members.into_iter().map(of_each));
    }
}

impl Reminders {
    /// Sends one message, unless something is against it.
    pub(crate) async fn tell(&self, batch: &Batch<'_>, group: Group) -> Told {
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

    /// Reads an appointment again. Returns the reminder with the patient of the record if it is
    /// still right.
    async fn look_again(
        &self,
        batch: &Batch<'_>,
        reminder: &DueReminder,
    ) -> Result<DueReminder, Setback> {
        let today = uk::today(&*self.clock);
        let mut fresh = reminder.clone();
        let look = recheck(&self.client, &reminder.booked, today, batch.rules.settings);
        let look = timeout(LOOK_TIMEOUT, look).await;
        let (record, site) = look.unwrap_or(Err(Setback::Slow))?;
        fresh.booked.patient = record;
        if fresh.booked.sites.is_empty() {
            fresh.booked.sites.extend(site);
        }
        let patient = fresh.booked.patient.number;
        let mut found = batch.rules.recipients(fresh.rule, &fresh.booked.patient);
        if found.is_empty() {
            return Err(SuppressionReason::NoValidContact.into());
        }
        // An opt-out of a moment ago counts as well.
        let exclusions = self.exclusions_of(patient).await?;
        found.retain(|it| exclusions.allow(patient, it.channel()));
        if found.is_empty() {
            return Err(SuppressionReason::OptedOut.into());
        }
        self.check_time(batch, &fresh, &mut found)?;
        let addressee = |it| batch.contacts.addressee(it, patient);
        fresh.addressees = found.into_iter().map(addressee).collect();
        Ok(fresh)
    }

    async fn exclusions_of(&self, patient: PatientNumber) -> Result<ActiveExclusions, Setback> {
        let practice = &self.identity.ods_code;
        let history = self.register.history(practice, patient).await?;
        let standing = history.iter().filter(|it| it.ended.is_none());
        Ok(standing.map(|it| (it.patient, it.kind)).collect())
    }

    /// Checks the time once more: a run may take long, and EMIS longer.
    fn check_time(
        &self,
        batch: &Batch<'_>,
        reminder: &DueReminder,
        found: &mut Vec<Recipient>,
    ) -> Result<(), Setback> {
        let now = uk::now(&*self.clock);
        let (rule, start) = (reminder.rule, reminder.booked.start);
        let schedule = batch.rules.schedule(rule);
        let schedule = schedule.ok_or(SuppressionReason::RuleWithoutReminders)?;
        match schedule.timing(&now, start) {
            Timing::Over(reason) => return Err(reason.into()),
            Timing::Wait { until, reason, .. } => {
                // One that is told with another may be early by the least distance.
                let horizon = now
                    .datetime()
                    .saturating_add(least_distance(batch.rules.settings));
                if reason != SuppressionReason::NotYetDue || until > horizon {
                    return Err(Setback::Waits(reason, until));
                }
            }
            Timing::Due { .. } => {}
        }
        found.retain(|it| batch.rules.legs_fit(&now, it.channel(), rule, start));
        match found.is_empty() {
            true => Err(SuppressionReason::SenderTooLate.into()),
            false => Ok(()),
        }
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
            let result = self
                .send(batch, &ours, &to, granted.reference, granted.tried_before)
                .await;
            match result {
                Ok(delivery) => {
                    return told
                        .sent
                        .extend(sent(&ours, &to, granted.reference, &delivery));
                }
                Err(Setback::Notifier(error)) if error.kind() == NotifyErrorKind::Permanent => {
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
            lease: self.lease_time(),
            least_distance: if can_wait {
                least
            } else {
                SignedDuration::ZERO
            },
            now: self.clock.now(),
        }
    }

    /// Returns whether a reminder can still be sent after the least distance between messages.
    fn can_wait(&self, batch: &Batch<'_>, reminder: &DueReminder, by: SignedDuration) -> bool {
        let later = uk::now(&*self.clock).saturating_add(by);
        let Some(schedule) = batch.rules.schedule(reminder.rule) else {
            return true;
        };
        let last = schedule.last_moment(reminder.booked.start);
        let margin = later.timestamp().saturating_add(RUNS_APART);
        margin.is_ok_and(|margin| margin < last) && !is_quiet(later.time(), batch.rules.settings)
    }

    /// Returns the lease of a claim: longer than any call of the sender may take.
    pub(crate) fn lease_time(&self) -> SignedDuration {
        let call = SignedDuration::try_from(self.send_timeout).unwrap_or(self.lease);
        self.lease.max(call.saturating_mul(4))
    }

    /// Sends a claimed message, and settles the claim if its outcome is known.
    async fn send(
        &self,
        batch: &Batch<'_>,
        members: &[DueReminder],
        to: &Addressee,
        reference: MessageReference,
        tried_before: bool,
    ) -> Result<Delivery, Setback> {
        let searchable = self.notifier.capabilities().repeat == RepeatSafety::Searchable;
        if tried_before && searchable {
            // It is said not to have been sent. The sender knows better.
            if let Some(delivery) = self.find(reference).await? {
                self.settle(batch.owner, reference, ReminderSettlement::Sent)
                    .await?;
                return Ok(delivery);
            }
        }
        let Some(message) = self.message(batch, members, to, reference) else {
            self.settle(batch.owner, reference, ReminderSettlement::NotSent)
                .await?;
            return Err(SuppressionReason::RuleWithoutReminders.into());
        };
        let result = timeout(self.send_timeout, self.notifier.send(&message)).await;
        let result = result.unwrap_or_else(|_| {
            let kind = NotifyErrorKind::Unknown;
            Err(NotifyError::new(
                kind,
                "the message was not accepted in time",
            ))
        });
        let outcome = match result.as_ref().map_err(|error| error.kind()) {
            Ok(_) => ReminderSettlement::Sent,
            Err(NotifyErrorKind::Permanent) => ReminderSettlement::Refused,
            Err(kind) if kind.is_not_sent() => ReminderSettlement::NotSent,
            Err(_) => return result.map_err(Setback::Notifier),
        };
        self.settle(batch.owner, reference, outcome).await?;
        result.map_err(Setback::Notifier)
    }

    /// Returns what the sender has under a reference.
    async fn find(&self, reference: MessageReference) -> Result<Option<Delivery>, Setback> {
        let practice = &self.identity.ods_code;
        let asked = timeout(self.send_timeout, self.notifier.find(practice, reference)).await;
        asked
            .unwrap_or_else(|_| {
                let kind = NotifyErrorKind::Unknown;
                Err(NotifyError::new(kind, "the sender did not answer in time"))
            })
            .map_err(Setback::Notifier)
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

    fn message(
        &self,
        batch: &Batch<'_>,
        members: &[DueReminder],
        to: &Addressee,
        reference: MessageReference,
    ) -> Option<Message> {
        let (first, others) = members.split_first()?;
        let wording = batch.wordings.get(first.rule)?;
        let others: Vec<_> = others.iter().map(|it| it.booked.clone()).collect();
        let body = wording.body_of_several(&first.booked, &others, to);
        let (practice, kind) = (self.identity.ods_code.clone(), MessageKind::Reminder);
        let message = match &to.recipient {
            Recipient::Contact(contact) => {
                Message::new(practice, kind, contact.clone(), body, reference)
            }
            Recipient::Patient {
                nhs_number,
                channel,
            } => Message::to_patient(practice, kind, *nhs_number, *channel, body, reference),
        };
        let alone = others
            .iter()
            .all(|it| it.patient.number == first.booked.patient.number);
        let message = match first.booked.patient.nhs_number.filter(|_| alone) {
            Some(number) => message.with_nhs_number(number),
            None => message,
        };
        let last = batch.rules.schedule(first.rule)?;
        Some(message.not_after(last.last_moment(first.booked.start)))
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
        match self
            .send(batch, &members, &to, claim.reference, false)
            .await
        {
            Ok(delivery) => told
                .sent
                .extend(sent(&members, &to, claim.reference, &delivery)),
            Err(setback) => self.note_failure(members, setback, told),
        }
    }

    /// Settles the messages that an earlier run left open: by asking the sender, or else they are
    /// returned to be sent again, or else a person is told.
    pub(crate) async fn ask_sender(
        &self,
        reference: MessageReference,
    ) -> Result<ReminderSettlement, Setback> {
        Ok(match self.find(reference).await? {
            Some(_) => ReminderSettlement::Sent,
            None => ReminderSettlement::NotSent,
        })
    }
}

/// The time between runs.
const RUNS_APART: SignedDuration = SignedDuration::from_mins(20);

fn sent(
    members: &[DueReminder],
    to: &Addressee,
    reference: MessageReference,
    delivery: &Delivery,
) -> Vec<SentReminder> {
    let of_each = |member: &DueReminder| SentReminder {
        appointment: member.appointment(),
        offset: member.offset,
        channel: to.channel(),
        reference,
        delivery_id: delivery.id.clone(),
    };
    members.iter().map(of_each).collect()
}
