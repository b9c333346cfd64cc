//! Tells patients of their bookings, invitations and cancelled sessions.

use emis_booking::{
    AppointmentKey, BookingNotice, BookingNoticeId, BookingNoticeKind, IssuedLink, LinkChange,
};
use emis_messaging::{MessageKind, MessageTopic, PracticeTask, TaskKind, TaskSubject};
use emis_reminders::{GoneDraft, GoneReport, NewsOutcome, PatientNews};
use emis_types::{Clock, PatientNumber};

use crate::{Action, BookingApi, Error, ErrorKind, Practice, ReminderApi};

/// The report of [`BookingApi::tell_patients`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoticeReport {
    /// The notices that were handed over, and acknowledged.
    pub told: Vec<BookingNoticeId>,
    /// Those that could not be told, and are acknowledged: a task tells the practice where the
    /// patient may be misled.
    pub not_told: Vec<BookingNoticeId>,
    /// Those that are left for the next call: the sender failed, or these are the quiet hours.
    pub left: Vec<BookingNoticeId>,
}

impl<'a> BookingApi<'a> {
    /// Sends the outcomes that patients must be told: an appointment is booked, moved or cancelled, or
    /// could not be. Run it every few minutes.
    ///
    /// Each is told at least once under one reference, in the order in which they happened, and then
    /// acknowledged. Where a patient has no contact, the practice gets a task instead. Nothing is
    /// sent in the practice's quiet hours.
    ///
    /// ```
    /// # use emis_partner::{Error, Practice};
    /// # async fn example(practice: Practice) -> Result<(), Error> {
    /// let report = practice.booking().tell_patients().await?;
    /// println!("{} told, {} left", report.told.len(), report.left.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the practice is not set up, or EMIS or the store fails. The next call goes on.
    ///
    /// # Cancel safety
    /// Safe to drop: a notice stays until it is acknowledged, and its message is sent once.
    pub fn tell_patients(self) -> Action<'a, NoticeReport> {
        Action::new(async move |author| {
            let practice = self.0;
            let notices = self.notices().by(author.clone()).await?;
            let mut report = NoticeReport::default();
            if notices.is_empty() {
                return Ok(report);
            }
            let settings = practice.load().await?;
            let reminders = practice.reminders_of(&settings)?;
            let mut waiting: Vec<PatientNumber> = Vec::new();
            for notice in notices {
                let patient = notice.appointment.patient;
                // The last word must be about the last outcome.
                if waiting.contains(&patient) {
                    report.left.push(notice.id);
                    continue;
                }
                let told = match reminders.tell(&news(&notice)).await? {
                    NewsOutcome::Told(_) => true,
                    NewsOutcome::Later => {
                        waiting.push(patient);
                        report.left.push(notice.id);
                        continue;
                    }
                    outcome => {
                        let always = outcome == NewsOutcome::NoContact;
                        if always || message_kind(notice.kind).must_arrive() {
                            practice.open_untold(&notice).await?;
                        }
                        false
                    }
                };
                let acknowledged = self.acknowledge(&notice.id).by(author.clone());
                acknowledged.await?;
                let list = if told {
                    &mut report.told
                } else {
                    &mut report.not_told
                };
                list.push(notice.id);
            }
            Ok(report)
        })
    }

    /// Sends an invitation to its patient, with the link of the product's
    /// [page](crate::Builder::links_at), and notes that it was sent. Called again with the same link,
    /// it is sent once.
    ///
    /// # Errors
    /// [`Configuration`](ErrorKind::Configuration) if the product has no page for links, and as
    /// [`note_sent`](Self::note_sent).
    ///
    /// # Examples
    /// ```
    /// use emis_partner::booking::{InvitationBatch, InviteOutcome};
    /// # use emis_partner::{Error, Practice};
    ///
    /// # async fn example(practice: Practice, batch: InvitationBatch) -> Result<(), Error> {
    /// if let InviteOutcome::Invited(links) = practice.booking().invite(&batch).await? {
    ///     for link in &links {
    ///         practice.booking().send_invitation(link).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Safe to drop: call it again with the same link.
    pub fn send_invitation(self, invitation: &'a IssuedLink) -> Action<'a, NewsOutcome> {
        Action::new(async move |author| {
            let practice = self.0;
            let pattern = practice.parts.links_at.as_ref().ok_or_else(|| {
                let kind = ErrorKind::Configuration;
                Error::new(kind, "the product has no address pattern for links")
            })?;
            let topic = MessageTopic::patient(invitation.patient);
            let (kind, id) = (MessageKind::Invitation, invitation.id.to_string());
            let news = PatientNews::new(kind, topic, id, invitation.expires_at)
                .with_link(pattern.link(&invitation.token));
            let settings = practice.load().await?;
            let outcome = practice.reminders_of(&settings)?.tell(&news).await?;
            if matches!(outcome, NewsOutcome::Told(_)) {
                let history = self.link_history(&invitation.id).await?;
                if !history.iter().any(|it| it.change == LinkChange::Sent) {
                    self.note_sent(&invitation.id).by(author).await?;
                }
            }
            Ok(outcome)
        })
    }
}

impl<'a> ReminderApi<'a> {
    /// Returns the draft of a [`SessionGone`](TaskKind::SessionGone) task: the appointments that are
    /// gone at once, and the words for their patients. Nothing is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if it is another kind of task, or another
    /// practice's, and if the practice is not set up or the store fails.
    pub async fn gone_draft(self, task: &PracticeTask) -> Result<GoneDraft, Error> {
        let since = self.gone_since(task)?;
        let settings = self.0.load().await?;
        Ok(self.0.reminders_of(&settings)?.gone_draft(since).await?)
    }

    /// Tells every patient of a [`SessionGone`](TaskKind::SessionGone) task that the appointment is
    /// cancelled, on the yes of the person who is the [author](Action::by). Appointments that stand
    /// after all are left out. The task is acknowledged once no patient is left.
    ///
    /// ```
    /// use emis_partner::audit::{Actor, Provenance};
    /// use emis_partner::messaging::TaskKind;
    /// use emis_partner::Practice;
    ///
    /// # async fn example(practice: Practice) -> Result<(), Box<dyn std::error::Error>> {
    /// let tasks = practice.tasks().open().await?;
    /// let manager = Provenance::of(Actor::user("u-117")?);
    /// for task in tasks.iter().filter(|task| task.kind == TaskKind::SessionGone) {
    ///     let draft = practice.reminders().gone_draft(task).await?;
    ///     println!("Tell {} patients?", draft.appointments.len()); // the person says yes
    ///     practice.reminders().tell_gone(task).by(manager.clone()).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`gone_draft`](Self::gone_draft), and if EMIS fails. Called again, it goes on, and no
    /// patient is told twice.
    ///
    /// # Cancel safety
    /// Safe to drop: call it again.
    pub fn tell_gone(self, task: &'a PracticeTask) -> Action<'a, GoneReport> {
        Action::new(async move |author| {
            let since = self.gone_since(task)?;
            let settings = self.0.load().await?;
            let report = self.0.reminders_of(&settings)?.tell_gone(since).await?;
            if report.is_complete() {
                self.0.tasks().acknowledge(task.id).by(author).await?;
            }
            Ok(report)
        })
    }

    fn gone_since(self, task: &PracticeTask) -> Result<jiff::Timestamp, Error> {
        let of_practice = task.practice == self.0.ods_code && task.kind == TaskKind::SessionGone;
        let since = task.subject.cause.as_deref().filter(|_| of_practice);
        since.and_then(|since| since.parse().ok()).ok_or_else(|| {
            let kind = ErrorKind::InvalidRequest;
            Error::new(kind, "the task is not of appointments that are gone")
        })
    }
}

impl Practice {
    async fn open_untold(&self, notice: &BookingNotice) -> Result<(), Error> {
        let mut subject = TaskSubject::default();
        subject.patient = Some(notice.appointment.patient);
        subject.session = Some(notice.appointment.session);
        subject.slot = Some(notice.appointment.slot);
        subject.start = Some(notice.appointment.starts().datetime());
        subject.booking = Some(notice.booking.to_string());
        subject.cause = Some(notice.kind.code().to_owned());
        let (kind, now) = (TaskKind::MessageUndelivered, self.parts.clock.now());
        let task = PracticeTask::new(self.ods_code.clone(), kind, subject, now);
        Ok(self.parts.tasks.open_tasks(&[task]).await?)
    }
}

fn news(notice: &BookingNotice) -> PatientNews {
    let AppointmentKey {
        session,
        slot,
        patient,
        start,
    } = notice.appointment;
    let starts = notice.appointment.starts().datetime();
    let topic = MessageTopic::appointment(patient, slot, starts).in_session(session);
    let kind = message_kind(notice.kind);
    PatientNews::new(kind, topic, notice.id.to_string(), start)
}

/// Returns the kind of the message that tells a notice.
const fn message_kind(kind: BookingNoticeKind) -> MessageKind {
    match kind {
        BookingNoticeKind::Booked | BookingNoticeKind::LateKept => MessageKind::BookingConfirmed,
        BookingNoticeKind::NotBooked => MessageKind::BookingFailed,
        BookingNoticeKind::Cancelled | BookingNoticeKind::LateCancelled => {
            MessageKind::BookingCancelled
        }
        BookingNoticeKind::StillBooked => MessageKind::CancellationFailed,
        BookingNoticeKind::Moved => MessageKind::BookingMoved,
        BookingNoticeKind::NotMoved => MessageKind::MoveFailed,
        BookingNoticeKind::BothBooked => MessageKind::BothBooked,
        BookingNoticeKind::Lost => MessageKind::BookingLost,
        _ => MessageKind::BookingUnresolved,
    }
}
