//! Components: forms with their token, fields with their problems, notes.

use emis_partner::jiff::Timestamp;
use emis_partner::settings::SettingsProblem;
use emis_partner::types::uk;
use maud::{Markup, Render, html};

use crate::web::{Note, NoteKind, Session};

/// Problems of what was typed: the name of the field, and the sentence.
pub(crate) type Problems = [(&'static str, String)];

/// Returns the problems as the facade names them: its paths are the names of the fields.
pub(crate) fn problems_of(problems: &[SettingsProblem]) -> Vec<(&'static str, String)> {
    let problems = problems.iter();
    problems
        .map(|it| (it.path(), it.message().to_owned()))
        .collect()
}

/// Returns the hidden field that the guard asks for.
pub(crate) fn token(session: &Session) -> Markup {
    html! { input type="hidden" name="csrf" value=(session.csrf()); }
}

/// Returns a form with its token.
pub(crate) fn form(session: &Session, action: &str, fields: impl Render) -> Markup {
    form_of(session, action, &[], fields)
}

/// Returns a form with its token and hidden fields.
pub(crate) fn form_of(
    session: &Session,
    action: &str,
    hidden: &[(&str, &str)],
    fields: impl Render,
) -> Markup {
    html! {
        form method="post" action=(action) autocomplete="off" {
            (token(session))
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            (fields)
        }
    }
}

/// Returns the list of problems at the top of a page, each a link to its field.
pub(crate) fn error_summary(problems: &Problems) -> Markup {
    html! {
        @if !problems.is_empty() {
            div.error-summary role="alert" aria-labelledby="error-summary-title" tabindex="-1" {
                h2 #error-summary-title { "There is a problem" }
                ul {
                    @for (field, text) in problems { li { a href={ "#" (id(field)) } { (text) } } }
                }
            }
        }
    }
}

/// Returns the outcome of the last form.
pub(crate) fn note(note: Option<&Note>) -> Markup {
    html! {
        @if let Some(note) = note {
            @let (class, title) = match note.kind {
                NoteKind::Done => ("note done", "Done"),
                NoteKind::NotDone => ("note not-done", "Not done"),
                NoteKind::Unknown => ("note unknown", "We are finding out"),
            };
            div class=(class) role="status" { strong { (title) ": " } (note.text) }
        }
    }
}

/// Returns a point in time as staff read it.
pub(crate) fn when(at: Timestamp) -> String {
    uk::at(at).strftime("%-d %B %Y at %H:%M").to_string()
}

/// An ID that a path of settings makes: a dot would need escaping in a style sheet.
fn id(field: &str) -> String {
    field.replace('.', "-")
}

/// A field with its label, hint and problems.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    name: &'a str,
    label: &'a str,
    value: &'a str,
    hint: Option<&'a str>,
    kind: &'a str,
    autocomplete: &'a str,
    class: &'a str,
    lines: Option<u8>,
    problems: Vec<&'a str>,
}

impl<'a> Field<'a> {
    pub(crate) fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            value: "",
            hint: None,
            kind: "text",
            autocomplete: "off",
            class: "",
            lines: None,
            problems: Vec::new(),
        }
    }

    pub(crate) fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    pub(crate) fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) fn autocomplete(mut self, autocomplete: &'a str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// Makes it a password, which no page ever shows again.
    pub(crate) fn password(mut self, autocomplete: &'a str) -> Self {
        self.kind = "password";
        self.autocomplete = autocomplete;
        self
    }

    /// Makes it a short field for a number.
    pub(crate) fn number(mut self) -> Self {
        self.class = "short";
        self
    }

    pub(crate) fn lines(mut self, lines: u8) -> Self {
        self.lines = Some(lines);
        self
    }

    pub(crate) fn problems(mut self, problems: &'a Problems) -> Self {
        let mine = problems.iter().filter(|(field, _)| *field == self.name);
        self.problems = mine.map(|(_, text)| text.as_str()).collect();
        self
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let id = id(self.name);
        let described = described(&id, self.hint.is_some(), !self.problems.is_empty());
        html! {
            div.field.wrong[!self.problems.is_empty()] {
                label for=(id) { (self.label) }
                @if let Some(hint) = self.hint { p.hint id={ (id) "-hint" } { (hint) } }
                (problem_texts(&id, &self.problems))
                @if let Some(lines) = self.lines {
                    textarea id=(id) name=(self.name) rows=(lines) aria-describedby=[described] { (self.value) }
                } @else {
                    input id=(id) name=(self.name) type=(self.kind) value=(self.value) class=(self.class)
                        inputmode=[(self.class == "short").then_some("numeric")]
                        autocomplete=(self.autocomplete) aria-describedby=[described]
                        aria-invalid=[(!self.problems.is_empty()).then_some("true")];
                }
            }
        }
    }
}

fn described(id: &str, hint: bool, wrong: bool) -> Option<String> {
    let parts = [(hint, "hint"), (wrong, "error")].into_iter();
    let parts = parts.filter(|(there, _)| *there);
    let ids: Vec<_> = parts.map(|(_, part)| format!("{id}-{part}")).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

fn problem_texts(id: &str, problems: &[&str]) -> Markup {
    html! {
        @if !problems.is_empty() {
            div.error id={ (id) "-error" } {
                @for text in problems { p { span.hidden { "Error: " } (text) } }
            }
        }
    }
}

/// Tick boxes or radio buttons, with their problems.
#[derive(Debug)]
pub(crate) struct Choices<'a> {
    name: &'a str,
    legend: &'a str,
    hint: Option<&'a str>,
    kind: &'a str,
    /// Value, text, and whether it is chosen.
    options: Vec<(String, String, bool)>,
    problems: Vec<&'a str>,
}

impl<'a> Choices<'a> {
    /// Creates tick boxes.
    pub(crate) fn boxes(
        name: &'a str,
        legend: &'a str,
        options: Vec<(String, String, bool)>,
    ) -> Self {
        Self {
            name,
            legend,
            hint: None,
            kind: "checkbox",
            options,
            problems: Vec::new(),
        }
    }

    /// Creates radio buttons.
    pub(crate) fn one(
        name: &'a str,
        legend: &'a str,
        options: Vec<(String, String, bool)>,
    ) -> Self {
        Self {
            kind: "radio",
            ..Self::boxes(name, legend, options)
        }
    }

    pub(crate) fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) fn problems(mut self, problems: &'a Problems) -> Self {
        let mine = problems.iter().filter(|(field, _)| *field == self.name);
        self.problems = mine.map(|(_, text)| text.as_str()).collect();
        self
    }
}

impl Render for Choices<'_> {
    fn render(&self) -> Markup {
        let id = id(self.name);
        let described = described(&id, self.hint.is_some(), !self.problems.is_empty());
        html! {
            fieldset.field.wrong[!self.problems.is_empty()] id=(id) tabindex="-1" aria-describedby=[described] {
                legend { (self.legend) }
                @if let Some(hint) = self.hint { p.hint id={ (id) "-hint" } { (hint) } }
                (problem_texts(&id, &self.problems))
                @for (number, (value, text, chosen)) in self.options.iter().enumerate() {
                    @let id = format!("{id}-{number}");
                    div.choice {
                        input id=(id) type=(self.kind) name=(self.name) value=(value) checked[*chosen];
                        label for=(id) { (text) }
                    }
                }
            }
        }
    }
}
