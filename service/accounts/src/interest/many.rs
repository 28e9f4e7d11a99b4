//! Payoffs of all open accounts of a creditor, from their rows.

use super::history::load;
use super::payoff::{Asked, PayoffRefused};
use super::settle::unreplayable;
use chrono::NaiveDate;
use domain::account::{AccountStatus, Restriction};
use domain::interest::{AccountDates, AnnualRate, OfAccount, Policy, Position, Terms};
use domain::payoff::{NotQuotable, Quote, quote};
use domain::{AccountId, Buckets, CreditorId, Money, Permission};
use entity::account;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::stop::Stop;
use sea_orm::prelude::Decimal;
use sea_orm::{EntityTrait, FromQueryResult, raw_sql};
use terms::contracts;
use terms::creditors::reach;

/// Rows of one trip.
const BATCH: i64 = 20_000;

#[derive(FromQueryResult)]
struct Row {
    id: AccountId,
    principal: Money,
    interest: Money,
    fees: Money,
    costs: Money,
    other: Money,
    placed_on: NaiveDate,
    service_on: NaiveDate,
    charge_off_on: Option<NaiveDate>,
    creditor_paid_on: Option<NaiveDate>,
    interest_rate: Option<Decimal>,
    interest_authority: Option<String>,
    interest_start_on: Option<NaiveDate>,
    interest_posted_on: Option<NaiveDate>,
    /// Something stopped its interest, or it has a judgment: its row does not say enough.
    told: bool,
}

/// Quotes every open account of a creditor and hands each quote over; answers how many there were.
/// An account that something happened to is quoted from its history; the others from their rows,
/// which say the same.
pub async fn payoffs(
    app: &App,
    actor: &Actor,
    creditor: CreditorId,
    asked: Asked,
    mut each: impl FnMut(AccountId, Result<Quote, NotQuotable>) + Send,
) -> Result<u64, PayoffRefused> {
    actor.require_agency(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    reach(&tx, creditor).await?;
    let today = date_in(&kernel::agency::own(&tx).await?.time_zone, tx.now());
    let versions = contracts::versions(&tx, creditor).await?;
    let as_of = asked.as_of.unwrap_or(today);
    let days = (as_of, asked.valid_through.unwrap_or(as_of));
    let (mut after, mut count) = (AccountId(uuid::Uuid::nil()), 0);
    loop {
        let rows = page(&tx, creditor, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            let id = row.id;
            let policy =
                versions.in_force(row.placed_on).and_then(|version| version.terms.interest);
            let quoted = match policy.filter(|_| row.told).or(policy.filter(needs_history)) {
                Some(_) => from_history(&tx, id, days).await?,
                None => row.quote(policy, days),
            };
            each(id, quoted);
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(count)
}

/// A cap counts all interest posted, compounding the unpaid part of it: rows do not tell them.
fn needs_history(policy: &Policy) -> bool {
    policy.cap.is_some() || policy.compounding.is_some()
}

async fn page(tx: &Tx, creditor: CreditorId, after: AccountId) -> Result<Vec<Row>, Stop> {
    let agency = tx.agency();
    let stopping = AccountStatus::codes(|row| row.interest_stops.is_some());
    let restricting = Restriction::codes(|row| row.interest_stops.is_some());
    let most = BATCH;
    Ok(Row::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT a.id, a.principal, a.interest, a.fees, a.costs, a.other, a.placed_on, a.service_on, a.charge_off_on,
               a.creditor_paid_on, a.interest_rate, a.interest_authority, a.interest_start_on, a.interest_posted_on,
               (a.judgment IS NOT NULL OR a.status = ANY({stopping})
                OR EXISTS (SELECT FROM restriction s WHERE s.agency_id = {agency} AND s.account_id = a.id
                           AND s.kind = ANY({restricting}))
                OR EXISTS (SELECT FROM timeline_entry t WHERE t.agency_id = {agency} AND t.account_id = a.id
                           AND t.kind = 'status_changed' AND t.detail ->> 'to' = ANY({stopping}))) AS told
           FROM account a
           WHERE a.agency_id = {agency} AND a.creditor_id = {creditor} AND a.closed_at IS NULL AND a.id > {after}
           ORDER BY a.id LIMIT {most}"#
    ))
    .all(tx)
    .await?)
}

impl Row {
    fn quote(
        self,
        policy: Option<Policy>,
        (as_of, valid_through): (NaiveDate, NaiveDate),
    ) -> Result<Quote, NotQuotable> {
        let Self { principal, interest, fees, costs, other, .. } = self;
        let buckets = Buckets { principal, interest, fees, costs, other };
        let terms = policy.map_or_else(Terms::none, |policy| {
            policy.terms(OfAccount {
                authority: self.interest_authority,
                rate: self.interest_rate.and_then(|rate| AnnualRate::new(rate).ok()),
                starts_on: self.interest_start_on,
                dates: AccountDates {
                    charged_off_on: self.charge_off_on,
                    last_paid_on: self.creditor_paid_on,
                    placed_on: Some(self.placed_on),
                    served_on: Some(self.service_on),
                    adjudged_on: None,
                },
                judgment: None,
                stops: Vec::new(),
            })
        });
        let opened_on = terms.starts_on.map_or(self.placed_on, |start| start.min(self.placed_on));
        let position = Position::opening(buckets, self.interest_posted_on.unwrap_or(opened_on));
        quote(&terms, &position, as_of, valid_through)
    }
}

async fn from_history(
    tx: &Tx,
    id: AccountId,
    (as_of, valid_through): (NaiveDate, NaiveDate),
) -> Result<Result<Quote, NotQuotable>, Stop> {
    let row = account::Entity::find_by_id((tx.agency(), id)).one(tx).await?;
    let row = row.ok_or(Stop::NotFound("account"))?;
    let history = load(tx, &row).await?;
    let replay = history.replay(&history.events).map_err(unreplayable)?;
    let position = Position { buckets: crate::accounts::owed(&row), ..replay.position };
    Ok(quote(&history.terms, &position, as_of, valid_through))
}
