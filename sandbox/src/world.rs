//! State: one world of objects per API key and connected account.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    clock::{Calendar, Task},
    control::Journal,
    faults::Faults,
    ids,
    webhooks::PostOffice,
    wire::{expand::strip, failure::Failure, idempotency::Keys},
};

/// The API version every object is rendered in.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// Whose objects: an API key, and the connected account it acts for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
pub(crate) struct WorldId {
    pub(crate) key: String,
    pub(crate) account: Option<String>,
}

/// The objects of one account.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct World {
    objects: HashMap<String, Value>,
    order: HashMap<String, Vec<String>>,
    pub(crate) keys: Keys,
}

impl World {
    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.objects.get(id)
    }

    /// The object, when it is of this kind; else 404 `resource_missing`.
    pub(crate) fn of(&self, kind: &str, id: &str) -> Result<&Value, Failure> {
        let found = self.objects.get(id).filter(|object| object["object"] == json!(kind));
        found.ok_or_else(|| Failure::missing(kind, id))
    }

    /// All objects of a kind, oldest first.
    pub(crate) fn all(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.order.get(kind).into_iter().flatten().filter_map(|id| self.objects.get(id))
    }

    fn put(&mut self, object: Value) -> String {
        let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        let id = text("id");
        if !self.objects.contains_key(&id) {
            self.order.entry(text("object")).or_default().push(id.clone());
        }
        self.objects.insert(id.clone(), object);
        id
    }

    /// Writes these fields into the object.
    pub(crate) fn patch(&mut self, id: &str, changes: &Value) {
        let Some(Value::Object(fields)) = self.objects.get_mut(id) else { return };
        for (name, value) in changes.as_object().into_iter().flatten() {
            fields.insert(name.clone(), value.clone());
        }
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(gone) = self.objects.remove(id)
            && let Some(order) = gone["object"].as_str().and_then(|kind| self.order.get_mut(kind))
        {
            order.retain(|other| other != id);
        }
    }
}

/// Everything the sandbox remembers; one lock guards it.
pub(crate) struct State {
    pub(crate) base_url: String,
    /// Seconds from the start of a bank debit to the bank's answer.
    pub(crate) debit_seconds: i64,
    pub(crate) calendar: Calendar,
    pub(crate) worlds: BTreeMap<WorldId, World>,
    /// Checkout sessions are opened by browsers, which carry no key.
    pub(crate) sessions: HashMap<String, WorldId>,
    pub(crate) post: PostOffice,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    /// Something changed since the state was last written to its file.
    pub(crate) changed: bool,
}

impl State {
    /// A place to work in one world.
    pub(crate) fn desk(&mut self, id: &WorldId) -> Desk<'_> {
        Desk {
            world: self.worlds.entry(id.clone()).or_default(),
            id: id.clone(),
            calendar: &mut self.calendar,
            post: &mut self.post,
            sessions: &mut self.sessions,
            base_url: &self.base_url,
            debit_seconds: self.debit_seconds,
            cause: Cause::default(),
        }
    }

    /// The world in which this object lives, for any caller (control plane only).
    pub(crate) fn world_with(&self, id: &str) -> Option<WorldId> {
        let holds = |world: &World| world.get(id).is_some();
        self.worlds.iter().find(|(_, world)| holds(world)).map(|(id, _)| id.clone())
    }

    /// Runs every task that is due, in order of its time.
    pub(crate) fn run_due(&mut self) -> usize {
        let mut ran: usize = 0;
        while let Some((world, task)) = self.calendar.take_due() {
            self.run(&world, &task);
            ran = ran.saturating_add(1);
        }
        self.calendar.unpin();
        self.changed |= ran > 0;
        ran
    }

    /// Runs one task now.
    pub(crate) fn run(&mut self, world: &WorldId, task: &Task) {
        let mut desk = self.desk(world);
        match task {
            Task::ExpireSession(id) => crate::checkout::expire_if_open(&mut desk, id),
            Task::Mature(id) => desk.world.patch(id, &json!({"status": "available"})),
            Task::SettleDebit(intent) => crate::till::settle_debit(&mut desk, intent),
            Task::ReturnDebit { charge, reason } => {
                drop(crate::disputes::return_debit(&mut desk, charge, reason));
            }
            Task::FinishRefund { refund, succeeds } => {
                crate::refunds::finish(&mut desk, refund, *succeeds);
            }
            Task::Arrive(payout) => drop(crate::payouts::arrive(&mut desk, payout)),
            Task::PayOut => {
                crate::payouts::make(&mut desk, false);
                desk.schedule(crate::till::DAY, Task::PayOut);
            }
            Task::Dispute { charge, reason } => {
                drop(crate::disputes::open(&mut desk, charge, reason, None));
            }
        }
    }
}

/// The request that causes an event, as events name it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cause {
    pub(crate) request: Option<String>,
    pub(crate) key: Option<String>,
}

/// One world with the calendar and the post office at hand.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) id: WorldId,
    calendar: &'a mut Calendar,
    pub(crate) post: &'a mut PostOffice,
    sessions: &'a mut HashMap<String, WorldId>,
    pub(crate) base_url: &'a str,
    pub(crate) debit_seconds: i64,
    pub(crate) cause: Cause,
}

impl Desk<'_> {
    pub(crate) fn now(&self) -> i64 {
        self.calendar.now()
    }

    /// Files a new object and returns its id.
    pub(crate) fn put(&mut self, object: Value) -> String {
        let id = self.world.put(object);
        if id.starts_with("cs_") {
            self.sessions.insert(id.clone(), self.id.clone());
        }
        id
    }

    /// A copy of the object, `null` when it is not there.
    pub(crate) fn read(&self, id: &str) -> Value {
        self.world.get(id).cloned().unwrap_or_default()
    }

    pub(crate) fn schedule(&mut self, after_seconds: i64, task: Task) {
        let at = self.now().saturating_add(after_seconds);
        self.calendar.schedule(at, self.id.clone(), task);
    }

    /// Records an event with the object as it is now, and posts it to the endpoints.
    pub(crate) fn emit(&mut self, kind: &str, object: &str) {
        let snapshot = self.world.get(object).map(strip).unwrap_or_default();
        let receivers = self.post.receivers(&self.id, kind);
        let mut event = json!({
            "id": ids::fresh("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": {"object": snapshot},
            "livemode": false,
            "pending_webhooks": receivers.len(),
            "request": {"id": self.cause.request, "idempotency_key": self.cause.key},
            "type": kind,
        });
        if let Some(account) = &self.id.account {
            event["account"] = json!(account);
        }
        let now = self.now();
        self.post.enqueue(&self.id, &event, &receivers, now);
        self.put(event);
    }
}
