//! Replies of patients, carried out.

use emis_audit::{Actor, AuditEventKind, Provenance};
use emis_booking::{AppointmentKey, BookingState, CancelOutcome, CancelRefusal};
use emis_messaging::{
    CancellationResult, CancellationTold, ContactDigest, InboundText, Message, MessageBody,
    MessageKind, MessageRecord, MessageReference, MessageTopic, ParsedReply, PracticeTask,
    ReplyDecision, ReplyRules, ReplyTarget, TaskKind, TaskSubject, decide, reply_targets,
    reply_texts,
};
use emis_settings::{Channel, ExclusionKind};
use emis_types::{Clock, OdsCode, PatientNumber, uk};
use jiff::SignedDuration;

use crate::{EmisPartner, Error};

/// The time for which a message is remembered as what a reply may be about.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(120 * 24);

/// The report of [`EmisPartner::receive_reply`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplyReport {
    /// The decision; `None` if the reply was received and answered before.
    pub decision: Option<ReplyDecision>,
    /// The results of the cancellations, in the order of the decision.
    pub cancellations: Vec<CancellationResult>,
    /// The tasks that were opened.
    pub tasks: Vec<PracticeTask>,
    /// The references of the answers to the patient.
    pub answers: Vec<MessageReference>,
}

impl EmisPartner {
    /// Receives a text that a patient sent, and does what it asks for as far as the message that it
    /// answers offered that: cancels an appointment, asks the practice by a task, asks the patient
    /// back, or records an opt-out. The patient gets an answer; what is not understood, and every
    /// cancellation that failed, becomes a task.
    ///
    /// The [rules](crate::Builder::replies) are the product's.
    ///
    /// Idempotent by the ID of the text: a reply that was answered is not dealt with again. A text
    /// from a contact that no message was sent to opens no task unless it names its
    /// [practice](InboundText::to_practice): the decision says so then.
    ///
    /// ```
    /// use emis_partner::messaging::InboundText;
    /// use emis_partner::{EmisPartner, Error};
    ///
    /// async fn received(partner: &EmisPartner, text: &InboundText) -> Result<(), Error> {
    ///     let report = partner.receive_reply(text).await?;
    ///     println!("{} tasks, {} answers", report.tasks.len(), report.answers.len());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// If the store fails: answer the sender with an error, so that it repeats the text. A failure
    /// of EMIS is told to the patient and the practice instead.
    ///
    /// # Cancel safety
    /// Safe to drop. Received again, what was begun is completed, and nothing is done twice.
    pub async fn receive_reply(&self, inbound: &InboundText) -> Result<ReplyReport, Error> {
        let parts = self.parts();
        let rules = &parts.replies.clone().unwrap_or_default();
        let now = parts.clock.now();
        let since = now.saturating_sub(REMEMBERED).unwrap_or(now);
        let digest = ContactDigest::of(&inbound.from);
        let mut records = parts.messages.messages_to(&digest, since).await?;
        if let Some(practice) = &inbound.practice {
            records.retain(|record| record.entry.practice == *practice);
        }
        let mut handling = Handling {
            partner: self,
            inbound,
            to_come: 1,
            report: ReplyReport {
                decision: None,
                cancellations: Vec::new(),
                tasks: Vec::new(),
                answers: Vec::new(),
            },
        };
        let reply = ParsedReply::parse(inbound.text.expose(), rules);
        let answered = handling.reference(0);
        if records
            .iter()
            .any(|it| it.entry.reference == answered && !it.state.is_open())
        {
            return Ok(handling.report);
        }
        // Answers that were given before a crash do not change the decision.
        let own: Vec<_> = (0..reply.codes.len())
            .map(|n| handling.reference(n))
            .collect();
        records.retain(|record| {
            record.entry.kind != MessageKind::Reply && !own.contains(&record.entry.reference)
        });
        let targets = reply_targets(&records, uk::at(now).datetime());
        let decision = decide(&reply, &targets, &records);
        handling
            .carry_out(&decision, &reply, rules, &records)
            .await?;
        handling.report.decision = Some(decision);
        Ok(handling.report)
    }
}

struct Handling<'a> {
    partner: &'a EmisPartner,
    inbound: &'a InboundText,
    /// The answers that are still to be sent.
    to_come: usize,
    report: ReplyReport,
}

impl Handling<'_> {
    /// Returns the reference of an answer by the number of those that follow: the last one marks the
    /// reply as answered.
    fn reference(&self, number: usize) -> MessageReference {
        MessageReference::derive(["reply", &self.inbound.id, &number.to_string()])
    }

    async fn carry_out(
        &mut self,
        decision: &ReplyDecision,
        reply: &ParsedReply,
        rules: &ReplyRules,
        records: &[MessageRecord],
    ) -> Result<(), Error> {
        let texts = reply_texts(reply.welsh);
        let latest = records.last().map(|record| record.entry.practice.clone());
        let practice = self.inbound.practice.clone().or(latest);
        if let Some(practice) = &practice {
            self.note(practice, decision).await?;
        }
        match decision {
            ReplyDecision::Cancel(targets) => {
                self.to_come = targets.len();
                for target in targets {
                    if reply.gateway_opted_out {
                        self.opt_out(&target.practice, target.topic.patient).await?;
                    }
                    self.cancel(target, reply).await?;
                }
            }
            ReplyDecision::Request(targets) => {
                for target in targets {
                    self.request(target).await?;
                }
                self.answer_about(targets, texts.requested()).await?;
            }
            ReplyDecision::AskWhich(targets) => {
                let question = texts.which(targets, &rules.cancel_word);
                self.answer_about(targets, &question).await?;
            }
            ReplyDecision::OptOut(patients) => {
                for (practice, patient) in patients {
                    self.opt_out(practice, *patient).await?;
                }
                if let Some(practice) = practice {
                    let topics = patients.iter().map(|it| MessageTopic::patient(it.1));
                    let text = texts.opted_out();
                    self.answer(practice, MessageKind::Reply, text, topics)
                        .await?;
                }
            }
            ReplyDecision::Task(kind) => {
                let Some(practice) = practice else {
                    return Ok(());
                };
                let mut subject = TaskSubject::default();
                let topics = records.iter().flat_map(|record| &record.entry.topics);
                subject.patient = topics.last().map(|topic| topic.patient);
                subject.inbound = Some(self.inbound.id.clone());
                self.open(practice.clone(), *kind, subject).await?;
                if *kind != TaskKind::ReplyFromUnknown {
                    let text = texts.not_understood();
                    self.answer(practice, MessageKind::Reply, text, []).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn cancel(&mut self, target: &ReplyTarget, reply: &ParsedReply) -> Result<(), Error> {
        let (texts, now) = (reply_texts(reply.welsh), self.partner.clock().now());
        let Some((session, slot)) = target.topic.session.zip(target.topic.slot) else {
            // Without its session an appointment can't be cancelled by this library.
            self.request(target).await?;
            let targets = std::slice::from_ref(target);
            return self.answer_about(targets, texts.requested()).await;
        };
        let key = AppointmentKey {
            session,
            slot,
            patient: target.topic.patient,
            start: uk::zoned(target.start).timestamp(),
        };
        let practice = self.partner.practice(target.practice.clone());
        let author = patient(target.topic.patient);
        let cancelled = practice.booking().cancel_appointment(&key).by(author).await;
        let result = match cancelled {
            Ok(CancelOutcome::Cancelled) => CancellationResult::Cancelled,
            // By this very reply, whose answer was cut off.
            Ok(CancelOutcome::Refused(CancelRefusal::NotBooked))
                if self.was_cancelled(&target.practice, &key).await? =>
            {
                CancellationResult::Cancelled
            }
            Ok(CancelOutcome::Unknown) => CancellationResult::InDoubt,
            Err(error) if error.is_ambiguous() => CancellationResult::InDoubt,
            // A patient who is not in the slot may have been moved: the appointment may stand.
            Ok(_) | Err(_) => CancellationResult::Stands,
        };
        let told = CancellationTold::of(result, target, &self.inbound.id, texts, now);
        self.report.cancellations.push(result);
        if let Some(task) = told.task {
            self.partner
                .parts()
                .tasks
                .open_tasks(std::slice::from_ref(&task))
                .await?;
            self.report.tasks.push(task);
        }
        let practice = target.practice.clone();
        self.answer(practice, told.kind, &told.text, [target.topic])
            .await
    }

    /// Returns `true` if the product cancelled an appointment before.
    async fn was_cancelled(&self, at: &OdsCode, key: &AppointmentKey) -> Result<bool, Error> {
        let bookings = &self.partner.parts().bookings;
        let known = bookings.of_patient(at, key.patient).await?;
        let mut known = known.iter().filter(|it| it.appointment == *key);
        Ok(known.any(|it| it.state == BookingState::Cancelled))
    }

    async fn request(&mut self, target: &ReplyTarget) -> Result<(), Error> {
        let (now, kind) = (self.partner.clock().now(), TaskKind::CancellationRequested);
        let task = target.task(kind, &self.inbound.id, now);
        self.partner
            .parts()
            .tasks
            .open_tasks(std::slice::from_ref(&task))
            .await?;
        self.report.tasks.push(task);
        Ok(())
    }

    async fn open(
        &mut self,
        practice: OdsCode,
        kind: TaskKind,
        subject: TaskSubject,
    ) -> Result<(), Error> {
        let task = PracticeTask::new(practice, kind, subject, self.partner.clock().now());
        self.partner
            .parts()
            .tasks
            .open_tasks(std::slice::from_ref(&task))
            .await?;
        self.report.tasks.push(task);
        Ok(())
    }

    async fn opt_out(&self, practice: &OdsCode, of: PatientNumber) -> Result<(), Error> {
        let (parts, now) = (self.partner.parts(), self.partner.clock().now());
        let kind = ExclusionKind::OptOutOf(Channel::Sms);
        let by = patient(of);
        parts
            .exclusions
            .exclude(practice, of, kind, &by, now)
            .await?;
        Ok(())
    }

    async fn answer_about(&mut self, targets: &[ReplyTarget], text: &str) -> Result<(), Error> {
        let Some(first) = targets.first() else {
            return Ok(());
        };
        let (practice, topics) = (first.practice.clone(), targets.iter().map(|it| it.topic));
        self.answer(practice, MessageKind::Reply, text, topics)
            .await
    }

    async fn answer(
        &mut self,
        practice: OdsCode,
        kind: MessageKind,
        text: &str,
        topics: impl IntoIterator<Item = MessageTopic> + Send,
    ) -> Result<(), Error> {
        self.to_come = self.to_come.saturating_sub(1);
        let reference = self.reference(self.to_come);
        let (to, body) = (self.inbound.from.clone(), MessageBody::text(text));
        let mut message = Message::new(practice, kind, to, body, reference);
        for topic in topics {
            message = message.about(topic);
        }
        self.partner.parts().messenger.send(&message).await?;
        self.report.answers.push(reference);
        Ok(())
    }

    async fn note(&self, practice: &OdsCode, decision: &ReplyDecision) -> Result<(), Error> {
        let code = match decision {
            ReplyDecision::Cancel(_) => "cancel",
            ReplyDecision::Request(_) => "request",
            ReplyDecision::AskWhich(_) => "ask-which",
            ReplyDecision::OptOut(_) => "opt-out",
            ReplyDecision::Task(kind) => kind.code(),
            _ => "nothing",
        };
        let practice = self.partner.practice(practice.clone());
        let (kind, by) = (AuditEventKind::MESSAGE_RECEIVED, Provenance::product());
        let id = self.inbound.id.clone();
        practice
            .record(kind, &by, |event| {
                event.detail("inbound", id).detail("decision", code)
            })
            .await
    }
}

/// Returns the patient as the author of what their reply asked for.
fn patient(number: PatientNumber) -> Provenance {
    let by = Actor::patient(&number.to_string()).map(Provenance::of);
    let by = by.and_then(|by| by.from("reply by text message"));
    by.unwrap_or_else(|_| Provenance::product())
}
