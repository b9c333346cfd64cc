//! Decides on a reply.

use emis_settings::PatientAction;
use emis_types::{OdsCode, PatientNumber};

use super::parse::{ParsedReply, ReplyIntent};
use super::targets::ReplyTarget;
use crate::ledger::MessageRecord;
use crate::task_kind::TaskKind;

/// The decision on a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplyDecision {
    /// Cancel these appointments, and tell the patient how each went. Never empty.
    Cancel(Vec<ReplyTarget>),
    /// Open a task for each of these appointments: the practice decides. Tell the patient that they
    /// stand until then. Never empty.
    Request(Vec<ReplyTarget>),
    /// Ask the patient which of these appointments they mean. At least two.
    AskWhich(Vec<ReplyTarget>),
    /// Record an opt-out of text messages for these patients, and confirm it. Never empty.
    OptOut(Vec<(OdsCode, PatientNumber)>),
    /// Open a task: a person reads the reply. Tell the patient that nothing was cancelled.
    Task(TaskKind),
    /// Nothing is to be done.
    Nothing,
}

/// Decides on a reply. `targets` are the appointments ahead that the contact was told of, as
/// [`reply_targets`](super::reply_targets) returns them; `records` are the messages to it.
///
/// Nothing is cancelled that the patient did not name: a bare CANCEL is taken for the one
/// appointment ahead if there is only one, and is asked back otherwise; a code that fits no
/// appointment, or two, is read by a person.
///
/// # Examples
/// ```
/// use emis_messaging::{
///     MessageTopic, ParsedReply, ReplyDecision, ReplyRules, ReplyTarget, decide,
/// };
/// use emis_settings::PatientAction;
/// use jiff::civil::date;
///
/// let target = |slot: &str, day| {
///     let start = date(2026, 6, day).at(9, 30, 0, 0);
///     let topic = MessageTopic::appointment("41".parse().unwrap(), slot.parse().unwrap(), start);
///     let topic = topic.allowing(PatientAction::Cancel);
///     ReplyTarget::new("A20047".parse().unwrap(), topic).unwrap()
/// };
/// let two = [target("501", 2), target("502", 9)];
/// let cancel = |text: &str| decide(&ParsedReply::parse(text, &ReplyRules::default()), &two, &[]);
/// assert_eq!(cancel("CANCEL"), ReplyDecision::AskWhich(two.to_vec()));
/// let named = cancel(&format!("cancel {}", two[1].code));
/// assert_eq!(named, ReplyDecision::Cancel(vec![two[1].clone()]));
/// ```
pub fn decide(
    reply: &ParsedReply,
    targets: &[ReplyTarget],
    records: &[MessageRecord],
) -> ReplyDecision {
    match reply.intent {
        ReplyIntent::Cancel => cancel(reply, targets, records),
        ReplyIntent::OptOut => match patients(records) {
            patients if patients.is_empty() => unread(records),
            patients => ReplyDecision::OptOut(patients),
        },
        ReplyIntent::Courtesy if !records.is_empty() => ReplyDecision::Nothing,
        ReplyIntent::Courtesy | ReplyIntent::Unclear => unread(records),
    }
}

fn cancel(
    reply: &ParsedReply,
    targets: &[ReplyTarget],
    records: &[MessageRecord],
) -> ReplyDecision {
    if reply.codes.is_empty() {
        return match targets {
            [] => unread(records),
            [one] => permitted(vec![one.clone()]),
            several => ReplyDecision::AskWhich(several.to_vec()),
        };
    }
    let mut named = Vec::new();
    for code in &reply.codes {
        let mut fitting = targets.iter().filter(|target| target.code == *code);
        match (fitting.next(), fitting.next()) {
            (Some(target), None) => named.push(target.clone()),
            _ => return ReplyDecision::Task(TaskKind::ReplyNotUnderstood),
        }
    }
    permitted(named)
}

fn permitted(named: Vec<ReplyTarget>) -> ReplyDecision {
    match named.iter().map(|target| target.topic.may).min() {
        Some(PatientAction::Cancel | PatientAction::Move) => ReplyDecision::Cancel(named),
        Some(PatientAction::Ask) => ReplyDecision::Request(named),
        _ => ReplyDecision::Task(TaskKind::ReplyNotUnderstood),
    }
}

fn unread(records: &[MessageRecord]) -> ReplyDecision {
    ReplyDecision::Task(if records.is_empty() {
        TaskKind::ReplyFromUnknown
    } else {
        TaskKind::ReplyNotUnderstood
    })
}

/// Returns every patient whom messages to the contact were about, each once.
fn patients(records: &[MessageRecord]) -> Vec<(OdsCode, PatientNumber)> {
    let mut patients = Vec::new();
    for record in records {
        for topic in &record.entry.topics {
            let patient = (record.entry.practice.clone(), topic.patient);
            if !patients.contains(&patient) {
                patients.push(patient);
            }
        }
    }
    patients
}
