//! The result of a command, for a person or a machine.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::CliError;

/// The result of a command: a text for a person, a value for a machine, and the exit code.
#[derive(Debug)]
pub(crate) struct Output {
    text: String,
    value: Value,
    code: u8,
    failed: bool,
}

impl Output {
    /// Creates the result of a command that found nothing wrong.
    pub(crate) fn new(text: impl Into<String>, value: impl Serialize) -> Result<Self, CliError> {
        Ok(Self {
            text: text.into(),
            value: serde_json::to_value(value)?,
            code: 0,
            failed: false,
        })
    }

    /// Creates the result of a command whose text is its only form.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            value: Value::String(text.clone()),
            text,
            code: 0,
            failed: false,
        }
    }

    pub(crate) fn failure(error: &CliError) -> Self {
        Self {
            text: error.to_string(),
            value: json!({ "error": error.to_string() }),
            code: 2,
            failed: true,
        }
    }

    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Prints it: failures to standard error, unless JSON was asked for.
    pub(crate) fn print(&self, json: bool) -> io::Result<ExitCode> {
        if json {
            writeln!(io::stdout().lock(), "{:#}", self.value)?;
        } else if self.failed {
            complain(&self.text);
        } else if !self.text.is_empty() {
            writeln!(io::stdout().lock(), "{}", self.text.trim_end())?;
        }
        Ok(ExitCode::from(self.code))
    }
}

/// Tells a person what went wrong. If even standard error is closed, the exit code says it.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "emis: {text}");
}

/// A line on the terminal that is written over, where standard error is one.
#[derive(Debug)]
pub(crate) struct ProgressLine {
    shown: bool,
}

impl ProgressLine {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            shown: !json && io::stderr().is_terminal(),
        }
    }

    pub(crate) fn show(&self, text: &str, last: bool) {
        if self.shown {
            let end = if last { "\n" } else { "" };
            let _ = write!(io::stderr().lock(), "\r{text}{end}");
        }
    }
}
