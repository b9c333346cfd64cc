//! Text that was typed by somebody, such as a username, must not become markup.

use std::fmt::{self, Display};

/// Shows text as HTML text, also within an attribute's double quotes.
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

/// Shows text as Markdown text, whatever stands in it.
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
