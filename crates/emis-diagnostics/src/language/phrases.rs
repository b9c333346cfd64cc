//! The English sentences around the steps, with placeholders.

pub(crate) const CHECKED: &str = "Checked on {at} UK time.";
pub(crate) const CONNECTED: &str = "EMIS is connected";
pub(crate) const NOTHING_TO_DO: &str = "You do not need to do anything.";
pub(crate) const NOT_ALL_CHECKED: &str = "Not everything could be checked";
pub(crate) const TRY_LATER: &str = "Nothing was found. Try again later.";
pub(crate) const SUPPORT: &str = "{product} support";
pub(crate) const YOU: &str = "Who needs to act: you (practice manager). About {minutes} minutes.";
pub(crate) const OTHERS: &str = "Who needs to act: {who}.";
pub(crate) const WORKED_UNTIL: &str = "{product} worked until {at}.";
pub(crate) const SEEN_SINCE: &str = "It was first seen on {at}.";
pub(crate) const TRY_AGAIN_AT: &str = "EMIS asked {product} to try again at {at}.";
pub(crate) const STOP_LOCKED: &str = "Still not working? Do not try again: EMIS can lock the \
    user. Call {product} support and quote {code}, {ods_code}.";
pub(crate) const STOP: &str = "Still not working? Do not repeat the steps. Call {product} \
    support and quote {code}, {ods_code}.";
pub(crate) const CALL: &str = "Do not try again. Call {product} support and quote {code}, \
    {ods_code}.";
pub(crate) const QUOTE: &str = "If you call {product} support, quote {code}, {ods_code}.";
pub(crate) const MORE: &str = "There is more to put right. You will see it when you check again.";
pub(crate) const OR: &str = "{short}? Code {code}.";
pub(crate) const DETAILS: &str = "Details for support:";

/// The words before the code to quote.
pub(crate) const STOP_AND_CALL: &str = "Stop. Call {product} support and quote";

/// The text of an e-mail around that of a report.
pub(crate) const EMAIL: &str = "Hello,\n\n{text}\n\nKind regards\n{product} support\n";
