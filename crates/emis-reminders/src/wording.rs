//! The facts of a reminder, and the words that a practice chose for it.

use emis_client::model::{BookedPatient, Patient};
use emis_messaging::{
    MessageBody, MessageFacts, MessageKind, MessageTemplate, MessageTopic, PracticeFacts,
    ReplyCode, ReplyRules, SenderCapabilities, TemplateError, TemplateErrorKind,
};
use emis_settings::{Channel, Language, PatientAction, ReminderRule, ReminderSettings, TimeShown};
use emis_types::{OdsCode, SiteId};

use crate::contact_book::Addressee;
use crate::links::may_link;

/// The wording of the reminders of one rule, for sending and for previews.
///
/// The practice's own words are used, or else those that ship with `emis-messaging`, in the
/// practice's language. A message says the practice, the time, the place, and how to cancel.
///
/// # Examples
/// ```
/// use emis_client::model::{BookedPatient, Patient};
/// use emis_messaging::{Contact, SenderCapabilities};
/// use emis_reminders::{Addressee, Wording};
/// use emis_settings::ReminderSettings;
/// use emis_types::{PatientNumber, SlotId};
/// use jiff::civil::date;
///
/// let mut settings = ReminderSettings::default();
/// settings.cancel_text = Some("To cancel, call 01632 960123.".to_owned());
/// let sender = SenderCapabilities::new("gateway");
/// let wording = Wording::new(&settings, &settings.general_rule(), Some("Willow Practice"), &sender);
/// let start = date(2026, 6, 3).at(9, 40, 0, 0);
/// let booked = BookedPatient::new(SlotId::new(1)?, start, Patient::new(PatientNumber::new(2)?));
/// let addressee = Addressee::of(Contact::Sms("07700 900123".parse()?), false);
///
/// assert_eq!(
///     wording.body(&booked, &[], &addressee)?.expose_text().unwrap(),
///     "A reminder of your appointment with Willow Practice on Wednesday 3 June at 9:40am. \
///      To cancel, call 01632 960123."
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    name: Option<String>,
    cancel: Option<String>,
    shown: TimeShown,
    language: Language,
    own: Vec<MessageTemplate>,
    name_the_patient: bool,
    sites: Vec<(SiteId, String)>,
    may: PatientAction,
    sender: SenderCapabilities,
    link: Option<String>,
    replies: Option<(OdsCode, ReplyRules)>,
}

impl Wording {
    /// Creates the wording of a rule. In place of a practice's name that is absent, blank or longer
    /// than 160 characters, messages say "your GP practice".
    pub fn new(
        settings: &ReminderSettings,
        rule: &ReminderRule,
        practice_name: Option<&str>,
        sender: &SenderCapabilities,
    ) -> Self {
        let cancel = rule.cancel_text.as_ref().or(settings.cancel_text.as_ref());
        let templates = match rule.templates.is_empty() {
            true => &settings.templates,
            false => &rule.templates,
        };
        let own = templates
            .iter()
            .filter(|it| it.language == settings.language);
        Self {
            name: practice_name.map(str::to_owned),
            cancel: cancel.cloned(),
            shown: rule.time_shown,
            language: settings.language.clone(),
            own: own
                .filter_map(|it| MessageTemplate::of_settings(MessageKind::Reminder, it))
                .collect(),
            name_the_patient: settings.name_the_patient,
            sites: Vec::new(),
            may: rule.patient_may,
            sender: sender.clone(),
            link: None,
            replies: None,
        }
    }

    /// Sets the names of the practice's sites for patients; EMIS's names by default.
    #[must_use]
    pub fn naming_sites(mut self, sites: impl IntoIterator<Item = (SiteId, String)>) -> Self {
        self.sites = sites.into_iter().collect();
        self
    }

    /// Sets that patients of the practice may reply to text messages: a message names the code of its
    /// appointment, if the rule allows that it is cancelled.
    #[must_use]
    pub fn taking_replies(mut self, practice: OdsCode, rules: ReplyRules) -> Self {
        self.replies = Some((practice, rules));
        self
    }

    /// Sets an example of the links that messages contain, in the form and length of every one: a
    /// message whose template has `link` holds it where its link belongs. It does so if the rule
    /// lets the patient cancel or move the appointment at once, and the sender may carry links.
    #[must_use]
    pub fn offering_links(mut self, example: impl Into<String>) -> Self {
        self.link = Some(example.into());
        self
    }

    /// Returns the body of the message that reminds of an appointment, and of `others` of the same
    /// day at the same site.
    ///
    /// The practice's own template is used if it makes a message: one that a store kept from earlier
    /// may leave a gap for this appointment, or grow too long. The shipped words of the same
    /// language are used then.
    ///
    /// # Errors
    /// [`TemplateError`] if no words in the practice's language make a message.
    pub fn body(
        &self,
        first: &BookedPatient,
        others: &[BookedPatient],
        addressee: &Addressee,
    ) -> Result<MessageBody, TemplateError> {
        let channel = addressee.channel();
        let facts = |told| self.facts(first, others, addressee, told);
        let kind = MessageKind::Reminder;
        let own = self.own.iter().find(|it| it.channel == channel);
        let render = |template: &MessageTemplate, fewest: Told| {
            let mut rendered = template.render(&facts(Told::Everything), &self.sender.text);
            for told in Told::FEWER.into_iter().filter(|told| *told <= fewest) {
                match &rendered {
                    Err(error) if error.kind() == TemplateErrorKind::TooLong => {
                        rendered = template.render(&facts(told), &self.sender.text);
                    }
                    _ => break,
                }
            }
            rendered
        };
        let failure = match own.map(|template| render(template, Told::NoLink)) {
            Some(Ok(body)) => return Ok(body),
            Some(Err(error)) => error,
            None => TemplateError::missing(),
        };
        let shipped = MessageTemplate::shipped(kind, channel, &self.language).ok_or(failure)?;
        render(&shipped, Told::NoPracticeName)
    }

    fn facts(
        &self,
        first: &BookedPatient,
        others: &[BookedPatient],
        addressee: &Addressee,
        told: Told,
    ) -> MessageFacts {
        let of = self.name.as_deref().filter(|_| told < Told::NoPracticeName);
        let cancel = self.cancel.as_deref().filter(|_| told < Told::NoCancelText);
        let practice = PracticeFacts::new(of, cancel).showing(self.shown);
        let mut facts = MessageFacts::new(&practice, first.start, self.language.clone())
            .and_at(others.iter().map(|other| other.start.time()));
        if let Some(site) = self.site(first).filter(|_| told < Told::NoSite) {
            facts = facts.at_site(site);
        }
        let one_patient = |other: &BookedPatient| other.patient.number == first.patient.number;
        if addressee.shared || !others.iter().all(one_patient) {
            facts = facts.shared();
        } else if self.name_the_patient {
            facts = facts.naming(name(&first.patient));
        }
        let link = self.link.as_deref().filter(|_| told < Told::NoLink);
        let may = || may_link(&self.topic(first), &self.sender, addressee.channel());
        if let Some(link) = link.filter(|_| others.is_empty() && may()) {
            facts = facts.with_link(link);
        }
        match self.code(first).filter(|_| others.is_empty()) {
            Some((code, word)) if addressee.channel() == Channel::Sms => {
                facts.with_cancel_word(word).with_code(code)
            }
            _ => facts,
        }
    }

    /// Returns the topic of an appointment: what a reply to its reminder may do.
    pub(crate) fn topic(&self, booked: &BookedPatient) -> MessageTopic {
        let topic = MessageTopic::appointment(booked.patient.number, booked.slot, booked.start);
        let topic = topic.allowing(self.may);
        match booked.session {
            Some(session) => topic.in_session(session),
            None => topic,
        }
    }

    fn code(&self, booked: &BookedPatient) -> Option<(ReplyCode, &str)> {
        let (practice, rules) = self.replies.as_ref()?;
        if self.may == PatientAction::Nothing {
            return None;
        }
        let code = ReplyCode::of(practice, &self.topic(booked))?;
        Some((code, &rules.cancel_word))
    }

    /// Returns the site if EMIS names one: a batch does not tell whether the practice has others,
    /// and a patient at the wrong site misses the appointment.
    fn site<'a>(&'a self, booked: &'a BookedPatient) -> Option<&'a str> {
        let own = self.sites.iter().find(|(id, _)| booked.sites.contains(id));
        match own {
            Some((_, name)) => Some(name),
            None => booked.site_name.as_deref(),
        }
    }
}

/// The facts that a message tells: fewer only where it would have more than six parts, because of
/// names in letters that text messages lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Everything,
    NoLink,
    NoCancelText,
    NoSite,
    NoPracticeName,
}

impl Told {
    const FEWER: [Self; 4] = [
        Self::NoLink,
        Self::NoCancelText,
        Self::NoSite,
        Self::NoPracticeName,
    ];
}

/// Returns the calling name, or else the first names.
fn name(patient: &Patient) -> &str {
    let name = patient.name.expose();
    let mut fields = [&name.calling_name, &name.first_names]
        .into_iter()
        .flatten();
    let field = fields.find(|field| !field.expose().trim().is_empty());
    field.map_or("", |field| field.expose())
}
