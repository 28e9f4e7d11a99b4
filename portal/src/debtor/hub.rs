//! The accounts of a person, and the page of one.

use super::agreed::{self, Agreed};
use super::debtor;
use super::draft::Draft;
use crate::form::{Choices, CsrfForm, Problems};
use crate::page::{Page, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::{Visit, broken};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::AccountId;
use domain::debtor_status::DebtorStatus;
use domain::payment::PaymentState;
use serde::Deserialize;
use service::debtor_hub::{self, Hub, Line};
use service::payments::{self, PaymentFilter, PaymentView};
use service::settlements;
use std::fmt::Display;

#[derive(Template)]
#[template(path = "debtor/accounts.html")]
struct AccountsPage {
    page: Page,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "debtor/hub.html")]
struct HubPage {
    page: Page,
    hub: Hub,
    choices: Choices,
    payments: Vec<Row>,
    /// The plan or settlement that binds the account.
    agreed: Option<Agreed>,
}

/// A payment in the list.
struct Row {
    payment: PaymentView,
    day: String,
    state: &'static str,
    receipt: bool,
}

impl HubPage {
    fn can_pay(&self) -> bool {
        can_pay(&self.hub)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    wish: String,
}

/// `GET /accounts`: straight to the account when there is only one.
pub async fn list(visit: Visit) -> Result<HttpResponse, Refusal> {
    let debtor = debtor(&visit)?;
    let lines = debtor_hub::list(visit.app(), &debtor).await.map_err(broken)?;
    if let [only] = lines.as_slice() {
        return Ok(go(format!("/accounts/{}", only.id)));
    }
    let page = visit.page(visit.loc().t("accounts-title"));
    Ok(show(&AccountsPage { page: page.clone(), lines }, &page))
}

/// `GET /accounts/{id}`
pub async fn hub(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let hub = find(&visit, &id).await?;
    page_of(&visit, hub, Problems::none()).await
}

/// `POST /accounts/{id}`: what the person would like to do.
pub async fn choose(
    visit: Visit,
    id: web::Path<String>,
    form: CsrfForm<Wish>,
) -> Result<HttpResponse, Refusal> {
    let hub = find(&visit, &id).await?;
    let paying = Draft {
        account: Some(hub.line.id),
        amount: None,
        seen: Some(hub.payable),
        ..Draft::of(&visit)
    };
    let agreed = agreed::find(&visit, &hub).await?;
    let next = agreed.as_ref().and_then(|agreed| agreed.next).map(|(_, money)| money);
    let rest = agreed.as_ref().map(Agreed::left);
    match form.fields.wish.as_str() {
        "next" | "rest" if can_pay(&hub) && next.is_some() => {
            let asked = if form.fields.wish == "next" { next } else { rest };
            let amount = asked.map(|money| money.min(hub.payable));
            Draft { amount, ..paying }.keep(&visit).await?;
            Ok(go("/method"))
        }
        "plan" | "settle" if may_arrange(&visit, &hub).await? => {
            let there = format!("/{}", form.fields.wish);
            paying.keep(&visit).await?;
            Ok(go(there))
        }
        "full" if can_pay(&hub) => {
            Draft { amount: Some(hub.payable), ..paying }.keep(&visit).await?;
            Ok(go("/method"))
        }
        "part" if can_pay(&hub) => {
            paying.keep(&visit).await?;
            Ok(go("/pay/part"))
        }
        "cannot" => Ok(go(format!("/accounts/{}/cannot-pay", hub.line.id))),
        _ => {
            let problems = Problems::one("wish", visit.loc().t("hub-choose-bad"));
            page_of(&visit, hub, problems).await
        }
    }
}

/// An account of the debtor who has signed in; anybody else's is not there.
pub async fn find(visit: &Visit, id: &str) -> Result<Hub, Refusal> {
    let debtor = debtor(visit)?;
    let id: AccountId = id.parse().map_err(|_| Refusal::NotFound)?;
    debtor_hub::find(visit.app(), &debtor, id).await.map_err(|stop| refused(&stop))
}

/// Whether a plan may be made or a settlement agreed to on the site: something is owed, nothing stands
/// against asking for it, and nothing is agreed yet.
pub async fn may_arrange(visit: &Visit, hub: &Hub) -> Result<bool, Refusal> {
    let open = match hub.line.standing {
        DebtorStatus::Open => true,
        DebtorStatus::Disputed
        | DebtorStatus::Ceased
        | DebtorStatus::Attorney
        | DebtorStatus::Deceased
        | DebtorStatus::Bankruptcy
        | DebtorStatus::Fraud
        | DebtorStatus::Minor
        | DebtorStatus::OnHold
        | DebtorStatus::Paid
        | DebtorStatus::Settled
        | DebtorStatus::Recalled
        | DebtorStatus::Closed => false,
    };
    Ok(open && can_pay(hub) && agreed::find(visit, hub).await?.is_none())
}

/// Whether there is something to pay and it may be paid.
pub fn can_pay(hub: &Hub) -> bool {
    !hub.line.pay.is_blocked() && hub.payable.is_positive()
}

async fn page_of(visit: &Visit, hub: Hub, problems: Problems) -> Result<HttpResponse, Refusal> {
    let debtor = debtor(visit)?;
    let filter = PaymentFilter { account: Some(hub.line.id), limit: 5, ..PaymentFilter::default() };
    let payments = payments::list_for_debtor(visit.app(), &debtor, filter)
        .await
        .map_err(|stop| refused(&stop))?;
    let loc = visit.loc();
    let title = loc.ta("hub-title", &[("creditor", &hub.line.creditor)]);
    let page = visit.page(title).with(problems).stating_itself();
    let agreed = agreed::find(visit, &hub).await?;
    let mut choices = page.choices("wish", page.t("hub-choose"));
    if let Some((day, money)) = agreed.as_ref().and_then(|agreed| agreed.next) {
        let next: [(&str, &dyn Display); 2] =
            [("money", &page.money(&money)), ("date", &page.date(&day))];
        choices = choices.option("next", page.ta("hub-next", &next));
    }
    // What settles the debt is less than what is owed: the whole is not asked for then.
    choices = match agreed.as_ref().filter(|agreed| agreed.settles) {
        Some(agreed) => {
            let rest = page.money(&agreed.left());
            choices.option("rest", page.ta("hub-rest", &[("money", &rest)]))
        }
        None => {
            let full = page.money(&hub.payable);
            choices.option("full", page.ta("hub-full", &[("money", &full)]))
        }
    };
    if may_arrange(visit, &hub).await? {
        let offers = settlements::choices(visit.app(), &debtor, hub.line.id)
            .await
            .map_err(|stop| refused(&stop))?;
        if let Some(best) = offers.first() {
            let (money, day) = (page.money(&best.total), page.date(&best.last_day));
            let words: [(&str, &dyn Display); 2] = [("money", &money), ("date", &day)];
            choices = choices.option("settle", page.ta("hub-settle", &words));
        }
        choices = choices.option("plan", page.t("hub-plan"));
    }
    if hub.least < hub.payable {
        let least = page.ta("hub-part-hint", &[("money", &page.money(&hub.least))]);
        choices = choices.explained("part", page.t("hub-part"), least);
    }
    let choices = choices.option("cannot", page.t("hub-cannot"));
    let payments = payments.rows.into_iter().map(|payment| row(visit, payment)).collect();
    Ok(show(&HubPage { page: page.clone(), hub, choices, payments, agreed }, &page))
}

fn row(visit: &Visit, payment: PaymentView) -> Row {
    let (state, receipt) = match payment.state {
        PaymentState::Created
        | PaymentState::SessionOpen
        | PaymentState::Expired
        | PaymentState::Canceled => ("pay-state-open", false),
        PaymentState::Processing => ("pay-state-way", false),
        PaymentState::Succeeded => ("pay-state-paid", true),
        PaymentState::Reversed => ("pay-state-back", true),
        PaymentState::Failed => ("pay-state-failed", false),
    };
    let day = visit.loc().day(&payment.entered_at, visit.zone());
    Row { payment, day, state, receipt }
}

/// The text of a standing.
pub fn standing_key(standing: &DebtorStatus) -> &'static str {
    match standing {
        DebtorStatus::Open => "state-open",
        DebtorStatus::Disputed => "state-disputed",
        DebtorStatus::Ceased => "state-ceased",
        DebtorStatus::Attorney => "state-attorney",
        DebtorStatus::Deceased => "state-deceased",
        DebtorStatus::Bankruptcy => "state-bankruptcy",
        DebtorStatus::Fraud => "state-fraud",
        DebtorStatus::Minor => "state-minor",
        DebtorStatus::OnHold => "state-hold",
        DebtorStatus::Paid => "state-paid",
        DebtorStatus::Settled => "state-settled",
        DebtorStatus::Recalled => "state-recalled",
        DebtorStatus::Closed => "state-closed",
    }
}

/// What a standing means for the debtor; nothing for an ordinary account.
pub fn meaning_key(standing: &DebtorStatus) -> Option<&'static str> {
    match standing {
        DebtorStatus::Open => None,
        DebtorStatus::Disputed => Some("means-disputed"),
        DebtorStatus::Ceased => Some("means-ceased"),
        DebtorStatus::Attorney => Some("means-attorney"),
        DebtorStatus::Deceased => Some("means-deceased"),
        DebtorStatus::Bankruptcy => Some("means-bankruptcy"),
        DebtorStatus::Fraud => Some("means-fraud"),
        DebtorStatus::Minor => Some("means-minor"),
        DebtorStatus::OnHold => Some("means-hold"),
        DebtorStatus::Paid => Some("means-paid"),
        DebtorStatus::Settled => Some("means-settled"),
        DebtorStatus::Recalled => Some("means-recalled"),
        DebtorStatus::Closed => Some("means-closed"),
    }
}
