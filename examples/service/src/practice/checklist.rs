//! The set-up checklist, ticked by the last diagnosis.

use emis_partner::diagnostics::guides::{self, Progress};
use emis_partner::diagnostics::{Product, Report};
use maud::{Markup, html};

use crate::page::when;

/// Returns the steps of setting up, each with its state.
pub(super) fn checklist(product: &Product, report: Option<&Report>, emas: Option<&str>) -> Markup {
    let mut guide = guides::set_up(product);
    if let Some(report) = report {
        guide.check_off(report);
    }
    let (done, steps) = guide.done();
    html! {
        section.card aria-labelledby="checklist" {
            h2 #checklist { "Set up" }
            p {
                (done) " of " (steps) " steps are shown to be done"
                @if let Some(report) = report { " by the check of " (when(report.checked_at)) }
                ". Steps without a mark cannot be seen from here."
            }
            @if let Some(emas) = emas {
                p.no-print { a href=(emas) { "Open the simulated EMAS Manager" } }
            }
            @for part in &guide.parts {
                h3 { (part.title) }
                ul.checklist {
                    @for item in &part.steps {
                        li {
                            @match item.progress {
                                Progress::Done => span.tag.good { "Done" },
                                Progress::Open => span.tag.bad { "To do" },
                                Progress::Unknown => {},
                            }
                            " " (item.step.action)
                            @if !item.step.path.is_empty() {
                                span.menus { (item.step.path.join(" > ")) }
                            }
                        }
                    }
                }
            }
        }
    }
}
