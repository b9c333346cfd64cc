//! The product that the steps name.

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

/// A product name or username that is blank, longer than 60 characters, or more than one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a product's name and username are each one line of 1 to 60 characters")]
#[non_exhaustive]
pub struct ProductError;

impl Product {
    /// Creates a product from its name in EMIS's list of partner applications and the username of
    /// its user in EMIS. Both are trimmed.
    ///
    /// # Errors
    /// Fails if either is blank, longer than 60 characters, or more than one line.
    pub fn new(name: &str, username: &str) -> Result<Self, ProductError> {
        Ok(Self {
            name: line(name)?,
            username: line(username)?,
            entered: None,
        })
    }

    /// Returns the name in EMIS's list of partner applications.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the username that practices are asked to give its user in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the product with the username that a practice has entered.
    pub(crate) fn with_username(&self, username: &str) -> Self {
        Self {
            entered: Some(username.to_owned()),
            ..self.clone()
        }
    }

    /// Returns the product without an entered username, for steps that add a new user.
    pub(crate) fn without_entered(&self) -> Self {
        Self {
            entered: None,
            ..self.clone()
        }
    }

    /// Fills in `{product}` and `{username}`.
    ///
    /// In one pass, so that a name that looks like a placeholder is not replaced.
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
