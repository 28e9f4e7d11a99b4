//! Payments: the list, one payment with its lines, and its reversal.

use super::frame;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono_tz::Tz;
use domain::commission::{Adjustment, AdjustmentRule, Level, Slice, SliceRule};
use domain::hold::Holding;
use domain::payment::{PaymentState, ReversalReason};
use domain::{Money, PaymentId, Permission};
use serde::Deserialize;
use service::approvals::Outcome;
use service::once::Once;
use service::payments::{
    self, ExplainRefused, Explained, NewReversal, PaymentFilter, PaymentView, ReverseRefused,
};
use service::{Kind, Refused};

const PAGE: u64 = 50;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/payments", web::get().to(list))
        .route("/payments/{payment}", web::get().to(read))
        .route("/payments/{payment}/reverse", web::post().to(reverse))
        .route("/payments/{payment}/refund", web::post().to(refund))
        .route("/payments/{payment}/holding", web::post().to(hold));
}

#[derive(Debug, Clone, Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "workspace/payments.html")]
struct PaymentsPage {
    page: Page,
    state: String,
    payments: Vec<PaymentView>,
    pager: Pager,
    zone: Tz,
}

impl PaymentsPage {
    fn states(&self) -> &'static [PaymentState] {
        PaymentState::ALL
    }
}

#[derive(Template)]
#[template(path = "workspace/payment.html")]
struct PaymentPage {
    page: Page,
    payment: PaymentView,
    commission: Option<Explained>,
    note: Field,
    may_reverse: bool,
    refund_note: Option<Field>,
    hold_reason: Option<Field>,
    zone: Tz,
}

impl PaymentPage {
    /// What may be decided about the payment from where it stands.
    fn holdings(&self) -> Vec<(Holding, &'static str)> {
        [
            (Holding::Delayed, "Delay: it skips the first close it would be in"),
            (Holding::Blocked, "Block: it waits until it is released"),
            (Holding::Normal, "Release"),
        ]
        .into_iter()
        .filter(|(holding, _)| *holding != self.payment.holding)
        .collect()
    }

    fn why(&self, slice: &Slice) -> String {
        why(&slice.rule)
    }

    fn step(&self, adjustment: &Adjustment) -> String {
        step(&adjustment.rule)
    }

    fn level(&self, level: &Level) -> &'static str {
        match level {
            Level::Payment => "a choice for this payment alone",
            Level::Account => "the account's schedule",
            Level::Portfolio => "the portfolio's schedule",
            Level::Creditor => "the creditor's terms",
            Level::Agency => "the agency's default schedule",
        }
    }
}

/// Why a slice has its rate.
fn why(rule: &SliceRule) -> String {
    let upward =
        |up_to: Option<String>| up_to.map(|end| format!(" up to {end}")).unwrap_or_default();
    let money = |up_to: &Option<Money>| upward(up_to.map(|money| money.to_string()));
    match rule {
        SliceRule::Flat => "one rate".to_owned(),
        SliceRule::Bucket => "rate of this bucket".to_owned(),
        SliceRule::Age { age_from, days, over, up_to } => {
            let since = age_from.name().replace('_', " ");
            let end = upward(up_to.map(|days| days.to_string()));
            format!("{days} days since {since}: over {over}{end} days")
        }
        SliceRule::AgeUnknown { age_from } => {
            format!("{} is not known: lowest rate", age_from.name().replace('_', " "))
        }
        SliceRule::Balance { placed, over, up_to } => {
            format!("placed {placed}: over {over}{}", money(up_to))
        }
        SliceRule::Liquidation { over, up_to } => format!("collected over {over}{}", money(up_to)),
        SliceRule::PaymentSize { over, up_to } => format!("payment over {over}{}", money(up_to)),
    }
}

/// What changed the sum of the slices.
fn step(rule: &AdjustmentRule) -> String {
    match rule {
        AdjustmentRule::FreeDemand { days, day } => {
            format!("Free demand: day {day} of {days} free days")
        }
        AdjustmentRule::Minimum { minimum } => format!("Minimum of {minimum}"),
        AdjustmentRule::Maximum { maximum } => format!("Maximum of {maximum}"),
        AdjustmentRule::Cap { cap, charged } => {
            format!("Cap of {cap} an account, {charged} charged before")
        }
    }
}

async fn list(member: Member, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    let Asked { state, after } = asked.into_inner();
    let after = after.and_then(|after| after.parse::<PaymentId>().ok());
    let filter = PaymentFilter {
        state: PaymentState::ALL.iter().copied().find(|one| one.name() == state),
        after,
        limit: PAGE,
        ..PaymentFilter::default()
    };
    let found =
        payments::list(member.app(), member.actor(), filter).await.map_err(|e| refused(&e))?;
    let place = |after: Option<PaymentId>| {
        let mut pairs = vec![("state", state.clone())];
        pairs.extend(after.map(|id| ("after", id.to_string())));
        pairs.retain(|(_, value)| !value.is_empty());
        address("/payments", &pairs)
    };
    let next = found.rows.last().filter(|_| found.has_more).map(|row| place(Some(row.id)));
    let pager =
        Pager::new(after.map(|_| place(None)), next, format!("{} payments", found.rows.len()));
    let page = frame(&member, "Payments");
    let zone = member.zone();
    Ok(show(&PaymentsPage { page: page.clone(), state, payments: found.rows, pager, zone }, &page))
}

async fn read(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_payment(&member, &path, Problems::none()).await
}

async fn show_payment(
    member: &Member,
    id: &str,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let id = id.parse::<PaymentId>().map_err(|_| Refusal::NotFound)?;
    let payment = payments::get(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    let commission = match payments::explain(member.app(), member.actor(), id).await {
        Ok(explained) => Some(explained),
        Err(ExplainRefused::NotPosted) => None,
        Err(err) => return Err(refused(&err)),
    };
    let page = frame(member, "Payment").with(problems);
    let note = page.field("note", "What happened, in your words");
    let may_reverse =
        member.may(Permission::PaymentReverse) && payment.state == PaymentState::Succeeded;
    // Money that the gateway has goes back there, by two people.
    let by_gateway = may_reverse && payment.last4.is_some() && !payment.kind.is_return();
    let counts = payment.state == PaymentState::Succeeded && !payment.kind.is_return();
    let may_hold = member.may(Permission::PaymentHold) && counts && payment.statement.is_none();
    let view = PaymentPage {
        note,
        may_reverse,
        refund_note: by_gateway.then(|| page.field("refund_note", "Why it goes back")),
        hold_reason: may_hold.then(|| page.field("hold_reason", "Reason")),
        zone: member.zone(),
        payment,
        commission,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

#[derive(Deserialize)]
struct Reversal {
    #[serde(default)]
    reason: String,
    note: String,
}

async fn reverse(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Reversal>,
) -> Result<HttpResponse, Refusal> {
    let payment = path.parse::<PaymentId>().map_err(|_| Refusal::NotFound)?;
    let reason = match form.fields.reason.as_str() {
        "bounce" => ReversalReason::Bounce,
        "correction" => ReversalReason::Correction,
        "refund" => ReversalReason::Refund,
        "reinstated" => ReversalReason::Reinstated,
        _ => return show_payment(&member, &path, Problems::one("reason", "Choose why")).await,
    };
    let note = form.fields.note.trim().to_owned();
    if note.is_empty() {
        return show_payment(&member, &path, Problems::one("note", "Say what happened")).await;
    }
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_reverse_payment",
        fingerprint: service::random::hash(&format!("{payment}|{reason:?}|{note}")),
    };
    let new = NewReversal { payment, reason, note };
    match payments::reverse(member.app(), member.actor(), new, &once).await {
        Ok(_) => {
            member.flash(Tone::Done, "The payment was reversed.").await?;
            Ok(go(format!("/payments/{payment}")))
        }
        Err(
            err @ (ReverseRefused::NotSucceeded
            | ReverseRefused::AlreadyReversed
            | ReverseRefused::WrongReason
            | ReverseRefused::DebtPaidMeanwhile { .. }
            | ReverseRefused::RefundAtGateway
            | ReverseRefused::RefundUnderWay
            | ReverseRefused::CreditUsed { .. }),
        ) => {
            show_payment(&member, &path, Problems::one("reason", sentence(&err.to_string()))).await
        }
        Err(err @ ReverseRefused::NoNote) => {
            show_payment(&member, &path, Problems::one("note", sentence(&err.to_string()))).await
        }
        Err(err @ (ReverseRefused::Once(_) | ReverseRefused::Stop(_))) => Err(refused(&err)),
    }
}

#[derive(Deserialize)]
struct Refund {
    refund_note: String,
}

async fn refund(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Refund>,
) -> Result<HttpResponse, Refusal> {
    let payment = path.parse::<PaymentId>().map_err(|_| Refusal::NotFound)?;
    let note = form.fields.refund_note.trim().to_owned();
    let once = Once {
        principal: member.actor().principal(),
        key: form.form_id.to_string(),
        operation: "workspace_refund_payment",
        fingerprint: service::random::hash(&format!("{payment}|{note}")),
    };
    match payments::refund(member.app(), member.actor(), payment, note, &once).await {
        Ok(done) => match done.value {
            Outcome::Done(_) => {
                member.flash(Tone::Done, "The gateway was asked to give it back.").await?;
                Ok(go(format!("/payments/{payment}")))
            }
            Outcome::Asked(approval) => {
                member.flash(Tone::Note, "Another person has to approve the refund.").await?;
                Ok(go(format!("/approvals/{approval}")))
            }
        },
        Err(err) => at_field(&member, &path, "refund_note", &err).await,
    }
}

#[derive(Deserialize)]
struct Held {
    #[serde(default)]
    holding: String,
    hold_reason: String,
    version: String,
}

async fn hold(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Held>,
) -> Result<HttpResponse, Refusal> {
    let payment = path.parse::<PaymentId>().map_err(|_| Refusal::NotFound)?;
    let Held { holding, hold_reason, version } = form.fields;
    let Some(holding) = Holding::parse(&holding) else {
        let problems = Problems::one("holding", "Choose what happens");
        return show_payment(&member, &path, problems).await;
    };
    let (app, actor, seen) = (member.app(), member.actor(), version.parse().ok());
    match payments::hold(app, actor, payment, seen, holding, &hold_reason).await {
        Ok(()) => {
            member.flash(Tone::Done, "Noted; the next close heeds it.").await?;
            Ok(go(format!("/payments/{payment}")))
        }
        Err(err) => at_field(&member, &path, "hold_reason", &err).await,
    }
}

async fn at_field(
    member: &Member,
    id: &str,
    field: &'static str,
    err: &impl Refused,
) -> Result<HttpResponse, Refusal> {
    match err.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale => {
            show_payment(member, id, Problems::one(field, sentence(&err.to_string()))).await
        }
        Kind::NotFound
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::TooMany
        | Kind::Unavailable
        | Kind::Fault => Err(refused(err)),
    }
}
