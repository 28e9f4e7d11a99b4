//! `/v1/creditors/{creditor_id}/contracts`: the versions of a creditor's terms.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use domain::allocation::{AllocationOrder, BucketPercent};
use domain::hold::HoldTerms;
use domain::interest::Policy;
use domain::remittance::{self, FeePolicy, Period, RemittanceMethod, ReturnPolicy};
use domain::{Bucket, ContractId, CreditorId, Currency, Money};
use serde::{Deserialize, Serialize};
use service::App;
use service::contracts;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::money::WireRate;
use crate::page::{Cursors, Limit, Page};
use crate::{Answer, Problem};

/// The operations on contract terms.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create_contract);
    cfg.service(list_contracts);
}

/// One version of a creditor's contract terms.
#[derive(Debug, Serialize, ToSchema)]
struct Contract {
    id: ContractId,
    creditor_id: CreditorId,
    /// The first effective date of a payment that it applies to.
    effective_on: NaiveDate,
    /// The agency's share of what is collected; null where a commission schedule decides.
    #[schema(required = true)]
    commission_rate: Option<WireRate>,
    /// The order in which a payment fills the buckets.
    #[schema(min_items = 5, max_items = 5, example = json!(["costs", "fees", "interest", "principal", "other"]))]
    allocation_order: Vec<String>,
    /// Buckets that take a share of what remains before the order does.
    #[schema(max_items = 5)]
    allocation_percents: Vec<BucketPercent>,
    remittance: RemittanceTerms,
    holds: HoldTerms,
    /// The tax on commission; null where the creditor is exempt.
    #[schema(required = true)]
    tax_rate: Option<WireRate>,
    /// How accounts placed under this version bear interest; null: they bear none.
    #[schema(required = true)]
    interest: Option<Policy>,
    created_at: DateTime<Utc>,
}

/// How, when and from what amount a creditor gets its money.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RemittanceTerms {
    /// `net` unless told.
    method: RemittanceMethod,
    /// Each month unless told.
    period: Period,
    /// Smaller sums are carried to the next statement; in the agency's currency.
    #[schema(pattern = r"^[0-9]{1,15}\.[0-9]{2}$", example = "25.00")]
    minimum: String,
    /// What happens to a total below zero after a return.
    returns: ReturnPolicy,
    /// Net only: commission on direct payments is taken from the money in trust.
    offset_directs: bool,
    /// Who bears the processor's fees; a gross creditor needs `gross_deposit`.
    processor_fees: FeePolicy,
    /// A statement is made even where there is nothing to show.
    empty_statements: bool,
    /// A payment and its return before any statement are shown as a pair.
    show_matched: bool,
    /// Days after which an invoice is due.
    #[schema(maximum = 365)]
    invoice_days: u16,
}

/// A version of the contract terms to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewContract {
    /// The first effective date of a payment that it applies to. Another remittance method begins
    /// with a period that no statement has covered.
    effective_on: NaiveDate,
    /// The agency's share of what is collected; left out where a commission schedule decides.
    commission_rate: Option<WireRate>,
    /// Each bucket once, in the order in which a payment fills them; costs, fees, interest,
    /// principal, other unless told.
    #[serde(default = "usual_order")]
    #[schema(min_items = 5, max_items = 5, example = json!(["costs", "fees", "interest", "principal", "other"]))]
    allocation_order: [Bucket; 5],
    /// Buckets that take a share of what remains before the order does.
    #[serde(default)]
    #[schema(max_items = 5)]
    allocation_percents: Vec<BucketPercent>,
    #[serde(default)]
    remittance: RemittanceTerms,
    /// The usual holds unless told: card 2 and bank debit 5 banking days, check 10 calendar days.
    holds: Option<HoldTerms>,
    /// The tax on commission; left out where the creditor is exempt.
    tax_rate: Option<WireRate>,
    /// How accounts placed from then on bear interest, where they bring rate and authority; left
    /// out: they bear none.
    interest: Option<Policy>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListContracts {
    /// Rows a page.
    limit: Option<Limit>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

fn usual_order() -> [Bucket; 5] {
    AllocationOrder::USUAL.buckets()
}

/// Add a version of the contract terms.
///
/// Payments that are posted keep the terms they were posted under.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Whose.")),
    request_body = NewContract,
    responses((status = 201, description = "Added.", body = Contract)),
    extensions(("x-permission" = json!("creditor:write"))),
)]
#[post("/v1/creditors/{creditor_id}/contracts")]
async fn create_contract(
    app: web::Data<App>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    body: Json<NewContract>,
) -> Answer {
    let new = body.value;
    let rate = |rate: Option<WireRate>, at: &str| rate.map(|r| r.rate(at)).transpose();
    let new = contracts::NewContract {
        creditor: *creditor,
        effective_on: new.effective_on,
        commission_rate: rate(new.commission_rate, "/commission_rate")?,
        allocation_order: new.allocation_order,
        allocation_percents: new.allocation_percents,
        remittance: new.remittance.terms()?,
        holds: new.holds,
        tax_rate: rate(new.tax_rate, "/tax_rate")?,
        interest: new.interest,
    };
    let added = contracts::add(&app, &caller.0, new).await?;
    Ok(HttpResponse::Created().json(Contract::from(added)))
}

/// List the versions of the contract terms.
///
/// Newest first.
#[utoipa::path(
    tag = "Creditors",
    params(("creditor_id" = CreditorId, Path, description = "Whose."), ListContracts),
    responses((status = 200, description = "A page of them.", body = Page<Contract>)),
    extensions(("x-permission" = json!("creditor:read"))),
)]
#[get("/v1/creditors/{creditor_id}/contracts")]
async fn list_contracts(
    app: web::Data<App>,
    cursors: web::Data<Cursors>,
    caller: Authenticated,
    creditor: web::Path<CreditorId>,
    query: web::Query<ListContracts>,
    req: HttpRequest,
) -> Answer {
    let window = cursors.window::<NaiveDate>("contracts", query.cursor.as_deref(), query.limit)?;
    let mut rows = contracts::list(&app, &caller.0, *creditor).await?;
    rows.retain(|row| window.after.is_none_or(|after| row.effective_on < after));
    Ok(cursors.answer(&req, "contracts", window.cut(rows), |row| row.effective_on, Contract::from))
}

impl RemittanceTerms {
    fn terms(self) -> Result<remittance::Terms, Problem> {
        // Both currencies have two decimals; the amount is in the books' own.
        let minimum = Money::parse(&self.minimum, Currency::Usd).map_err(|err| {
            Problem::invalid_field("/remittance/minimum".to_owned(), "bad_amount", err.to_string())
        })?;
        Ok(remittance::Terms {
            method: self.method,
            period: self.period,
            minimum,
            returns: self.returns,
            offset_directs: self.offset_directs,
            processor_fees: self.processor_fees,
            empty_statements: self.empty_statements,
            show_matched: self.show_matched,
            invoice_days: self.invoice_days,
        })
    }
}

impl From<remittance::Terms> for RemittanceTerms {
    fn from(terms: remittance::Terms) -> Self {
        Self {
            method: terms.method,
            period: terms.period,
            minimum: terms.minimum.to_decimal(),
            returns: terms.returns,
            offset_directs: terms.offset_directs,
            processor_fees: terms.processor_fees,
            empty_statements: terms.empty_statements,
            show_matched: terms.show_matched,
            invoice_days: terms.invoice_days,
        }
    }
}

impl Default for RemittanceTerms {
    fn default() -> Self {
        remittance::Terms::default().into()
    }
}

impl From<contracts::Contract> for Contract {
    fn from(row: contracts::Contract) -> Self {
        let percents = row.allocation_percent.and_then(|json| serde_json::from_value(json).ok());
        Self {
            id: row.id,
            creditor_id: row.creditor_id,
            effective_on: row.effective_on,
            commission_rate: row.commission_rate.map(WireRate::new),
            allocation_order: row.allocation_order,
            allocation_percents: percents.unwrap_or_default(),
            remittance: row.remittance.into(),
            holds: row.holds.unwrap_or_default(),
            tax_rate: row.tax_rate.map(WireRate::new),
            interest: row.interest,
            created_at: row.created_at,
        }
    }
}
