//! The product that the steps name.

use emis_types::OdsCode;

use crate::labels;
use crate::language::{Language, fill};

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
    former_names: Vec<String>,
    /// The RBAC roles that its user may have, the recommended one first.
    roles: Vec<String>,
    settings_url: Option<String>,
    language: Language,
}

/// A text of a product that is blank, longer than 60 characters, or more than one line; or an
/// address that is not https.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a product's texts are each one line of 1 to 60 characters, and its address is https")]
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
            former_names: Vec::new(),
            roles: vec![labels::CLINICAL_PRACTITIONER.to_owned()],
            settings_url: None,
            language: Language::default(),
        })
    }

    /// Sets the names under which EMIS may still list the product, such as an earlier name or the
    /// company's. The steps name them.
    ///
    /// # Errors
    /// Fails if one is blank, longer than 60 characters, or more than one line.
    pub fn with_former_names(mut self, names: &[&str]) -> Result<Self, ProductError> {
        self.former_names = names.iter().map(|it| line(it)).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Sets the RBAC roles that the product's user may have in EMIS, the recommended one first. The
    /// default is `Clinical Practitioner Access Role`.
    ///
    /// # Errors
    /// Fails if there is none, or if one is blank, longer than 60 characters, or more than one
    /// line.
    pub fn with_roles(mut self, roles: &[&str]) -> Result<Self, ProductError> {
        if roles.is_empty() {
            return Err(ProductError);
        }
        self.roles = roles.iter().map(|it| line(it)).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Sets the address of the product's settings page, to which reports link. `{ods_code}` stands
    /// for the practice.
    ///
    /// # Errors
    /// Fails if the address does not begin with `https://` or holds a space or a quotation mark.
    ///
    /// # Examples
    /// ```
    /// use emis_diagnostics::Product;
    /// let product = Product::new("Patchs", "patchs")?
    ///     .with_settings_url("https://patchs.example/practices/{ods_code}/emis")?;
    /// # Ok::<(), emis_diagnostics::ProductError>(())
    /// ```
    pub fn with_settings_url(mut self, url: &str) -> Result<Self, ProductError> {
        let safe = |letter: char| letter.is_ascii_graphic() && !"\"'<>`\\".contains(letter);
        if !(url.starts_with("https://") && url.len() <= 2000 && url.chars().all(safe)) {
            return Err(ProductError);
        }
        self.settings_url = Some(url.to_owned());
        Ok(self)
    }

    /// Sets the language of titles, explanations and steps.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Returns the name in EMIS's list of partner applications.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the username that practices are asked to give its user in EMIS.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Returns the language of titles, explanations and steps.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// Returns the address of a practice's settings page, if it is known.
    pub fn settings_url(&self, practice: &OdsCode) -> Option<String> {
        let url = self.settings_url.as_deref()?;
        Some(fill(url, |name| {
            (name == "ods_code").then(|| practice.as_str())
        }))
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

    /// Translates a text and fills in its placeholders: `{product}`, `{username}`, `{role}`,
    /// `{or_roles}`, `{or_former}` and `{former}`.
    pub(crate) fn fill(&self, template: &str) -> String {
        let or_roles = self.others(self.roles.get(1..).unwrap_or_default());
        let or_former = self.others(&self.former_names);
        let former = match self.former_names.is_empty() {
            true => fill(self.language.text("an earlier name of {product}"), |name| {
                (name == "product").then_some(self.name.as_str())
            }),
            false => quoted(&self.former_names, self.language.text("or")),
        };
        fill(self.language.text(template), |name| match name {
            "product" => Some(&self.name),
            "username" => Some(self.entered.as_ref().unwrap_or(&self.username)),
            "role" => self.roles.first().map(String::as_str),
            "or_roles" => Some(&or_roles),
            "or_former" => Some(&or_former),
            "former" => Some(&former),
            _ => None,
        })
    }

    /// Returns ` (or 'A' or 'B')`; empty if there is none.
    fn others(&self, names: &[String]) -> String {
        let or = self.language.text("or");
        match names.is_empty() {
            true => String::new(),
            false => format!(" ({or} {})", quoted(names, or)),
        }
    }
}

fn quoted(names: &[String], or: &str) -> String {
    let names: Vec<_> = names.iter().map(|it| format!("'{it}'")).collect();
    names.join(&format!(" {or} "))
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
