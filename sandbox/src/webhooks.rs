//! Webhooks: endpoints, signed deliveries, the retry schedule, and faults of the post.

pub(crate) mod courier;
pub(crate) mod faults;

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use self::faults::{PostFault, PostFaultKind};
use crate::{clock, ids, world::WorldId};

/// Seconds on the simulated clock between one attempt and the next; about three days in all.
const RETRIES: [i64; 12] =
    [10, 60, 300, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 43_200, 57_600, 57_600];

/// How many deliveries the journal remembers.
const REMEMBERED: usize = 20_000;

/// Which time stands in the `t=` of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SigningTime {
    /// The machine's clock, as the receiver of a real webhook sees it.
    #[default]
    Wall,
    /// The simulated clock, for receivers that are driven by it too.
    Simulated,
}

/// Where events of a world go.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) world: WorldId,
    pub(crate) url: String,
    /// Newest first; two while a secret is being rotated.
    pub(crate) secrets: Vec<String>,
    pub(crate) events: Vec<String>,
    /// Receives the events of the key's connected accounts instead of its own.
    pub(crate) connect: bool,
    pub(crate) enabled: bool,
}

impl Endpoint {
    fn wants(&self, world: &WorldId, kind: &str) -> bool {
        let mine = if self.connect {
            self.world.key == world.key && self.world.account.is_none() && world.account.is_some()
        } else {
            self.world == *world
        };
        mine && self.enabled && self.events.iter().any(|event| event == "*" || event == kind)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
enum Stage {
    Waiting,
    /// Kept back by a reorder fault.
    Held,
    Sending,
    Delivered,
    /// Lost by a drop fault, or out of attempts.
    Lost,
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Delivery {
    world: WorldId,
    endpoint: String,
    event: String,
    kind: String,
    body: String,
    due: i64,
    turn: u64,
    stage: Stage,
    forged: bool,
    duplicate: bool,
    attempts: Vec<Value>,
}

/// A delivery as the courier carries it.
pub(crate) struct Parcel {
    pub(crate) number: u64,
    pub(crate) url: String,
    pub(crate) signature: String,
    pub(crate) body: String,
}

/// All endpoints, deliveries and faults of the post.
#[derive(Default)]
pub(crate) struct PostOffice {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) faults: Vec<PostFault>,
    signing: SigningTime,
    deliveries: BTreeMap<u64, Delivery>,
    waiting: BTreeSet<(i64, u64, u64)>,
    next: u64,
}

impl PostOffice {
    pub(crate) fn new(signing: SigningTime) -> Self {
        Self { signing, ..Self::default() }
    }

    /// Ids of the endpoints that want this event.
    pub(crate) fn receivers(&self, world: &WorldId, kind: &str) -> Vec<String> {
        let wanting = self.endpoints.iter().filter(|endpoint| endpoint.wants(world, kind));
        wanting.map(|endpoint| endpoint.id.clone()).collect()
    }

    /// Puts the event into the post, as faults allow.
    pub(crate) fn enqueue(&mut self, world: &WorldId, event: &Value, to: &[String], now: i64) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let body = serde_json::to_string_pretty(event).unwrap_or_default();
        for endpoint in to {
            let mut delivery = Delivery {
                world: world.clone(),
                endpoint: endpoint.clone(),
                event: text("id"),
                kind: text("type"),
                body: body.clone(),
                due: now,
                turn: 0,
                stage: Stage::Waiting,
                forged: false,
                duplicate: false,
                attempts: Vec::new(),
            };
            let mut copies = 0;
            match PostFault::strike(&mut self.faults, &delivery.kind) {
                None => {}
                Some(PostFaultKind::Drop) => delivery.stage = Stage::Lost,
                Some(PostFaultKind::Duplicate { copies: wanted }) => copies = wanted,
                Some(PostFaultKind::Delay { seconds }) => {
                    delivery.due = now.saturating_add(seconds);
                }
                Some(PostFaultKind::BadSignature) => delivery.forged = true,
                Some(PostFaultKind::Reorder) => delivery.stage = Stage::Held,
            }
            self.file(delivery.clone());
            delivery.duplicate = true;
            for _ in 0..copies {
                self.file(delivery.clone());
            }
        }
        if !PostFault::holds_back(&self.faults) {
            self.release();
        }
    }

    fn file(&mut self, mut delivery: Delivery) {
        self.next = self.next.saturating_add(1);
        delivery.turn = self.next;
        if delivery.stage == Stage::Waiting {
            self.waiting.insert((delivery.due, delivery.turn, self.next));
        }
        self.deliveries.insert(self.next, delivery);
        if self.deliveries.len() > REMEMBERED {
            let over = |stage: Stage| matches!(stage, Stage::Delivered | Stage::Lost);
            if let Some(oldest) = self.deliveries.first_entry().filter(|old| over(old.get().stage))
            {
                oldest.remove();
            }
        }
    }

    /// Sends off what a reorder fault kept back, last first.
    pub(crate) fn release(&mut self) {
        let held = self.deliveries.iter_mut().filter(|(_, held)| held.stage == Stage::Held);
        for (number, delivery) in held.rev() {
            self.next = self.next.saturating_add(1);
            delivery.turn = self.next;
            delivery.stage = Stage::Waiting;
            self.waiting.insert((delivery.due, delivery.turn, *number));
        }
    }

    /// Hands out what is due (`all`: whatever waits), in order.
    pub(crate) fn collect(&mut self, now: i64, all: bool) -> Vec<Parcel> {
        let mut parcels = Vec::new();
        while let Some(&(due, turn, number)) = self.waiting.first() {
            if due > now && !all {
                break;
            }
            self.waiting.remove(&(due, turn, number));
            parcels.extend(self.pack(number, now));
        }
        parcels
    }

    fn pack(&mut self, number: u64, now: i64) -> Option<Parcel> {
        let delivery = self.deliveries.get_mut(&number)?;
        let found = self.endpoints.iter().find(|endpoint| endpoint.id == delivery.endpoint);
        let Some(endpoint) = found else {
            delivery.stage = Stage::Lost;
            return None;
        };
        delivery.stage = Stage::Sending;
        let at = match self.signing {
            SigningTime::Wall => clock::wall(),
            SigningTime::Simulated => now,
        };
        let forged = ["whsec_forged".to_owned()];
        let secrets = if delivery.forged { forged.as_slice() } else { &endpoint.secrets };
        delivery.forged = false;
        Some(Parcel {
            number,
            url: endpoint.url.clone(),
            signature: signature(at, &delivery.body, secrets),
            body: delivery.body.clone(),
        })
    }

    /// Writes down how an attempt ended. The event and its world when this made it delivered.
    pub(crate) fn record(
        &mut self,
        number: u64,
        result: &Result<u16, String>,
        now: i64,
    ) -> Option<(WorldId, String)> {
        let delivery = self.deliveries.get_mut(&number)?;
        let (status, error) = match result {
            Ok(status) => (json!(status), Value::Null),
            Err(error) => (Value::Null, json!(error)),
        };
        delivery.attempts.push(json!({"at": now, "status": status, "error": error}));
        if matches!(result, Ok(200..=299)) {
            delivery.stage = Stage::Delivered;
            delivery.body = String::new();
            return (!delivery.duplicate).then(|| (delivery.world.clone(), delivery.event.clone()));
        }
        let past = delivery.attempts.len().saturating_sub(1);
        match RETRIES.get(past).filter(|_| !delivery.duplicate) {
            Some(wait) => {
                delivery.stage = Stage::Waiting;
                delivery.due = now.saturating_add(*wait);
                self.waiting.insert((delivery.due, delivery.turn, number));
            }
            None => delivery.stage = Stage::Lost,
        }
        None
    }

    /// Whether something is on the road.
    pub(crate) fn sending(&self) -> bool {
        self.deliveries.values().any(|delivery| delivery.stage == Stage::Sending)
    }

    /// How many deliveries wait for their time or are kept back.
    pub(crate) fn undelivered(&self) -> usize {
        let open = |delivery: &&Delivery| matches!(delivery.stage, Stage::Waiting | Stage::Held);
        self.deliveries.values().filter(open).count()
    }

    /// The journal of deliveries, oldest first.
    pub(crate) fn report(&self) -> Vec<Value> {
        let show = |(number, delivery): (&u64, &Delivery)| {
            let state = match delivery.stage {
                Stage::Waiting => "waiting",
                Stage::Held => "held",
                Stage::Sending => "sending",
                Stage::Delivered => "delivered",
                Stage::Lost => "lost",
            };
            json!({
                "number": number, "endpoint": delivery.endpoint, "event": delivery.event,
                "type": delivery.kind, "account": delivery.world.account, "state": state,
                "due": delivery.due, "duplicate": delivery.duplicate, "attempts": delivery.attempts,
            })
        };
        self.deliveries.iter().map(show).collect()
    }

    /// What has not arrived yet, for the file.
    pub(crate) fn unfinished(&self) -> Vec<Delivery> {
        let open = |delivery: &&Delivery| {
            matches!(delivery.stage, Stage::Waiting | Stage::Held | Stage::Sending)
        };
        self.deliveries.values().filter(open).cloned().collect()
    }

    /// Takes deliveries out of the file back into the post.
    pub(crate) fn resume(&mut self, deliveries: Vec<Delivery>) {
        for mut delivery in deliveries {
            delivery.stage = Stage::Waiting;
            self.file(delivery);
        }
    }

    /// Forgets deliveries and faults; endpoints go too unless kept.
    pub(crate) fn clear(&mut self, keep_endpoints: bool) {
        self.deliveries.clear();
        self.waiting.clear();
        self.faults.clear();
        if !keep_endpoints {
            self.endpoints.clear();
        }
    }
}

/// A new signing secret.
pub(crate) fn fresh_secret() -> String {
    format!("whsec_{}", ids::letters(32))
}

/// `t=…,v1=…`: HMAC-SHA256 of `t.body` with each secret, in hex.
pub(crate) fn signature(at: i64, body: &str, secrets: &[String]) -> String {
    let mut header = format!("t={at}");
    for secret in secrets {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
        mac.update(format!("{at}.{body}").as_bytes());
        header.push_str(",v1=");
        for byte in mac.finalize().into_bytes() {
            header.push_str(&format!("{byte:02x}"));
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_test`.
        let header = signature(1_700_000_000, "{}", &["whsec_test".to_owned()]);
        let (time, mac) = header.split_once(",v1=").unwrap();
        assert_eq!(time, "t=1700000000");
        assert_eq!(mac, "35495024f4ef3f94e5a93e22221544c4b75e9a42300cd965ab81cb85cd994e91");
    }

    #[test]
    fn both_secrets_sign_during_a_rotation() {
        let header = signature(1, "{}", &["new".to_owned(), "old".to_owned()]);
        assert_eq!(header.matches(",v1=").count(), 2);
    }
}
