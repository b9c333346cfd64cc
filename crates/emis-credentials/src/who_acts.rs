//! Whose move it is.

/// Who has to do something about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhoActs {
    /// The practice: it types in what is right, or mends its API user in EMIS.
    Practice,
    /// The member of staff who signed in: they sign in again.
    User,
    /// The people who run the product.
    Product,
    /// EMIS, or the network on the way to it. All that others can do is try again later.
    Emis,
    /// Nobody: it passes by itself, and is tried again in time.
    Nobody,
}
