//! `ProblemType`, which makes an event a problem.

use serde::Serialize;

/// `ProblemType`. Its numbers are those of the schema, not indexes.
#[derive(Debug, Default, Serialize)]
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

impl Problem {
    pub(super) fn of(is_active: bool) -> Self {
        Self {
            problem_status: is_active.into(),
            problem_status_specified: true,
            grouping_status: 0,
            grouping_status_specified: true,
            problem_type1: 1,
            problem_type1_specified: true,
            significance: 1,
            significance_specified: true,
            ..Self::default()
        }
    }
}
