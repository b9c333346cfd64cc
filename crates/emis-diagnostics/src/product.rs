//! Who is asking: the product whose name the steps must show.

use std::fmt;

/// The product that a practice has connected to EMIS, as the steps name it.
///
/// ```
/// use emis_diagnostics::Product;
/// let product = Product::new("Patchs", "patchs")?;
/// assert_eq!(product.name(), "Patchs");
/// # Ok::<(), emis_diagnostics::ProductError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    name: String,
    username: String,
    /// The username that a practice has entered.
    entered: Option<String>,
}

/// A product's name or username is blank, longer than 60 characters, or more than one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProductError;

impl Product {
    /// A product by its name in EMIS's list of partner applications, and the username that it
    /// asks practices to give its user in EMIS; both trimmed.
    ///
    /// # Errors
    /// Where either is blank, longer than 60 characters, or more than one line.
    pub fn new(name: &str, username: &str) -> Result<Self, ProductError> {
        Ok(Self {
            name: line(name)?,
            username: line(username)?,
            entered: None,
        })
    }

    /// Its name as it stands in EMIS's list of partner applications.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The username that it asks practices to give its user in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The same product with the username that a practice has entered.
    pub(crate) fn with_username(&self, username: &str) -> Self {
        Self {
            entered: Some(username.to_owned()),
            ..self.clone()
        }
    }

    /// The same product before anybody had entered a user: for steps that make a new one.
    pub(crate) fn without_entered(&self) -> Self {
        Self {
            entered: None,
            ..self.clone()
        }
    }

    /// Fills the catalogue's `{product}` and `{username}` in.
    ///
    /// In one pass, so that a name that looks like a placeholder stays what it is.
    pub(crate) fn fill(&self, template: &str) -> String {
        let mut text = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            rest = if let Some(after) = after.strip_prefix("product}") {
                text.push_str(&self.name);
                after
            } else if let Some(after) = after.strip_prefix("username}") {
                text.push_str(self.entered.as_ref().unwrap_or(&self.username));
                after
            } else {
                text.push('{');
                after
            };
        }
        text.push_str(rest);
        text
    }
}

fn line(text: &str) -> Result<String, ProductError> {
    let text = text.trim();
    let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(ProductError)
    }
}

impl fmt::Display for ProductError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a product's name and username must each be a line of 1 to 60 characters")
    }
}

impl std::error::Error for ProductError {}
