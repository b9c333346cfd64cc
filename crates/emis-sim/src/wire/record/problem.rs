//! `EventType` and the `ProblemType` that makes an event a problem.

use serde::Serialize;

use super::super::xml::Choice;
use super::base::Coded;
use crate::model::record::{Entry, Event as Happened, EventKind, Value};

#[derive(Debug, Serialize)]
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

/// `ProblemType`: its numbers are those of the schema, not places in a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    /// 0 past, 1 active.
    problem_status: i32,
    problem_status_specified: bool,
    grouping_status: i32,
    grouping_status_specified: bool,
    end_date: Option<String>,
    end_date_part: i32,
    end_date_part_specified: bool,
    /// 1 of general practice.
    problem_type1: i32,
    problem_type1_specified: bool,
    /// 1 significant, 2 minor.
    significance: i32,
    significance_specified: bool,
    expected_duration: Option<String>,
    owner: i32,
    owner_specified: bool,
}

#[derive(Debug, Serialize)]
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
            group_id: None,
            episodicity: 0,
            episodicity_specified: false,
            numeric_value: entry.of.value.as_ref().map(NumericValue::of),
            abnormal: None,
            gms: None,
            event_type1: kind(entry.of.kind),
            event_type1_specified: true,
            template_id: None,
            template_instance_id: None,
            template_component_name: None,
            qualified_term: None,
            qualified_code: None,
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

impl Problem {
    fn of(is_active: bool) -> Self {
        Self {
            problem_status: is_active.into(),
            problem_status_specified: true,
            grouping_status: 0,
            grouping_status_specified: true,
            end_date: None,
            end_date_part: 0,
            end_date_part_specified: false,
            problem_type1: 1,
            problem_type1_specified: true,
            significance: 1,
            significance_specified: true,
            expected_duration: None,
            owner: 0,
            owner_specified: false,
        }
    }
}

impl NumericValue {
    fn of(value: &Value) -> Self {
        Self {
            operator: None,
            value: value.number,
            value_specified: true,
            units: value.units.clone(),
            min_range_operator: None,
            maximum_range_operator: None,
            numeric_minimum: 0.0,
            numeric_minimum_specified: false,
            numeric_maximum: 0.0,
            numeric_maximum_specified: false,
        }
    }
}
