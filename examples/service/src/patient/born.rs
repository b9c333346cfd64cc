//! A date of birth in three fields.

use emis_partner::jiff::civil::Date;
use maud::{Markup, html};

use crate::page::{Field, Problems};
use crate::web::Fields;

/// Reads the date that was typed, if there is such a date.
pub(crate) fn date_of_birth(fields: &Fields) -> Option<Date> {
    let year: i16 = fields
        .text("year")
        .parse()
        .ok()
        .filter(|year| *year > 1800)?;
    let (month, day) = (
        fields.text("month").parse().ok()?,
        fields.text("day").parse().ok()?,
    );
    Date::new(year, month, day).ok()
}

/// Returns the fields. What was typed is never shown again.
pub(crate) fn date_of_birth_fields(problems: &Problems) -> Markup {
    let problem = problems.iter().find(|(field, _)| *field == "day");
    html! {
        fieldset.field.wrong[problem.is_some()] aria-describedby="born-hint" {
            legend { "Date of birth" }
            p.hint #born-hint { "For example, 27 3 1957" }
            @if let Some((_, text)) = problem { div.error { p { span.hidden { "Error: " } (text) } } }
            div.date {
                (Field::new("day", "Day").number())
                (Field::new("month", "Month").number())
                div.year { (Field::new("year", "Year").number()) }
            }
        }
    }
}
