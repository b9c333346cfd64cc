//! Gathers reminders into messages.

use std::collections::HashMap;

use emis_types::SiteId;
use jiff::civil::Date;

use crate::claim::OpenClaim;
use crate::contact_book::MessageRecipient;
use crate::plan::{DueReminder, Plan};

/// The largest number of appointments that one message tells.
pub(crate) const MOST_IN_ONE: usize = 4;

/// Reminders that one message carries.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) members: Vec<DueReminder>,
    /// The open claim under which it is sent again, to an idempotent sender.
    pub(crate) held: Option<OpenClaim>,
}

impl From<DueReminder> for Group {
    fn from(reminder: DueReminder) -> Self {
        Self {
            members: vec![reminder],
            held: None,
        }
    }
}

/// The values that all appointments of one message share: only their times differ.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Common {
    recipient: MessageRecipient,
    day: Date,
    rule: usize,
    sites: Vec<SiteId>,
    site_name: Option<String>,
}

impl Common {
    fn of(reminder: &DueReminder) -> Option<Self> {
        Some(Self {
            recipient: reminder.addressees.first()?.recipient.clone(),
            day: reminder.booked.start.date(),
            rule: reminder.rule,
            sites: reminder.booked.sites.clone(),
            site_name: reminder.booked.site_name.clone(),
        })
    }
}

/// Gathers what is due into messages, in EMIS's order: appointments of one contact on one day at
/// one site are told together, with those that fall due within the least distance between messages.
/// Reminders of one open claim in `held` stay in one message.
pub(crate) fn groups(plan: &mut Plan, held: Vec<OpenClaim>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for claim in held {
        if let Some(members) = take_held(plan, &claim) {
            groups.push(Group {
                members,
                held: Some(claim),
            });
        }
    }
    let resent = groups.len();
    let mut place: HashMap<Common, usize> = HashMap::new();
    let mut join = |groups: &mut Vec<Group>, reminder: DueReminder, may_lead: bool| {
        let common = Common::of(&reminder);
        let open = common.as_ref().and_then(|it| place.get(it)).copied();
        let group = open.and_then(|n| groups.get_mut(n));
        match group.filter(|group| group.members.len() < MOST_IN_ONE) {
            Some(group) => group.members.push(reminder),
            None if may_lead => {
                if let Some(common) = common {
                    place.insert(common, groups.len());
                }
                groups.push(reminder.into());
            }
            None => return Some(reminder),
        }
        None
    };
    for reminder in std::mem::take(&mut plan.due) {
        join(&mut groups, reminder, true);
    }
    let left = std::mem::take(&mut plan.soon);
    plan.soon = left
        .into_iter()
        .filter_map(|reminder| join(&mut groups, reminder, false))
        .collect();
    for group in groups.iter_mut().skip(resent) {
        group.members.sort_by_key(|it| it.booked.start);
    }
    groups
}

/// Takes the reminders of an open claim out of the plan, if all of them are there.
fn take_held(plan: &mut Plan, claim: &OpenClaim) -> Option<Vec<DueReminder>> {
    let is_of_claim = |reminder: &DueReminder| {
        claim.keys.iter().any(|key| {
            key.appointment() == reminder.appointment()
                && key.minutes_before == reminder.offset.nominal_minutes()
        })
    };
    let both = plan.due.iter().chain(&plan.soon);
    if both.filter(|it| is_of_claim(it)).count() < claim.keys.len() {
        return None;
    }
    let (members, rest) = std::mem::take(&mut plan.due)
        .into_iter()
        .partition(is_of_claim);
    plan.due = rest;
    let mut members: Vec<DueReminder> = members;
    let (soon, rest): (Vec<_>, _) = std::mem::take(&mut plan.soon)
        .into_iter()
        .partition(is_of_claim);
    plan.soon = rest;
    members.extend(soon);
    Some(members)
}
