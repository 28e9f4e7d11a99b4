//! What a debtor has agreed to: the plan or settlement of an account with its schedule, and paying
//! the next part of it.

use super::{debtor, hub};
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::Money;
use domain::plan::InstallmentState;
use service::debtor_hub::Hub;
use service::plans::{self, InstallmentRow};
use service::settlements;

#[derive(Template)]
#[template(path = "debtor/agreed.html")]
struct AgreedPage {
    page: Page,
    hub: Hub,
    agreed: Agreed,
}

/// A plan or an accepted settlement, as the debtor sees it.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// Whether it settles the debt for less.
    pub settles: bool,
    /// What is paid in all.
    pub total: Money,
    /// What was paid so far.
    pub paid: Money,
    /// What is asked for next, and by when; none: all is paid, and funds clear.
    pub next: Option<(NaiveDate, Money)>,
    /// The schedule.
    pub rows: Vec<InstallmentRow>,
}

impl Agreed {
    fn of(settles: bool, rows: Vec<InstallmentRow>) -> Self {
        let asked = rows.iter().filter(|row| !row.skipped);
        let open = asked.clone().find(|row| row.paid < row.amount);
        Self {
            settles,
            total: asked.clone().map(|row| row.amount).sum(),
            paid: asked.map(|row| row.paid).sum(),
            next: open.map(|row| (row.due_on, row.amount.minus(row.paid).unwrap_or(row.amount))),
            rows,
        }
    }

    /// What is left to pay.
    pub fn left(&self) -> Money {
        self.total.minus(self.paid).unwrap_or(Money::ZERO)
    }

    /// Where its page is, below the account's.
    pub fn page(&self) -> &'static str {
        if self.settles { "settlement" } else { "plan" }
    }
}

/// What is agreed on an account; none: nothing is.
pub async fn find(visit: &Visit, hub: &Hub) -> Result<Option<Agreed>, Refusal> {
    let (app, debtor, id) = (visit.app(), debtor(visit)?, hub.line.id);
    let settled = settlements::of_debtor(app, &debtor, id).await.map_err(|stop| refused(&stop))?;
    if let Some((_, rows)) = settled {
        return Ok(Some(Agreed::of(true, rows)));
    }
    let plan = plans::of_debtor(app, &debtor, id).await.map_err(|stop| refused(&stop))?;
    Ok(plan.map(|plan| Agreed::of(false, plan.rows)))
}

/// `GET /accounts/{id}/plan` and `GET /accounts/{id}/settlement`
pub async fn agreed(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let hub = hub::find(&visit, &id).await?;
    let Some(agreed) = find(&visit, &hub).await? else {
        return Ok(crate::page::go(format!("/accounts/{}", hub.line.id)));
    };
    let key = if agreed.settles { "agreed-settlement-title" } else { "agreed-plan-title" };
    let page = visit.page(visit.loc().t(key));
    Ok(show(&AgreedPage { page: page.clone(), hub, agreed }, &page))
}

/// The words for where an installment stands.
pub(super) fn state_key(state: InstallmentState) -> &'static str {
    match state {
        InstallmentState::Scheduled => "part-scheduled",
        InstallmentState::Due => "part-due",
        InstallmentState::Paid => "part-paid",
        InstallmentState::PartPaid => "part-part-paid",
        InstallmentState::Failed => "part-failed",
        InstallmentState::Skipped => "part-skipped",
    }
}
