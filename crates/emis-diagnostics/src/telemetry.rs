//! Metrics of diagnoses, by cause.

use metrics::{Unit, counter, describe_counter};

use crate::report::Report;

/// Counter of the diagnoses, by `outcome` (`healthy` or `unhealthy`).
pub const DIAGNOSES: &str = "emis_diagnostics_diagnoses_total";
/// Counter of the causes that diagnoses named first, by `cause` and `responsible`.
pub const FIRST_CAUSES: &str = "emis_diagnostics_first_causes_total";

/// Counter of all causes that diagnoses named, by `cause` and `responsible`.
pub const CAUSES: &str = "emis_diagnostics_causes_total";

/// Describes the metrics to the recorder. Call it once, after the recorder was installed.
pub fn describe() {
    describe_counter!(DIAGNOSES, Unit::Count, "Diagnoses of EMIS connections");
    describe_counter!(
        FIRST_CAUSES,
        Unit::Count,
        "Causes that diagnoses named first"
    );
    describe_counter!(CAUSES, Unit::Count, "Causes that diagnoses named");
}

pub(crate) fn count(report: &Report) {
    let outcome = if report.healthy {
        "healthy"
    } else {
        "unhealthy"
    };
    counter!(DIAGNOSES, "outcome" => outcome).increment(1);
    for (place, finding) in report.findings.iter().enumerate() {
        let (cause, responsible) = (
            finding.cause.code(),
            finding.cause.responsible().to_string(),
        );
        if place == 0 {
            let responsible = responsible.clone();
            counter!(FIRST_CAUSES, "cause" => cause, "responsible" => responsible).increment(1);
        }
        counter!(CAUSES, "cause" => cause, "responsible" => responsible).increment(1);
    }
}
