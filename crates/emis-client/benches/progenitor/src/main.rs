//! The speed of the client's decoding beside that of progenitor's types, as ratios of one run:
//! `just progenitor`.
//!
//! - `decode_vs_progenitor`: the time in which `serde_json` decodes the response of 5,000 bookings
//!   into the types that progenitor generates from EMIS's document, through that of the client.
//! - `decode_vs_ignored_any`: the same of a scan, as `cargo bench --bench decode` prints it.
//!
//! The module `timing`, which that bench shares, takes the times.

#[path = "../../support/mod.rs"]
mod support;
#[path = "../../timing/mod.rs"]
mod timing;

#[allow(warnings, reason = "progenitor wrote it")]
mod types {
    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

use serde::de::IgnoredAny;
use support::Failure;
use timing::timed;
use types::PartnerApiEmisOpenBookedPatients37V2BookedPatientsV2 as BookedPatients;

fn main() -> Result<(), Failure> {
    let compared = [
        ("progenitor", 5_000, "decode_vs_progenitor"),
        ("scan", 5_000, "decode_vs_ignored_any"),
    ];
    timing::compare(compared, |work, bookings| {
        Ok(match work {
            "progenitor" => Box::new(move |json| {
                timed(|| {
                    let answer: BookedPatients = serde_json::from_slice(&{ json })?;
                    let read = answer.booked_list.as_ref().map_or(0, Vec::len);
                    assert_eq!(read, bookings as usize);
                    Ok(answer)
                })
            }),
            "scan" => {
                Box::new(|json| timed(|| Ok(serde_json::from_slice::<IgnoredAny>(&{ json })?)))
            }
            _ => timing::decoding(bookings)?,
        })
    })
}
