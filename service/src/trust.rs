//! The trust ledger: its accounts, and the proof that every cent in it is owed to somebody.

use crate::actor::Actor;
use crate::app::App;
use crate::audit;
use crate::db::Tx;
use crate::random;
use crate::stop::{Kind, Refused, Stop};
use chrono::{DateTime, NaiveDate, Utc};
use domain::ledger::{Book, Ledger, Side};
use domain::{CreditorId, Currency, DebtorId, Money, Permission, TrustAccountId};
use entity::{agency, trust_account};
use sea_orm::{ActiveModelTrait, EntityTrait, FromQueryResult, QueryOrder, Set, raw_sql};
use serde_json::json;
use uuid::Uuid;

/// The proof of an agency's trust accounts at one instant (domain rule 2.8, invariants 2 to 4).
#[derive(Debug, Clone)]
pub struct Proof {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The currency of the books.
    pub currency: Currency,
    /// Whether every trust account balances and nothing was found.
    pub balanced: bool,
    /// One by one.
    pub accounts: Vec<AccountProof>,
    /// Rows that contradict each other; looked for in the present only.
    pub findings: Vec<Finding>,
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

/// Two records that ought to agree and do not.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Finding {
    /// Which check found it.
    pub check: String,
    /// The row.
    pub subject_id: Uuid,
    /// What the ledger says.
    pub ledger: Money,
    /// What the row says.
    pub record: Money,
}

/// Why a trust account is not made.
#[derive(Debug, thiserror::Error)]
pub enum TrustRefused {
    /// It has no name.
    #[error("a trust account needs a name of 1 to 100 characters")]
    NoName,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

crate::stops!(TrustRefused);

impl Refused for TrustRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NoName => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoName => "trust_account_needs_name",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NoName => Some("/name"),
            Self::Stop(_) => None,
        }
    }
}

/// Opens a trust account; the agency's first one takes the payments.
pub async fn open(
    app: &App,
    actor: &Actor,
    name: &str,
    bank_last4: Option<String>,
) -> Result<TrustAccountId, TrustRefused> {
    actor.require_agency(Permission::AgencyWrite)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(TrustRefused::NoName);
    }
    let tx = app.begin(actor).await?;
    let id = insert(&tx, name, bank_last4).await?;
    audit::write(
        &tx,
        audit::Entry {
            action: "trust_account.open",
            subject_type: "trust_account",
            subject_id: Some(id.0),
            after: Some(json!({"name": name})),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a trust account in the caller's transaction: an agency is created with its first one.
pub(crate) async fn insert(
    tx: &Tx,
    name: &str,
    bank_last4: Option<String>,
) -> Result<TrustAccountId, Stop> {
    let first = trust_account::in_agency(tx.agency()).one(tx).await?.is_none();
    let id = TrustAccountId(random::uuid());
    trust_account::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        name: Set(name.to_owned()),
        bank_last4: Set(bank_last4),
        is_default: Set(first),
        created_at: Set(tx.now()),
    }
    .insert(tx)
    .await?;
    Ok(id)
}

/// Proves the trust accounts now, or as they stood at a past instant.
pub async fn proof(app: &App, actor: &Actor, at: Option<DateTime<Utc>>) -> Result<Proof, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let instant = at.unwrap_or(tx.now());
    let day = crate::clock::date_in(&agency.time_zone, instant);
    let rows = balances(&tx, instant, day).await?;
    let mut accounts = Vec::new();
    let known = trust_account::in_agency(tx.agency())
        .order_by_asc(trust_account::Column::Id)
        .all(&tx)
        .await?;
    for account in known {
        let own: Vec<&Balance> =
            rows.iter().filter(|row| row.trust_account_id == account.id).collect();
        accounts.push(prove(account, &own));
    }
    let findings = if at.is_none() { contradictions(&tx).await? } else { Vec::new() };
    let balanced = findings.is_empty()
        && accounts.iter().all(|a| a.difference.is_zero() && a.shortfall.is_zero());
    Ok(Proof { at: instant, currency: agency.currency, balanced, accounts, findings })
}

/// Debits less credits of one ledger of one owner.
#[derive(Debug, FromQueryResult)]
struct Balance {
    trust_account_id: TrustAccountId,
    ledger: Ledger,
    creditor_id: Option<CreditorId>,
    debtor_id: Option<DebtorId>,
    booked: Money,
    cleared: Money,
}

/// One row a ledger and owner. Creditors own what is payable to them, debtors their credits; money
/// that goes out counts as cleared at once, money that comes in when its hold is over.
async fn balances(tx: &Tx, at: DateTime<Utc>, day: NaiveDate) -> Result<Vec<Balance>, Stop> {
    let agency = tx.agency();
    Ok(Balance::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT m.trust_account_id, m.ledger,
               CASE WHEN m.ledger IN ('client_payable', 'costs_advanced') THEN m.creditor_id END AS creditor_id,
               CASE WHEN m.ledger = 'debtor_credit' THEN m.debtor_id END AS debtor_id,
               sum(m.amount)::bigint AS booked,
               coalesce(sum(m.amount) FILTER (WHERE m.available_on <= {day} OR m.reverses_id IS NOT NULL), 0)::bigint AS cleared
           FROM (
               SELECT trust_account_id, debit_ledger AS ledger, creditor_id, debtor_id, amount, available_on, reverses_id
               FROM transfer WHERE agency_id = {agency} AND trust_account_id IS NOT NULL AND posted_at <= {at}
               UNION ALL
               SELECT trust_account_id, credit_ledger, creditor_id, debtor_id, -amount, available_on, reverses_id
               FROM transfer WHERE agency_id = {agency} AND trust_account_id IS NOT NULL AND posted_at <= {at}) m
           GROUP BY 1, 2, 3, 4"#
    ))
    .all(tx)
    .await?
    .into_iter()
    .filter(|row| row.ledger.book() == Book::Trust)
    .collect())
}

fn prove(account: trust_account::Model, rows: &[&Balance]) -> AccountProof {
    let flip = |money: Money| Money::from_minor(money.minor().saturating_neg());
    let of = |ledger: Ledger| -> Money {
        let sum = rows.iter().filter(|row| row.ledger == ledger).map(|row| row.booked).sum();
        match ledger.side() {
            Side::Asset => sum,
            Side::Liability => flip(sum),
        }
    };
    let liabilities: Vec<&&Balance> =
        rows.iter().filter(|row| row.ledger.side() == Side::Liability).collect();
    let lacking = |balance: fn(&Balance) -> Money| -> Money {
        // A liability's balance is its credits, so more debits than credits are lacking.
        liabilities.iter().map(|row| balance(row)).filter(|money| money.is_positive()).sum()
    };
    let below_zero = liabilities
        .iter()
        .filter(|row| row.booked.is_positive())
        .map(|row| BelowZero {
            ledger: row.ledger,
            creditor: row.creditor_id,
            debtor: row.debtor_id,
            balance: flip(row.booked),
        })
        .collect();
    AccountProof {
        id: account.id,
        name: account.name,
        cash: of(Ledger::TrustCash),
        clearing: of(Ledger::ProcessorClearing),
        client_payable: of(Ledger::ClientPayable),
        agency_earned: of(Ledger::AgencyEarned),
        debtor_credit: of(Ledger::DebtorCredit),
        unidentified: of(Ledger::Unidentified),
        costs_advanced: of(Ledger::CostsAdvanced),
        // Debits less credits over the whole book.
        difference: rows.iter().map(|row| row.booked).sum(),
        shortfall: lacking(|row| row.booked),
        cleared_shortfall: lacking(|row| row.cleared),
        below_zero,
    }
}

/// Rows that contradict the ledger: balances kept on accounts, payments without their transfers,
/// payments whose lines are not their sum.
async fn contradictions(tx: &Tx) -> Result<Vec<Finding>, Stop> {
    let agency = tx.agency();
    Ok(Finding::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH debt AS (
               SELECT account_id,
                   sum(CASE WHEN debit_ledger = 'debt' THEN amount ELSE -amount END)::bigint AS moved
               FROM transfer
               WHERE agency_id = {agency} AND account_id IS NOT NULL
                 AND (debit_ledger = 'debt' OR credit_ledger = 'debt')
               GROUP BY account_id)
           SELECT 'account_balance' AS "check", a.id AS subject_id,
               a.placed_principal + a.placed_interest + a.placed_fees + a.placed_costs + a.placed_other + debt.moved AS ledger,
               a.principal + a.interest + a.fees + a.costs + a.other AS record
           FROM account a JOIN debt ON debt.account_id = a.id
           WHERE a.agency_id = {agency}
             AND a.placed_principal + a.placed_interest + a.placed_fees + a.placed_costs + a.placed_other + debt.moved
                 <> a.principal + a.interest + a.fees + a.costs + a.other
           UNION ALL
           SELECT 'payment_lines', p.id, coalesce(sum(l.amount), 0)::bigint, p.applied
           FROM payment p LEFT JOIN payment_line l ON l.agency_id = p.agency_id AND l.payment_id = p.id
           WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL
           GROUP BY p.id, p.applied HAVING coalesce(sum(l.amount), 0) <> p.applied
           UNION ALL
           SELECT 'payment_trust', p.id, coalesce(sum(t.amount), 0)::bigint, p.amount
           FROM payment p LEFT JOIN transfer t ON t.agency_id = p.agency_id AND t.payment_id = p.id
               AND t.trust_account_id IS NOT NULL
           WHERE p.agency_id = {agency} AND p.posted_at IS NOT NULL
             AND p.kind IN ('paid_agency', 'paid_agency_return')
           GROUP BY p.id, p.amount HAVING coalesce(sum(t.amount), 0) <> p.amount
           ORDER BY 1, 2 LIMIT 1000"#
    ))
    .all(tx)
    .await?)
}
