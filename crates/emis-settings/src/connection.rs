//! The two commands that a practice knows from the product's settings page, and both in one.

use emis_credentials::{ApiUser, ApiUserError, ApiUserMistake, Recipients, SealContext};
use emis_types::{OrganisationId, ParseError, ParseErrorKind};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::problem::{ProblemCode as Code, SettingsProblem, ValidationError};
use crate::{EmisEnvironment, PracticeSettings};

/// The label of the button behind which stands
/// [`update_organisation_id`](PracticeSettings::update_organisation_id).
pub const UPDATE_ORGANISATION_ID_LABEL: &str = "Update EMIS Organisation ID";

/// The label of the button behind which stands
/// [`update_api_user`](PracticeSettings::update_api_user).
pub const UPDATE_API_USER_LABEL: &str = "Update EMIS API user details";

const ORGANISATION_ID: &str = "organisation_id";
const API_USERNAME: &str = "api_user.username";
const API_PASSWORD: &str = "api_user.password";

/// What else a change of the connection did. The practice must be told of each `true`.
///
/// All are `false` unless the EMIS organisation ID became another number. Then everything that
/// belonged to the other organisation is no longer trusted: its ids of patients, slot types and
/// staff name somebody and something else in this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UpdateOutcome {
    /// The API user was dropped: its password was sealed for the other organisation ID and must
    /// be typed again.
    pub api_user_must_be_entered_again: bool,
    /// Reminders were switched off, because their settings name slot types, sites or opted-out
    /// patients of the other organisation. Check those, then switch reminders on again.
    pub reminders_switched_off: bool,
    /// Self-booking was switched off, because its settings name slot types, sites or staff of the
    /// other organisation. Check those, then switch it on again.
    pub booking_switched_off: bool,
}

impl PracticeSettings {
    /// "Update EMIS Organisation ID": takes the CDB number as typed. See [`UpdateOutcome`] for
    /// what a change to another number does besides.
    ///
    /// # Errors
    /// Where it is empty, an ODS code, or no CDB number. Nothing is changed then.
    pub fn update_organisation_id(&mut self, text: &str) -> Result<UpdateOutcome, ValidationError> {
        self.update_organisation_id_with(text, false)
    }

    /// The same, where the practice has patients in its
    /// [register of exclusions](crate::ExclusionStore), who would be somebody else in the
    /// other organisation: reminders are then switched off for them as well.
    ///
    /// # Errors
    /// As [`update_organisation_id`](Self::update_organisation_id).
    pub fn update_organisation_id_with(
        &mut self,
        text: &str,
        patients_are_excluded: bool,
    ) -> Result<UpdateOutcome, ValidationError> {
        let organisation_id = parse_organisation_id(text)?;
        Ok(self.move_to(organisation_id, patients_are_excluded))
    }

    /// "Update EMIS API user details": takes the username and the *Partner API* password (EMAS
    /// Manager > Edit Users) as typed, and keeps them sealed to `recipients`, one or more. Only the
    /// holder of the identity of one of them can open them.
    ///
    /// # Errors
    /// Every mistake in both; and where no EMIS organisation ID is entered yet, because the
    /// password is sealed for one. Nothing is changed then.
    pub fn update_api_user(
        &mut self,
        username: &str,
        password: SecretString,
        recipients: impl Into<Recipients>,
    ) -> Result<(), ValidationError> {
        let organisation = self.organisation_id.as_ref().ok_or_else(|| {
            vec![SettingsProblem::new(
                Code::OrganisationIdMissing,
                ORGANISATION_ID,
                "Enter the EMIS organisation ID first: the API user belongs to it.",
            )]
        });
        let user = parse_api_user(username, password);
        let (organisation, user) = both(organisation, user)?;
        let context = SealContext::new(self.ods_code.clone(), organisation.clone());
        self.api_user = Some(seal(&user, &context, &recipients.into())?);
        Ok(())
    }

    /// Both commands in one, for a form that holds all three fields.
    ///
    /// # Errors
    /// Every mistake in all of them. Nothing is changed then.
    pub fn update_connection(
        &mut self,
        organisation_id: &str,
        username: &str,
        password: SecretString,
        recipients: impl Into<Recipients>,
    ) -> Result<UpdateOutcome, ValidationError> {
        self.update_connection_with(organisation_id, username, password, recipients, false)
    }

    /// The same, where the practice has patients in its register of exclusions: see
    /// [`update_organisation_id_with`](Self::update_organisation_id_with).
    ///
    /// # Errors
    /// Every mistake in all of them. Nothing is changed then.
    pub fn update_connection_with(
        &mut self,
        organisation_id: &str,
        username: &str,
        password: SecretString,
        recipients: impl Into<Recipients>,
        patients_are_excluded: bool,
    ) -> Result<UpdateOutcome, ValidationError> {
        let organisation_id =
            parse_organisation_id(organisation_id).map_err(|problem| vec![problem]);
        let (organisation_id, user) = both(organisation_id, parse_api_user(username, password))?;
        let context = SealContext::new(self.ods_code.clone(), organisation_id.clone());
        let sealed = seal(&user, &context, &recipients.into())?;
        let outcome = self.move_to(organisation_id, patients_are_excluded);
        self.api_user = Some(sealed);
        Ok(UpdateOutcome {
            api_user_must_be_entered_again: false,
            ..outcome
        })
    }

    /// The problem where the practice is in another EMIS than `product`, the one that the product
    /// is put together for: nobody is called then.
    pub fn environment_problem(&self, product: EmisEnvironment) -> Option<SettingsProblem> {
        (self.environment() != product).then(|| {
            SettingsProblem::new(
                Code::EnvironmentDiffers,
                "environment",
                "The practice is set to another EMIS (production or test) than this product is \
                 connected to.",
            )
        })
    }

    /// The problems of the connection alone: what must be right before EMIS can be called.
    pub fn connection_problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        if self.organisation_id.is_none() {
            problems.push(SettingsProblem::new(
                Code::OrganisationIdMissing,
                ORGANISATION_ID,
                "Enter the EMIS organisation ID: the CDB number in EMIS under the practice's \
                 organisation details.",
            ));
        }
        if self.api_user.is_none() {
            problems.push(SettingsProblem::new(
                Code::ApiUserMissing,
                "api_user",
                "Enter the EMIS API user: its username, and the password set in EMIS under EMAS \
                 Manager > Partner API > Edit Users.",
            ));
        }
        problems
    }

    pub(crate) fn move_to(
        &mut self,
        organisation_id: OrganisationId,
        patients_are_excluded: bool,
    ) -> UpdateOutcome {
        match &self.organisation_id {
            // The same number, be it typed with other zeros: the seal stays good.
            Some(present) if *present == organisation_id => UpdateOutcome::default(),
            None => {
                self.organisation_id = Some(organisation_id);
                UpdateOutcome::default()
            }
            Some(_) => {
                self.organisation_id = Some(organisation_id);
                UpdateOutcome {
                    api_user_must_be_entered_again: self.api_user.take().is_some(),
                    reminders_switched_off: (patients_are_excluded
                        || self.reminders.names_emis_ids())
                        && std::mem::take(&mut self.reminders.enabled),
                    booking_switched_off: self.booking.names_emis_ids()
                        && std::mem::take(&mut self.booking.enabled),
                }
            }
        }
    }
}

fn parse_organisation_id(text: &str) -> Result<OrganisationId, SettingsProblem> {
    text.parse().map_err(|mistake: ParseError| {
        let code = match mistake.kind() {
            ParseErrorKind::Empty => Code::OrganisationIdMissing,
            ParseErrorKind::OdsCodeGiven => Code::OrganisationIdIsOdsCode,
            _ => Code::OrganisationIdInvalid,
        };
        SettingsProblem::new(code, ORGANISATION_ID, format!("The {mistake}."))
    })
}

fn parse_api_user(username: &str, password: SecretString) -> Result<ApiUser, Vec<SettingsProblem>> {
    ApiUser::new(username, password)
        .map_err(|error: ApiUserError| error.mistakes().iter().map(api_user_problem).collect())
}

fn api_user_problem(mistake: &ApiUserMistake) -> SettingsProblem {
    use ApiUserMistake as Mistake;
    let (code, path) = match mistake {
        Mistake::UsernameBlank | Mistake::UsernameTooLong | Mistake::UsernameInvalidCharacter => {
            (Code::ApiUsernameInvalid, API_USERNAME)
        }
        _ => (Code::ApiPasswordInvalid, API_PASSWORD),
    };
    SettingsProblem::new(code, path, format!("The {mistake}"))
}

fn seal(
    user: &ApiUser,
    context: &SealContext,
    recipients: &Recipients,
) -> Result<emis_credentials::SealedApiUser, SettingsProblem> {
    recipients.seal(user, context).map_err(|_| {
        SettingsProblem::new(
            Code::ApiUserNotSealed,
            API_PASSWORD,
            "The password could not be stored safely and was not kept. Please contact support.",
        )
    })
}

/// Both values, or the mistakes of both.
fn both<A, B>(
    a: Result<A, Vec<SettingsProblem>>,
    b: Result<B, Vec<SettingsProblem>>,
) -> Result<(A, B), ValidationError> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => {
            let problems = a.err().into_iter().chain(b.err()).flatten().collect();
            Err(ValidationError::of(problems))
        }
    }
}
