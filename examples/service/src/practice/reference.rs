//! Reference data of the practice's EMIS: slot types, sites and staff to choose from.

use emis_partner::client::model::DateRange;
use emis_partner::settings::Selection;
use emis_partner::types::{Clock, uk};

use crate::app::App;
use crate::web::{AtPractice, Fields};

/// The slot types, sites and staff, each an ID and a name.
#[derive(Debug, Default)]
pub(super) struct EmisLists {
    pub(super) slot_types: Vec<(String, String)>,
    pub(super) sites: Vec<(String, String)>,
    pub(super) staff: Vec<(String, String)>,
    /// EMIS could not be read: nothing can be chosen, and what is stored stays.
    pub(super) unread: bool,
}

impl EmisLists {
    pub(super) async fn read(app: &App, at: &AtPractice) -> Self {
        match Self::try_read(app, at).await {
            Ok(lists) => lists,
            Err(error) => {
                tracing::warn!(report = error.report(), "EMIS's lists can't be read");
                Self {
                    unread: true,
                    ..Self::default()
                }
            }
        }
    }

    async fn try_read(app: &App, at: &AtPractice) -> Result<Self, emis_partner::Error> {
        let emis = at.practice.client().by(at.staff.author()).await?;
        let today = DateRange::day(uk::today(&app.clock as &dyn Clock));
        let diary = emis
            .appointments()
            .get_appointment_configuration(today)
            .await?;
        let staff = emis.organisation().get_organisation().await?.users;
        let unnamed = || "(no name in EMIS)".to_owned();
        let slot_types = diary.slot_types.into_iter();
        let sites = diary.sites.into_iter();
        let staff = staff
            .into_iter()
            .filter(|staff| staff.active != Some(false));
        Ok(Self {
            slot_types: slot_types
                .map(|it| (it.id.to_string(), it.display.unwrap_or_else(unnamed)))
                .collect(),
            sites: sites
                .map(|it| (it.id.to_string(), it.name.unwrap_or_else(unnamed)))
                .collect(),
            staff: staff
                .filter_map(|it| Some((it.guid?.to_string(), it.name.to_string())))
                .collect(),
            unread: false,
        })
    }
}

/// Returns the options of a list, with those chosen that `is_chosen` names. IDs that EMIS no longer has
/// stay in the list, so that they can be cleared.
pub(super) fn options(
    list: &[(String, String)],
    chosen: impl IntoIterator<Item = String>,
) -> Vec<(String, String, bool)> {
    let chosen: Vec<String> = chosen.into_iter().collect();
    let gone = chosen
        .iter()
        .filter(|id| !list.iter().any(|(known, _)| known == *id));
    let gone = gone.map(|id| (id.clone(), format!("Number {id} (not in EMIS)"), true));
    let known = list
        .iter()
        .map(|(id, name)| (id.clone(), name.clone(), chosen.contains(id)));
    known.chain(gone).collect()
}

/// Returns the three ways of a selection, as radio buttons.
pub(super) fn ways<T: Ord>(rule: &Selection<T>, things: &str) -> Vec<(String, String, bool)> {
    let way = match rule {
        Selection::All => "all",
        Selection::Only(_) => "only",
        Selection::AllBut(_) => "all-but",
    };
    let options = [
        ("all", format!("All {things}")),
        ("only", format!("Only the {things} ticked below")),
        ("all-but", format!("All {things} but those ticked below")),
    ];
    let options = options.into_iter();
    options
        .map(|(value, text)| (value.to_owned(), text, way == value))
        .collect()
}

/// Reads a selection from a form. What can't be read is left out: the facade checks the rest.
pub(super) fn selection<T: Ord + std::str::FromStr>(
    fields: &Fields,
    way: &str,
    boxes: &str,
) -> Selection<T> {
    let chosen = fields.all(boxes).filter_map(|id| id.parse().ok());
    match fields.text(way) {
        "only" => Selection::only(chosen),
        "all-but" => Selection::all_but(chosen),
        _ => Selection::All,
    }
}

/// Reads a number, or adds a problem.
pub(super) fn number<T: std::str::FromStr>(
    fields: &Fields,
    field: &'static str,
    problems: &mut Vec<(&'static str, String)>,
) -> Option<T> {
    let number = fields.text(field).parse().ok();
    if number.is_none() {
        problems.push((field, "Enter a whole number.".to_owned()));
    }
    number
}
