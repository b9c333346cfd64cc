//! Practices that have something in common.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use emis_diagnostics::{Cause, ResponsibleParty};
use emis_types::OdsCode;
use serde::Serialize;

/// Practices whose first finding has the same cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CauseGroup {
    /// The cause.
    pub cause: Cause,
    /// The cause in a few words.
    pub short: &'static str,
    /// The party that must act. Never the practices if nearly all of them have this cause.
    pub responsible: ResponsibleParty,
    /// The practices, sorted by code.
    pub practices: Vec<OdsCode>,
}

/// `31 practices: password no longer matches (EMIS-D03)`
impl fmt::Display for CauseGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let practices = PracticeCount(self.practices.len());
        write!(f, "{practices}: {} ({})", self.short, self.cause)
    }
}

/// Groups practices by a key; the largest group comes first.
pub(crate) fn largest_first<'a, K: Ord>(
    practices: impl Iterator<Item = (K, &'a OdsCode)>,
) -> Vec<(K, Vec<OdsCode>)> {
    let mut groups: BTreeMap<K, Vec<OdsCode>> = BTreeMap::new();
    for (key, ods_code) in practices {
        groups.entry(key).or_default().push(ods_code.clone());
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, practices)| Reverse(practices.len()));
    groups
}

/// `1 practice`, `31 practices`.
pub(crate) struct PracticeCount(pub(crate) usize);

impl fmt::Display for PracticeCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("1 practice"),
            n => write!(f, "{n} practices"),
        }
    }
}
