//! The party that can fix a failure.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The party that has to act on a failure or a finding.
///
/// `Display` names the party in the middle of a sentence: `the practice`. Serialises in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponsibleParty {
    /// The practice: it corrects its settings, or its API user in EMIS.
    Practice,
    /// The member of staff who signed in: they sign in again.
    User,
    /// The people who run the product.
    Product,
    /// EMIS, or the network on the way to it. Others can only try again later.
    Emis,
    /// No one: the failure passes by itself and the work is retried.
    NoOne,
}

impl fmt::Display for ResponsibleParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Practice => "the practice",
            Self::User => "the member of staff who signed in",
            Self::Product => "the people who run the product",
            Self::Emis => "EMIS",
            Self::NoOne => "no one",
        })
    }
}
