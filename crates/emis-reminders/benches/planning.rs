//! The rate and the memory of planning: `cargo bench -p emis-reminders`.
//!
//! A practice of 20,000 patients plans 10,000, 100,000 and 1,000,000 appointments of its next three
//! weeks, one by one as they arrive. By its settings it reminds a day and a week before, of several
//! slot types by rules of their own. Making the appointments is not measured.
//!
//! - `planned_per_second_…`: appointments a second on one core.
//! - `linear_…`: the rate of the largest plan through that of the smallest. 1.00 is linear.
//! - `peak_mib_…`: the peak of all that the planner holds, in MiB.
//! - `planned_per_second_all_due`: the same where a reminder is due of each, which are kept with their
//!   patients.
//! - `parses_per_appointment`: the time of one appointment through that of parsing its patient's mobile
//!   and email once. Below 1.00 most contacts are not parsed at all.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program that measures"
)]

use std::error::Error;
use std::time::{Duration, Instant};

use emis_client::model::{BookedPatient, Patient};
use emis_reminders::Planner;
use emis_settings::{Offset, ReminderRule, ReminderSettings, Selection, WorkingCalendar};
use emis_types::{EmailAddress, PatientNumber, Sensitive, SlotId, UkMobile, uk};
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Zoned};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

type Outcome<T> = Result<T, Box<dyn Error>>;

const PATIENTS: u32 = 20_000;
/// Appointments that are made at a time, outside of the measurement.
const BATCH: u32 = 10_000;
const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];
/// Rounds of all sizes, turn and turn about; the middle one is printed.
const ROUNDS: usize = 5;

fn main() -> Outcome<()> {
    let now = uk::zoned(date(2026, 6, 2).at(10, 0, 0, 0));
    let practice = practice()?;
    let mut rates = [const { Vec::new() }; SIZES.len()];
    let mut peaks = [0; SIZES.len()];
    for _ in 0..ROUNDS {
        for ((size, rates), peak) in SIZES.iter().zip(&mut rates).zip(&mut peaks) {
            let run = plan(&now, &practice, *size, ahead)?;
            rates.push(f64::from(*size) / run.took.as_secs_f64());
            *peak = run.peak;
        }
    }
    let rates = rates.map(middle);
    for ((size, rate), peak) in SIZES.iter().zip(rates).zip(peaks) {
        println!("planned_per_second_{size} {rate:.0}");
        println!("peak_mib_{size} {:.2}", peak as f64 / (1024.0 * 1024.0));
    }
    let [smallest, _, largest] = rates;
    println!(
        "linear_{}_to_{} {:.2}",
        SIZES[0],
        SIZES[2],
        largest / smallest
    );

    let due = (0..ROUNDS).map(|_| plan(&now, &practice, SIZES[1], tomorrow));
    let due = due.collect::<Outcome<Vec<_>>>()?;
    let due = middle(
        due.iter()
            .map(|run| f64::from(SIZES[1]) / run.took.as_secs_f64())
            .collect(),
    );
    println!("planned_per_second_all_due {due:.0}");

    let parse = (0..ROUNDS).map(|_| parse()).collect::<Outcome<Vec<_>>>()?;
    println!("parses_per_appointment {:.2}", middle(parse) / rates[1]);
    Ok(())
}

struct Run {
    took: Duration,
    peak: usize,
}

/// Plans so many appointments that start at `start`.
fn plan(
    now: &Zoned,
    practice: &ReminderSettings,
    size: u32,
    start: fn(DateTime, u32) -> DateTime,
) -> Outcome<Run> {
    let calendar = WorkingCalendar::default();
    let (mut took, mut held, mut peak, mut suppressed) = (Duration::ZERO, 0, 0_usize, 0);
    let before = MEMORY.current_usage();
    let mut planner = Planner::new(now, practice, &calendar);
    for first in (0..size).step_by(BATCH as usize) {
        let batch = first..size.min(first + BATCH);
        let batch = batch.map(|n| appointment(n, start(now.datetime(), n)));
        let batch = batch.collect::<Outcome<Vec<_>>>()?;
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let begun = Instant::now();
        for booked in &batch {
            suppressed += u32::from(planner.note_due(booked).is_some());
        }
        took += begun.elapsed();
        peak = peak.max(held + MEMORY.peak_usage().saturating_sub(before));
        held += MEMORY.current_usage().saturating_sub(before);
    }
    let begun = Instant::now();
    let plan = planner.finish();
    took += begun.elapsed();
    assert_eq!(plan.len() + suppressed as usize, size as usize);
    drop(plan);
    assert!(MEMORY.current_usage() <= before + 4096);
    Ok(Run { took, peak })
}

/// Returns the time of an appointment of the next three weeks, from the day after tomorrow on: none is
/// due, but for a hundred.
fn ahead(now: DateTime, n: u32) -> DateTime {
    match n {
        0..100 => tomorrow(now, n),
        _ => now.saturating_add(SignedDuration::from_mins(2_890 + i64::from(n % 28_000))),
    }
}

fn tomorrow(now: DateTime, n: u32) -> DateTime {
    now.saturating_add(SignedDuration::from_mins(1_000 + i64::from(n % 400)))
}

fn appointment(n: u32, start: DateTime) -> Outcome<BookedPatient> {
    let person = n % PATIENTS;
    let mut patient = Patient::new(PatientNumber::new(i64::from(person) + 1)?);
    patient.date_of_birth = Some(Sensitive::new(date(1980, 5, 17)));
    (patient.mobile, patient.email) = (Some(mobile(person).into()), Some(email(person).into()));
    let mut booked = BookedPatient::new(SlotId::new(i64::from(n) + 1)?, start, patient);
    booked.slot_type = Some((n % 12 + 1).to_string().parse()?);
    Ok(booked)
}

/// Returns a mobile in one of many notations: no two patients share one.
fn mobile(person: u32) -> String {
    let digits = format!("07700900{:03}", person % 1_000);
    let spaced = digits.chars().enumerate().flat_map(|(n, digit)| {
        let space = ((person / 1_000) >> n) & 1 == 1;
        [Some(digit), space.then_some(' ')]
    });
    spaced.flatten().collect()
}

fn email(person: u32) -> String {
    format!("patient.{person}@example.com")
}

/// Returns the patients a second whose contacts are parsed.
fn parse() -> Outcome<f64> {
    let contacts: Vec<_> = (0..PATIENTS).map(|n| (mobile(n), email(n))).collect();
    let begun = Instant::now();
    for (mobile, email) in &contacts {
        std::hint::black_box(mobile.parse::<UkMobile>()?);
        std::hint::black_box(email.parse::<EmailAddress>()?);
    }
    Ok(f64::from(PATIENTS) / begun.elapsed().as_secs_f64())
}

/// Returns the settings of a practice with rules for some slot types.
fn practice() -> Outcome<ReminderSettings> {
    let mut settings = ReminderSettings::default();
    settings.offsets = [Offset::Hours(24)].into();
    for (slot_type, offset) in [("1", Offset::Hours(48)), ("2", Offset::WorkingDays(1))] {
        let mut rule = ReminderRule::default();
        rule.slot_types = Selection::only([slot_type.parse()?]);
        rule.offsets = [offset].into();
        settings.rules.push(rule);
    }
    Ok(settings)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
