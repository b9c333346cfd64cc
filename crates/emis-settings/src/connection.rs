//! The two commands that a practice knows from the product's settings page, and both in one.

use emis_types::{OrganisationId, ParseError, ParseErrorKind};

use crate::PracticeSettings;
use crate::problem::{Problem, ProblemCode as Code, ValidationError};

/// The label of the button behind which stands
/// [`update_organisation_id`](PracticeSettings::update_organisation_id).
pub const UPDATE_ORGANISATION_ID_LABEL: &str = "Update EMIS Organisation ID";

/// The label of the button behind which stands
/// `update_api_user`.
pub const UPDATE_API_USER_LABEL: &str = "Update EMIS API user details";

const ORGANISATION_ID: &str = "organisation_id";

/// What else a change of the connection did. The practice must be told of each `true`.
///
/// All are `false` unless the EMIS organisation ID became another number. Then everything that
/// belonged to the other organisation is no longer trusted: its ids of patients, slot types and
/// staff name somebody and something else in this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
        let organisation_id = parse_organisation_id(text)?;
        Ok(self.move_to(organisation_id))
    }

    /// The problems of the connection alone: what must be right before EMIS can be called.
    pub fn connection_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.organisation_id.is_none() {
            problems.push(Problem::new(
                Code::OrganisationIdMissing,
                ORGANISATION_ID,
                "Enter the EMIS organisation ID: the CDB number in EMIS under the practice's \
                 organisation details.",
            ));
        }
        problems
    }

    fn move_to(&mut self, organisation_id: OrganisationId) -> UpdateOutcome {
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
                    api_user_must_be_entered_again: false,
                    reminders_switched_off: self.reminders.names_emis_ids()
                        && std::mem::take(&mut self.reminders.enabled),
                    booking_switched_off: self.booking.names_emis_ids()
                        && std::mem::take(&mut self.booking.enabled),
                }
            }
        }
    }
}

fn parse_organisation_id(text: &str) -> Result<OrganisationId, Problem> {
    text.parse().map_err(|mistake: ParseError| {
        let code = match mistake.kind() {
            ParseErrorKind::Empty => Code::OrganisationIdMissing,
            ParseErrorKind::OdsCodeGiven => Code::OrganisationIdIsOdsCode,
            _ => Code::OrganisationIdInvalid,
        };
        Problem::new(code, ORGANISATION_ID, format!("The {mistake}."))
    })
}
