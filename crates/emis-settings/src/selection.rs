//! Selections: all items, or some of them.

use std::collections::BTreeSet;

use emis_types::{SiteId, SlotTypeId, StaffId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The slot types, sites or session holders that a feature covers.
///
/// The default is all. In JSON, `"all"`, `{"only": [...]}` or `{"all_but": [...]}`.
///
/// # Examples
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
    /// All items, including those that the practice adds later.
    #[default]
    All,
    /// These items only.
    Only(BTreeSet<T>),
    /// All items but these, including those that the practice adds later.
    AllBut(BTreeSet<T>),
}

/// The slot types that a feature covers.
pub type SlotTypeRule = Selection<SlotTypeId>;

/// The sites that a feature covers.
pub type SiteRule = Selection<SiteId>;

/// The session holders that a feature covers.
pub type SessionHolderRule = Selection<StaffId>;

impl<T: Ord> Selection<T> {
    /// Selects all items but these.
    pub fn all_but(items: impl IntoIterator<Item = T>) -> Self {
        Self::AllBut(items.into_iter().collect())
    }

    /// Selects these items only.
    pub fn only(items: impl IntoIterator<Item = T>) -> Self {
        Self::Only(items.into_iter().collect())
    }

    /// Returns `true` if `item` is covered.
    pub fn includes(&self, item: &T) -> bool {
        match self {
            Self::All => true,
            Self::Only(items) => items.contains(item),
            Self::AllBut(items) => !items.contains(item),
        }
    }

    /// Returns the items that are named, covered or not.
    pub fn named(&self) -> impl Iterator<Item = &T> {
        match self {
            Self::All => None,
            Self::Only(items) | Self::AllBut(items) => Some(items),
        }
        .into_iter()
        .flatten()
    }

    /// Returns `true` if nothing can be covered.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(items) if items.is_empty())
    }

    /// Returns `true` if everything is covered.
    pub fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }
}

/// Returns `true` if all `named` items are in `present`, or if `present` is empty and proves
/// nothing.
pub(crate) fn all_in<'a, T: Ord + 'a>(
    mut named: impl Iterator<Item = &'a T>,
    present: &BTreeSet<T>,
) -> bool {
    present.is_empty() || named.all(|item| present.contains(item))
}
