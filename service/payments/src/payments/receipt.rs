//! Receipts: on the site, and by mail when an address is on file.

use super::post::method_words;
use super::read::{self, PaymentView};
use accounts::owed;
use comms::mail::{self, NewMail};
use domain::agency::Language;
use domain::party::ContactPointKind;
use domain::payment::PaymentState;
use domain::{Money, PaymentId};
use entity::{account, agency, contact_point, debtor, payment};
use kernel::actor::{Debtor, JobRunner};
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// What a receipt says (numbered, with creditor, amount, date, form and balance remaining).
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The payment; its id is the receipt's number.
    pub payment: PaymentView,
    /// Our reference of the account.
    pub reference: String,
    /// The creditor to whom the debt is owed now.
    pub current_creditor: String,
    /// The creditor with whom it began.
    pub original_creditor: String,
    /// What is owed now.
    pub balance: Money,
    /// The agency.
    pub agency: String,
}

/// The receipt of a payment of the debtor's own; there is none before it succeeded.
pub async fn receipt(app: &App, debtor: &Debtor, id: PaymentId) -> Result<Receipt, Stop> {
    let tx = app.begin(debtor).await?;
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .filter(payment::Column::DebtorId.eq(debtor.id()))
        .filter(payment::Column::State.is_in([PaymentState::Succeeded, PaymentState::Reversed]))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("receipt"))?;
    let account = account::Entity::find_by_id((tx.agency(), row.account_id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("receipt"))?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let lines = read::lines(&tx, id).await?;
    Ok(Receipt {
        payment: PaymentView { lines, ..read::shown(row, agency.currency) },
        balance: owed(&account).total().unwrap_or_default(),
        reference: account.reference,
        current_creditor: account.current_creditor,
        original_creditor: account.original_creditor,
        agency: agency.display_name,
    })
}

/// Queues the receipt for the first good e-mail address on file. A mail may be read by others, so it
/// names neither debt nor creditor nor balance (Reg F 1006.6(d)); those stand on the site.
pub async fn send(app: &App, runner: &JobRunner, id: PaymentId) -> Result<(), Stop> {
    let tx = app.begin(runner).await?;
    let row = payment::Entity::find_by_id((tx.agency(), id))
        .one(&tx)
        .await?
        .ok_or(Stop::NotFound("payment"))?;
    let address = contact_point::in_agency(tx.agency())
        .filter(contact_point::Column::AccountId.eq(row.account_id))
        .filter(contact_point::Column::DebtorId.eq(row.debtor_id))
        .filter(contact_point::Column::Kind.eq(ContactPointKind::Email))
        .filter(contact_point::Column::Bad.eq(false))
        .one(&tx)
        .await?
        .filter(|point| point.consent != Some(false))
        .and_then(|point| point.value);
    let Some(recipient) = address else { return Ok(()) };
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let language = debtor::Entity::find_by_id((tx.agency(), row.debtor_id))
        .one(&tx)
        .await?
        .map(|debtor| debtor.language);
    let (subject, body) = words(&row, &agency, language);
    let mail = NewMail {
        kind: "receipt",
        debtor: Some(row.debtor_id),
        account: Some(row.account_id),
        recipient,
        subject,
        body,
    };
    mail::queue(&tx, mail).await?;
    tx.commit().await?;
    Ok(())
}

fn words(
    row: &payment::Model,
    agency: &agency::Model,
    language: Option<Language>,
) -> (String, String) {
    let amount = row.amount.to_display(agency.currency);
    let day = row.effective_on.map(|day| day.to_string()).unwrap_or_default();
    let ending = row.last4.as_deref();
    match language {
        Some(Language::Spanish) => {
            let ending = ending.map(|l| format!(" terminada en {l}")).unwrap_or_default();
            (
                "Recibo de su pago".to_owned(),
                format!(
                    "Hemos recibido su pago.\n\nImporte: {amount}\nFecha: {day}\nForma: {}{ending}\n\
                     Recibo: {}\n\nEl recibo completo está en nuestro sitio.\n{}\n{}\n",
                    method_in_spanish(row.method),
                    row.id,
                    agency.consumer_name,
                    agency.phone
                ),
            )
        }
        Some(Language::English) | None => {
            let ending = ending.map(|l| format!(" ending in {l}")).unwrap_or_default();
            (
                "Receipt for your payment".to_owned(),
                format!(
                    "We have received your payment.\n\nAmount: {amount}\nDate: {day}\nMethod: {}{ending}\n\
                     Receipt: {}\n\nThe full receipt is on our site.\n{}\n{}\n",
                    method_words(row.method),
                    row.id,
                    agency.consumer_name,
                    agency.phone
                ),
            )
        }
    }
}

fn method_in_spanish(method: domain::payment::PaymentMethod) -> &'static str {
    use domain::payment::PaymentMethod as M;
    match method {
        M::Online => "en línea",
        M::Card => "tarjeta",
        M::Ach => "cuenta bancaria",
        M::Check => "cheque",
        M::Cash => "efectivo",
        M::Wire => "transferencia",
        M::MoneyOrder => "giro postal",
        M::DebtorCredit => "crédito a su favor",
    }
}
