//! Performs a plan: activities take turns with reception, faults and time, until nothing moves any
//! more.

use std::sync::Arc;
use std::time::Duration;

use emis_booking::{
    AdmissionStore, BookingId, BookingMove, BookingRecord, BookingStore, MemoryAdmissionStore,
};
use emis_types::{Clock, ManualClock, OdsCode};
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use uuid::Uuid;

use super::cast::{Cast, Person};
use super::driver::{self, Answer, Asked, Told, Worker};
use super::emis::ModelEmis;
use super::fault::{Fault, WriteFault};
use super::finished::{Finished, RunCounts};
use super::interleave::{Interleaver, Turn};
use super::plant::Plant;
use super::planted::PlantedStore;
use super::simulator::Behind;
use super::step::{Change, Crash, OTHER_PATIENT, Plan, REQUESTS, Step, WORKERS};
use super::story::{Purpose, Story};

/// Tuesday 2 June 2026, 10:00.
pub(super) const NOW: DateTime = date(2026, 6, 2).at(10, 0, 0, 0);

struct Run {
    emis: ModelEmis,
    store: Arc<PlantedStore>,
    clock: ManualClock,
    cast: Cast,
    workers: Vec<Worker>,
    requests: Vec<Asked>,
    stories: Vec<Story>,
    turns: Interleaver<Answer>,
    rng: StdRng,
    /// The number of tasks of the runtime before anything was done, where only the store has any.
    tasks: Option<usize>,
    plan: Plan,
    counts: RunCounts,
}

/// The stores of a run, which its workers share.
#[derive(Debug, Clone)]
pub struct ModelStores {
    /// The bookings.
    pub bookings: Arc<dyn BookingStore>,
    /// The identity attempts and the places in the limits of the day.
    pub admissions: Arc<dyn AdmissionStore>,
}

/// The part that answers for EMIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The reference model itself, in memory.
    Model,
    /// The simulator, over HTTP; the model follows it.
    Simulator,
}

/// The surroundings of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunSetup {
    pub(super) stage: Stage,
    pub(super) plant: Plant,
    pub(super) real_time: bool,
    /// The smaller plans that were tried before: each has booking IDs of its own.
    pub(super) attempt: u64,
}

/// Performs a plan, and returns what is left.
pub(super) async fn perform(
    plan: &Plan,
    seed: u64,
    practice: OdsCode,
    clock: ManualClock,
    stores: ModelStores,
    setup: RunSetup,
) -> Finished {
    clock.set_uk(NOW);
    let options = &plan.options;
    let (behind, cast, diary) = match setup.stage {
        Stage::Model => {
            let (cast, diary) = Cast::of_model(practice);
            (None, cast, diary)
        }
        Stage::Simulator => {
            let (behind, client, cast, diary) = Behind::start(&clock).await;
            (Some((behind, client)), cast, diary)
        }
    };
    let notes = !options.hides_notes;
    let mut emis = ModelEmis::new(diary, clock.clone(), cast.clone(), seed, notes, setup.plant);
    let simulated = behind.map(|(behind, client)| {
        emis = emis.clone().before(behind);
        client
    });
    let planted = Arc::new(PlantedStore::new(stores.bookings, setup.plant));
    let store: Arc<dyn BookingStore> = planted.clone();
    // With real time, a crashed twin is not waited for for long.
    let twin_wait = Duration::from_millis(if setup.real_time { 200 } else { 10_000 });
    let workers = options.clocks.map(|ahead| {
        let transport = Arc::new(emis.clone());
        let client = match &simulated {
            Some(client) => client.with_transport_layer(|_| transport),
            None => driver::client().build_with_transport(transport),
        };
        let admissions: Arc<dyn AdmissionStore> = match setup.plant {
            Plant::LimitsNotShared => Arc::new(MemoryAdmissionStore::new(Arc::new(clock.clone()))),
            _ => Arc::clone(&stores.admissions),
        };
        Worker::new(
            client,
            (Arc::clone(&store), admissions),
            &clock,
            &cast,
            ahead,
            twin_wait,
            options,
        )
    });
    let mut run = Run {
        tasks: (setup.real_time && setup.stage == Stage::Model).then(tasks),
        emis,
        store: planted,
        clock,
        cast,
        workers: workers.into(),
        requests: Vec::new(),
        stories: Vec::new(),
        turns: Interleaver::new(seed),
        rng: StdRng::seed_from_u64(seed ^ (setup.attempt << 32)),
        plan: plan.clone(),
        counts: RunCounts::default(),
    };
    run.all_steps().await;
    run.come_to_rest().await;
    run.finish().await
}

/// Returns the number of tasks of this runtime.
fn tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

impl Run {
    async fn all_steps(&mut self) {
        for (step, turns) in self.plan.steps.clone() {
            self.counts.steps += 1;
            self.emis.tell(format!("-- {step:?}, {turns} turns"));
            self.step(&step);
            for _ in 0..turns {
                if !self.turn().await {
                    break;
                }
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Book {
                worker,
                patient,
                slot,
                known,
                crash,
            } => {
                let asked = Asked {
                    id: self.new_id(),
                    slot: self.cast.slots[*slot],
                    patient: self.cast.people[*patient],
                    known: *known,
                    from: None,
                };
                self.requests.push(asked.clone());
                self.ask(self.requests.len() - 1, asked, *worker, *crash);
            }
            Step::Again {
                request,
                worker,
                change,
                crash,
            } => {
                let Some((request, mut asked)) = self.chosen(*request) else {
                    return;
                };
                match change {
                    Change::Nothing => {}
                    Change::Identity => asked.known = !asked.known,
                    Change::Slot => asked.slot = self.other_slot(asked.slot),
                    Change::Patient => asked.patient = self.other_patient(asked.patient),
                }
                self.ask(request, asked, *worker, *crash);
            }
            Step::Cancel {
                request,
                worker,
                crash,
            } => {
                if let Some((_, asked)) = self.chosen(*request) {
                    let booking = self.workers[*worker].booking.clone();
                    let purpose = Purpose::Cancel { id: asked.id };
                    self.begin(purpose, *crash, driver::cancel(booking, asked.id));
                }
            }
            Step::Move {
                request,
                slot,
                worker,
                crash,
            } => {
                if let Some((_, earlier)) = self.chosen(*request) {
                    let asked = Asked {
                        id: self.new_id(),
                        slot: self.cast.slots[*slot],
                        known: true,
                        from: Some(earlier.id),
                        ..earlier
                    };
                    self.requests.push(asked.clone());
                    self.ask(self.requests.len() - 1, asked, *worker, *crash);
                }
            }
            Step::CancelAppointment {
                slot,
                patient,
                worker,
                crash,
            } => {
                let slot = self.emis.diary().slots[&self.cast.slots[*slot]].clone();
                let patient = self.cast.people[*patient].number;
                let purpose = Purpose::CancelAppointment {
                    slot: slot.id,
                    patient,
                };
                let booking = self.workers[*worker].booking.clone();
                let work = driver::cancel_appointment(booking, slot, patient);
                self.begin(purpose, *crash, work);
            }
            Step::Reconcile { worker, crash } => {
                let booking = self.workers[*worker].booking.clone();
                self.begin(Purpose::Reconcile, *crash, driver::reconcile(booking));
            }
            Step::Deliver {
                worker,
                acknowledge,
            } => {
                let booking = self.workers[*worker].booking.clone();
                let work = driver::deliver(booking, usize::from(*acknowledge));
                self.begin(Purpose::Deliver, None, work);
            }
            Step::ReceptionBooks { slot, patient } => {
                // Without notes, nothing tells reception's booking for a patient from ours.
                if !self.plan.options.hides_notes || *patient == OTHER_PATIENT {
                    let patient = self.cast.people[*patient].number;
                    self.emis.reception_books(self.cast.slots[*slot], patient);
                }
            }
            Step::ReceptionCancels { slot } => {
                self.emis.reception_cancels(self.cast.slots[*slot]);
            }
            Step::ReceptionRebooks { slot } => {
                let slot = self.cast.slots[*slot];
                if !self.plan.options.hides_notes
                    && let Some(was) = self.emis.reception_cancels(slot)
                {
                    self.emis.reception_books(slot, was.patient);
                }
            }
            Step::ReceptionBlocks { slot } => self.emis.reception_blocks(self.cast.slots[*slot]),
            Step::Switch { on } => {
                for worker in &mut self.workers {
                    worker.switch(&self.plan.options, *on);
                }
            }
            Step::Rules {
                limit,
                keeps_late,
                cancels_first,
            } => {
                let options = &mut self.plan.options;
                (options.limit, options.keeps_late) = (*limit, *keeps_late);
                options.cancels_first = *cancels_first;
                for worker in &mut self.workers {
                    worker.switch(&self.plan.options, true);
                }
            }
            Step::BreakStore { calls, after } => self.store.fail(*calls, *after),
            Step::Advance { seconds } => self.advance(i64::from(*seconds)),
            Step::Break { call, fault } => {
                // Without notes, nothing tells a copy that arrives late from another booking.
                let copy = matches!(fault, Fault::Write(WriteFault::DoubledLate(_)));
                if !(copy && self.plan.options.hides_notes) {
                    self.emis.queue(*call, *fault);
                }
            }
        }
    }

    fn new_id(&mut self) -> BookingId {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        BookingId::from(Uuid::from_bytes(id))
    }

    fn other_slot(&self, slot: i64) -> i64 {
        let mut slots = self.cast.slots.iter();
        *slots.find(|other| **other != slot).expect("another slot")
    }

    fn other_patient(&self, patient: Person) -> Person {
        let mut people = self.cast.people.iter();
        *people
            .find(|other| **other != patient)
            .expect("another patient")
    }

    fn chosen(&self, request: usize) -> Option<(usize, Asked)> {
        // In proportion, so that a plan means much the same when steps before it are left out.
        let place = request * self.requests.len() / REQUESTS;
        Some((place, self.requests.get(place)?.clone()))
    }

    fn ask(&mut self, request: usize, asked: Asked, worker: usize, crash: Crash) {
        let booking = self.workers[worker].booking.clone();
        let slot = self.emis.diary().slots[&asked.slot].clone();
        let slot_type = self.cast.slot_type.clone();
        let purpose = Purpose::Ask {
            request,
            asked: asked.clone(),
        };
        self.begin(purpose, crash, driver::ask(booking, asked, slot, slot_type));
    }

    fn begin(
        &mut self,
        purpose: Purpose,
        crash: Crash,
        work: impl Future<Output = Answer> + 'static,
    ) {
        let id = self.stories.len();
        self.stories.push(Story {
            purpose,
            answer: None,
        });
        self.turns.add(id, crash.map(u32::from), work);
    }

    /// Lets one activity go on. Returns `false` if there is none.
    async fn turn(&mut self) -> bool {
        match self.turns.turn().await {
            None => return false,
            Some(Turn::Polled) => {}
            Some(Turn::Done(id, answer)) => {
                self.emis.tell(format!("#{id} is answered {answer:?}"));
                let moment = self.emis.next_moment();
                self.counts.confirmed += u64::from(matches!(answer, Answer::Confirmed(_)));
                self.counts.moved += u64::from(matches!(answer, Answer::Moved(_)));
                self.counts.reconciled += u64::from(answer == Answer::Done);
                self.stories[id].answer = Some((moment, self.clock.now(), answer));
            }
            Some(Turn::Dropped(id)) => {
                self.emis.tell(format!("#{id} crashes"));
                self.counts.crashes += 1;
            }
        }
        true
    }

    fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
        self.emis.land();
    }

    /// Ends all activities, lands all late calls, and reconciles until the watch has passed.
    async fn come_to_rest(&mut self) {
        self.emis.tell("-- comes to rest".to_owned());
        self.emis.clear_faults();
        self.store.fail_no_more();
        while self.turn().await {}
        self.left_transactions().await;
        const HOURS: i64 = 3_600;
        let waits = [
            60,
            240,
            600,
            900,
            HOURS,
            4 * HOURS,
            8 * HOURS,
            8 * HOURS,
            8 * HOURS,
            8 * HOURS,
            8 * HOURS,
        ];
        for seconds in waits {
            self.advance(seconds);
            self.reconcile().await;
        }
        assert_eq!(self.emis.last_due(), None, "a late call never lands");
        for _ in 0..2 {
            self.advance(25 * HOURS);
            self.reconcile().await;
        }
    }

    async fn reconcile(&mut self) {
        let worker = self.rng.random_range(0..WORKERS);
        let booking = self.workers[worker].booking.clone();
        self.begin(Purpose::Reconcile, None, driver::reconcile(booking));
        while self.turn().await {}
    }

    /// Waits for the transactions that crashes left to the store: however slow the machine, they end
    /// before hours pass.
    async fn left_transactions(&self) {
        let before = self.tasks.unwrap_or(usize::MAX);
        let left = async {
            while tasks() > before {
                tokio::task::yield_now().await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(30), left).await;
    }

    async fn finish(mut self) -> Finished {
        let (records, moves) = self.stored().await;
        for record in &records {
            let (slot, patient) = (record.appointment.slot, record.appointment.patient);
            self.emis.tell(format!(
                "record {}: {} for {patient} in {slot}",
                record.id, record.state
            ));
        }
        for moved in &moves {
            self.emis.tell(format!("{moved:?}"));
        }
        let notices = self.store.notices(&self.cast.practice).await;
        let notices = notices.expect("the store answers");
        let mut told: Vec<Told> = notices.iter().map(Told::of).collect();
        for story in &self.stories {
            if let Some((_, _, Answer::Told(more))) = &story.answer {
                told.extend(more);
            }
        }
        for told in &told {
            self.emis.tell(format!("{told:?}"));
        }
        let diary = self.emis.diary();
        for slot in diary.slots.values() {
            self.emis
                .tell(format!("slot {}: {:?}", slot.id, slot.state));
        }
        self.counts.emis = self.emis.counts();
        self.counts.requests = self.requests.len() as u64;
        Finished {
            diary,
            emis: self.emis,
            requests: self.requests,
            stories: self.stories,
            records,
            moves,
            told,
            tasks: self.store.tasks(),
            rejected: self.store.rejected(),
            taken_away: self.store.taken_away(),
            limits: (
                self.plan.options.patient_day,
                self.plan.options.practice_day,
            ),
            hides_notes: self.plan.options.hides_notes,
            counts: self.counts,
        }
    }

    /// Returns every booking and every move that the store has.
    async fn stored(&self) -> (Vec<BookingRecord>, Vec<BookingMove>) {
        let (mut records, mut moves) = (Vec::new(), Vec::new());
        for person in &self.cast.people {
            let patient = person.number.try_into().expect("a patient");
            let of_patient = self.store.of_patient(&self.cast.practice, patient).await;
            for kept in of_patient.expect("the store answers") {
                let record = self.store.get(&kept.id).await.expect("the store answers");
                records.extend(record);
                moves.extend(self.store.stored_move(&kept.id).await);
            }
        }
        // One that died before its booking was begun.
        for asked in &self.requests {
            if moves.iter().all(|known: &BookingMove| known.id != asked.id) {
                moves.extend(self.store.stored_move(&asked.id).await);
            }
        }
        (records, moves)
    }
}
