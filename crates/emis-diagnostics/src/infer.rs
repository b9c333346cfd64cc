//! Turns observations into causes. Pure, so that it is tested as a table.

use std::cmp::Reverse;

use emis_client::Operation;
use emis_settings::ProblemCode;

use crate::cause::Cause;
use crate::certainty::Certainty::{self, Certain, Likely, Possible};
use crate::clicks;
use crate::evidence;
use crate::finding::Finding;
use crate::labels;
use crate::observation::{Failure, FailureKind, Observation, Probe, ProbeOutcome};
use crate::product::Product;
use crate::step::Step;
use crate::wire_signs::{Sign, sign_of};
use emis_types::ResponsibleParty;

/// Causes that explain one observation, likeliest first.
type Suspects = &'static [(Cause, Certainty)];

/// Returns the causes that explain the observations, the first to be put right first: causes that
/// stop everything precede those that hinder, causes that prevent later checks precede what those
/// checks saw, and certain causes precede likely ones.
///
/// Where one observation has several explanations, each finding names the others as
/// indistinguishable, and begins with the checks that tell them apart, the quickest first. A cause
/// that several observations share becomes one finding. A failed observation always has a finding.
///
/// ```
/// use emis_client::ClientErrorKind;
/// use emis_diagnostics::{Failure, FailureKind, Observation, Probe, Product, ProbeOutcome, infer};
///
/// let failure = Failure::new(FailureKind::Api(ClientErrorKind::Unreachable));
/// let findings = infer(
///     &[Observation::new(Probe::Reachable, ProbeOutcome::Failed(failure))],
///     &Product::new("Patchs", "patchs")?,
/// );
/// assert_eq!(findings[0].cause.code(), "EMIS-D07");
/// # Ok::<(), emis_diagnostics::ProductError>(())
/// ```
pub fn infer(observations: &[Observation], product: &Product) -> Vec<Finding> {
    let context = Context::of(observations);
    let mut suspected = Suspicions::default();
    for observation in observations {
        let suspects = suspects(observation, context);
        suspected.add(observation.probe, suspects, evidence::sentence(observation));
    }
    if context.practice_unstated {
        suspected.add(
            Probe::Organisation,
            &[(Cause::PracticeNotConfirmed, Certain)],
            evidence::practice_unstated(),
        );
    }
    let mut findings = suspected.into_findings(product);
    for finding in &mut findings {
        // Work is not tried again by a diagnosis, and may have been put right since it failed.
        let at_work = observations.iter().any(|it| {
            matches!(it.outcome, ProbeOutcome::WorkFailed { .. })
                && finding.evidence == [evidence::sentence(it)]
        });
        if at_work && finding.actor == ResponsibleParty::Practice {
            finding
                .steps
                .insert(0, clicks::PUT_RIGHT_SINCE.fill(product));
        }
    }
    if context.password_exhausted {
        for finding in &mut findings {
            if finding.cause.concerns_user() {
                let again = |step: &Step| step.label.as_deref() == Some(labels::CHECK_AGAIN);
                finding.steps.retain(|step| !again(step));
            }
        }
    }
    findings
}

/// One cause, with its evidence.
struct Suspicion {
    cause: Cause,
    certainty: Certainty,
    first_seen_by: Probe,
    evidence: Vec<String>,
    others: Vec<Cause>,
}

#[derive(Default)]
struct Suspicions(Vec<Suspicion>);

impl Suspicions {
    fn add(&mut self, probe: Probe, suspects: Suspects, evidence: String) {
        for &(cause, certainty) in suspects {
            let others = suspects.iter().map(|&(other, _)| other);
            let others = others.filter(|&other| other != cause);
            match self.0.iter_mut().find(|known| known.cause == cause) {
                Some(known) => known.add(certainty, &evidence, others),
                None => self.0.push(Suspicion {
                    cause,
                    certainty,
                    first_seen_by: probe,
                    evidence: vec![evidence.clone()],
                    others: others.collect(),
                }),
            }
        }
    }

    fn into_findings(mut self, product: &Product) -> Vec<Finding> {
        // Stable: what was seen first stays first among equals.
        self.0.sort_by_key(|it| {
            let evidence = Reverse(it.evidence.len());
            (
                it.cause.urgency(),
                it.certainty != Certain,
                it.first_seen_by,
                it.certainty,
                evidence,
            )
        });
        let finding =
            |it: Suspicion| Finding::new(it.cause, it.certainty, it.evidence, it.others, product);
        self.0.into_iter().map(finding).collect()
    }
}

impl Suspicion {
    fn add(&mut self, certainty: Certainty, evidence: &str, others: impl Iterator<Item = Cause>) {
        self.certainty = self.certainty.min(certainty);
        if !self.evidence.iter().any(|known| known == evidence) {
            self.evidence.push(evidence.to_owned());
        }
        for other in others {
            if !self.others.contains(&other) {
                self.others.push(other);
            }
        }
    }
}

/// Facts from other observations that the explanation of one needs.
#[derive(Debug, Clone, Copy)]
struct Context {
    /// A call with the application ID and the token succeeded.
    call_passed: bool,
    other_organisation_id: bool,
    other_ods_code: bool,
    clocks_differ: bool,
    scope_missing: bool,
    scopes_not_stated: bool,
    /// The refused password may not be sent any more.
    password_exhausted: bool,
    /// EMIS was asked twice for the practice and named none.
    practice_unstated: bool,
}

impl Context {
    fn of(observations: &[Observation]) -> Self {
        let any = |test: &dyn Fn(&Observation) -> bool| observations.iter().any(test);
        let unstated = |probe| any(&|o| o.probe == probe && o.outcome == ProbeOutcome::NotStated);
        Self {
            call_passed: any(&|o| o.probe.calls_the_api() && answered(&o.outcome)),
            other_organisation_id: any(&|o| {
                matches!(o.outcome, ProbeOutcome::OtherOrganisationId { .. })
            }),
            other_ods_code: any(&|o| matches!(o.outcome, ProbeOutcome::OtherOdsCode { .. })),
            clocks_differ: any(&|o| matches!(o.outcome, ProbeOutcome::ClockDiffers { .. })),
            scopes_not_stated: any(&|o| o.outcome == ProbeOutcome::ScopesNotStated),
            password_exhausted: any(&|o| {
                matches!(o.outcome, ProbeOutcome::PasswordSent { left: 0, .. })
            }),
            scope_missing: any(&|o| matches!(o.outcome, ProbeOutcome::ScopeMissing(_))),
            practice_unstated: unstated(Probe::TokenOrganisation) && unstated(Probe::Organisation),
        }
    }
}

fn answered(outcome: &ProbeOutcome) -> bool {
    !matches!(
        outcome,
        ProbeOutcome::Failed(_)
            | ProbeOutcome::WorkFailed { .. }
            | ProbeOutcome::NotChecked
            | ProbeOutcome::NothingToCheck
            | ProbeOutcome::NoClient
            | ProbeOutcome::ScopesNotStated
    )
}

/// No answer came, or the connection was closed without one, by EMIS or on the way. One fault shows
/// as either, so both have the same causes.
const UNHEARD: Suspects = &[(Cause::EmisSilent, Likely), (Cause::Unreachable, Possible)];

const PASSWORD_REFUSED: Suspects = &[
    (Cause::PasswordMismatch, Likely),
    (Cause::UserWithoutAccess, Possible),
    (Cause::SetUpTwice, Possible),
];

const USER_EXPIRED: Suspects = &[
    (Cause::UserExpired, Likely),
    (Cause::ContractEnded, Possible),
];

const USER_DISABLED: Suspects = &[
    (Cause::ContractEnded, Likely),
    (Cause::UserExpired, Possible),
];

/// Returns the causes that look the same as one in the API user that was named before.
const fn named_earlier(cause: Cause) -> Suspects {
    match cause {
        Cause::UserLocked => &[(Cause::UserLocked, Likely)],
        Cause::UserExpired => USER_EXPIRED,
        Cause::ContractEnded => USER_DISABLED,
        _ => PASSWORD_REFUSED,
    }
}

fn suspects(observation: &Observation, context: Context) -> Suspects {
    match &observation.outcome {
        ProbeOutcome::Passed
        | ProbeOutcome::NotStated
        | ProbeOutcome::NotChecked
        | ProbeOutcome::NothingToCheck => &[],
        ProbeOutcome::ScopesNotStated => &[],
        ProbeOutcome::PasswordSent { .. } => PASSWORD_REFUSED,
        ProbeOutcome::RefusedEarlier { failure, .. } => of_failure(failure, context),
        ProbeOutcome::NamedEarlier { cause, .. } => named_earlier(*cause),
        ProbeOutcome::WorkFailing(_) => &[(Cause::WorkFails, Certain)],
        ProbeOutcome::NoClient => &[(Cause::StoredPasswordUnreadable, Certain)],
        ProbeOutcome::SettingsProblem(problem) => of_problem(problem.code()),
        ProbeOutcome::SharedUser => &[(Cause::SharedUser, Certain)],
        ProbeOutcome::Failed(failure) => of_failure(failure, context),
        ProbeOutcome::WorkFailed { failure, .. } => of_work(failure, context),
        ProbeOutcome::ClockDiffers { .. } => &[(Cause::ClocksDiffer, Certain)],
        ProbeOutcome::ScopeMissing(_) => &[(Cause::TokenRefused, Certain)],
        ProbeOutcome::Gone { .. } => &[(Cause::SettingsOutOfDate, Certain)],
        ProbeOutcome::Slow(_) => &[(Cause::EmisSlow, Certain)],
        ProbeOutcome::NotBookable { .. } => &[(Cause::SlotTypeNotBookable, Certain)],
        ProbeOutcome::SlotsEmbargoed(_) => &[(Cause::SlotsNotReleased, Likely)],
        ProbeOutcome::NoSessions(_) | ProbeOutcome::NoSessionsOn(_) => {
            &[(Cause::NoSessions, Likely)]
        }
        ProbeOutcome::RecordsSkipped(_) => &[(Cause::RecordsUnreadable, Certain)],
        ProbeOutcome::OtherOrganisationId { .. } | ProbeOutcome::OtherOdsCode { .. } => {
            other_practice(context)
        }
    }
}

fn of_problem(code: ProblemCode) -> Suspects {
    match code {
        ProblemCode::OrganisationIdMissing => &[(Cause::OrganisationIdMissing, Certain)],
        ProblemCode::OrganisationIdIsOdsCode | ProblemCode::OrganisationIdInvalid => {
            &[(Cause::OrganisationIdWrong, Certain)]
        }
        ProblemCode::ApiUserMissing => &[(Cause::ApiUserMissing, Certain)],
        ProblemCode::ApiUsernameInvalid | ProblemCode::ApiPasswordInvalid => {
            &[(Cause::EntryRefused, Certain)]
        }
        _ => &[(Cause::SettingsInvalid, Certain)],
    }
}

/// If only the number differs, it was entered wrongly. If only the ODS code differs, the practice
/// has changed. If both differ, the API user belongs to another practice, or the practice has
/// merged.
fn other_practice(context: Context) -> Suspects {
    match (context.other_organisation_id, context.other_ods_code) {
        (true, false) => &[(Cause::OrganisationIdWrong, Certain)],
        (false, _) => &[(Cause::OrganisationChanged, Likely)],
        (true, true) => &[
            (Cause::UserOfAnotherPractice, Likely),
            (Cause::OrganisationChanged, Possible),
        ],
    }
}

fn of_failure(failure: &Failure, context: Context) -> Suspects {
    let sign = sign_of(failure);
    let of_api = matches!(failure.kind, FailureKind::Api(_));
    let answered = failure.http_status.is_some() && (of_api || sign == Sign::Failed);
    match sign {
        _ if !answered || failure.is_documented() => {}
        // Not EMIS's refusal: EMIS's own error document is missing.
        Sign::AccessDenied => return &[(Cause::UnexpectedAnswer, Likely)],
        Sign::TokenRefused if !context.clocks_differ => {
            return &[
                (Cause::TokenRefused, Likely),
                (Cause::UnexpectedAnswer, Possible),
            ];
        }
        Sign::TooManyCalls => {
            return &[
                (Cause::TooManyCalls, Likely),
                (Cause::UnexpectedAnswer, Possible),
            ];
        }
        Sign::Failed => {
            return &[
                (Cause::EmisFailed, Likely),
                (Cause::UnexpectedAnswer, Possible),
            ];
        }
        Sign::RequestRefused => {
            return &[
                (Cause::UnexpectedAnswer, Likely),
                (Cause::RequestRefused, Possible),
            ];
        }
        Sign::MediaTypeRefused => {
            return &[
                (Cause::UnexpectedAnswer, Likely),
                (Cause::MediaTypeRefused, Possible),
            ];
        }
        Sign::AddressWrong => {
            return &[
                (Cause::UnexpectedAnswer, Likely),
                (Cause::AddressWrong, Possible),
            ];
        }
        _ => {}
    }
    match sign {
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
            (Cause::UserTwice, Possible),
            (Cause::UserWithoutAccess, Possible),
        ],
        Sign::UserCredentialsRefused => PASSWORD_REFUSED,
        Sign::UserLocked => &[(Cause::UserLocked, Certain)],
        Sign::UserExpired => USER_EXPIRED,
        Sign::UserDisabled => USER_DISABLED,
        Sign::UserRefused => &[
            (Cause::UserExpired, Likely),
            (Cause::ContractEnded, Possible),
            (Cause::UserLocked, Possible),
        ],
        Sign::ActivityRefused if failure.operation.is_some_and(writes) => &[
            (Cause::RoleLacksActivity, Likely),
            (Cause::RoleNotAccepted, Possible),
            (Cause::UserNotSessionHolder, Possible),
        ],
        Sign::ActivityRefused if context.call_passed => &[
            (Cause::RoleLacksActivity, Likely),
            (Cause::RoleNotAccepted, Possible),
        ],
        Sign::ActivityRefused => &[
            (Cause::RoleLacksActivity, Likely),
            (Cause::RoleNotAccepted, Possible),
            (Cause::OrganisationIdWrong, Possible),
        ],
        // A token without scopes may lack the one that the call needs.
        Sign::AccessDenied if context.scopes_not_stated => &[
            (Cause::TokenRefused, Likely),
            (Cause::RoleLacksActivity, Possible),
            (Cause::ApplicationDeactivated, Possible),
            (Cause::LoginAccessUnticked, Possible),
            (Cause::OrganisationIdWrong, Possible),
        ],
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
        Sign::TokenRefused if context.clocks_differ => &[(Cause::ClocksDiffer, Certain)],
        Sign::TokenRefused => &[(Cause::TokenRefused, Likely)],
        Sign::ScopeRefused => &[(Cause::TokenRefused, Certain)],
        Sign::ClientRefused => &[(Cause::ClientRefused, Certain)],
        Sign::RequestRefused => &[(Cause::RequestRefused, Certain)],
        Sign::MediaTypeRefused => &[(Cause::MediaTypeRefused, Certain)],
        Sign::AddressWrong => &[(Cause::AddressWrong, Likely)],
        Sign::TooManyCalls => &[(Cause::TooManyCalls, Certain)],
        Sign::Failed => &[(Cause::EmisFailed, Certain)],
        Sign::Unheard => UNHEARD,
        Sign::Unreachable => &[(Cause::Unreachable, Certain)],
        Sign::NameNotResolved => &[
            (Cause::Unreachable, Likely),
            (Cause::AddressWrong, Possible),
        ],
        // Something on the way answers in EMIS's place, or its certificate is not known to us.
        Sign::TlsFailed => &[
            (Cause::Unreachable, Likely),
            (Cause::UnexpectedAnswer, Possible),
            (Cause::AddressWrong, Possible),
        ],
        Sign::NoDiscoveryDocument => &[
            (Cause::AddressWrong, Likely),
            (Cause::UnexpectedAnswer, Possible),
        ],
        Sign::NotADiscoveryDocument => &[
            (Cause::UnexpectedAnswer, Likely),
            (Cause::AddressWrong, Possible),
        ],
        Sign::OtherIssuer => &[(Cause::AddressWrong, Certain)],
        Sign::IdentityUnavailable => &[(Cause::Unreachable, Likely), (Cause::EmisFailed, Possible)],
        // A try that broke off counts as going on until it must have ended.
        Sign::PasswordBeingTried => &[
            (Cause::PasswordBeingTried, Likely),
            (Cause::Unreachable, Possible),
        ],
        Sign::StaffSignedOut => &[(Cause::SignInEnded, Certain)],
        Sign::MemoryUnavailable => &[(Cause::StoreUnavailable, Certain)],
        Sign::Unexpected => &[(Cause::UnexpectedAnswer, Likely)],
    }
}

/// Returns true for an operation that changes the appointment book.
fn writes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::BookAppointment | Operation::CancelAppointment
    )
}

/// Returns true if the cause shows as this failure, alone or among calls that pass.
pub(crate) fn explains(cause: Cause, failure: &Failure) -> bool {
    [false, true].iter().any(|&call_passed| {
        let context = Context {
            call_passed,
            ..Context::of(&[])
        };
        let mut suspects = of_failure(failure, context).iter();
        suspects.any(|(suspect, _)| *suspect == cause)
    })
}

/// Returns true for a failure that lasts until the practice or the product acts.
pub(crate) fn persists(failure: &Failure) -> bool {
    let refused = matches!(
        sign_of(failure),
        Sign::ApplicationRefused
            | Sign::UserNotAdmitted
            | Sign::ActivityRefused
            | Sign::AccessDenied
    );
    refused && failure.is_documented()
}

/// Returns causes that only the practice or the product can put right. A fault of EMIS at that time
/// has passed, or a probe has seen it.
fn of_work(failure: &Failure, context: Context) -> Suspects {
    match sign_of(failure) {
        // The token lacks the scope that the call needs.
        Sign::AccessDenied if context.scope_missing => &[(Cause::TokenRefused, Certain)],
        Sign::ApplicationRefused if context.call_passed => {
            &[(Cause::ApplicationDeactivated, Likely)]
        }
        _ if persists(failure) => of_failure(failure, context),
        _ => &[],
    }
}
