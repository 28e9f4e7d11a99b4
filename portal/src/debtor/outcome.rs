//! What became of a payment: the page people come back to. It tells; it never posts money.

use super::debtor;
use super::draft::Draft;
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::PaymentId;
use domain::payment::PaymentState;
use serde::Deserialize;
use service::payments::{self, PaymentView};

#[derive(Debug, Deserialize)]
pub struct Back {
    payment: Option<String>,
    back: Option<String>,
}

/// What to tell, one page each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Paid,
    Checking,
    Processing,
    Declined,
    Cancelled,
    Expired,
    Reversed,
}

#[derive(Template)]
#[template(path = "debtor/outcome.html")]
struct OutcomePage {
    page: Page,
    outcome: Outcome,
    payment: PaymentView,
    money: String,
    words: String,
    resume: Option<String>,
    here: String,
    tone: &'static str,
}

/// `GET /return?payment=…`
pub async fn outcome(visit: Visit, query: web::Query<Back>) -> Result<HttpResponse, Refusal> {
    let debtor = debtor(&visit)?;
    let id: PaymentId =
        query.payment.as_deref().unwrap_or("").parse().map_err(|_| Refusal::NotFound)?;
    let view = payments::status_for_return(visit.app(), &debtor, id)
        .await
        .map_err(|stop| refused(&stop))?;
    let outcome = Outcome::of(view.payment.state, query.back.is_some());
    if matches!(outcome, Outcome::Paid | Outcome::Processing) {
        Draft::default().keep(&visit).await?;
    }
    let (title, words) = outcome.keys();
    let page = visit.page(visit.loc().t(title));
    let money = page.money(&view.payment.amount);
    let template = OutcomePage {
        words: page.ta(words, &[("money", &money)]),
        resume: view.page.filter(|_| outcome == Outcome::Cancelled),
        here: format!("/return?payment={id}"),
        tone: outcome.tone(),
        page: page.clone(),
        outcome,
        payment: view.payment,
        money,
    };
    Ok(show(&template, &page))
}

impl Outcome {
    fn of(state: PaymentState, turned_back: bool) -> Self {
        match state {
            PaymentState::SessionOpen if turned_back => Self::Cancelled,
            PaymentState::Created | PaymentState::SessionOpen => Self::Checking,
            PaymentState::Processing => Self::Processing,
            PaymentState::Succeeded => Self::Paid,
            PaymentState::Reversed => Self::Reversed,
            PaymentState::Failed => Self::Declined,
            PaymentState::Expired => Self::Expired,
            PaymentState::Canceled => Self::Cancelled,
        }
    }

    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Paid => ("out-paid", "out-paid-words"),
            Self::Checking => ("out-checking", "out-checking-words"),
            Self::Processing => ("out-processing", "out-processing-words"),
            Self::Declined => ("out-declined", "out-declined-words"),
            Self::Cancelled => ("out-cancelled", "out-cancelled-words"),
            Self::Expired => ("out-expired", "out-expired-words"),
            Self::Reversed => ("out-reversed", "out-reversed-words"),
        }
    }

    /// The class of its box.
    fn tone(self) -> &'static str {
        match self {
            Self::Paid => " ok",
            Self::Declined | Self::Reversed => " bad",
            Self::Checking | Self::Processing | Self::Cancelled | Self::Expired => "",
        }
    }

    /// Whether the person may want to start again.
    fn may_try_again(self) -> bool {
        match self {
            Self::Declined | Self::Cancelled | Self::Expired => true,
            Self::Paid | Self::Checking | Self::Processing | Self::Reversed => false,
        }
    }
}
