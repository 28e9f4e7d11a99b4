//! Logs: one JSON object a line on standard output (or into a file).
//!
//! Only fields on the allow-list are written; whatever else a line carries is named in `withheld`,
//! without its value. A name or an address that slips into a log statement stays out of the log.

use std::fmt::Debug;
use std::io::Write;
use std::sync::Mutex;

use chrono::{SecondsFormat, Utc};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// Fields that may appear in a log. Ids, states, counts and durations; never what a person typed.
const ALLOWED: &[&str] = &[
    "accepted",
    "account",
    "account_id",
    "accounts",
    "address",
    "admin",
    "agency",
    "agency_id",
    "attempt",
    "attempts",
    "batch_id",
    "bytes",
    "call",
    "checkout_id",
    "code",
    "count",
    "creditor",
    "creditor_id",
    "effect",
    "error",
    "event",
    "event_id",
    "event_type",
    "family",
    "file_id",
    "followers",
    "id",
    "import_id",
    "job",
    "job_id",
    "kind",
    "lag_ms",
    "message",
    "method",
    "migration",
    "ms",
    "number",
    "operation",
    "payment",
    "payment_id",
    "placement",
    "placement_id",
    "principal",
    "principal_id",
    "processor_id",
    "queue",
    "reason",
    "request_id",
    "route",
    "rows",
    "rows_per_second",
    "state",
    "status",
    "table",
    "token_id",
    "user",
    "user_id",
    "version",
];

/// Crates whose lines would repeat ours or show statements.
const FILTER: &str = "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,actix_server=warn,hyper=warn,reqwest=warn,rustls=warn";

/// Starts logging to `out`; `RUST_LOG` overrides the levels. A second call does nothing.
pub fn start(out: impl Write + Send + 'static) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let lines = JsonLines { out: Mutex::new(Box::new(out)) };
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The payload may quote data: only where it happened is written.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(code = "panic", reason = place, "a task panicked");
    }));
}

struct JsonLines {
    out: Mutex<Box<dyn Write + Send>>,
}

/// The allowed fields of a span, kept with it for the events inside.
struct SpanFields(Map<String, Value>);

#[derive(Default)]
struct Fields {
    shown: Map<String, Value>,
    withheld: Vec<Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: impl FnOnce() -> Value) {
        if ALLOWED.contains(&field.name()) {
            self.shown.insert(field.name().to_owned(), value());
        } else if !field.name().starts_with("log.") {
            self.withheld.push(field.name().into());
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, || format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, || value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, || value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, || value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, || value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, || value.into());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.shown));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(span) = context.span(id)
            && let Some(kept) = span.extensions_mut().get_mut::<SpanFields>()
        {
            kept.0.extend(fields.shown);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        line.insert("at".to_owned(), now.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(kept) = span.extensions().get::<SpanFields>() {
                line.extend(kept.0.clone());
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.extend(fields.shown);
        if !fields.withheld.is_empty() {
            line.insert("withheld".to_owned(), fields.withheld.into());
        }
        if let Ok(mut out) = self.out.lock() {
            let _ = writeln!(out, "{}", Value::Object(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_carries_its_request_and_withholds_what_is_not_allowed() {
        let page = Page::default();
        let layer = JsonLines { out: Mutex::new(Box::new(page.clone())) };
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", request_id = "r-1", ssn = "078-05-1120");
            let _inside = span.enter();
            tracing::info!(status = 201, debtor_name = "Jane Roe", "payment taken\nforged line");
        });
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "a line break in a message forged a line: {text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["request_id"], "r-1");
        assert_eq!(line["status"], 201);
        assert_eq!(line["withheld"], serde_json::json!(["debtor_name"]));
        assert!(!text.contains("Jane") && !text.contains("078"));
    }
}
