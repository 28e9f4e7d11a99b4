//! The proof: all six invariants of the trust book (domain rule 2.8), now or at a past instant.

use super::balances::{self, Balance, TrustBalances};
use super::checks::{After, Found, find};
use crate::bank_statements::three_way;
use crate::findings::{Check, Finding, Invariant};
use chrono::{DateTime, NaiveDate, Utc};
use domain::ledger::Ledger;
use domain::{CreditorId, Currency, DebtorId, Money, Permission, TrustAccountId};
use entity::{agency, trust_account, trust_alarm};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Findings that the proof shows of each check; the others are counted, and listed by [`findings`].
const SHOWN: u64 = 100;

/// The proof of an agency's trust accounts at one instant.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The currency of the books.
    pub currency: Currency,
    /// Whether all six invariants hold.
    pub proven: bool,
    /// Whether all of them hold and nothing is lacking either.
    pub balanced: bool,
    /// One by one.
    pub accounts: Vec<AccountProof>,
    /// The six verdicts, in their order.
    pub verdicts: Vec<Verdict>,
    /// Rows that contradict each other: the first hundred of each check.
    pub findings: Vec<Finding>,
}

/// What became of one invariant.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Which.
    pub invariant: Invariant,
    /// Whether it holds.
    pub holds: bool,
    /// How many rows contradict it, check by check; checks that found nothing are left out.
    pub found: Vec<(Check, u64)>,
}

/// The proof of one trust account.
#[derive(Debug, Clone)]
pub struct AccountProof {
    /// Which.
    pub id: TrustAccountId,
    /// Its name.
    pub name: String,
    /// In the bank.
    pub cash: Money,
    /// With the processor.
    pub clearing: Money,
    /// Owed to creditors.
    pub client_payable: Money,
    /// Commission earned and not yet swept.
    pub agency_earned: Money,
    /// Overpaid by debtors.
    pub debtor_credit: Money,
    /// From unknown payers.
    pub unidentified: Money,
    /// Costs advanced by creditors.
    pub costs_advanced: Money,
    /// Cash and clearing less all that is owed; zero when it balances.
    pub difference: Money,
    /// What is lacking where somebody is owed less than nothing (money rule 5, booked).
    pub shortfall: Money,
    /// The same without funds that are still on hold (money rule 5, cleared): a warning.
    pub cleared_shortfall: Money,
    /// Whose ledgers are below zero.
    pub below_zero: Vec<BelowZero>,
}

/// A liability below zero.
#[derive(Debug, Clone)]
pub struct BelowZero {
    /// The ledger.
    pub ledger: Ledger,
    /// The creditor's, where it has one.
    pub creditor: Option<CreditorId>,
    /// The debtor's, where it has one.
    pub debtor: Option<DebtorId>,
    /// The balance, below zero.
    pub balance: Money,
}

/// Proves the trust accounts now, or as they stood at a past instant. What is kept up to date beside
/// the ledger (balances on accounts, states of remittances) is compared in a proof of the present.
pub async fn proof(app: &App, actor: &Actor, at: Option<DateTime<Utc>>) -> Result<Proof, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let proof = prove(&tx, at).await?;
    tx.commit().await?;
    Ok(proof)
}

/// The proof in the caller's transaction.
async fn prove(tx: &Tx, at: Option<DateTime<Utc>>) -> Result<Proof, Stop> {
    let ground = Ground::of(tx, at).await?;
    let found = ground.work_off(tx, &AtomicUsize::new(0), &|_, _| {}).await?;
    Ok(ground.judge(found))
}

/// All findings of one check in the present, page by page.
pub async fn findings(
    app: &App,
    actor: &Actor,
    check: Check,
    window: Window<After>,
) -> Result<(Currency, Part<Finding>, u64), Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let ground = Ground::of(&tx, None).await?;
    let found = ground.look(&tx, check, window.after.as_ref(), window.one_more()).await?;
    tx.commit().await?;
    Ok((ground.currency, window.cut(found.findings), found.total))
}

/// What was found by the check with this place in [`Check::ALL`].
type Outcome = (usize, Check, Found);

/// What a proof stands on: the instant, and the balances at it.
pub(super) struct Ground {
    currency: Currency,
    accounts: Vec<AccountProof>,
    instant: DateTime<Utc>,
    day: NaiveDate,
    present: bool,
}

impl Ground {
    /// Reads the balances, now or at a past instant.
    pub(super) async fn of(tx: &Tx, at: Option<DateTime<Utc>>) -> Result<Self, Stop> {
        let agency = agency::Entity::find_by_id(tx.agency())
            .one(tx)
            .await?
            .ok_or(Stop::NotFound("agency"))?;
        let instant = at.unwrap_or(tx.now());
        let day = kernel::clock::date_in(&agency.time_zone, instant);
        let accounts = accounts(tx, instant, day).await?;
        Ok(Self { currency: agency.currency, accounts, instant, day, present: at.is_none() })
    }

    /// Does the checks from `next` on until none is left; others may take from the same `next` over
    /// connections of their own. `told` hears of each check as it ends, with its findings.
    pub(super) async fn work_off(
        &self,
        tx: &Tx,
        next: &AtomicUsize,
        told: &impl Fn(Check, u64),
    ) -> Result<Vec<Outcome>, Stop> {
        let mut outcomes = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(check) = Check::ALL.get(place).copied() else { return Ok(outcomes) };
            if self.present || !check.of_the_present() {
                let found = self.look(tx, check, None, SHOWN).await?;
                told(check, found.total);
                outcomes.push((place, check, found));
            }
        }
    }

    /// The verdicts, from what all checks found.
    pub(super) fn judge(self, mut outcomes: Vec<Outcome>) -> Proof {
        outcomes.sort_unstable_by_key(|(place, _, _)| *place);
        let mut verdicts: Vec<Verdict> = Invariant::ALL
            .map(|invariant| Verdict { invariant, holds: true, found: Vec::new() })
            .into();
        let mut findings = Vec::new();
        for (_, check, found) in outcomes.into_iter().filter(|(_, _, found)| found.total > 0) {
            for verdict in verdicts.iter_mut().filter(|v| v.invariant == check.invariant()) {
                verdict.holds = false;
                verdict.found.push((check, found.total));
            }
            findings.extend(found.findings);
        }
        let proven = verdicts.iter().all(|verdict| verdict.holds);
        let balanced = proven && self.accounts.iter().all(|account| account.shortfall.is_zero());
        let Self { currency, accounts, instant, .. } = self;
        Proof { at: instant, currency, proven, balanced, accounts, verdicts, findings }
    }

    async fn look(
        &self,
        tx: &Tx,
        check: Check,
        after: Option<&After>,
        most: u64,
    ) -> Result<Found, Stop> {
        if let Some(found) = find(tx, check, self.instant, after, most).await? {
            return Ok(found);
        }
        let mut all = match check {
            Check::TrustAccount => unfunded(&self.accounts),
            Check::TrustShortfall => unalarmed(tx, self).await?,
            Check::BankReconciliation => three_way::findings(tx, self.day).await?,
            Check::TransferBook
            | Check::ReversalMirror
            | Check::AccountBalance
            | Check::PaymentLines
            | Check::PaymentTransfers
            | Check::DebtEntry
            | Check::StatementChain
            | Check::StatementLines
            | Check::StatementRemittance
            | Check::StatementTies => Vec::new(),
        };
        all.sort_by(|a, b| (a.subject_id, &a.detail).cmp(&(b.subject_id, &b.detail)));
        let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
        if let Some(After(id, detail)) = after {
            all.retain(|one| (one.subject_id, &one.detail) > (*id, detail));
        }
        all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(Found { findings: all, total })
    }
}

fn unfunded(accounts: &[AccountProof]) -> Vec<Finding> {
    accounts
        .iter()
        .filter(|account| !account.difference.is_zero())
        .map(|account| {
            let held: Money = [account.cash, account.clearing].into_iter().sum();
            let owed = Money::from_minor(held.minor().saturating_sub(account.difference.minor()));
            Finding::of(Check::TrustAccount, account.id.0, "assets", account.id, (held, owed))
        })
        .collect()
}

/// Accounts that lack money without an open alarm of the amount; of a past instant, without an alarm
/// that was open then and carried as much.
async fn unalarmed(tx: &Tx, ground: &Ground) -> Result<Vec<Finding>, Stop> {
    let mut found = Vec::new();
    for account in ground.accounts.iter().filter(|account| account.shortfall.is_positive()) {
        let open = trust_alarm::in_agency(tx.agency())
            .filter(trust_alarm::Column::TrustAccountId.eq(account.id))
            .filter(trust_alarm::Column::OpenedAt.lte(ground.instant))
            .order_by_desc(trust_alarm::Column::OpenedAt)
            .one(tx)
            .await?
            .filter(|row| row.cleared_at.is_none_or(|at| at > ground.instant));
        let carried = open.map_or(Money::ZERO, |row| match row.cleared_at {
            None if ground.present => row.amount,
            None | Some(_) => row.worst,
        });
        let enough = if ground.present {
            carried == account.shortfall
        } else {
            carried >= account.shortfall
        };
        if !enough {
            let sums = (account.shortfall, carried);
            found.push(Finding::of(Check::TrustShortfall, account.id.0, "alarm", account.id, sums));
        }
    }
    Ok(found)
}

async fn accounts(tx: &Tx, at: DateTime<Utc>, day: NaiveDate) -> Result<Vec<AccountProof>, Stop> {
    let rows = balances::at(tx, at, day).await?;
    let known = trust_account::in_agency(tx.agency())
        .order_by_asc(trust_account::Column::Id)
        .all(tx)
        .await?;
    let own = |account: &trust_account::Model| -> Vec<Balance> {
        rows.iter().filter(|row| row.trust_account_id == account.id).copied().collect()
    };
    Ok(known
        .into_iter()
        .map(|account| {
            let own = own(&account);
            weigh(account, &own)
        })
        .collect())
}

fn weigh(account: trust_account::Model, rows: &[Balance]) -> AccountProof {
    let lacking = |balance: fn(&Balance) -> Money| -> Money {
        // A liability's balance is its credits, so more debits than credits are lacking.
        rows.iter()
            .filter(|row| row.ledger.side() == domain::ledger::Side::Liability)
            .map(balance)
            .filter(|money| money.is_positive())
            .sum()
    };
    let below_zero = rows
        .iter()
        .filter_map(|row| {
            let short = row.lacking()?;
            let balance = Money::from_minor(short.amount.minor().saturating_neg());
            let (creditor, debtor) = (row.creditor_id, row.debtor_id);
            Some(BelowZero { ledger: row.ledger, creditor, debtor, balance })
        })
        .collect();
    let sums = TrustBalances::of(rows.iter());
    AccountProof {
        id: account.id,
        name: account.name,
        cash: sums.cash,
        clearing: sums.clearing,
        client_payable: sums.client_payable,
        agency_earned: sums.agency_earned,
        debtor_credit: sums.debtor_credit,
        unidentified: sums.unidentified,
        costs_advanced: sums.costs_advanced,
        // Debits less credits over the whole book.
        difference: rows.iter().map(|row| row.booked).sum(),
        shortfall: lacking(|row| row.booked),
        cleared_shortfall: lacking(|row| row.cleared),
        below_zero,
    }
}
