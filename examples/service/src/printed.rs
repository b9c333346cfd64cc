//! Sign-ins and links of simulated practices, for the terminal and for tests.

use emis_partner::jiff::civil::Date;
use emis_partner::types::OdsCode;

use crate::staff::Role;

/// A sign-in that was made up for simulated practices.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PrintedSignIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The role.
    pub role: Role,
    /// The practice that the person works at.
    pub practice: Option<OdsCode>,
    /// The address of the practice's simulated EMAS Manager.
    pub emas_url: Option<String>,
}

/// A link of an invented patient.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PrintedLink {
    /// The path of the page.
    pub path: String,
    /// `true` if it invites to book; `false` if it manages an appointment, as in a reminder.
    pub books: bool,
    /// The patient's date of birth.
    pub date_of_birth: Date,
    /// The patient's number in the simulated EMIS.
    pub patient: i32,
}
