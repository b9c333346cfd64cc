//! Saving settings: once for each form, and refused if they changed since the form was shown.

use emis_partner::settings::{IdempotencyKey, PracticeSettings, UpdateOutcome};
use emis_partner::{Error, ErrorKind, SettingsChange};
use maud::{Markup, html};

use crate::page::{form, problems_of};
use crate::web::{AtPractice, Failure, Fields, Note, NoteKind};

/// Returns a form of settings: it names the version that it shows, and the key that makes a double
/// click harmless.
pub(super) fn settings_form(
    at: &AtPractice,
    settings: &PracticeSettings,
    action: &str,
    fields: &Markup,
) -> Markup {
    let hidden = html! {
        input type="hidden" name="version" value=(settings.version());
        input type="hidden" name="key" value=(IdempotencyKey::random().as_str());
        (fields)
    };
    form(&at.session, action, hidden)
}

/// The result of saving.
pub(super) enum Saved {
    Done,
    /// Nothing was changed; each problem with the path of its field.
    Refused(Vec<(&'static str, String)>),
}

/// Applies a change as its form asks for.
pub(super) async fn save(
    at: &AtPractice,
    fields: &Fields,
    change: SettingsChange<'_>,
    done: &str,
) -> Result<Saved, Failure> {
    let mut change = change.by(at.staff.author());
    if let Ok(version) = fields.text("version").parse() {
        change = change.expecting(version);
    }
    if let Ok(key) = fields.text("key").parse::<IdempotencyKey>() {
        change = change.once(key);
    }
    match change.await {
        Ok(receipt) => {
            let text = format!("{done}{}", consequences(&receipt.outcome));
            at.session.set_note(Some(Note::new(NoteKind::Done, text)));
            Ok(Saved::Done)
        }
        Err(error) => refused(error).map(Saved::Refused),
    }
}

fn refused(error: Error) -> Result<Vec<(&'static str, String)>, Failure> {
    match error.kind() {
        ErrorKind::InvalidSettings => Ok(problems_of(error.problems())),
        ErrorKind::SettingsConflict => {
            let who = error.edits().last().and_then(|edit| edit.by.actor().id());
            let who = who.unwrap_or("Another person").to_owned();
            let text = format!(
                "{who} changed the settings while you had this page open. Check them below, then save again."
            );
            Ok(vec![("settings", text)])
        }
        _ => Err(error.into()),
    }
}

fn consequences(outcome: &UpdateOutcome) -> String {
    let sentences = [
        (
            outcome.api_user_must_be_entered_again,
            " Enter the EMIS API user again: it belonged to the other organisation.",
        ),
        (
            outcome.reminders_switched_off,
            " Reminders were switched off: check their settings, then switch them on.",
        ),
        (
            outcome.booking_switched_off,
            " Self-booking was switched off: check its settings, then switch it on.",
        ),
    ];
    let told = sentences.into_iter().filter(|(is_so, _)| *is_so);
    told.map(|(_, sentence)| sentence).collect()
}
