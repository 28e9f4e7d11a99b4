//! Settling for less (D10): what is offered, what "settled" means, and agreeing to it.

use super::draft::{Draft, SettleWish};
use super::{Nothing, debtor, hub};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;
use domain::plan::{Dates, Installment, Parts, Proposal, schedule};
use domain::settlement::AcceptRefusal;
use domain::{Amount, Money};
use service::debtor_hub::Hub;
use service::settlements::{self, AcceptRefused, Choice, SiteOffer};
use sha2::{Digest, Sha256};

#[derive(Template)]
#[template(path = "debtor/settle.html")]
struct SettlePage {
    page: Page,
    hub: Hub,
    offer: Choices,
    parts: Field,
    first: Field,
}

#[derive(Template)]
#[template(path = "debtor/settle_check.html")]
struct CheckPage {
    page: Page,
    hub: Hub,
    offer: SiteOffer,
    rows: Vec<Installment>,
    terms: String,
}

/// `GET /settle`
pub async fn offers(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some((hub, offers)) = settling(&visit).await? else { return Ok(go("/accounts")) };
    let wish = Draft::of(&visit).settlement.unwrap_or_default();
    Ok(ask(&visit, hub, &offers, &wish, Problems::none()))
}

/// `POST /settle`: which offer, in how many parts, from when on.
pub async fn choose(visit: Visit, form: CsrfForm<SettleWish>) -> Result<HttpResponse, Refusal> {
    let Some((hub, offers)) = settling(&visit).await? else { return Ok(go("/accounts")) };
    let wish = form.fields;
    match asked(&visit, &offers, &wish) {
        Ok(_) => {
            Draft { settlement: Some(wish), ..Draft::of(&visit) }.keep(&visit).await?;
            Ok(go("/settle/check"))
        }
        Err(problems) => Ok(ask(&visit, hub, &offers, &wish, problems)),
    }
}

/// `GET /settle/check`
pub async fn check(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some((hub, offers)) = settling(&visit).await? else { return Ok(go("/accounts")) };
    let wish = Draft::of(&visit).settlement.unwrap_or_default();
    let Ok((offer, parts, first)) = asked(&visit, &offers, &wish) else { return Ok(go("/settle")) };
    let page = visit.page(visit.loc().t("settle-check-title"));
    let rows = rows(&offer, parts, first);
    let view = CheckPage {
        terms: terms(&page, &hub, &offer, &rows),
        rows,
        offer,
        page: page.clone(),
        hub,
    };
    Ok(show(&view, &page))
}

/// `POST /settle/check`: agrees.
pub async fn agree(visit: Visit, form: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    let account = Draft::of(&visit).account;
    let Some((hub, offers)) = settling(&visit).await? else {
        // The same form again: it is agreed, and its page says so.
        let there = |id| format!("/accounts/{id}/settlement");
        return Ok(go(account.map_or("/accounts".to_owned(), there)));
    };
    let wish = Draft::of(&visit).settlement.unwrap_or_default();
    let Ok((offer, parts, first_on)) = asked(&visit, &offers, &wish) else {
        return Ok(go("/settle"));
    };
    let text = terms(&visit.page(""), &hub, &offer, &rows(&offer, parts, first_on));
    let text = Sha256::digest(text.as_bytes()).into();
    let choice =
        Choice { account: hub.line.id, offer: offer.id, total: offer.total, parts, first_on };
    let there = format!("/accounts/{}", hub.line.id);
    match settlements::agree(visit.app(), &debtor(&visit)?, choice, form.form_id, text).await {
        Ok(_) => {
            Draft { settlement: None, ..Draft::of(&visit) }.keep(&visit).await?;
            visit.flash(Tone::Done, visit.loc().t("settle-agreed")).await?;
            Ok(go(format!("{there}/settlement")))
        }
        Err(AcceptRefused::Accept(
            AcceptRefusal::Expired { .. } | AcceptRefusal::NotOpen { .. },
        )) => {
            visit.flash(Tone::Note, visit.loc().t("settle-ended")).await?;
            Ok(go("/settle"))
        }
        Err(AcceptRefused::Stop(stop)) => Err(refused(&stop)),
        Err(
            AcceptRefused::Accept(_)
            | AcceptRefused::Offer(_)
            | AcceptRefused::NoConsent
            | AcceptRefused::NotSupervisor
            | AcceptRefused::FormReused
            | AcceptRefused::NotNow(_)
            | AcceptRefused::Once(_),
        ) => {
            visit.flash(Tone::Note, visit.loc().t("settle-not-now")).await?;
            Ok(go(there))
        }
    }
}

/// The account and what may be agreed to now; none: nothing is offered.
async fn settling(visit: &Visit) -> Result<Option<(Hub, Vec<SiteOffer>)>, Refusal> {
    let debtor = debtor(visit)?;
    let Some(account) = Draft::of(visit).account else { return Ok(None) };
    let hub = hub::find(visit, &account.to_string()).await?;
    let offers =
        settlements::choices(visit.app(), &debtor, account).await.map_err(|stop| refused(&stop))?;
    Ok((!offers.is_empty()).then_some((hub, offers)))
}

fn asked(
    visit: &Visit,
    offers: &[SiteOffer],
    wish: &SettleWish,
) -> Result<(SiteOffer, u32, NaiveDate), Problems> {
    let loc = visit.loc();
    let mut problems = Problems::none();
    let offer = offers.iter().find(|offer| name(offer) == wish.offer);
    let first = NaiveDate::parse_from_str(wish.first.trim(), "%Y-%m-%d").ok();
    let parts: Option<u32> = wish.parts.trim().parse().ok();
    let Some(offer) = offer else {
        problems.add("offer", loc.t("settle-offer-bad"));
        return Err(problems);
    };
    let parts = parts.filter(|parts| (1..=offer.most_parts).contains(parts));
    if parts.is_none() {
        let words = loc.ta("settle-parts-bad", &[("most", &offer.most_parts)]);
        problems.add("parts", words);
    }
    let today = visit.app().clock().now().with_timezone(&visit.zone()).date_naive();
    let first = first.filter(|first| (today..=offer.last_day).contains(first));
    if first.is_none() {
        let words = loc.ta("settle-first-bad", &[("date", &loc.date(&offer.last_day))]);
        problems.add("first", words);
    }
    match (parts, first) {
        (Some(parts), Some(first)) => Ok((offer.clone(), parts, first)),
        (_, _) => Err(problems),
    }
}

/// The name of an offer in the form.
fn name(offer: &SiteOffer) -> String {
    offer.id.map_or("policy".to_owned(), |id| id.to_string())
}

fn rows(offer: &SiteOffer, parts: u32, first: NaiveDate) -> Vec<Installment> {
    let Ok(total) = Amount::new(offer.total) else { return Vec::new() };
    let dates = Dates::Monthly(first);
    let proposal = Proposal { total, down_payment: None, dates, parts: Parts::Number(parts) };
    schedule(&proposal).unwrap_or_default()
}

/// What is agreed to. The hash of exactly this text is stored.
fn terms(page: &Page, hub: &Hub, offer: &SiteOffer, rows: &[Installment]) -> String {
    let listed: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", page.date(&row.due), page.money(&row.amount.money())))
        .collect();
    page.ta(
        "settle-terms",
        &[
            ("agency", &page.agency.own_name),
            ("creditor", &hub.line.creditor),
            ("total", &page.money(&offer.total)),
            ("balance", &page.money(&offer.balance)),
            ("rows", &listed.join("; ")),
        ],
    )
}

/// What the debtor would not pay.
pub(super) fn saved(offer: &SiteOffer) -> Money {
    offer.balance.minus(offer.total).unwrap_or(Money::ZERO)
}

/// The share of the balance that is released, in whole percent, rounded down: never more than is true.
fn percent(offer: &SiteOffer) -> i64 {
    let balance = offer.balance.minor().max(1);
    saved(offer).minor().saturating_mul(100) / balance
}

fn ask(
    visit: &Visit,
    hub: Hub,
    offers: &[SiteOffer],
    wish: &SettleWish,
    problems: Problems,
) -> HttpResponse {
    let page = visit.page(visit.loc().t("settle-title")).with(problems);
    let mut offer = page.choices("offer", page.t("settle-which")).chosen(wish.offer.as_str());
    for one in offers {
        let label = page.ta("settle-for", &[("money", &page.money(&one.total))]);
        let hint = page.ta(
            "settle-for-hint",
            &[
                ("saved", &page.money(&saved(one))),
                ("percent", &percent(one)),
                ("date", &page.date(&one.last_day)),
                ("parts", &one.most_parts),
            ],
        );
        offer = offer.explained(name(one), label, hint);
    }
    let most = offers.iter().map(|one| one.most_parts).max().unwrap_or(1);
    let parts = page
        .field("parts", page.t("settle-parts"))
        .hint(page.ta("settle-parts-hint", &[("most", &most)]))
        .digits()
        .class("w4")
        .value(wish.parts.as_str());
    let last = offers.iter().map(|one| one.last_day).max().unwrap_or(NaiveDate::MAX);
    let first = page
        .field("first", page.t("settle-first"))
        .hint(page.ta("settle-first-hint", &[("date", &page.date(&last))]))
        .kind("date")
        .class("w16")
        .value(wish.first.as_str());
    let view = SettlePage { page: page.clone(), hub, offer, parts, first };
    show(&view, &page)
}
