//! Tells the patients of a session that is gone, on a person's yes.

use emis_audit::Provenance;
use emis_client::model::DateRange;
use emis_messaging::{Contact, MessageBody, MessageKind, MessageState, MessageTopic, SendOutcome};
use emis_types::uk;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;

use crate::appointment::RemindedAppointment;
use crate::changes::CANCELLED_NOTICE;
use crate::claim::{ClaimOutcome, ClaimRequest, ReminderSettlement, ReminderStanding};
use crate::contact_book::{Addressee, MessageRecipient};
use crate::error::ReminderError;
use crate::key::{ClaimOwner, ReminderKey};
use crate::reminders::Reminders;
use crate::schedule::is_quiet;
use crate::send::is_refusal;
use crate::suppression::SuppressionReason;
use crate::tell::PatientNews;

/// The telephone of a draft, which belongs to no person.
const EXAMPLE_MOBILE: &str = "07700 900000";

/// The draft to the patients of appointments that are gone at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GoneDraft {
    /// The time since which the appointments are gone.
    pub since: Timestamp,
    /// The appointments ahead whose patients would be told.
    pub appointments: Vec<RemindedAppointment>,
    /// The text message as the patient of the first of them would get it.
    pub text: Option<MessageBody>,
}

/// The report of [`Reminders::tell_gone`]. Each appointment of the draft is in one of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GoneReport {
    /// Those whose patients were told, now or before.
    pub told: Vec<RemindedAppointment>,
    /// Those that stand after all: their patients are told nothing.
    pub standing: Vec<RemindedAppointment>,
    /// Those whose patients can't be told: the practice calls them.
    pub not_told: Vec<RemindedAppointment>,
    /// Those that are left for another call: the sender failed, or these are the quiet hours.
    pub left: Vec<RemindedAppointment>,
}

impl GoneReport {
    /// Returns `true` if nothing is left to another call.
    pub fn is_complete(&self) -> bool {
        self.left.is_empty()
    }
}

impl Reminders {
    /// Returns the draft to the patients of the appointments that are gone since a time: that of a
    /// [`SessionGone`](emis_messaging::TaskKind::SessionGone) task. Sends nothing, and asks EMIS
    /// nothing.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn gone_draft(&self, since: Timestamp) -> Result<GoneDraft, ReminderError> {
        let practice = &self.identity.ods_code;
        let now = uk::now(&*self.clock).datetime();
        let entries = self.store.reminders(practice, now, DateTime::MAX).await?;
        let gone = entries.iter().filter(|it| it.gone_at == Some(since));
        let mut appointments: Vec<_> = gone.map(|it| it.key.appointment()).collect();
        appointments.sort_by_key(|it| (it.start, it.slot, it.patient));
        appointments.dedup();
        let text = appointments.first().and_then(|first| {
            let to = Contact::Sms(EXAMPLE_MOBILE.parse().ok()?);
            let to = Addressee::new(MessageRecipient::Contact(to), false);
            self.news_body(&self.news_of_gone(first), &to).ok()
        });
        Ok(GoneDraft {
            since,
            appointments,
            text,
        })
    }

    /// Tells every patient of the draft that the appointment is cancelled. Call it only on a
    /// person's yes. Called again, no patient is told twice, and those who were left are told.
    ///
    /// Each appointment is read again right before: one that stands after all is left out.
    ///
    /// # Errors
    /// If EMIS can't be read, or the store fails. The others are told by another call.
    ///
    /// # Cancel safety
    /// Safe to drop: a message that was being sent is then in doubt.
    pub async fn tell_gone(&self, since: Timestamp) -> Result<GoneReport, ReminderError> {
        let draft = self.gone_draft(since).await?;
        let owner = ClaimOwner::random();
        let mut report = GoneReport::default();
        for appointment in draft.appointments {
            let list = match self.tell_one_gone(&appointment, owner).await? {
                Gone::Told => &mut report.told,
                Gone::Stands => &mut report.standing,
                Gone::NotTold => &mut report.not_told,
                Gone::Left => &mut report.left,
            };
            list.push(appointment);
        }
        Ok(report)
    }

    async fn tell_one_gone(
        &self,
        appointment: &RemindedAppointment,
        owner: ClaimOwner,
    ) -> Result<Gone, ReminderError> {
        if is_quiet(uk::now(&*self.clock).time(), &self.settings) {
            return Ok(Gone::Left);
        }
        let day = DateRange::day(appointment.start.date());
        let api = self.client.appointments();
        let listed = api.get_patient_appointments(appointment.patient, day);
        let listed = listed.await?;
        let same = |slot, start| slot == appointment.slot && start == appointment.start;
        // A record that could not be read may be this appointment.
        if !listed.skipped.is_empty() || listed.items.iter().any(|it| same(it.slot, it.start)) {
            return Ok(Gone::Stands);
        }
        let record = self.record_of(appointment.patient).await?;
        let news = self.news_of_gone(appointment);
        let contacts = match self.contacts(&record, false, news.not_after).await? {
            Ok(contacts) => contacts,
            Err(SuppressionReason::QuietHours) => return Ok(Gone::Left),
            Err(_) => return Ok(Gone::NotTold),
        };
        for to in contacts {
            let now = self.clock.now();
            let key = self.gone_key(appointment, &to);
            let mut request = ClaimRequest::one(key, owner, now);
            request.lease = self.messenger.lease();
            let granted = match self.store.claim(&request).await? {
                ClaimOutcome::Ours(granted) => granted,
                ClaimOutcome::Standing(standing) => match standing.first() {
                    Some((_, ReminderStanding::Refused)) => continue,
                    Some((_, ReminderStanding::Sent)) => return Ok(Gone::Told),
                    _ => return Ok(Gone::Left),
                },
                ClaimOutcome::TooSoon { .. } => return Ok(Gone::Left),
            };
            let (outcome, result) = match self.news_body(&news, &to) {
                Err(_) => (ReminderSettlement::NotSent, Some(Gone::NotTold)),
                Ok(body) => {
                    let message = self.news_message(&news, &to, body, granted.reference);
                    match self.messenger.send(&message).await? {
                        SendOutcome::Done(MessageState::Failed) => {
                            (ReminderSettlement::Refused, None)
                        }
                        SendOutcome::Sent(_) | SendOutcome::Done(_) => {
                            (ReminderSettlement::Sent, Some(Gone::Told))
                        }
                        SendOutcome::NotSent(error) if is_refusal(&error) => {
                            (ReminderSettlement::Refused, None)
                        }
                        SendOutcome::NotSent(_) | SendOutcome::Expired => {
                            (ReminderSettlement::NotSent, Some(Gone::Left))
                        }
                        _ => return Ok(Gone::Left),
                    }
                }
            };
            let (practice, author) = (&self.identity.ods_code, Provenance::product());
            let settled = self.store.settle(
                practice,
                granted.reference,
                Some(owner),
                outcome,
                now,
                &author,
            );
            settled.await?;
            if let Some(result) = result {
                return Ok(result);
            }
        }
        Ok(Gone::NotTold)
    }

    fn news_of_gone(&self, gone: &RemindedAppointment) -> PatientNews {
        let topic = MessageTopic::appointment(gone.patient, gone.slot, gone.start);
        let ends = uk::zoned(gone.start).timestamp();
        PatientNews::new(MessageKind::BookingCancelled, topic, String::new(), ends)
    }

    fn gone_key(&self, gone: &RemindedAppointment, to: &Addressee) -> ReminderKey {
        ReminderKey {
            practice: self.identity.ods_code.clone(),
            slot: gone.slot,
            patient: gone.patient,
            start: gone.start,
            minutes_before: CANCELLED_NOTICE,
            channel: to.channel(),
            contact: to.recipient.digest(&self.identity.ods_code),
        }
    }
}

enum Gone {
    Told,
    Stands,
    NotTold,
    Left,
}
