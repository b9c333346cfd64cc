//! `EventType`.

use serde::Serialize;

use super::base::Coded;
use super::problem::Problem;
use crate::model::record::{Entry, Event as Happened, EventKind, Value};
use crate::wire::xml::Choice;

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    #[serde(flatten)]
    coded: Coded,
    #[serde(rename = "groupID")]
    group_id: Option<String>,
    episodicity: i32,
    episodicity_specified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    numeric_value: Option<NumericValue>,
    abnormal: Option<String>,
    gms: Option<String>,
    event_type1: Choice,
    event_type1_specified: bool,
    #[serde(rename = "templateID")]
    template_id: Option<String>,
    #[serde(rename = "templateInstanceID")]
    template_instance_id: Option<String>,
    template_component_name: Option<String>,
    qualified_term: Option<String>,
    qualified_code: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct NumericValue {
    operator: Option<String>,
    value: f64,
    value_specified: bool,
    units: Option<String>,
    min_range_operator: Option<String>,
    maximum_range_operator: Option<String>,
    numeric_minimum: f64,
    numeric_minimum_specified: bool,
    numeric_maximum: f64,
    numeric_maximum_specified: bool,
}

impl Event {
    pub(super) fn of(entry: &Entry<Happened>) -> Self {
        Self {
            coded: Coded::of(entry, entry.of.active_problem.map(Problem::of)),
            numeric_value: entry.of.value.as_ref().map(NumericValue::of),
            event_type1: kind(entry.of.kind),
            event_type1_specified: true,
            ..Self::default()
        }
    }
}

/// The schema lists 1 to 13 before 0 and 14.
const fn kind(kind: EventKind) -> Choice {
    let (place, literal) = match kind {
        EventKind::Observation => (0, "1"),
        EventKind::Problem => (1, "2"),
        EventKind::Value => (4, "5"),
        EventKind::Text => (13, "0"),
    };
    Choice { place, literal }
}

impl NumericValue {
    fn of(value: &Value) -> Self {
        Self {
            value: value.number,
            value_specified: true,
            units: value.units.clone(),
            ..Self::default()
        }
    }
}
