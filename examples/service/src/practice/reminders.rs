//! The settings of reminders, their words, and a dry run.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use emis_partner::jiff::ToSpan;
use emis_partner::messaging::{MessageKind, MessageTemplate, PracticeFacts, TextRules};
use emis_partner::reminders::DryRun;
use emis_partner::settings::{
    Channel, Offset, PracticeSettings, ReminderSettings, Selection, Template,
};
use emis_partner::types::{Clock, uk};
use http::StatusCode;
use maud::{Markup, html};

use super::booking::unread;
use super::frame::{frame, root};
use super::reference::{EmisLists, number, options, selection, ways};
use super::saving::{Saved, save as save_settings, settings_form};
use crate::app::App;
use crate::page::{Choices, Field, Problems, error_summary, form, when};
use crate::web::{AtPractice, Fields, Page};

const OFFSETS: &[Offset] = &[
    Offset::Hours(1),
    Offset::Hours(2),
    Offset::Hours(24),
    Offset::Hours(48),
    Offset::Hours(168),
    Offset::WorkingDays(1),
    Offset::WorkingDays(2),
];

const CHANNELS: &[Channel] = &[Channel::Sms, Channel::Email];

pub(super) async fn show(State(app): State<App>, at: AtPractice) -> Page {
    let settings = at.practice.settings().load().await?;
    let reminders = settings.reminders().clone();
    Ok(reminders_page(&app, &at, &settings, &reminders, &[])
        .await
        .into_response())
}

pub(super) async fn save(State(app): State<App>, at: AtPractice, fields: Fields) -> Page {
    let settings = at.practice.settings().load().await?;
    let (reminders, mut problems) = read(&fields, settings.reminders().clone());
    if problems.is_empty() {
        let change = at.practice.settings().set_reminders(reminders.clone());
        match save_settings(
            &at,
            &fields,
            change,
            "The settings of reminders are stored.",
        )
        .await?
        {
            Saved::Done => {
                let address = format!("{}/reminders", root(&at));
                return Ok(Redirect::to(&address).into_response());
            }
            Saved::Refused(refused) => problems = refused,
        }
    }
    let page = reminders_page(&app, &at, &settings, &reminders, &problems).await;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Shows who would be reminded tomorrow at 10am, and who not and why. Nothing is sent.
pub(super) async fn dry_run(State(app): State<App>, at: AtPractice) -> Page {
    // In the morning: at night nothing is sent.
    let tomorrow = uk::today(&app.clock as &dyn Clock).saturating_add(1.days());
    let tomorrow = uk::zoned(tomorrow.at(10, 0, 0, 0)).timestamp();
    let plan = at.practice.reminders().plan(tomorrow).await?;
    let body = html! {
        h1 { "Who would be reminded" }
        p { "This is what would happen on " (when(plan.at)) ". Nothing was sent." }
        (plan_tables(&plan))
        p { a href={ (root(&at)) "/reminders" } { "Back to the settings of reminders" } }
    };
    Ok(frame(&at, "Reminders", &body).into_response())
}

fn plan_tables(plan: &DryRun) -> Markup {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for suppressed in &plan.suppressed {
        *reasons.entry(suppressed.reason.to_string()).or_default() += 1;
    }
    html! {
        @if let Some(idle) = plan.idle { p { strong { "No reminders: " (idle) "." } } }
        section.card {
            h2 { (plan.due.len()) " messages would be sent" }
            @if !plan.due.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Messages" {
                table {
                    thead { tr { th scope="col" { "Due" } th scope="col" { "By" } th scope="col" { "Patient’s EMIS number" } th scope="col" { "Appointment" } } }
                    tbody {
                        @for message in &plan.due {
                            @for appointment in &message.appointments {
                                tr {
                                    td { (message.due_at.strftime("%-d %B at %H:%M")) }
                                    td { (message.channel.map_or("no contact", Channel::as_str)) }
                                    td { (appointment.patient.get()) }
                                    td { (appointment.start.strftime("%-d %B at %H:%M")) }
                                }
                            }
                        }
                    }
                }
            }
            }
        }
        section.card {
            h2 { (plan.suppressed.len()) " would not be sent" }
            ul { @for (reason, count) in &reasons { li { (count) " × " (reason) } } }
        }
    }
}

fn read(
    fields: &Fields,
    mut reminders: ReminderSettings,
) -> (ReminderSettings, Vec<(&'static str, String)>) {
    let mut problems = Vec::new();
    reminders.enabled = fields.is_ticked("enabled");
    reminders.offsets = fields.all("reminders.offsets").filter_map(offset).collect();
    let channel = |value: &str| CHANNELS.iter().copied().find(|it| it.as_str() == value);
    reminders.channels = fields
        .all("reminders.channels")
        .filter_map(channel)
        .collect();
    if fields.is_ticked("lists") {
        reminders.slot_types = selection(fields, "types-way", "reminders.slot_types");
    }
    if let Some(minutes) = number(fields, "reminders.minimum_notice_minutes", &mut problems) {
        reminders.minimum_notice_minutes = minutes;
    }
    if let Some(years) = number(fields, "reminders.minimum_age_years", &mut problems) {
        reminders.minimum_age_years = years;
    }
    let typed = |name: &str| Some(fields.text(name).to_owned()).filter(|it| !it.is_empty());
    reminders.practice_name = typed("reminders.practice_name");
    reminders.cancel_text = typed("reminders.cancel_text");
    // The words in other languages and channels stay.
    reminders.templates.retain(|it| !is_shown(it));
    if let Some(body) = typed("reminders.templates") {
        reminders.templates.push(Template::new(Channel::Sms, body));
    }
    (reminders, problems)
}

fn is_shown(template: &Template) -> bool {
    template.channel == Channel::Sms && template.language.is_english()
}

fn offset(value: &str) -> Option<Offset> {
    match value.split_once('-')? {
        ("hours", hours) => hours.parse().ok().map(Offset::Hours),
        ("days", days) => days.parse().ok().map(Offset::WorkingDays),
        _ => None,
    }
}

fn offset_value(offset: Offset) -> String {
    match offset {
        Offset::Hours(hours) => format!("hours-{hours}"),
        Offset::WorkingDays(days) => format!("days-{days}"),
    }
}

async fn reminders_page(
    app: &App,
    at: &AtPractice,
    settings: &PracticeSettings,
    reminders: &ReminderSettings,
    problems: &Problems,
) -> Markup {
    let lists = EmisLists::read(app, at).await;
    let own = reminders.offsets.iter().filter(|it| !OFFSETS.contains(it));
    let offsets = OFFSETS.iter().chain(own).map(|offset| {
        let chosen = reminders.offsets.contains(offset);
        (offset_value(*offset), format!("{offset} before"), chosen)
    });
    let channels = CHANNELS.iter().map(|channel| {
        let text = match channel {
            Channel::Sms => "Text message",
            _ => "Email",
        };
        (
            channel.as_str().to_owned(),
            text.to_owned(),
            reminders.channels.contains(channel),
        )
    });
    let (notice, age) = (
        reminders.minimum_notice_minutes.to_string(),
        reminders.minimum_age_years.to_string(),
    );
    let template = reminders.templates.iter().find(|it| is_shown(it));
    let fields = html! {
        (Choices::boxes("enabled", "Reminders", vec![(
            "on".to_owned(), "Patients are reminded of their appointments".to_owned(), reminders.enabled,
        )]))
        (Choices::boxes("reminders.offsets", "When", offsets.collect()).problems(problems).hint("At most three."))
        (Choices::boxes("reminders.channels", "How", channels.collect()).problems(problems))
        @if !lists.unread {
            @let named = reminders.slot_types.named().map(ToString::to_string);
            input type="hidden" name="lists" value="shown";
            (Choices::one("types-way", "Slot types", ways(&reminders.slot_types, "slot types")))
            details open[!matches!(reminders.slot_types, Selection::All)] {
                summary { "Choose slot types" }
                (Choices::boxes("reminders.slot_types", "These slot types", options(&lists.slot_types, named)).problems(problems))
            }
        }
        (Field::new("reminders.minimum_notice_minutes", "Minutes before the appointment from which nothing is sent")
            .number().value(&notice).problems(problems))
        (Field::new("reminders.minimum_age_years", "Youngest age that is reminded").number().value(&age)
            .problems(problems).hint("0 to 18. Parents may read the messages of younger patients."))
        (Field::new("reminders.practice_name", "Practice’s name in messages").problems(problems)
            .value(reminders.practice_name.as_deref().unwrap_or_default())
            .hint("Leave it empty to use the name that EMIS has."))
        (Field::new("reminders.cancel_text", "Sentence on how to cancel").problems(problems)
            .value(reminders.cancel_text.as_deref().unwrap_or_default())
            .hint("Such as: To cancel, call 01632 960123."))
        (Field::new("reminders.templates", "Your own words for text messages").lines(4).problems(problems)
            .value(template.map_or("", |it| it.body.as_str()))
            .hint("Leave it empty to use ours. Placeholders: {{ practice }}, {{ when }}, {{ cancel }}."))
        button type="submit" { "Save reminder settings" }
    };
    let address = format!("{}/reminders", root(at));
    let dry_run = html! { button.second type="submit" { "See who would be reminded tomorrow" } };
    let body = html! {
        (error_summary(problems))
        h1 { "Reminders" }
        (unread(&lists))
        div #settings tabindex="-1" {}
        (previews(settings, reminders))
        section.card aria-labelledby="dry-run" {
            h2 #dry-run { "Dry run" }
            p { "Nothing is sent." }
            (form(&at.session, &format!("{address}/dry-run"), dry_run))
        }
        section.card aria-label="Settings of reminders" {
            (settings_form(at, settings, &address, &fields))
        }
    };
    frame(at, "Reminders", &body)
}

/// Returns the shortest and the longest message, with their real lengths.
fn previews(settings: &PracticeSettings, reminders: &ReminderSettings) -> Markup {
    let name = reminders.practice_name.as_deref().or(settings.name());
    let facts = PracticeFacts::new(name, reminders.cancel_text.as_deref());
    let facts = facts.showing(reminders.time_shown);
    let own = reminders.templates.iter().find(|it| is_shown(it));
    let (kind, language) = (MessageKind::Reminder, &reminders.language);
    let own = own.and_then(|template| MessageTemplate::of_settings(kind, template));
    let template = own.or_else(|| MessageTemplate::shipped(kind, Channel::Sms, language));
    let report = template.map(|template| template.check(&facts, &TextRules::default(), None));
    html! {
        section.card aria-labelledby="preview" {
            h2 #preview { "The text message" }
            @for preview in report.iter().flat_map(|report| &report.previews) {
                blockquote { (preview.text) }
                p.hint {
                    (preview.text.chars().count()) " characters, "
                    @if preview.parts == 1 { "1 part" } @else { (preview.parts) " parts" }
                }
            }
            @for problem in report.iter().flat_map(|report| &report.problems) { p.error { (problem.sentence()) } }
        }
    }
}
