//! A process that is killed while it writes, and the checks afterwards.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use emis_audit::{AuditEventKind, AuditStore, verify};
use emis_booking::{
    AppointmentKey, BeginOutcome, BookingChange, BookingDraft, BookingId, BookingNoticeKind,
    BookingState, BookingStore,
};
use emis_settings::{ExclusionKind, ExclusionStore, PracticeSettings, SettingsStore};

use super::{by_author, ods, save, second};

/// The variable that names the child's store.
pub(crate) const CHILD: &str = "EMIS_STORE_CRASH_CHILD";

/// The number of kills of a short run: one at each of the numbers of steps after which one is killed.
const SHORT: u32 = 9;

/// Returns the number of kills: `EMIS_STORE_KILLS`, or a small one.
pub(crate) fn kills() -> u32 {
    number("EMIS_STORE_KILLS")
}

/// Returns the number of kills of processes that send reminders, each of which takes longer:
/// `EMIS_STORE_REMINDER_KILLS`, or a small one.
pub(crate) fn reminder_kills() -> u32 {
    number("EMIS_STORE_REMINDER_KILLS")
}

fn number(variable: &str) -> u32 {
    let number = std::env::var(variable).ok();
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or(SHORT)
}

/// Returns whether more than a small number of kills is asked for.
pub(crate) fn is_long_run() -> bool {
    kills() > SHORT
}

/// Writes until the process is killed, and prints each acknowledged step.
pub(crate) async fn work<S>(store: &S)
where
    S: SettingsStore + BookingStore + ExclusionStore,
{
    let practice = ods("A20047");
    let loaded = store.load(&practice).await.unwrap();
    let mut settings = loaded.unwrap_or_else(|| PracticeSettings::new(practice.clone()));
    for n in 0.. {
        settings.set_name(Some(&format!("Surgery {n}"))).unwrap();
        settings = save(store, &settings).await.unwrap();
        println!("acknowledged version {}", settings.version());

        let number = i64::try_from(settings.version()).unwrap();
        let appointment = AppointmentKey {
            session: "70".parse().unwrap(),
            slot: number.try_into().unwrap(),
            patient: number.try_into().unwrap(),
            start: second(100_000),
        };
        let draft = BookingDraft::intended(BookingId::random(), practice.clone(), appointment);
        let begun = store.begin(&draft, by_author()).await.unwrap();
        let BeginOutcome::Started(mut booking) = begun else {
            panic!("not begun: {begun:?}")
        };
        println!("acknowledged intended {}", booking.id);
        for state in [BookingState::Sending, BookingState::Confirmed] {
            let mut change = BookingChange::to(state);
            if state == BookingState::Confirmed {
                change = change.telling(BookingNoticeKind::Booked);
            }
            let settled = store.settle(&booking, &change, by_author()).await;
            booking = settled.unwrap().unwrap().record;
            println!("acknowledged {state} {}", booking.id);
        }

        let patient = number.try_into().unwrap();
        let kind = ExclusionKind::OptOut;
        let excluded = store.exclude(&practice, patient, kind, by_author(), second(n));
        assert!(excluded.await.unwrap());
        println!("acknowledged excluded {number}");
    }
}

/// Runs this test program with the test `child` alone, kills it after some lines, and returns the
/// acknowledged steps.
pub(crate) fn killed(child: &str, store: &str, round: u32, more: &[(&str, &str)]) -> Vec<String> {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--nocapture", "--test-threads=1"])
        .env(CHILD, store)
        .envs(more.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let enough = round % SHORT;
    while acknowledged.len() < enough as usize {
        match lines.next() {
            Some(line) => keep(&line.unwrap(), &mut acknowledged),
            None => panic!("the child ended by itself"),
        }
    }
    // Within the next step, at another point in each round.
    for _ in 0..round.wrapping_mul(2_654_435_761) % 400_000 {
        std::hint::spin_loop();
    }
    process.kill().unwrap();
    process.wait().unwrap();
    // Lines from before it died; the last one may be cut off.
    for line in lines.map_while(Result::ok) {
        keep(&line, &mut acknowledged);
    }
    acknowledged
}

fn keep(line: &str, acknowledged: &mut Vec<String>) {
    // The test harness prints its own words before our first line.
    if let Some((_, said)) = line.split_once("acknowledged ") {
        acknowledged.push(said.to_owned());
    }
}

/// Checks that everything acknowledged is there, nothing is half done, and the log verifies.
pub(crate) async fn check<S>(store: &S, acknowledged: &[String])
where
    S: SettingsStore + BookingStore + ExclusionStore + AuditStore,
{
    let practice = ods("A20047");
    let settings = store.load(&practice).await.unwrap();
    let version = settings.map_or(0, |settings| settings.version());
    for said in acknowledged {
        let (what, which) = said.split_once(' ').unwrap();
        match what {
            "version" => assert!(version >= which.parse().unwrap(), "{said} is lost"),
            "excluded" => {
                let standing = store.active(&practice).await.unwrap();
                let patient = which.parse().unwrap();
                assert!(
                    !standing.allow(patient, emis_settings::Channel::Sms),
                    "{said} is lost"
                );
            }
            _ if which.len() < 36 => {} // cut off
            state => {
                let booking = store.get(&which.parse().unwrap()).await.unwrap();
                let state: BookingState = state.parse().unwrap();
                let kept = booking.expect("a booking is lost").state;
                let order = [BookingState::Intended, BookingState::Sending];
                let place = |state| order.iter().position(|it| *it == state).unwrap_or(2);
                assert!(place(kept) >= place(state), "{said} is lost");
            }
        }
    }

    // The audit log and the records match.
    let chain = practice.clone().into();
    verify(store, &chain, &[]).await.unwrap();
    let entries = store.entries(&chain, 0, u32::MAX).await.unwrap();
    let mut told = BTreeMap::new();
    for entry in &entries {
        let kind = entry.event().unwrap().kind().to_string();
        *told.entry(kind).or_insert(0_u64) += 1;
    }
    let count = |kind: AuditEventKind| told.get(kind.as_str()).copied().unwrap_or(0);
    assert_eq!(count(AuditEventKind::SETTINGS_CHANGED), version);
    let unsettled = store.unsettled(&practice).await.unwrap();
    let is_sending = |it: &&emis_booking::BookingRecord| it.state == BookingState::Sending;
    let sending = unsettled.iter().filter(is_sending).count() as u64;
    let open = unsettled.len() as u64;
    let (begun, settled) = (
        count(AuditEventKind::BOOKING_BEGUN),
        count(AuditEventKind::BOOKING_SETTLED),
    );
    assert_eq!(2 * (begun - open) + sending, settled);
    let notices = store.notices(&practice).await.unwrap().len() as u64;
    assert_eq!(notices, begun - open, "a notice for each that is confirmed");
    let excluded = store.active(&practice).await.unwrap().len() as u64;
    assert_eq!(count(AuditEventKind::EXCLUSION_BEGUN), excluded);
}
