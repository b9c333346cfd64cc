//! Messages to one patient beside reminders: confirmations, invitations, cancelled sessions.

use emis_client::model::Patient;
use emis_messaging::{
    ContactDigest, Message, MessageBody, MessageFacts, MessageKind, MessageReference, MessageState,
    MessageTemplate, MessageTopic, PracticeFacts, ReplyCode, SendOutcome, TemplateError,
};
use emis_settings::{ActiveExclusions, Channel, Language, PatientAction, StoreError};
use emis_types::{PatientNumber, uk};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::contact_book::{Addressee, MessageRecipient, recipients};
use crate::eligibility;
use crate::error::ReminderError;
use crate::links::may_link;
use crate::reminders::Reminders;
use crate::rule_book::legs_fit;
use crate::schedule::is_quiet;
use crate::send::is_refusal;
use crate::suppression::SuppressionReason;

/// The time for which a message shows that a contact is another patient's, too.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(120 * 24);

/// Something that a patient is told, beside reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatientNews {
    /// The kind, which chooses the words.
    pub kind: MessageKind,
    /// The patient, and the appointment if there is one.
    pub topic: MessageTopic,
    /// The link that the message contains. Who has it can act for the patient.
    pub link: Option<emis_types::Sensitive<String>>,
    /// The ID of what is told: told again, it is one message.
    pub id: String,
    /// The time after which it is not told.
    pub not_after: Timestamp,
}

/// The outcome of [`Reminders::tell`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewsOutcome {
    /// It was handed over, now or before.
    Told(MessageReference),
    /// It was not, and is to be tried again: the sender failed, or these are the quiet hours.
    Later,
    /// It can't be: the patient has no contact that takes it.
    NoContact,
    /// The patient is sent nothing, for this reason.
    Suppressed(SuppressionReason),
    /// Its time is over.
    Expired,
}

impl PatientNews {
    /// Creates the news of a kind about a topic.
    pub fn new(
        kind: MessageKind,
        topic: MessageTopic,
        id: impl Into<String>,
        not_after: Timestamp,
    ) -> Self {
        Self {
            kind,
            topic,
            link: None,
            id: id.into(),
            not_after,
        }
    }

    /// Adds a link.
    #[must_use]
    pub fn with_link(mut self, link: String) -> Self {
        self.link = Some(link.into());
        self
    }
}

impl Reminders {
    /// Tells a patient something, once: through the first of the practice's channels by which the
    /// patient has a contact that takes it. A patient who is not reminded for their state, their age
    /// or their wish is told nothing else either.
    ///
    /// The record is read right before. The words are the practice's own, or else those that ship with
    /// `emis-messaging`, in the practice's language. No leg of the sender's route fires in quiet hours
    /// or after [`not_after`](PatientNews::not_after).
    ///
    /// # Errors
    /// If EMIS can't be read, or a store fails.
    ///
    /// # Cancel safety
    /// Safe to drop: told again, what was begun is completed, and nothing is sent twice.
    pub async fn tell(&self, news: &PatientNews) -> Result<NewsOutcome, ReminderError> {
        let now = uk::now(&*self.clock);
        if news.not_after <= now.timestamp() {
            return Ok(NewsOutcome::Expired);
        }
        if is_quiet(now.time(), &self.settings) {
            return Ok(NewsOutcome::Later);
        }
        let record = self.record_of(news.topic.patient).await?;
        let contacts = self.contacts(&record, news.link.is_some(), news.not_after);
        let contacts = match contacts.await? {
            Ok(contacts) => contacts,
            Err(SuppressionReason::NoValidContact) => return Ok(NewsOutcome::NoContact),
            Err(SuppressionReason::QuietHours) => return Ok(NewsOutcome::Later),
            Err(reason) => return Ok(NewsOutcome::Suppressed(reason)),
        };
        for to in contacts {
            let practice = &self.identity.ods_code;
            let digest = to.recipient.digest(practice).to_string();
            let parts = [
                "news",
                practice.as_str(),
                news.kind.code(),
                &news.id,
                &digest,
            ];
            let reference = MessageReference::derive(parts);
            let Ok(body) = self.news_body(news, &to) else {
                continue;
            };
            let (body, link) = self.linked(body, &self.news_topic(news)).await?;
            let message = self.news_message(news, &to, body, reference);
            match self.hand_over(&message, link).await? {
                SendOutcome::Sent(_) => return Ok(NewsOutcome::Told(reference)),
                SendOutcome::Done(MessageState::Failed) => {}
                SendOutcome::Done(_) => return Ok(NewsOutcome::Told(reference)),
                SendOutcome::Expired => return Ok(NewsOutcome::Expired),
                SendOutcome::NotSent(error) if is_refusal(&error) => {}
                _ => return Ok(NewsOutcome::Later),
            }
        }
        Ok(NewsOutcome::NoContact)
    }

    pub(crate) async fn record_of(&self, patient: PatientNumber) -> Result<Patient, ReminderError> {
        let api = self.client.patient();
        Ok(api.get_patient_demographics(patient).await?)
    }

    /// Returns the contacts that a patient is told something by, or why there are none.
    pub(crate) async fn contacts(
        &self,
        record: &Patient,
        with_link: bool,
        last: Timestamp,
    ) -> Result<Result<Vec<Addressee>, SuppressionReason>, StoreError> {
        let today = uk::today(&*self.clock);
        if let Err(reason) = eligibility::patient(record, today, &self.settings) {
            return Ok(Err(reason));
        }
        let sender = self.sender();
        let mut found = recipients(record, &self.settings.channels, sender);
        if with_link {
            let may =
                |it: &MessageRecipient| sender.route(it.channel()).map(|it| it.may_carry_link());
            found.retain(|it| may(it) == Some(true));
        }
        if found.is_empty() {
            return Ok(Err(SuppressionReason::NoValidContact));
        }
        let practice = &self.identity.ods_code;
        let history = self.register.history(practice, record.number).await?;
        let standing = history.iter().filter(|it| it.ended.is_none());
        let exclusions: ActiveExclusions = standing.map(|it| (it.patient, it.kind)).collect();
        found.retain(|it| exclusions.allow(record.number, it.channel()));
        if found.is_empty() {
            return Ok(Err(SuppressionReason::OptedOut));
        }
        let now = uk::now(&*self.clock);
        let fits =
            |it: &MessageRecipient| legs_fit(sender, &self.settings, &now, it.channel(), last);
        let against: Vec<_> = found.iter().filter_map(|it| fits(it).err()).collect();
        if against.len() == found.len() {
            // What is only quiet now can be told later.
            let quiet = against.contains(&SuppressionReason::QuietHours);
            return Ok(Err(match quiet {
                true => SuppressionReason::QuietHours,
                false => SuppressionReason::SenderTooLate,
            }));
        }
        found.retain(|it| fits(it).is_ok());
        let mut addressees = Vec::with_capacity(found.len());
        for recipient in found {
            let shared = self.is_shared(&recipient, record.number).await?;
            addressees.push(Addressee::new(recipient, shared));
        }
        Ok(Ok(addressees))
    }

    /// Returns `true` if messages about another patient went to a contact.
    async fn is_shared(
        &self,
        to: &MessageRecipient,
        of: PatientNumber,
    ) -> Result<bool, StoreError> {
        let MessageRecipient::Contact(contact) = to else {
            return Ok(false);
        };
        let now = self.clock.now();
        let since = now.saturating_sub(REMEMBERED).unwrap_or(now);
        let digest = ContactDigest::of(contact);
        let records = self.messenger.ledger().messages_to(&digest, since).await?;
        let mut topics = records.iter().flat_map(|it| &it.entry.topics);
        Ok(topics.any(|topic| topic.patient != of))
    }

    /// Returns the body of a message in the practice's own words if they make one, or in those that
    /// ship. In place of a link to the appointment it has an example.
    pub(crate) fn news_body(
        &self,
        news: &PatientNews,
        to: &Addressee,
    ) -> Result<MessageBody, TemplateError> {
        let (channel, language) = (to.channel(), &self.settings.language);
        let own = news.kind.confirmation();
        let own = own.and_then(|kind| self.settings.confirmations.get(&kind));
        let mut own = own.into_iter().flatten();
        let own = own.find(|it| it.channel == channel && it.language == *language);
        let own = own.and_then(|it| MessageTemplate::of_settings(news.kind, it));
        let own = own.map(|template| {
            let facts = self.news_facts(news, to, template.language.clone());
            template.render(&facts, &self.sender().text)
        });
        if let Some(Ok(body)) = own {
            return Ok(body);
        }
        let shipped = |language: &Language| MessageTemplate::shipped(news.kind, channel, language);
        let template = shipped(language)
            // There are words of its own for reminders alone.
            .or_else(|| shipped(&Language::english()))
            .ok_or_else(TemplateError::missing)?;
        let facts = self.news_facts(news, to, template.language.clone());
        template.render(&facts, &self.sender().text)
    }

    pub(crate) fn news_message(
        &self,
        news: &PatientNews,
        to: &Addressee,
        body: MessageBody,
        reference: MessageReference,
    ) -> Message {
        let practice = self.identity.ods_code.clone();
        let message = match &to.recipient {
            MessageRecipient::Contact(contact) => {
                Message::new(practice, news.kind, contact.clone(), body, reference)
            }
            MessageRecipient::Patient {
                nhs_number,
                channel,
            } => Message::to_patient(practice, news.kind, *nhs_number, *channel, body, reference),
        };
        message
            .about(self.news_topic(news))
            .not_after(news.not_after)
    }

    fn news_topic(&self, news: &PatientNews) -> MessageTopic {
        news.topic.allowing(self.settings.patient_may)
    }

    fn news_facts(&self, news: &PatientNews, to: &Addressee, language: Language) -> MessageFacts {
        let settings = &self.settings;
        let name = self.identity.name.as_deref();
        let practice = PracticeFacts::new(name, settings.cancel_text.as_deref());
        let start = news.topic.start.unwrap_or(DateTime::MIN);
        let mut facts = MessageFacts::new(&practice, start, language);
        if to.shared {
            facts = facts.shared();
        }
        let topic = self.news_topic(news);
        if let Some(link) = &news.link {
            facts = facts.with_link(link.expose());
        } else if let Some(links) = &self.links
            && news.kind.leaves_appointment()
            && may_link(&topic, self.sender(), to.channel())
        {
            facts = facts.with_link(links.example());
        }
        let code = ReplyCode::of(&self.identity.ods_code, &topic);
        let offered =
            to.channel() == Channel::Sms && settings.patient_may != PatientAction::Nothing;
        match (&self.replies, code) {
            (Some(rules), Some(code)) if offered => {
                facts.with_cancel_word(&rules.cancel_word).with_code(code)
            }
            _ => facts,
        }
    }
}
