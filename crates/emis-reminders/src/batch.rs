//! Values that the messages of one run share, and the outcome of each.

use emis_settings::ReminderRule;

use crate::contact_book::ContactBook;
use crate::key::ClaimOwner;
use crate::plan::DueReminder;
use crate::reminders::Reminders;
use crate::report::SentReminder;
use crate::rule_book::RuleBook;
use crate::setback::Setback;
use crate::wording::Wording;

/// Values that the messages of one run share.
pub(crate) struct Batch<'a> {
    pub(crate) owner: ClaimOwner,
    pub(crate) rules: RuleBook<'a>,
    pub(crate) contacts: ContactBook,
    pub(crate) wordings: Vec<Wording>,
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
        let sender = of.messenger.notifier().capabilities();
        let wording = |rule: &ReminderRule| {
            let wording = Wording::new(settings, rule, name, sender);
            let mut wording = wording.naming_sites(of.sites.iter().cloned());
            if let Some(links) = &of.links {
                wording = wording.offering_links(links.example());
            }
            match &of.replies {
                Some(rules) => wording.taking_replies(of.identity.ods_code.clone(), rules.clone()),
                None => wording,
            }
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
    pub(crate) fn set_back(&mut self, members: Vec<DueReminder>, setback: impl Fn() -> Setback) {
        self.setbacks
            .extend(members.into_iter().map(|member| (member, setback())));
    }

    /// Notes a failure of the whole message: the first reminder has it, the others were not tried.
    pub(crate) fn fail(&mut self, members: Vec<DueReminder>, failure: Setback) {
        let mut failure = Some(failure);
        let of_each = |member| (member, failure.take().unwrap_or(Setback::WithAnother));
        self.setbacks.extend(members.into_iter().map(of_each));
    }
}
