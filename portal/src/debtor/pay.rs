//! How much, how, and the last look before the payment page.

mod check;
mod method;

pub use check::{check, pay};
pub use method::{by_phone, by_post, method, take_method};

use super::draft::Draft;
use super::{Nothing, hub};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::Refusal;
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use domain::{Amount, Currency, Money};
use serde::Deserialize;
use service::debtor_hub::Hub;

#[derive(Template)]
#[template(path = "debtor/pay_full.html")]
struct FullPage {
    page: Page,
    hub: Hub,
}

#[derive(Template)]
#[template(path = "debtor/pay_part.html")]
struct PartPage {
    page: Page,
    hub: Hub,
    amount: Field,
}

#[derive(Debug, Deserialize)]
pub struct TypedAmount {
    amount: String,
}

/// `GET /pay/full`
pub async fn full(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some(hub) = paying(&visit).await? else { return Ok(go("/accounts")) };
    let page = visit.page(visit.loc().t("full-title"));
    Ok(show(&FullPage { page: page.clone(), hub }, &page))
}

/// `POST /pay/full`
pub async fn take_full(visit: Visit, _: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    let Some(hub) = paying(&visit).await? else { return Ok(go("/accounts")) };
    choose(&visit, &hub, hub.payable).await
}

/// `GET /pay/part`
pub async fn part(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some(hub) = paying(&visit).await? else { return Ok(go("/accounts")) };
    Ok(ask(&visit, hub, "", Problems::none()))
}

/// `POST /pay/part`
pub async fn take_part(visit: Visit, form: CsrfForm<TypedAmount>) -> Result<HttpResponse, Refusal> {
    let Some(hub) = paying(&visit).await? else { return Ok(go("/accounts")) };
    let (loc, typed) = (visit.loc(), form.fields.amount.trim());
    let words = match read(typed) {
        None => loc.t("part-bad"),
        Some(amount) if amount < hub.least => {
            loc.ta("part-small", &[("least", &loc.money(&hub.least))])
        }
        Some(amount) if amount > hub.payable => {
            loc.ta("part-large", &[("most", &loc.money(&hub.payable))])
        }
        Some(amount) => return choose(&visit, &hub, amount).await,
    };
    Ok(ask(&visit, hub, typed, Problems::one("amount", words)))
}

/// The account that is being paid, while it may be paid. A balance that changed since it was looked
/// at is told, and asked about again.
async fn paying(visit: &Visit) -> Result<Option<Hub>, Refusal> {
    super::debtor(visit)?;
    let draft = Draft::of(visit);
    let Some(account) = draft.account else { return Ok(None) };
    let hub = hub::find(visit, &account.to_string()).await?;
    if !hub::can_pay(&hub) {
        return Ok(None);
    }
    if let Some(seen) = draft.seen.filter(|seen| *seen != hub.payable) {
        let loc = visit.loc();
        let words = loc
            .ta("part-changed", &[("old", &loc.money(&seen)), ("new", &loc.money(&hub.payable))]);
        visit.flash(Tone::Note, words).await?;
        Draft { amount: None, seen: Some(hub.payable), ..draft }.keep(visit).await?;
        return Ok(None);
    }
    Ok(Some(hub))
}

async fn choose(visit: &Visit, hub: &Hub, amount: Money) -> Result<HttpResponse, Refusal> {
    let draft = Draft { amount: Some(amount), seen: Some(hub.payable), ..Draft::of(visit) };
    draft.keep(visit).await?;
    Ok(go("/method"))
}

/// The account and the amount chosen for it.
async fn chosen(visit: &Visit) -> Result<Option<(Hub, Amount)>, Refusal> {
    let Some(hub) = paying(visit).await? else { return Ok(None) };
    let amount = Draft::of(visit).amount.and_then(|money| Amount::new(money).ok());
    Ok(amount.filter(|amount| amount.money() <= hub.payable).map(|amount| (hub, amount)))
}

fn ask(visit: &Visit, hub: Hub, typed: &str, problems: Problems) -> HttpResponse {
    let page = visit.page(visit.loc().t("part-title")).with(problems);
    let (least, most) = (page.money(&hub.least), page.money(&hub.payable));
    let amount = page
        .field("amount", page.t("part-label"))
        .hint(page.ta("part-hint", &[("least", &least), ("most", &most)]))
        .money()
        .value(typed);
    show(&PartPage { page: page.clone(), hub, amount }, &page)
}

/// Reads what people write: `50`, `50.00`, `$1,250.5`.
pub(super) fn read(typed: &str) -> Option<Money> {
    let plain: String =
        typed.chars().filter(|c| !matches!(c, '$' | ',') && !c.is_whitespace()).collect();
    let exact = match plain.split_once('.') {
        None => format!("{plain}.00"),
        Some((whole, "")) => format!("{whole}.00"),
        Some((whole, cents)) if cents.len() == 1 => format!("{whole}.{cents}0"),
        Some(_) => plain,
    };
    Amount::parse(&exact, Currency::Usd).ok().map(Amount::money)
}

#[cfg(test)]
mod tests {
    use super::read;
    use domain::Money;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for typed in ["1250.50", "$1,250.50", " 1250.5 ", "1 250.50"] {
            assert_eq!(read(typed), Some(Money::from_minor(125_050)), "{typed}");
        }
        assert_eq!(read("50"), Some(Money::from_minor(5_000)));
        for typed in ["", "0", "-5", "1e3", "12.345", "ten"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
