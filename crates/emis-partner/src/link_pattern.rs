//! The address of the page that a link opens.

use std::fmt;
use std::str::FromStr;

use emis_booking::LinkToken;
use url::Url;

/// The address pattern of the product's page for patients: an https URL of up to 80 characters with
/// `{token}` once, outside the host.
///
/// # Examples
/// ```
/// use emis_partner::LinkPattern;
///
/// let pattern: LinkPattern = "https://book.example.com/a/{token}".parse()?;
/// assert_eq!(pattern.to_string(), "https://book.example.com/a/{token}");
/// assert!("http://book.example.com/{token}".parse::<LinkPattern>().is_err());
/// assert!("https://{token}.example.com/".parse::<LinkPattern>().is_err());
/// # Ok::<(), emis_partner::LinkPatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPattern {
    before: String,
    after: String,
}

/// A text that is not a [`LinkPattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("address pattern is an https URL of up to 80 characters with {{token}} once in its path")]
pub struct LinkPatternError;

impl LinkPattern {
    const TOKEN: &'static str = "{token}";

    /// Returns an address in the length of every link, which opens nothing.
    pub(crate) fn example(&self) -> String {
        format!("{}{}{}", self.before, "0".repeat(43), self.after)
    }

    /// Returns the link of a token. Who has it can act for the patient: never log it.
    pub fn link(&self, token: &LinkToken) -> String {
        format!("{}{}{}", self.before, token.expose(), self.after)
    }
}

impl fmt::Display for LinkPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, Self::TOKEN, self.after)
    }
}

impl FromStr for LinkPattern {
    type Err = LinkPatternError;

    fn from_str(text: &str) -> Result<Self, LinkPatternError> {
        let (before, after) = text.split_once(Self::TOKEN).ok_or(LinkPatternError)?;
        let whole = Url::parse(&format!("{before}0{after}")).map_err(|_| LinkPatternError)?;
        // The host ends before the token.
        let host = Url::parse(before).ok();
        let same_host = host.is_some_and(|url| url.host() == whole.host() && before.len() > 8);
        let path = before.get(8..).is_some_and(|rest| rest.contains('/'));
        let fits = text.len() <= 80
            && text.chars().all(|c| c.is_ascii_graphic())
            && !after.contains(Self::TOKEN)
            && whole.scheme() == "https"
            && whole.username().is_empty()
            && same_host
            && path;
        fits.then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
        .ok_or(LinkPatternError)
    }
}
