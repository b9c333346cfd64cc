//! The scopes that the settings need, and those of the token.

use emis_client::Operation;
use emis_client::operation::Scope;
use emis_credentials::TokenClaims;
use emis_settings::PracticeSettings;

/// Returns the scopes that the settings and the diagnosis need.
pub(crate) fn scopes_needed(settings: &PracticeSettings) -> impl Iterator<Item = Scope> {
    let (reminders, booking) = (settings.reminders().enabled, settings.booking().enabled);
    [
        (Scope::ConfigRead, true),
        (Scope::AppointmentsRead, true),
        (Scope::SubjectsRead, reminders || booking),
        (Scope::AppointmentsWrite, booking),
    ]
    .into_iter()
    .filter_map(|(scope, needed)| needed.then_some(scope))
}

/// The scopes of the token. A token that names none may hold all.
pub(crate) struct Granted<'a>(Option<&'a TokenClaims>);

impl<'a> Granted<'a> {
    pub(crate) fn of(claims: &'a TokenClaims) -> Self {
        Self(Some(claims).filter(|claims| !claims.authorizations.is_empty()))
    }

    pub(crate) const fn is_stated(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn covers(&self, scope: Scope) -> bool {
        self.0
            .is_none_or(|claims| claims.authorizes(scope.as_str()))
    }

    pub(crate) fn allows(&self, operation: Operation) -> bool {
        operation
            .spec()
            .scope
            .is_none_or(|scope| self.covers(scope))
    }
}
