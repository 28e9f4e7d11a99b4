//! The last look: what is paid, to whom, for what; then the payment page.

use super::chosen;
use crate::debtor::debtor;
use crate::form::CsrfForm;
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use domain::{Amount, Money};
use serde::Deserialize;
use service::debtor_hub::Hub;
use service::payments::{self, Disclosure, NewCheckout, StartRefused, Started};
use sha2::{Digest, Sha256};

#[derive(Template)]
#[template(path = "debtor/check.html")]
struct CheckPage {
    page: Page,
    hub: Hub,
    money: String,
    left: Money,
    disclosure: String,
    account: String,
    minor: i64,
}

/// What the page showed: what is paid is what was seen, whatever another window did meanwhile.
#[derive(Debug, Deserialize)]
pub struct Seen {
    account: String,
    amount: String,
}

/// `GET /check`
pub async fn check(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some((hub, amount)) = chosen(&visit).await? else { return Ok(go("/accounts")) };
    let page = visit.page(visit.loc().t("check-title"));
    let left = hub.payable.minus(amount.money()).unwrap_or(Money::ZERO);
    let template = CheckPage {
        money: page.money(&amount.money()),
        disclosure: disclosure(&page, &hub),
        account: hub.line.id.to_string(),
        minor: amount.minor(),
        left,
        page: page.clone(),
        hub,
    };
    Ok(show(&template, &page))
}

/// `POST /check`: opens the payment page and goes there.
pub async fn pay(visit: Visit, form: CsrfForm<Seen>) -> Result<HttpResponse, Refusal> {
    let Some((hub, amount)) = chosen(&visit).await? else { return Ok(go("/accounts")) };
    let seen = &form.fields;
    if seen.account != hub.line.id.to_string() || seen.amount != amount.minor().to_string() {
        return Ok(go("/check"));
    }
    let new = order(&visit, &hub, amount, form.form_id);
    match payments::start(visit.app(), &debtor(&visit)?, new).await {
        Ok(Started::Page { url, .. }) => Ok(go(url)),
        Ok(Started::Preparing { payment } | Started::WentOn { payment }) => {
            Ok(go(format!("/return?payment={payment}")))
        }
        Err(refusal) => not_opened(&visit, &hub, &refusal).await,
    }
}

fn order(visit: &Visit, hub: &Hub, amount: Amount, form_id: uuid::Uuid) -> NewCheckout {
    let shown = disclosure(&visit.page(""), hub);
    NewCheckout {
        account: hub.line.id,
        amount,
        form_id,
        return_url: format!("{}/return", visit.origin()),
        back_url: format!("{}/return?back=1", visit.origin()),
        language: visit.loc().language,
        disclosure: Disclosure {
            sha256: Sha256::digest(shown.as_bytes()).into(),
            shown_at: visit.app().clock().now(),
        },
    }
}

/// What has to be shown before a debt is paid by card: the original creditor, the reference, and
/// where to ask (Visa rules for MCC 7322). The hash of exactly this text is stored.
fn disclosure(page: &Page, hub: &Hub) -> String {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    page.ta(
        "check-disclosure",
        &[
            ("agency", &page.agency.own_name),
            ("creditor", &hub.line.creditor),
            ("original", &hub.original_creditor),
            ("reference", &hub.line.reference),
            ("phone", &or_dash(&page.agency.phone)),
            ("address", &or_dash(&page.agency.address)),
        ],
    )
}

async fn not_opened(
    visit: &Visit,
    hub: &Hub,
    refusal: &StartRefused,
) -> Result<HttpResponse, Refusal> {
    let key = match refusal {
        StartRefused::GatewayRefused | StartRefused::CannotPost(_) => "pay-refused",
        StartRefused::AnotherInProgress => "pay-busy",
        StartRefused::NoGateway => "pay-none",
        StartRefused::FormReused => return Ok(go("/check")),
        StartRefused::Status(_)
        | StartRefused::Restricted(_)
        | StartRefused::OverBalance { .. }
        | StartRefused::BelowMinimum { .. } => {
            return Ok(go(format!("/accounts/{}", hub.line.id)));
        }
        StartRefused::Stop(stop) => return Err(refused(stop)),
    };
    visit.flash(Tone::Failed, visit.loc().t(key)).await?;
    Ok(go("/method"))
}
