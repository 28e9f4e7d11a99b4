//! `/v1/accounts`: debts, found, read and changed.

use actix_web::{HttpRequest, get, web};
use domain::account::AccountStatus;
use domain::{AccountId, CreditorId, Currency, DebtorId, DeskId, Money, PlacementId, PortfolioId};
use serde::Deserialize;
use service::accounts::{self, Filter};
use service::{App, books};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Answer;
use crate::auth::Authenticated;
use crate::etag;
use crate::page::{Cursors, Limit, Page};
use crate::problem::{Fault, Problem};
use crate::query::text;

mod changes;
mod contact_points;
mod decisions;
mod packets;
mod payoff;
mod restrictions;
pub(crate) mod wire;

use wire::{Account, AccountSheet};

/// The operations on accounts.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list_accounts);
    cfg.service(get_account);
    changes::routes(cfg);
    restrictions::routes(cfg);
    contact_points::routes(cfg);
    packets::routes(cfg);
    payoff::routes(cfg);
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListAccounts {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
    /// Of this status.
    status: Option<AccountStatus>,
    /// Open ones, or closed ones.
    open: Option<bool>,
    /// Of this creditor.
    creditor_id: Option<CreditorId>,
    /// In this portfolio.
    portfolio_id: Option<PortfolioId>,
    /// From this placement.
    placement_id: Option<PlacementId>,
    /// Of this debtor: a packet.
    debtor_id: Option<DebtorId>,
    /// On this desk; for the agency's people.
    desk_id: Option<DeskId>,
    /// On no desk; for the agency's people.
    unassigned: Option<bool>,
    /// Owing at least this, in the currency of the agency's books.
    #[param(max_length = 19, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "100.00")]
    min_balance: Option<String>,
    /// Owing at most this, in the currency of the agency's books.
    #[param(max_length = 19, pattern = r"^(0|[1-9]\d{0,14})\.\d{2}$", example = "5000.00")]
    max_balance: Option<String>,
    /// The debtor's name begins so, last name first; case and punctuation do not matter.
    #[param(min_length = 1, max_length = 200, example = "miller")]
    name: Option<String>,
    /// The creditor's account number, whole.
    #[param(min_length = 1, max_length = 100, example = "MED-10023")]
    client_account_number: Option<String>,
    /// The agency's reference, whole, with or without hyphens.
    #[param(min_length = 1, max_length = 40, example = "7K3M-9QX2-4T8D-N")]
    reference: Option<String>,
}

/// List the accounts.
///
/// Newest first. A creditor's user sees the accounts of its own creditors.
#[utoipa::path(
    tag = "Accounts",
    params(ListAccounts),
    responses((status = 200, description = "A page of them.", body = Page<Account>)),
    extensions(("x-permission" = json!("account:read"))),
)]
#[get("/v1/accounts")]
async fn list_accounts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    query: web::Query<ListAccounts>,
    req: HttpRequest,
) -> Answer {
    let query = query.into_inner();
    let window = cursors.window("accounts", query.cursor.as_deref(), query.limit)?;
    let currency = books::currency(&app, &caller.0).await?;
    let part = accounts::list(&app, &caller.0, &filter(query, currency)?, window).await?;
    Ok(cursors.answer(&req, "accounts", part, |row| row.id, Account::from))
}

/// Read an account.
///
/// With parties (masked), contact points, restrictions and the other accounts of the same debtor. A
/// creditor's user sees of the packet what its own creditors placed.
#[utoipa::path(
    tag = "Accounts",
    params(("account_id" = AccountId, Path, description = "Which.")),
    responses((status = 200, description = "The account.", body = AccountSheet,
        headers(("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("account:read"))),
)]
#[get("/v1/accounts/{account_id}")]
async fn get_account(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<AccountId>,
) -> Answer {
    // Always whole: what is shown of the packet changes without the account's own version.
    let found = accounts::find(&app, &caller.0, *id).await?;
    Ok(etag::changed(found.account.version, &AccountSheet::from(found)))
}

fn filter(query: ListAccounts, currency: Currency) -> Result<Filter, Problem> {
    let owing = |text: Option<String>, name| {
        text.map(|text| parameter(Money::parse(&text, currency), name)).transpose()
    };
    Ok(Filter {
        statuses: query.status.into_iter().collect(),
        open: query.open,
        creditor: query.creditor_id,
        portfolio: query.portfolio_id,
        placement: query.placement_id,
        debtor: query.debtor_id,
        desk: query.desk_id,
        unassigned: query.unassigned.unwrap_or(false),
        least: owing(query.min_balance, "?min_balance")?,
        most: owing(query.max_balance, "?max_balance")?,
        name: text("name", query.name, 200)?,
        number: text("client_account_number", query.client_account_number, 100)?,
        reference: text("reference", query.reference, 40)?,
    })
}

/// A query parameter that does not parse: 400.
fn parameter<T, E: std::fmt::Display>(read: Result<T, E>, name: &str) -> Result<T, Problem> {
    read.map_err(|err| {
        Problem::malformed("invalid_parameter", "A query parameter does not fit.").with_fault(
            Fault {
                pointer: name.to_owned(),
                code: "invalid_parameter".into(),
                message: err.to_string(),
            },
        )
    })
}
