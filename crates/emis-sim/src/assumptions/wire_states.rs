//! The wire shapes of the states of EMAS Manager, the API user and the application.
//!
//! EMIS does not publish them. The API's answers use the outcomes of the older COM
//! interface: a log-on has outcome 2 for expired, 3 for unsuccessful, 4 for no access to this
//! product; an initialisation has 3 for an unmatched supplier; a read has 2 for access denied.
//! The token endpoint's answers use the codes that Microsoft publishes for Azure AD B2C, and for
//! Entra ID where B2C has none. `docs/contract-notes.md` shows the same table.

use http::StatusCode;

use super::shape::{Shape, TECHNICAL};

/// A state that keeps the product out although EMIS itself works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireState {
    ApplicationUnknown,
    ApplicationDeactivated,
    CallDeactivated,
    UserMissing,
    UserNotTicked,
    WrongPassword,
    Locked,
    Expired,
    MustChangePassword,
    ContractEnded,
    LoginAccess,
    DuplicateNotTicked,
    RoleMissing,
    ScopeMissing,
    WrongClientSecret,
}

/// An error of the token endpoint: OAuth 2.0's error code, and a description that begins with
/// Microsoft's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenRefusal {
    pub(crate) error: &'static str,
    pub(crate) text: &'static str,
}

const INVALID_USER: TokenRefusal = TokenRefusal {
    error: "access_denied",
    text: "AADB2C90225: The username or password provided in the request are invalid.",
};
const LOCKED: TokenRefusal = TokenRefusal {
    error: "access_denied",
    text: "AADB2C90111: Your account has been locked. Contact your support person to unlock it, \
           then try again.",
};
const EXPIRED: TokenRefusal = TokenRefusal {
    error: "invalid_grant",
    text: "AADSTS50055: The password is expired.",
};
const DISABLED: TokenRefusal = TokenRefusal {
    error: "invalid_grant",
    text: "AADSTS50057: The user account is disabled.",
};
const SCOPE: TokenRefusal = TokenRefusal {
    error: "invalid_scope",
    text: "AADB2C90117: The scope provided in the request is not supported.",
};
const CLIENT: TokenRefusal = TokenRefusal {
    error: "invalid_client",
    text: "AADB2C90081: The specified client_secret does not match the expected value for this \
           client. Please correct the client_secret and try again.",
};

impl WireState {
    /// Returns the refusal of the token endpoint and the refusal of a call with a valid token, each
    /// `None` where the request is served.
    pub(crate) const fn shows(self) -> (Option<TokenRefusal>, Option<Shape>) {
        let unmatched = call(
            StatusCode::FORBIDDEN,
            3,
            "forbidden",
            "Unmatched supplier id",
        );
        let no_access = call(StatusCode::FORBIDDEN, 4, "forbidden", "Invalid login id");
        let denied = call(StatusCode::FORBIDDEN, 2, "forbidden", "Access denied");
        let expired = call(StatusCode::UNAUTHORIZED, 2, "expired", "Login expired");
        let locked = call(StatusCode::UNAUTHORIZED, 3, "login", "Login unsuccessful");
        let scope = call(
            StatusCode::FORBIDDEN,
            TECHNICAL,
            "forbidden",
            "Insufficient authorisations",
        );
        match self {
            Self::ApplicationUnknown | Self::ApplicationDeactivated | Self::CallDeactivated => {
                (None, Some(unmatched))
            }
            Self::UserMissing | Self::UserNotTicked => (Some(INVALID_USER), Some(no_access)),
            Self::WrongPassword => (Some(INVALID_USER), None),
            Self::Locked => (Some(LOCKED), Some(locked)),
            Self::Expired | Self::MustChangePassword => (Some(EXPIRED), Some(expired)),
            Self::ContractEnded => (Some(DISABLED), Some(expired)),
            Self::LoginAccess | Self::DuplicateNotTicked => (None, Some(no_access)),
            Self::RoleMissing => (None, Some(denied)),
            Self::ScopeMissing => (Some(SCOPE), Some(scope)),
            Self::WrongClientSecret => (Some(CLIENT), None),
        }
    }

    /// Returns the refusal of a call with a valid token.
    pub(crate) fn call(self) -> Option<Shape> {
        self.shows().1
    }
}

const fn call(
    status: StatusCode,
    legacy_outcome: i32,
    code: &'static str,
    text: &'static str,
) -> Shape {
    Shape {
        status,
        code,
        text,
        legacy_outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::WireState::*;
    use super::*;

    const ROWS: [(WireState, &str); 15] = [
        (ApplicationUnknown, "`applicationId` unknown"),
        (
            ApplicationDeactivated,
            "Product deactivated in EMAS Manager",
        ),
        (CallDeactivated, "This one call of the product deactivated"),
        (UserMissing, "API user not in EMIS"),
        (UserNotTicked, "API user not ticked under Edit Users"),
        (WrongPassword, "Password is not the one under Edit Users"),
        (Locked, "API user locked"),
        (Expired, "API user's password expired"),
        (MustChangePassword, "API user must change its password"),
        (ContractEnded, "API user's contract has ended"),
        (LoginAccess, "Allow Login or Auto Login not ticked"),
        (
            DuplicateNotTicked,
            "A second user of that name, not ticked like the first",
        ),
        (RoleMissing, "API user without the RBAC role"),
        (ScopeMissing, "Scope not held by application or token"),
        (WrongClientSecret, "Client secret wrong"),
    ];

    /// Returns a row of the table in the notes.
    fn row(state: WireState, words: &str) -> String {
        let (token, call) = state.shows();
        let token = token.map_or("a token".to_owned(), |refusal| {
            let code = refusal.text.split(':').next().unwrap_or_default();
            format!("400 `{}`, `{code}`", refusal.error)
        });
        let call = call.map_or("served".to_owned(), |shape| {
            format!(
                "{}, {}, `{}`",
                shape.status.as_u16(),
                shape.legacy_outcome,
                shape.code
            )
        });
        format!("| {words} | {token} | {call} |")
    }

    #[test]
    fn the_notes_show_this_table() {
        let notes = include_str!("../../../../docs/contract-notes.md");
        for (state, words) in ROWS {
            let row = row(state, words);
            assert!(
                notes.contains(&row),
                "not in docs/contract-notes.md:\n{row}"
            );
        }
    }
}
