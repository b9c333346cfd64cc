//! Four weeks of sessions on weekdays.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};
use rand::RngExt;
use rand::rngs::StdRng;

use super::slot_types::{
    ADMIN, BLOODS, GP_ROUTINE, GP_URGENT, HEALTH_CHECK, NURSE, SMEAR, TELEPHONE,
};
use super::{Category, Diary, Model, Session, Slot, SlotState};

pub(super) const MAIN_SITE: i32 = 501;
pub(super) const BRANCH_SITE: i32 = 502;
const WEEKS: i32 = 4;

/// Adds morning and afternoon sessions on weekdays, three half days in four for each holder.
pub(super) fn add_sessions(rng: &mut StdRng, model: &mut Model, monday: Date) {
    let holders: Vec<(i32, Category)> = model
        .session_holders()
        .map(|member| (member.id, member.category))
        .collect();
    let mut next = NextIds {
        session: 7001,
        slot: 90_001,
    };
    for day in monday.series(1.day()).take(7 * WEEKS as usize) {
        if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            continue;
        }
        for (place, (holder, category)) in holders.iter().enumerate() {
            let half_day = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs()) * 2;
            for (half, start) in [
                (0, Time::constant(8, 30, 0, 0)),
                (1, Time::constant(14, 0, 0, 0)),
            ] {
                let away = model.is_away(*holder, day.to_datetime(start));
                if (place + half_day + half) % 4 != 3 && !away {
                    let site = if place % 4 == 2 {
                        BRANCH_SITE
                    } else {
                        MAIN_SITE
                    };
                    let surgery = Surgery {
                        holder: *holder,
                        category: *category,
                        site,
                        day,
                        start,
                    };
                    surgery.add(rng, &mut model.diary, &mut next);
                }
            }
        }
    }
}

impl Model {
    fn is_away(&self, holder: i32, at: DateTime) -> bool {
        let own = self.staff_holidays.get(&holder).into_iter().flatten();
        self.practice_holidays
            .iter()
            .chain(own)
            .any(|holiday| holiday.covers(at))
    }
}

struct NextIds {
    session: i32,
    slot: i32,
}

/// A half day of a holder.
struct Surgery {
    holder: i32,
    category: Category,
    site: i32,
    day: Date,
    start: Time,
}

impl Surgery {
    fn add(&self, rng: &mut StdRng, diary: &mut Diary, next: &mut NextIds) {
        let (minutes, count, kind) = match self.category {
            Category::GeneralPractitioner => (10_i16, 15_i16, "Surgery"),
            Category::Nurse => (15, 10, "Nurse Clinic"),
            _ => (15, 10, "HCA Clinic"),
        };
        let part = if self.start.hour() < 12 {
            "Morning"
        } else {
            "Afternoon"
        };
        let start = self.day.to_datetime(self.start);
        let session = next.session;
        next.session += 1;
        diary.add_session(Session {
            id: session,
            name: format!("{part} {kind}"),
            date: self.day,
            start: self.start,
            end: start
                .saturating_add(i64::from(minutes * count).minutes())
                .time(),
            slot_minutes: minutes,
            site: self.site,
            holders: vec![self.holder],
            slots: Vec::new(),
        });
        for place in 0..count {
            diary.add_slot(Slot {
                id: next.slot,
                session,
                start: start.saturating_add(i64::from(minutes * place).minutes()),
                minutes,
                slot_type: self.slot_type(rng, place, count),
                state: SlotState::Available,
                notes: None,
                comments: Vec::new(),
            });
            next.slot += 1;
        }
    }

    fn slot_type(&self, rng: &mut StdRng, place: i16, count: i16) -> i32 {
        let morning = self.start.hour() < 12;
        match self.category {
            Category::GeneralPractitioner if place + 1 == count => ADMIN,
            Category::GeneralPractitioner if place < 3 && morning => GP_URGENT,
            Category::GeneralPractitioner if place % 4 == 3 => TELEPHONE,
            Category::GeneralPractitioner => GP_ROUTINE,
            Category::Nurse if rng.random_bool(0.25) => SMEAR,
            Category::Nurse => NURSE,
            _ if morning => BLOODS,
            _ => HEALTH_CHECK,
        }
    }
}
