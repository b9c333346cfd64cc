//! Polls futures in an order that a seed decides, and drops them where it is told to.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

thread_local! {
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Returns the number of the activity that is being polled on this thread.
pub(super) fn current_activity() -> Option<usize> {
    CURRENT.get()
}

/// The result of a turn.
#[derive(Debug)]
pub(super) enum Turn<T> {
    /// An activity was polled and is not done.
    Polled,
    /// An activity is done.
    Done(usize, T),
    /// An activity was dropped after its last poll.
    Dropped(usize),
}

/// Remembers that an activity can go on, and wakes the one who polls it.
#[derive(Debug)]
struct Signal {
    woken: AtomicBool,
    parent: Mutex<Option<Waker>>,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        let parent = self.parent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(parent) = parent.as_ref() {
            parent.wake_by_ref();
        }
    }
}

struct Activity<T> {
    id: usize,
    future: BoxFuture<T>,
    signal: Arc<Signal>,
    /// The number of polls after which it is dropped.
    polls_left: Option<u32>,
}

/// Activities that take turns.
pub(super) struct Interleaver<T> {
    activities: Vec<Activity<T>>,
    rng: StdRng,
    dropped: VecDeque<usize>,
}

impl<T> Interleaver<T> {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            activities: Vec::new(),
            rng: StdRng::seed_from_u64(seed),
            dropped: VecDeque::new(),
        }
    }

    /// Adds an activity, to be dropped when it is not done after `polls` polls.
    pub(super) fn add(
        &mut self,
        id: usize,
        polls: Option<u32>,
        future: impl Future<Output = T> + 'static,
    ) {
        if polls == Some(0) {
            self.dropped.push_back(id);
            return;
        }
        self.activities.push(Activity {
            id,
            future: Box::pin(future),
            signal: Arc::new(Signal {
                woken: AtomicBool::new(true),
                parent: Mutex::new(None),
            }),
            polls_left: polls,
        });
    }

    /// Polls one activity that can go on; waits if none can. Returns `None` if there is none.
    pub(super) async fn turn(&mut self) -> Option<Turn<T>> {
        if let Some(id) = self.dropped.pop_front() {
            return Some(Turn::Dropped(id));
        }
        if self.activities.is_empty() {
            return None;
        }
        let turn = poll_fn(|context| self.poll_one(context)).await;
        // What the activities spawned has its turn too.
        tokio::task::yield_now().await;
        Some(turn)
    }

    fn poll_one(&mut self, context: &Context<'_>) -> Poll<Turn<T>> {
        for activity in &self.activities {
            let mut parent = activity
                .signal
                .parent
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *parent = Some(context.waker().clone());
        }
        let ready = |activity: &Activity<T>| activity.signal.woken.load(Ordering::SeqCst);
        let count = self.activities.iter().filter(|it| ready(it)).count();
        if count == 0 {
            return Poll::Pending;
        }
        let chosen = self.rng.random_range(0..count);
        let place = self
            .activities
            .iter()
            .enumerate()
            .filter(|(_, it)| ready(it))
            .nth(chosen)
            .map_or(0, |(place, _)| place);
        let activity = &mut self.activities[place];
        activity.signal.woken.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&activity.signal));
        CURRENT.set(Some(activity.id));
        let polled = activity
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&waker));
        let turn = match polled {
            Poll::Ready(value) => Turn::Done(self.activities.remove(place).id, value),
            Poll::Pending => match &mut activity.polls_left {
                Some(1) => Turn::Dropped(self.activities.remove(place).id),
                Some(left) => {
                    *left -= 1;
                    Turn::Polled
                }
                None => Turn::Polled,
            },
        };
        CURRENT.set(None);
        Poll::Ready(turn)
    }
}

/// Lets others go first, once.
pub(super) async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
