//! Lexical forms of dates and times.

use emis_types::uk;
use jiff::civil::{Date, DateTime, Time};

use crate::fault::LexicalForm;
use crate::formats;
use crate::wire::Tree;

/// .NET's `DateTime.MinValue`.
const MIN_VALUE: &str = "0001-01-01T00:00:00";

/// Sets all dates that are not set to .NET's minimum.
pub(super) fn set_min_values(tree: &mut Tree) {
    match tree {
        Tree::Object(members) => {
            for (name, value) in members {
                let is_date = name.to_ascii_lowercase().contains("date");
                if is_date && matches!(value, Tree::Nothing) {
                    *value = Tree::Text(MIN_VALUE.to_owned());
                } else {
                    set_min_values(value);
                }
            }
        }
        Tree::List(items) => items.iter_mut().for_each(set_min_values),
        Tree::OneOf(_, content) => set_min_values(content),
        _ => {}
    }
}

/// Rewrites dates and times. The offset of a time is that of the `date` beside it, or else of `day`.
pub(super) fn rewrite(tree: &mut Tree, form: LexicalForm, day: Date) {
    match tree {
        Tree::Text(text) => {
            if let Some(rewritten) = rewritten(text, form, day) {
                *text = rewritten;
            }
        }
        Tree::Object(members) => {
            let day = members
                .iter()
                .find_map(|(name, value)| match value {
                    Tree::Text(text) if name == "date" => formats::parse_date(text),
                    _ => None,
                })
                .unwrap_or(day);
            for (_, value) in members {
                rewrite(value, form, day);
            }
        }
        Tree::List(items) => items.iter_mut().for_each(|item| rewrite(item, form, day)),
        Tree::OneOf(_, content) => rewrite(content, form, day),
        _ => {}
    }
}

/// Returns the new text of a date or time, or `None` for another text.
fn rewritten(text: &str, form: LexicalForm, day: Date) -> Option<String> {
    let offset = |at: DateTime| uk::zoned(at).strftime("%:z").to_string();
    if let Some(time) = parse_time(text) {
        let time = time.strftime("%H:%M:%S");
        return Some(match form {
            LexicalForm::Fraction => format!("{time}.0000000"),
            LexicalForm::Offset => {
                format!("{time}{}", offset(day.to_datetime(parse_time(text)?)))
            }
            LexicalForm::DateTime => format!("0001-01-01T{time}"),
        });
    }
    let at = formats::parse_date_time(text).filter(|_| text.contains('/'))?;
    let is_date = text.len() == "dd/MM/yyyy".len();
    let (date, date_time) = (at.strftime("%Y-%m-%d"), at.strftime("%Y-%m-%dT%H:%M:%S"));
    Some(match (form, is_date) {
        (LexicalForm::Fraction, true) => return None,
        (LexicalForm::Fraction, false) => format!("{date_time}.0000000"),
        (LexicalForm::Offset, true) => format!("{date}{}", offset(at)),
        (LexicalForm::Offset, false) => format!("{date_time}{}", offset(at)),
        (LexicalForm::DateTime, _) => date_time.to_string(),
    })
}

fn parse_time(text: &str) -> Option<Time> {
    (text.len() == "HH:mm".len()).then(|| Time::strptime("%H:%M", text).ok())?
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn dates_and_times_take_the_forms_of_dot_net_and_xsd() {
        let summer = date(2026, 6, 2);
        for (text, form, expected) in [
            ("09:05", LexicalForm::Fraction, Some("09:05:00.0000000")),
            ("09:05", LexicalForm::Offset, Some("09:05:00+01:00")),
            ("09:05", LexicalForm::DateTime, Some("0001-01-01T09:05:00")),
            ("02/06/2026", LexicalForm::Fraction, None),
            ("02/06/2026", LexicalForm::Offset, Some("2026-06-02+01:00")),
            ("02/12/2026", LexicalForm::Offset, Some("2026-12-02+00:00")),
            (
                "02/06/2026",
                LexicalForm::DateTime,
                Some("2026-06-02T00:00:00"),
            ),
            (
                "02/06/2026 09:05:07",
                LexicalForm::Fraction,
                Some("2026-06-02T09:05:07.0000000"),
            ),
            ("25:61", LexicalForm::Offset, None),
            ("Booked", LexicalForm::DateTime, None),
        ] {
            assert_eq!(rewritten(text, form, summer).as_deref(), expected, "{text}");
        }
    }
}
