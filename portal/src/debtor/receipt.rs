//! The receipt of a payment.

use super::debtor;
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::PaymentId;
use domain::payment::{PaymentMethod, PaymentState};
use domain::reference::Reference;
use service::payments::{self, PaymentView, Receipt};

#[derive(Template)]
#[template(path = "debtor/receipt.html")]
struct ReceiptPage {
    page: Page,
    receipt: Receipt,
    reference: String,
    day: String,
    how: String,
    taken_back: bool,
}

/// `GET /receipts/{id}`
pub async fn receipt(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let debtor = debtor(&visit)?;
    let id: PaymentId = id.parse().map_err(|_| Refusal::NotFound)?;
    let receipt =
        payments::receipt(visit.app(), &debtor, id).await.map_err(|stop| refused(&stop))?;
    let page = visit.page(visit.loc().t("receipt-title"));
    let payment = &receipt.payment;
    let day = payment
        .effective_on
        .map_or_else(|| page.day(&payment.entered_at, visit.zone()), |on| page.date(&on));
    let reference: Result<Reference, _> = receipt.reference.parse();
    let template = ReceiptPage {
        reference: reference.map_or_else(|_| receipt.reference.clone(), |r| r.to_string()),
        how: how(&page, payment),
        taken_back: payment.state == PaymentState::Reversed,
        day,
        page: page.clone(),
        receipt,
    };
    Ok(show(&template, &page))
}

fn how(page: &Page, payment: &PaymentView) -> String {
    let last = payment.last4.as_deref().unwrap_or("····");
    match payment.method {
        PaymentMethod::Online => page.t("how-online"),
        PaymentMethod::Card => {
            let brand = brand_name(payment.brand.as_deref().unwrap_or(""));
            page.ta("how-card", &[("brand", &brand), ("last", &last)])
        }
        PaymentMethod::Ach => page.ta("how-bank", &[("last", &last)]),
        PaymentMethod::Check
        | PaymentMethod::Cash
        | PaymentMethod::Wire
        | PaymentMethod::MoneyOrder
        | PaymentMethod::DebtorCredit => page.t("how-other"),
    }
}

/// The gateway's word for a brand as people write it.
fn brand_name(code: &str) -> String {
    match code {
        "amex" => "American Express".to_owned(),
        "jcb" => "JCB".to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect::<String>().replace('_', " ")
            })
        }
    }
}
