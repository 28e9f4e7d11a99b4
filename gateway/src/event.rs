//! Events: the little of them that is trusted. An event is a hint that something changed; what it
//! is now is asked of Stripe, so that late and repeated events do no harm.

use crate::checkout::References;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// The head of an event: its id and type, and the object it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEnvelope {
    /// Its id (`evt_…`): the same event comes again under the same id.
    pub id: String,
    /// What happened, such as `checkout.session.completed`.
    pub kind: String,
    /// The connected account it happened in, where there is one.
    pub account: Option<String>,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// Whether real money is meant.
    pub livemode: bool,
    /// The API version it was written in.
    pub api_version: Option<String>,
    /// The id of the object that it is about.
    pub object_id: Option<String>,
    /// The kind of the object, such as `checkout.session`.
    pub object_kind: Option<String>,
    /// The payment behind the object (`pi_…`), where it names one.
    pub payment_intent: Option<String>,
    /// The charge behind the object (`ch_…`), where it names one.
    pub charge: Option<String>,
    /// Our rows, where the object carries them.
    pub references: Option<References>,
}

/// The bytes are not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an event of the payment gateway")]
pub struct NotAnEvent;

/// One page of a list of events, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// Each event's envelope and its text.
    pub events: Vec<(EventEnvelope, String)>,
    /// Whether older ones follow.
    pub has_more: bool,
}

/// Reads the head of an event; the object may be of any shape.
pub fn read_envelope(body: &[u8]) -> Result<EventEnvelope, NotAnEvent> {
    serde_json::from_slice::<RawEvent>(body).map_err(|_| NotAnEvent).and_then(RawEvent::envelope)
}

impl EventPage {
    pub(crate) fn read(body: &str) -> Result<Self, NotAnEvent> {
        let page: RawPage = serde_json::from_str(body).map_err(|_| NotAnEvent)?;
        let events = page
            .data
            .into_iter()
            .filter_map(|event| {
                let text = event.to_string();
                read_envelope(text.as_bytes()).ok().map(|envelope| (envelope, text))
            })
            .collect();
        Ok(Self { events, has_more: page.has_more })
    }
}

#[derive(serde::Deserialize)]
struct RawPage {
    data: Vec<serde_json::Value>,
    has_more: bool,
}

#[derive(serde::Deserialize)]
struct RawEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    account: Option<String>,
    created: i64,
    livemode: bool,
    api_version: Option<String>,
    data: RawData,
}

#[derive(serde::Deserialize)]
struct RawData {
    object: serde_json::Map<String, serde_json::Value>,
}

impl RawEvent {
    fn envelope(self) -> Result<EventEnvelope, NotAnEvent> {
        let created_at = DateTime::from_timestamp(self.created, 0).ok_or(NotAnEvent)?;
        let object = &self.data.object;
        // A reference is an id, or the object itself where Stripe expanded it.
        let reference = |name: &str| {
            let value = object.get(name)?;
            value.as_str().or_else(|| value.get("id")?.as_str()).map(str::to_owned)
        };
        let object_kind = reference("object");
        let own = |kind: &str| (object_kind.as_deref() == Some(kind)).then(|| reference("id"));
        let metadata: Option<HashMap<String, String>> =
            object.get("metadata").and_then(|m| serde_json::from_value(m.clone()).ok());
        Ok(EventEnvelope {
            payment_intent: own("payment_intent").unwrap_or_else(|| reference("payment_intent")),
            charge: own("charge")
                .unwrap_or_else(|| reference("charge").or_else(|| reference("latest_charge"))),
            references: metadata.as_ref().and_then(References::read),
            object_id: reference("id"),
            object_kind,
            id: self.id,
            kind: self.kind,
            account: self.account,
            created_at,
            livemode: self.livemode,
            api_version: self.api_version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_any_shape_tells_who_it_is_and_what_it_is_about() {
        let event = read_envelope(
            br#"{"id":"evt_1","object":"event","type":"charge.dispute.created","created":1795262400,
                "livemode":false,"api_version":"2031-01-01.future","account":"acct_9","new":{"a":[1]},
                "data":{"object":{"id":"du_1","object":"dispute","charge":"ch_1",
                "payment_intent":{"id":"pi_1"},"metadata":{"agency":"x"}}}}"#,
        )
        .unwrap();
        assert_eq!(event.kind, "charge.dispute.created");
        assert_eq!(event.object_id.as_deref(), Some("du_1"));
        assert_eq!(event.charge.as_deref(), Some("ch_1"));
        assert_eq!(event.payment_intent.as_deref(), Some("pi_1"));
        assert_eq!(event.account.as_deref(), Some("acct_9"));
        assert_eq!(event.references, None);
    }

    #[test]
    fn a_charge_is_its_own_charge() {
        let event = read_envelope(
            br#"{"id":"evt_2","type":"charge.succeeded","created":1,"livemode":false,
                "data":{"object":{"id":"ch_7","object":"charge","payment_intent":"pi_7"}}}"#,
        )
        .unwrap();
        assert_eq!(event.charge.as_deref(), Some("ch_7"));
        assert_eq!(event.payment_intent.as_deref(), Some("pi_7"));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for body in ["", "[]", "{}", r#"{"id":"evt_1","type":"x","created":1,"livemode":false}"#] {
            assert_eq!(read_envelope(body.as_bytes()), Err(NotAnEvent), "{body}");
        }
    }

    #[test]
    fn one_unreadable_event_does_not_hide_the_others() {
        let page = EventPage::read(
            r#"{"object":"list","has_more":true,"data":[{"id":"evt_odd"},
                {"id":"evt_2","type":"t","created":1,"livemode":false,"data":{"object":{}}}]}"#,
        )
        .unwrap();
        assert_eq!(page.events.len(), 1);
        assert!(page.has_more);
    }
}
