//! From what was seen to what is wrong: pure, so that it is tested as a table.

use emis_settings::ProblemCode;

use crate::catalogue::Cause;
use crate::certainty::Certainty::{self, Certain, Likely, Possible};
use crate::evidence;
use crate::observation::{Failure, Observation, Probe, Seen};
use crate::product::Product;
use crate::report::Finding;
use crate::wire_signs::{Sign, sign_of};

/// Causes that explain one observation, the likeliest first.
type Suspects = &'static [(Cause, Certainty)];

/// Names the causes that explain what was seen, the surest first.
///
/// Where one observation has several explanations, each finding names the others as
/// indistinguishable; what several observations have in common becomes one finding.
///
/// ```
/// use emis_client::ErrorKind;
/// use emis_diagnostics::{Failure, FailureKind, Observation, Probe, Product, Seen, infer};
///
/// let failure = Failure::new(FailureKind::Api(ErrorKind::Unreachable));
/// let findings = infer(
///     &[Observation::new(Probe::Reachable, Seen::Failed(failure))],
///     &Product::new("Patchs", "patchs")?,
/// );
/// assert_eq!(findings[0].cause.code(), "EMIS-D07");
/// # Ok::<(), emis_diagnostics::ProductError>(())
/// ```
pub fn infer(observations: &[Observation], product: &Product) -> Vec<Finding> {
    let context = Context::of(observations);
    let mut findings: Vec<Finding> = Vec::new();
    for observation in observations {
        let suspects = suspects(observation, context);
        for &(cause, certainty) in suspects {
            let others = suspects
                .iter()
                .map(|&(other, _)| other)
                .filter(|&other| other != cause);
            let evidence = evidence::sentence(observation);
            match findings.iter_mut().find(|finding| finding.cause == cause) {
                Some(finding) => finding.add(certainty, evidence, others),
                None => findings.push(Finding::new(cause, certainty, evidence, others, product)),
            }
        }
    }
    if context.practice_unstated {
        findings.push(Finding::new(
            Cause::PracticeNotConfirmed,
            Certain,
            evidence::practice_unstated(),
            [],
            product,
        ));
    }
    // Stable: what was seen first stays first among equals.
    findings.sort_by_key(|finding| finding.certainty);
    findings
}

/// What must be known of the other observations to explain one.
#[derive(Debug, Clone, Copy)]
struct Context {
    /// A call with the application ID and the token has succeeded.
    call_passed: bool,
    other_organisation_id: bool,
    other_ods_code: bool,
    /// EMIS was asked which practice it is, twice, and did not say.
    practice_unstated: bool,
}

impl Context {
    fn of(observations: &[Observation]) -> Self {
        let any = |test: &dyn Fn(&Observation) -> bool| observations.iter().any(test);
        let unstated = |probe| any(&|o| o.probe == probe && o.seen == Seen::NotStated);
        Self {
            call_passed: any(&|o| o.probe.calls_the_api() && answered(&o.seen)),
            other_organisation_id: any(&|o| matches!(o.seen, Seen::OtherOrganisationId { .. })),
            other_ods_code: any(&|o| matches!(o.seen, Seen::OtherOdsCode { .. })),
            practice_unstated: unstated(Probe::TokenOrganisation) && unstated(Probe::Organisation),
        }
    }
}

fn answered(seen: &Seen) -> bool {
    !matches!(seen, Seen::Failed(_) | Seen::NotChecked | Seen::NoClient)
}

fn suspects(observation: &Observation, context: Context) -> Suspects {
    match &observation.seen {
        Seen::Passed | Seen::NotStated | Seen::NotChecked => &[],
        Seen::NoClient => &[(Cause::StoredPasswordUnreadable, Certain)],
        Seen::SettingsProblem(problem) => of_problem(problem.code()),
        Seen::Failed(failure) => of_failure(failure, context),
        Seen::ScopeMissing(_) => &[(Cause::TokenRefused, Certain)],
        Seen::Gone { .. } => &[(Cause::SettingsOutOfDate, Certain)],
        Seen::RecordsSkipped(_) => &[(Cause::RecordsUnreadable, Certain)],
        Seen::OtherOrganisationId { .. } | Seen::OtherOdsCode { .. } => other_practice(context),
    }
}

fn of_problem(code: ProblemCode) -> Suspects {
    match code {
        ProblemCode::OrganisationIdMissing => &[(Cause::OrganisationIdMissing, Certain)],
        ProblemCode::OrganisationIdIsOdsCode | ProblemCode::OrganisationIdInvalid => {
            &[(Cause::OrganisationIdWrong, Certain)]
        }
        ProblemCode::ApiUserMissing
        | ProblemCode::ApiUsernameInvalid
        | ProblemCode::ApiPasswordInvalid => &[(Cause::ApiUserMissing, Certain)],
        _ => &[(Cause::SettingsInvalid, Certain)],
    }
}

/// With the ODS code right, only the number was entered wrongly. With the number right, the
/// practice itself has changed. With neither right, the API user is of another practice, or the
/// practice has merged into one.
fn other_practice(context: Context) -> Suspects {
    match (context.other_organisation_id, context.other_ods_code) {
        (true, false) => &[(Cause::OrganisationIdWrong, Certain)],
        (false, _) => &[(Cause::OrganisationChanged, Likely)],
        (true, true) => &[
            (Cause::OrganisationIdWrong, Likely),
            (Cause::OrganisationChanged, Possible),
        ],
    }
}

fn of_failure(failure: &Failure, context: Context) -> Suspects {
    match sign_of(failure) {
        // An application ID with which a call has succeeded is known: single calls are
        // deactivated, as happens.
        Sign::ApplicationRefused if context.call_passed => {
            &[(Cause::ApplicationDeactivated, Certain)]
        }
        Sign::ApplicationRefused => &[
            (Cause::ApplicationDeactivated, Likely),
            (Cause::ApplicationIdNotMatched, Possible),
        ],
        Sign::UserNotAdmitted => &[
            (Cause::LoginAccessUnticked, Likely),
            (Cause::UserWithoutAccess, Possible),
        ],
        Sign::UserCredentialsRefused => &[
            (Cause::PasswordMismatch, Likely),
            (Cause::UserWithoutAccess, Possible),
        ],
        Sign::UserExpired => &[(Cause::UserExpired, Likely)],
        Sign::AccessDenied if context.call_passed => &[
            (Cause::RoleLacksActivity, Likely),
            (Cause::ApplicationDeactivated, Possible),
        ],
        Sign::AccessDenied => &[
            (Cause::ApplicationDeactivated, Possible),
            (Cause::LoginAccessUnticked, Possible),
            (Cause::OrganisationIdWrong, Possible),
            (Cause::RoleLacksActivity, Possible),
        ],
        Sign::TokenRefused => &[(Cause::TokenRefused, Likely)],
        Sign::ScopeRefused => &[(Cause::TokenRefused, Certain)],
        Sign::ClientRefused => &[(Cause::ClientRefused, Certain)],
        Sign::RequestRefused => &[(Cause::RequestRefused, Certain)],
        Sign::MediaTypeRefused => &[(Cause::MediaTypeRefused, Certain)],
        Sign::AddressWrong => &[(Cause::AddressWrong, Likely)],
        Sign::TooManyCalls => &[(Cause::TooManyCalls, Certain)],
        Sign::Failed => &[(Cause::EmisFailed, Certain)],
        Sign::Silent => &[(Cause::EmisSilent, Certain)],
        Sign::Unreachable => &[(Cause::Unreachable, Certain)],
        // The API was reached just before, so the way to EMIS is open.
        Sign::IdentityUnavailable => &[(Cause::EmisFailed, Likely), (Cause::Unreachable, Possible)],
        Sign::MemoryUnavailable => &[(Cause::MemoryUnavailable, Certain)],
        Sign::Unexpected => &[(Cause::UnexpectedAnswer, Likely)],
    }
}
