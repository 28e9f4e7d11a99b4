//! How much of a credit there is, and how much of it is free.

use super::CreditRefused;
use chrono::NaiveDate;
use domain::{AccountId, DebtorId, Money, TrustAccountId};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{FromQueryResult, raw_sql};

/// The credit on one account.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Credit {
    pub account_id: AccountId,
    /// In the books; below zero when it was used and its payment was then returned.
    pub credit: Money,
    /// Of it: on its way back through the gateway.
    pub reserved: Money,
    /// Of it: from payments that the bank may still take back.
    pub on_hold: Money,
    /// The day on which all of it is free.
    pub available_on: Option<NaiveDate>,
    /// A whole payment on the account is being given back.
    pub refund_under_way: bool,
    /// Where the money is.
    pub trust_account: TrustAccountId,
}

impl Credit {
    /// What nobody has spoken for.
    pub fn free(&self) -> Result<Money, CreditRefused> {
        Ok(self.credit.minus(self.reserved)?)
    }

    /// Refuses more than is free.
    pub fn covers(&self, asked: Money) -> Result<(), CreditRefused> {
        if self.refund_under_way {
            return Err(CreditRefused::RefundUnderWay);
        }
        let credit = self.free()?;
        if asked > credit {
            return Err(CreditRefused::Overdrawn { credit: credit.max(Money::ZERO), asked });
        }
        Ok(())
    }

    /// Refuses what the bank may still take back.
    pub fn cleared(&self, asked: Money) -> Result<(), CreditRefused> {
        let cleared = self.free()?.minus(self.on_hold)?.max(Money::ZERO);
        match self.available_on {
            Some(available_on) if asked > cleared => {
                Err(CreditRefused::OnHold { cleared, available_on, asked })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The credit on one account.
pub(super) async fn of(tx: &Tx, account: AccountId) -> Result<Credit, Stop> {
    let found = query(tx, Some(account), None).await?;
    found.into_iter().next().ok_or(Stop::NotFound("account"))
}

/// What nobody has spoken for of the credit on an account.
pub async fn free_on(tx: &Tx, account: AccountId) -> Result<Money, Stop> {
    let credit = of(tx, account).await?;
    Ok(credit.credit.minus(credit.reserved).map_err(|_| Fault::Unexpected("a credit too large"))?)
}

/// The credits on the accounts of a debtor, accounts without one left out.
pub(super) async fn of_debtor(tx: &Tx, debtor: DebtorId) -> Result<Vec<Credit>, Stop> {
    let mut found = query(tx, None, Some(debtor)).await?;
    found.retain(|credit| !credit.credit.is_zero() || !credit.reserved.is_zero());
    Ok(found)
}

async fn query(
    tx: &Tx,
    account: Option<AccountId>,
    debtor: Option<DebtorId>,
) -> Result<Vec<Credit>, Stop> {
    let (agency, now) = (tx.agency(), tx.now());
    Ok(Credit::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH mine AS (
               SELECT a.id FROM account a
               WHERE a.agency_id = {agency} AND (a.id = {account} OR a.debtor_id = {debtor})),
           day AS (
               SELECT ({now}::timestamptz AT TIME ZONE time_zone)::date AS today FROM agency WHERE id = {agency})
           SELECT mine.id AS account_id,
               (coalesce(booked.sum, 0) - coalesce(away.sum, 0) + coalesce(here.sum, 0))::bigint AS credit,
               coalesce(asked.sum, 0)::bigint AS reserved, coalesce(held.sum, 0)::bigint AS on_hold,
               held.available_on, coalesce(booked.trust, t.id) AS trust_account,
               EXISTS (
                   SELECT FROM gateway_call c JOIN payment p ON p.agency_id = c.agency_id AND p.id = c.payment_id
                   WHERE c.agency_id = {agency} AND p.account_id = mine.id AND c.op = 'refund_create'
                     AND c.state IN ('planned', 'sent', 'unknown')
                     AND NOT EXISTS (SELECT FROM credit_use u WHERE u.agency_id = {agency} AND u.call_id = c.id)
               ) AS refund_under_way
           FROM mine CROSS JOIN day
           JOIN trust_account t ON t.agency_id = {agency} AND t.is_default
           LEFT JOIN LATERAL (
               SELECT sum(CASE WHEN m.credit_ledger = 'debtor_credit' THEN m.amount ELSE -m.amount END) AS sum,
                      (array_agg(m.trust_account_id ORDER BY m.posted_at DESC))[1] AS trust
               FROM transfer m
               WHERE m.agency_id = {agency} AND m.account_id = mine.id
                 AND (m.debit_ledger = 'debtor_credit' OR m.credit_ledger = 'debtor_credit')) booked ON true
           LEFT JOIN LATERAL (
               SELECT sum(u.amount) AS sum FROM credit_use u
               WHERE u.agency_id = {agency} AND u.account_id = mine.id AND u.kind = 'move') away ON true
           LEFT JOIN LATERAL (
               SELECT sum(u.amount) AS sum
               FROM payment p JOIN credit_use u ON u.agency_id = p.agency_id AND u.payment_id = p.id
               WHERE p.agency_id = {agency} AND p.account_id = mine.id AND p.method = 'debtor_credit'
                 AND u.kind = 'move') here ON true
           LEFT JOIN LATERAL (
               SELECT sum(u.amount) AS sum FROM credit_use u
               WHERE u.agency_id = {agency} AND u.account_id = mine.id AND u.state = 'asked') asked ON true
           LEFT JOIN LATERAL (
               SELECT sum(p.overpaid) AS sum, max(p.available_on) AS available_on
               FROM payment p
               WHERE p.agency_id = {agency} AND p.account_id = mine.id AND p.state = 'succeeded'
                 AND p.kind IN ('paid_agency', 'paid_forwarder') AND p.overpaid > 0
                 AND p.available_on > day.today) held ON true
           ORDER BY mine.id"#
    ))
    .all(tx)
    .await?)
}

#[derive(FromQueryResult)]
struct Sum {
    sum: Money,
}

/// What a trust account has in the bank, by the books.
pub(super) async fn trust_cash(tx: &Tx, trust: TrustAccountId) -> Result<Money, Fault> {
    let agency = tx.agency();
    let found = Sum::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT coalesce(sum(CASE WHEN debit_ledger = 'trust_cash' THEN amount ELSE -amount END), 0)::bigint AS sum
           FROM transfer WHERE agency_id = {agency} AND trust_account_id = {trust}
             AND (debit_ledger = 'trust_cash' OR credit_ledger = 'trust_cash')"#
    ))
    .one(tx)
    .await?;
    Ok(found.map_or(Money::ZERO, |found| found.sum))
}
