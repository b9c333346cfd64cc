//! Draws a practice. The same seed and first day give the same practice.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use rand::rngs::StdRng;

use super::bookings::{book_ahead, book_the_departed, close_some_slots};
use super::numbers::NhsNumbers;
use super::people::People;
use super::staff::{guid, staff};
use super::surgeries::{BRANCH_SITE, MAIN_SITE, add_sessions};
use super::{Diary, Holiday, Model, Organisation, Site, Source, StaffMember, names, slot_types};

/// The input of a practice.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// Index from 0.
    pub(crate) practice: u32,
    pub(crate) ods: &'a str,
    pub(crate) username: &'a str,
    pub(crate) patients: usize,
    /// Wall-clock time of the start.
    pub(crate) now: DateTime,
}

/// Draws a practice.
pub(crate) fn generate(rng: &mut StdRng, plan: &Plan<'_>) -> Model {
    let today = plan.now.date();
    let monday = today.saturating_sub(i32::from(today.weekday().to_monday_zero_offset()).days());
    let organisation = Organisation {
        id: 1,
        guid: guid(rng),
        name: name(plan.practice),
        ods: plan.ods.to_owned(),
    };
    let staff: BTreeMap<i32, StaffMember> = staff(rng, plan.username, Date::constant(2019, 4, 1))
        .into_iter()
        .map(|member| (member.id, member))
        .collect();
    let gps: Vec<i32> = staff
        .values()
        .filter(|member| member.category.is_doctor())
        .map(|member| member.id)
        .collect();
    let nhs_numbers = NhsNumbers::of_practice(plan.practice, plan.patients);
    let patients = People::new(rng, nhs_numbers, today, &gps)
        .draw(plan.patients)
        .into_iter()
        .map(|patient| (patient.id, patient))
        .collect();
    let mut model = Model {
        history: Source {
            // Unique to the practice.
            seed: organisation.guid.as_u64_pair().0,
            today,
        },
        sites: sites(rng, &organisation.name),
        organisation,
        staff_holidays: BTreeMap::from([(
            gps.last().copied().unwrap_or_default(),
            vec![all_day("Annual leave", monday.saturating_add(8.days()))],
        )]),
        practice_holidays: vec![Holiday {
            description: "Training afternoon",
            day: monday.saturating_add(17.days()),
            start: Time::constant(12, 30, 0, 0),
            end: Time::constant(18, 30, 0, 0),
        }],
        staff,
        slot_types: slot_types::ALL.to_vec(),
        patients,
        diary: Diary::default(),
        registration_changes: BTreeMap::new(),
        records: BTreeMap::new(),
    };
    add_sessions(rng, &mut model, monday);
    close_some_slots(rng, &mut model);
    book_ahead(rng, &mut model, plan.now);
    book_the_departed(&mut model, plan.now);
    model
}

/// Returns the name of a practice. The first 200 are distinct.
fn name(practice: u32) -> String {
    let practice = practice as usize;
    let (places, kinds) = (names::PLACES.len(), names::PRACTICE_KINDS.len());
    // Neighbours differ in both words. The kinds shift with each round of places.
    let kind = (practice + practice / places) % kinds;
    let word = |words: &[&'static str], at: usize| words.get(at).copied().unwrap_or_default();
    let place = word(names::PLACES, practice % places);
    let kind = word(names::PRACTICE_KINDS, kind);
    match practice / (places * kinds) {
        0 => format!("{place} {kind}"),
        more => format!("{place} {kind} {}", more + 1),
    }
}

fn sites(rng: &mut StdRng, name: &str) -> Vec<Site> {
    let mut site = |id, name: String, street, post_code| Site {
        id,
        guid: guid(rng),
        name,
        street,
        town: names::TOWN,
        post_code,
        telephone: format!("01632 960{:03}", id % 1000),
    };
    vec![
        site(MAIN_SITE, name.to_owned(), "1 Foundry Terrace", "ZZ99 1AA"),
        site(
            BRANCH_SITE,
            format!("{name} (Branch)"),
            "22 Heron Way",
            "ZZ99 2AA",
        ),
    ]
}

const fn all_day(description: &'static str, day: Date) -> Holiday {
    Holiday {
        description,
        day,
        start: Time::constant(8, 0, 0, 0),
        end: Time::constant(18, 30, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_first_200_practices_have_distinct_names() {
        let names: BTreeSet<_> = (0..200).map(super::name).collect();
        assert_eq!(names.len(), 200);
    }
}
