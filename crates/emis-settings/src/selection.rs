//! All of them, or only some.

use std::collections::BTreeSet;

use emis_types::{SiteId, SlotTypeId, StaffId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which of a practice's slot types, sites or session holders a feature covers.
///
/// The default is all. In JSON, `"all"`, `{"only": [...]}` or `{"all_but": [...]}`.
///
/// ```
/// use emis_settings::{Selection, SiteRule};
///
/// let rule: SiteRule = Selection::only(["3".parse()?]);
/// assert!(rule.includes(&"3".parse()?));
/// assert!(!rule.includes(&"4".parse()?));
/// assert!(SiteRule::default().includes(&"4".parse()?));
/// # Ok::<(), emis_types::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[serde(bound(deserialize = "T: Deserialize<'de> + Ord"))]
pub enum Selection<T> {
    /// Every one, those that the practice adds later included.
    #[default]
    All,
    /// These and no others.
    Only(BTreeSet<T>),
    /// Every one but these, those that the practice adds later included.
    AllBut(BTreeSet<T>),
}

/// Which slot types a feature covers.
pub type SlotTypeRule = Selection<SlotTypeId>;

/// Which sites a feature covers.
pub type SiteRule = Selection<SiteId>;

/// Which session holders a feature covers.
pub type SessionHolderRule = Selection<StaffId>;

impl<T: Ord> Selection<T> {
    /// Every one but these.
    pub fn all_but(items: impl IntoIterator<Item = T>) -> Self {
        Self::AllBut(items.into_iter().collect())
    }

    /// These and no others.
    pub fn only(items: impl IntoIterator<Item = T>) -> Self {
        Self::Only(items.into_iter().collect())
    }

    /// Whether `item` is covered.
    pub fn includes(&self, item: &T) -> bool {
        match self {
            Self::All => true,
            Self::Only(items) => items.contains(item),
            Self::AllBut(items) => !items.contains(item),
        }
    }

    /// The items that it names, to be covered or not.
    pub fn named(&self) -> impl Iterator<Item = &T> {
        match self {
            Self::All => None,
            Self::Only(items) | Self::AllBut(items) => Some(items),
        }
        .into_iter()
        .flatten()
    }

    /// Whether nothing at all is covered.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(items) if items.is_empty())
    }

    /// Whether every one is covered.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}
