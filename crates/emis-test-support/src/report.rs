//! Reports of long checks, which are seen although the test harness captures output.

use std::fmt::Display;
use std::io::Write as _;

/// Writes a line to standard error, past the capture of the test harness: what a check has tried is
/// part of its result.
pub fn report(line: impl Display) {
    // In one write, so that lines of other threads do not come in between. A closed standard error is
    // no reason to fail.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
