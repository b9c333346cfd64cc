//! The connection of a practice to EMIS: organisation ID and API user.

use emis_credentials::{ApiUser, ApiUserMistake, Recipients, SealContext, SealedApiUser};
use emis_types::{OrganisationId, ParseError, ParseErrorKind};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::environment::EmisEnvironment;
use crate::practice::PracticeSettings;
use crate::problem::{Problems, SettingsProblem, ValidationError};
use crate::problem_text::{ORGANISATION_ID_FIRST, ProblemCode as Code, api_user_message};

/// The label of the button for
/// [`update_organisation_id`](PracticeSettings::update_organisation_id).
pub const UPDATE_ORGANISATION_ID_LABEL: &str = "Update EMIS Organisation ID";

/// The label of the button for [`update_api_user`](PracticeSettings::update_api_user).
pub const UPDATE_API_USER_LABEL: &str = "Update EMIS API user details";

const ORGANISATION_ID: &str = "organisation_id";
const API_USERNAME: &str = "api_user.username";
const API_PASSWORD: &str = "api_user.password";

/// The further effects of a change of the connection. The practice must be told of each `true`.
///
/// All are `false` unless the EMIS organisation ID became another number. Ids of patients, slot
/// types and staff then mean something else, and nothing that depends on them is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct UpdateOutcome {
    /// The API user was dropped: its password was sealed for the other organisation ID and must be
    /// entered again.
    pub api_user_must_be_entered_again: bool,
    /// Reminders were switched off, because their settings name slot types, sites or opted-out
    /// patients of the other organisation. Check those, then switch reminders on again.
    pub reminders_switched_off: bool,
    /// Self-booking was switched off, because its settings name slot types, sites or staff of the
    /// other organisation. Check those, then switch it on again.
    pub booking_switched_off: bool,
}

impl PracticeSettings {
    /// Changes the EMIS organisation ID (CDB number), as typed. [`UpdateOutcome`] describes the
    /// effects of a change to another number.
    ///
    /// # Errors
    /// [`ValidationError`] if the text is empty, an ODS code, or not a CDB number. Nothing is changed
    /// then.
    pub fn update_organisation_id(&mut self, text: &str) -> Result<UpdateOutcome, ValidationError> {
        let organisation_id = parse_organisation_id(text)?;
        Ok(self.move_to(organisation_id, false))
    }

    /// Changes the API user: the username and the *Partner API* password (EMAS Manager > Edit Users),
    /// as typed. They are sealed to `recipients`: the holder of the identity of any of them can open
    /// them.
    ///
    /// # Errors
    /// [`ValidationError`] with every mistake in both, and if no EMIS organisation ID is entered,
    /// because the password is sealed for one. Nothing is changed then.
    pub fn update_api_user(
        &mut self,
        username: &str,
        password: SecretString,
        recipients: impl Into<Recipients>,
    ) -> Result<(), ValidationError> {
        let organisation_id = self.organisation_id.clone().ok_or_else(|| {
            let problem = SettingsProblem::new(Code::OrganisationIdMissing, ORGANISATION_ID);
            problem.with_message(ORGANISATION_ID_FIRST)
        });
        let user = parse_api_user(username, password);
        let (organisation_id, user) = both(organisation_id, user)?;
        let context = SealContext::new(self.ods_code.clone(), organisation_id);
        self.api_user = Some(seal(&user, &context, &recipients.into())?);
        Ok(())
    }

    /// Changes the EMIS organisation ID and the API user together, for a form with all three fields.
    ///
    /// # Errors
    /// [`ValidationError`] with every mistake in all of them. Nothing is changed then.
    pub fn update_connection(
        &mut self,
        organisation_id: &str,
        username: &str,
        password: SecretString,
        recipients: impl Into<Recipients>,
    ) -> Result<UpdateOutcome, ValidationError> {
        let recipients = recipients.into();
        self.connect(organisation_id, username, password, &recipients, false)
    }

    /// Changes the connection; `patients_are_excluded` as for [`move_to`](Self::move_to).
    pub(crate) fn connect(
        &mut self,
        organisation_id: &str,
        username: &str,
        password: SecretString,
        recipients: &Recipients,
        patients_are_excluded: bool,
    ) -> Result<UpdateOutcome, ValidationError> {
        let organisation_id = parse_organisation_id(organisation_id);
        let (organisation_id, user) = both(organisation_id, parse_api_user(username, password))?;
        let context = SealContext::new(self.ods_code.clone(), organisation_id.clone());
        let sealed = seal(&user, &context, recipients)?;
        let outcome = self.move_to(organisation_id, patients_are_excluded);
        self.api_user = Some(sealed);
        Ok(UpdateOutcome {
            api_user_must_be_entered_again: false,
            ..outcome
        })
    }

    /// Returns the problem of a practice in another EMIS environment than the product, for which no
    /// call is made.
    pub fn environment_problem(&self, product: EmisEnvironment) -> Option<SettingsProblem> {
        (self.environment() != product)
            .then(|| SettingsProblem::new(Code::EnvironmentDiffers, "environment"))
    }

    /// Returns the problems of the connection: what must be right before EMIS can be called.
    pub fn connection_problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        let no_organisation = self.organisation_id.is_none();
        problems.add_if(
            no_organisation,
            Code::OrganisationIdMissing,
            ORGANISATION_ID,
        );
        problems.add_if(self.api_user.is_none(), Code::ApiUserMissing, "api_user");
        problems.into_vec()
    }

    /// Changes the organisation ID. `patients_are_excluded` tells that the practice has patients in
    /// the [exclusion store](crate::ExclusionStore), whose numbers are other people's in another
    /// organisation: reminders are switched off then as well.
    pub(crate) fn move_to(
        &mut self,
        organisation_id: OrganisationId,
        patients_are_excluded: bool,
    ) -> UpdateOutcome {
        let moved = match &self.organisation_id {
            // The number as it was, perhaps with other leading zeros: the seal stays valid.
            Some(present) if *present == organisation_id => return UpdateOutcome::default(),
            present => present.is_some(),
        };
        self.organisation_id = Some(organisation_id);
        if !moved {
            return UpdateOutcome::default();
        }
        // The same id is another slot type there, and a wrong mode misleads patients.
        self.slot_type_modes.clear();
        let names_patients = patients_are_excluded || self.reminders.names_emis_ids();
        UpdateOutcome {
            api_user_must_be_entered_again: self.api_user.take().is_some(),
            reminders_switched_off: names_patients && std::mem::take(&mut self.reminders.enabled),
            booking_switched_off: self.booking.names_emis_ids()
                && std::mem::take(&mut self.booking.enabled),
        }
    }
}

pub(crate) fn parse_organisation_id(text: &str) -> Result<OrganisationId, SettingsProblem> {
    text.parse().map_err(|mistake: ParseError| {
        let code = match mistake.kind() {
            ParseErrorKind::Empty => Code::OrganisationIdMissing,
            ParseErrorKind::OdsCodeGiven => Code::OrganisationIdIsOdsCode,
            _ => Code::OrganisationIdInvalid,
        };
        SettingsProblem::new(code, ORGANISATION_ID)
    })
}

fn parse_api_user(username: &str, password: SecretString) -> Result<ApiUser, Vec<SettingsProblem>> {
    ApiUser::new(username, password)
        .map_err(|error| error.mistakes().iter().map(api_user_problem).collect())
}

fn api_user_problem(mistake: &ApiUserMistake) -> SettingsProblem {
    use ApiUserMistake as Mistake;
    let (code, path) = match mistake {
        Mistake::UsernameBlank | Mistake::UsernameTooLong | Mistake::UsernameInvalidCharacter => {
            (Code::ApiUsernameInvalid, API_USERNAME)
        }
        _ => (Code::ApiPasswordInvalid, API_PASSWORD),
    };
    let problem = SettingsProblem::new(code, path);
    match api_user_message(*mistake) {
        Some(message) => problem.with_message(message),
        None => problem,
    }
}

fn seal(
    user: &ApiUser,
    context: &SealContext,
    recipients: &Recipients,
) -> Result<SealedApiUser, SettingsProblem> {
    let sealed = recipients.seal(user, context);
    sealed.map_err(|_| SettingsProblem::new(Code::ApiUserNotSealed, API_PASSWORD))
}

/// Returns both values, or the mistakes of both.
fn both<A, B>(
    a: Result<A, SettingsProblem>,
    b: Result<B, Vec<SettingsProblem>>,
) -> Result<(A, B), ValidationError> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => {
            let others = b.err().into_iter().flatten();
            let problems: Vec<_> = a.err().into_iter().chain(others).collect();
            Err(problems.into())
        }
    }
}
