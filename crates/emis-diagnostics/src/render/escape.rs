//! Escaping for text that a person typed, such as a username.

use std::fmt::{self, Display};

/// Escapes text for HTML, also inside double-quoted attributes.
pub(super) struct Html<T>(pub(super) T);

impl<T: Display> Display for Html<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string().chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                letter => fmt::Write::write_char(f, letter)?,
            }
        }
        Ok(())
    }
}

/// Escapes text for Markdown.
pub(crate) struct Markdown<T>(pub(crate) T);

impl<T: Display> Display for Markdown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string().chars() {
            match letter {
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' => {
                    write!(f, "\\{letter}")?;
                }
                letter => fmt::Write::write_char(f, letter)?,
            }
        }
        Ok(())
    }
}
