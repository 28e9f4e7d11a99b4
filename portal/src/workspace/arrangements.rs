//! What is agreed on an account (A5), and promises and settlements agreed to for the debtor.

use super::account_acts::{PROMISED_BY, account, at_field, back, wrong};
use super::figures::{amount, day};
use super::rules::why_no_promise;
use crate::entry::Member;
use crate::form::CsrfForm;
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use domain::arrangement::Channel;
use domain::plan::Dates;
use domain::promise::PromiseState;
use domain::settlement::{OfferState, Offered};
use domain::{AccountId, Permission, PromiseId, SettlementOfferId};
use serde::Deserialize;
use service::once::Once;
use service::plans::{self, PlanView};
use service::promises::{self, NewPromises, Promise, PromiseRefused};
use service::settlements::{self, Acceptance, NewOffer, OfferView, Outcome};

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}/promises", web::post().to(take_promise))
        .route("/accounts/{account}/promises/{id}/cancel", web::post().to(cancel_promise))
        .route("/accounts/{account}/offers", web::post().to(offer))
        .route("/accounts/{account}/offers/{id}/accept", web::post().to(accept))
        .route("/accounts/{account}/offers/{id}/withdraw", web::post().to(withdraw));
}

/// What is agreed on an account, and whether this person may agree to more.
#[derive(Debug, Default)]
pub(super) struct Agreements {
    pub promises: Vec<Promise>,
    pub plans: Vec<PlanView>,
    pub offers: Vec<OfferView>,
    pub may_write: bool,
}

impl Agreements {
    /// Reads them, where this person may.
    pub async fn of(member: &Member, id: AccountId) -> Result<Self, Refusal> {
        let (app, actor) = (member.app(), member.actor());
        if !member.may(Permission::ArrangementRead) {
            return Ok(Self::default());
        }
        Ok(Self {
            promises: promises::list(app, actor, id).await.map_err(|e| refused(&e))?,
            plans: plans::list(app, actor, id).await.map_err(|e| refused(&e))?,
            offers: settlements::list(app, actor, id).await.map_err(|e| refused(&e))?,
            may_write: member.may(Permission::ArrangementWrite),
        })
    }

    /// Whether a plan or a settlement binds the account, so that another has to wait.
    pub fn bound(&self) -> bool {
        let plan = self.plans.iter().any(|view| view.plan.state.is_open());
        plan || self.offers.iter().any(|view| view.offer.state == OfferState::Accepted)
    }

    /// Whether anything is open: a change of status has to say what happens to it.
    pub fn any_open(&self) -> bool {
        self.bound() || self.promises.iter().any(is_pending)
    }
}

/// Whether a promise may still be canceled.
pub(super) fn is_pending(promise: &Promise) -> bool {
    promise.state == PromiseState::Pending
}

/// Whether an offer may be accepted.
pub(super) fn is_offered(view: &OfferView) -> bool {
    view.offer.state == OfferState::Offered
}

/// Whether an offer may be taken back.
pub(super) fn is_withdrawable(view: &OfferView) -> bool {
    is_offered(view) || view.offer.state == OfferState::Accepted
}

#[derive(Deserialize)]
struct Promised {
    amount: String,
    due: String,
    method: String,
}

#[derive(Deserialize)]
struct Priced {
    total: String,
    parts: String,
    why: String,
}

#[derive(Deserialize)]
struct Accepted {
    parts: String,
    first: String,
    consent: String,
    creditor_approval: String,
}

#[derive(Deserialize)]
struct Why {
    reason: String,
}

async fn take_promise(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Promised>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let currency = member.front().currency;
    let Some(money) = amount(&form.fields.amount, currency) else {
        return wrong(&member, id, "promise-amount", "Write the amount as in 125.00").await;
    };
    let Some(due) = day(&form.fields.due) else {
        return wrong(&member, id, "promise-amount", "Choose the day of the promise").await;
    };
    let method = PROMISED_BY.into_iter().find(|(_, name)| *name == form.fields.method);
    let Some((method, _)) = method else {
        return wrong(&member, id, "promise-amount", "Choose how it will be paid").await;
    };
    let new = NewPromises {
        account: id,
        promises: vec![(money, due)],
        currency,
        method,
        channel: Channel::Phone,
        colleague: None,
    };
    let once = once(&member, &form.form_id, "workspace_take_promise", &new);
    match promises::take(member.app(), member.actor(), new, &once).await {
        Ok(_) => back(&member, id, "The promise was taken.").await,
        Err(err @ PromiseRefused::Limits(..)) => {
            wrong(&member, id, "promise-amount", &why_no_promise(&err)).await
        }
        Err(err) => at_field(&member, id, "promise-amount", &err).await,
    }
}

async fn cancel_promise(
    member: Member,
    path: web::Path<(String, String)>,
    form: CsrfForm<Why>,
) -> Result<HttpResponse, Refusal> {
    let (id, promise) = ids::<PromiseId>(&path)?;
    match promises::cancel(member.app(), member.actor(), promise, &form.fields.reason).await {
        Ok(_) => back(&member, id, "The promise was canceled.").await,
        Err(err) => at_field(&member, id, "promise-amount", &err).await,
    }
}

async fn offer(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Priced>,
) -> Result<HttpResponse, Refusal> {
    let id = account(&path)?;
    let offered = match form.fields.total.trim() {
        "" => Offered::Floor,
        typed => match amount(typed, member.front().currency) {
            Some(amount) => Offered::Amount(amount),
            None => {
                let words = "Write the amount as in 1250.00, or leave it empty for the floor";
                return wrong(&member, id, "offer-total", words).await;
            }
        },
    };
    let Ok(parts) = form.fields.parts.trim().parse() else {
        return wrong(&member, id, "offer-total", "Write the number of parts").await;
    };
    let why = form.fields.why.trim();
    let new = NewOffer {
        account: id,
        offered,
        currency: None,
        parts,
        channel: Channel::Phone,
        ask_because: (!why.is_empty()).then(|| why.to_owned()),
    };
    let once = once(&member, &form.form_id, "workspace_offer_settlement", &new);
    match settlements::offer(member.app(), member.actor(), new, &once).await {
        Ok(answer) => match answer.value {
            Outcome::Offered(_) => back(&member, id, "The settlement was offered.").await,
            Outcome::Asked(_) => {
                let words = "It is below the floor: a second person was asked to approve it.";
                back(&member, id, words).await
            }
        },
        Err(err) => at_field(&member, id, "offer-total", &err).await,
    }
}

async fn accept(
    member: Member,
    path: web::Path<(String, String)>,
    form: CsrfForm<Accepted>,
) -> Result<HttpResponse, Refusal> {
    let (id, offer) = ids::<SettlementOfferId>(&path)?;
    let Accepted { parts, first, consent, creditor_approval } = form.fields;
    let (Ok(parts), Some(first)) = (parts.trim().parse(), day(&first)) else {
        let words = "Write the number of parts and the day of the first";
        return wrong(&member, id, "offer-accept", words).await;
    };
    let said = creditor_approval.trim();
    let new = Acceptance {
        offer,
        parts,
        dates: Dates::Monthly(first),
        consent,
        creditor_approval: (!said.is_empty()).then(|| said.to_owned()),
    };
    let once = once(&member, &form.form_id, "workspace_accept_settlement", &new);
    match settlements::accept(member.app(), member.actor(), new, &once).await {
        Ok(_) => back(&member, id, "The settlement was accepted; its terms are frozen.").await,
        Err(err) => at_field(&member, id, "offer-accept", &err).await,
    }
}

async fn withdraw(
    member: Member,
    path: web::Path<(String, String)>,
    form: CsrfForm<Why>,
) -> Result<HttpResponse, Refusal> {
    let (id, offer) = ids::<SettlementOfferId>(&path)?;
    let reason = &form.fields.reason;
    match settlements::withdraw(member.app(), member.actor(), offer, None, reason).await {
        Ok(_) => back(&member, id, "The settlement was withdrawn.").await,
        Err(err) => at_field(&member, id, "offer-total", &err).await,
    }
}

fn ids<T: std::str::FromStr>(
    path: &web::Path<(String, String)>,
) -> Result<(AccountId, T), Refusal> {
    let account = path.0.parse().map_err(|_| Refusal::NotFound)?;
    Ok((account, path.1.parse().map_err(|_| Refusal::NotFound)?))
}

pub(super) fn once(
    member: &Member,
    form: &uuid::Uuid,
    operation: &'static str,
    asked: &impl std::fmt::Debug,
) -> Once {
    Once {
        principal: member.actor().principal(),
        key: form.to_string(),
        operation,
        fingerprint: service::random::hash(&format!("{asked:?}")),
    }
}
