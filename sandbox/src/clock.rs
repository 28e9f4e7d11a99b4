//! The simulated clock and the calendar of things that happen later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::world::WorldId;

/// Where the sandbox takes its time from. The control plane moves it forward in both cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    #[default]
    Real,
    /// Stands still at this Unix time (seconds) until `POST /_sim/clock/advance`.
    Fixed(i64),
}

/// Unix seconds on the machine's own clock.
pub(crate) fn wall() -> i64 {
    chrono::Utc::now().timestamp()
}

/// What happens later in a world, without a request.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Task {
    ExpireSession(String),
    /// The bank answers for this payment intent.
    SettleDebit(String),
    /// The bank sends a settled debit back.
    ReturnDebit {
        charge: String,
        reason: String,
    },
    /// The refund ends, well or badly.
    FinishRefund {
        refund: String,
        succeeds: bool,
    },
    /// This balance transaction becomes available.
    Mature(String),
    /// The money of this payout is in the bank.
    Arrive(String),
    /// What is available is paid out, and again a day later.
    PayOut,
    /// The cardholder disputes this charge.
    Dispute {
        charge: String,
        reason: String,
    },
}

/// Clock and tasks, in order of their time.
#[derive(Debug, Default)]
pub(crate) struct Calendar {
    clock: Clock,
    offset: i64,
    /// While a task runs, time stands at the minute it was due.
    pinned: Option<i64>,
    tasks: BTreeMap<(i64, u64), (WorldId, Task)>,
    next: u64,
}

impl Calendar {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    pub(crate) fn now(&self) -> i64 {
        self.pinned.unwrap_or_else(|| self.unpinned())
    }

    fn unpinned(&self) -> i64 {
        let base = match self.clock {
            Clock::Real => wall(),
            Clock::Fixed(at) => at,
        };
        base.saturating_add(self.offset)
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset
    }

    /// Moves the clock; tasks are run by the caller.
    pub(crate) fn set_offset(&mut self, offset: i64) {
        self.offset = offset;
    }

    pub(crate) fn schedule(&mut self, at: i64, world: WorldId, task: Task) {
        self.next = self.next.saturating_add(1);
        self.tasks.insert((at, self.next), (world, task));
    }

    /// The earliest task that is due, with time pinned to its minute. `unpin` afterwards.
    pub(crate) fn take_due(&mut self) -> Option<(WorldId, Task)> {
        self.pinned = None;
        let now = self.unpinned();
        let (&(due, number), _) = self.tasks.first_key_value().filter(|(key, _)| key.0 <= now)?;
        self.pinned = Some(due);
        self.tasks.remove(&(due, number))
    }

    /// Takes the first task that fits out of its turn.
    pub(crate) fn take_early(&mut self, fits: impl Fn(&Task) -> bool) -> Option<(WorldId, Task)> {
        let key = *self.tasks.iter().find(|(_, (_, task))| fits(task))?.0;
        self.tasks.remove(&key)
    }

    /// Forgets the tasks of a world that fit.
    pub(crate) fn drop_tasks(&mut self, world: &WorldId, fits: impl Fn(&Task) -> bool) {
        self.tasks.retain(|_, (of, task)| of != world || !fits(task));
    }

    pub(crate) fn unpin(&mut self) {
        self.pinned = None;
    }

    pub(crate) fn clear(&mut self) {
        self.tasks.clear();
    }

    /// All tasks with their times, in order.
    pub(crate) fn tasks(&self) -> Vec<(i64, WorldId, Task)> {
        let all = self.tasks.iter();
        all.map(|((at, _), (world, task))| (*at, world.clone(), task.clone())).collect()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.tasks.len()
    }
}
