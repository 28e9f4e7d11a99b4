//! Writing a close: the statement, its lines, the stamps. The lines go in by sets of ten thousand,
//! the stamps in one statement, so that a period of 100,000 lines closes in seconds.

use super::bills::{self, Bill};
use super::document::{Party, Printed};
use super::preview::Preview;
use super::refused::CloseRefused;
use domain::{AccountId, CloseRunId, CreditorId, Money, PaymentId, StatementId};
use entity::{agency, creditor, creditor_payment, statement};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop, broke};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set,
    raw_sql,
};
use serde_json::{Value, json};
use uuid::Uuid;

const SET: usize = 10_000;

/// Writes the statement row.
pub(super) async fn statement(
    tx: &Tx,
    id: StatementId,
    run: Option<CloseRunId>,
    made: &Preview,
    bills: &[Bill],
) -> Result<i64, CloseRefused> {
    let printed = printed(tx, made, bills).await?;
    let number = bills::number(tx, domain::invoice::DocumentKind::Statement).await?;
    let totals = made.statement.totals;
    let line_count = i32::try_from(made.statement.lines.len())
        .map_err(|_| Fault::Unexpected("a statement of more than two billion lines"))?;
    statement::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        number: Set(number),
        creditor_id: Set(made.creditor),
        contract_id: Set(made.contract),
        trust_account_id: Set(made.trust_account),
        run_id: Set(run),
        method: Set(made.terms.method),
        period_start: Set((!made.first).then_some(made.span.start)),
        period_end: Set(made.span.end),
        cutoff: Set(made.span.cutoff),
        currency: Set(made.currency),
        totals: Set(totals),
        opening: Set(totals.opening),
        remit: Set(totals.remit),
        carried: Set(totals.carried),
        invoiced: Set(totals.invoiced_apart.plus(totals.invoice_deficit)?),
        open_credit: Set(totals.open_credit),
        line_count: Set(line_count),
        printed: Set(printed),
        closed_at: Set(tx.now()),
        closed_by: Set(tx.signature().name.clone()),
    }
    .insert(tx)
    .await
    .map_err(|err| {
        // Another close of the same period came first, past a lock that it did not hold.
        if broke(&err, "statement_period_unique") { Stop::Stale } else { err.into() }
    })?;
    Ok(number)
}

async fn printed(tx: &Tx, made: &Preview, bills: &[Bill]) -> Result<Value, Stop> {
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(tx).await?.ok_or(Stop::NotFound("agency"))?;
    let creditor = creditor::Entity::find_by_id((tx.agency(), made.creditor))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("creditor"))?;
    let printed = Printed {
        agency: Party {
            name: agency.display_name,
            code: String::new(),
            address: agency.postal_address,
            phone: agency.phone,
        },
        creditor: Party {
            name: creditor.name,
            code: creditor.code,
            address: String::new(),
            phone: String::new(),
        },
        period_start: made.span.start,
        terms: made.terms.clone(),
        bills: bills.to_vec(),
        tie: made.tie,
        offset: made.offset,
    };
    Ok(serde_json::to_value(printed).map_err(Fault::from)?)
}

/// Writes the lines: what is shown first, then what is only stamped.
pub(super) async fn lines(tx: &Tx, id: StatementId, made: &Preview) -> Result<(), Stop> {
    let mut seq = 0_i32;
    for set in made.statement.lines.chunks(SET) {
        let mut rows = Lines::default();
        for line in set {
            rows.push(
                &mut seq,
                line.payment,
                line.account,
                serde_json::to_string(line).map_err(Fault::from)?,
            );
        }
        write_set(tx, id, made.creditor, true, rows).await?;
    }
    for set in made.statement.suppressed.chunks(SET) {
        let mut rows = Lines::default();
        for (payment, account) in set {
            rows.push(&mut seq, *payment, *account, "{}".to_owned());
        }
        write_set(tx, id, made.creditor, false, rows).await?;
    }
    Ok(())
}

/// Lines on their way, column by column.
#[derive(Default)]
struct Lines {
    seqs: Vec<i32>,
    payments: Vec<Uuid>,
    accounts: Vec<Uuid>,
    lines: Vec<String>,
}

impl Lines {
    fn push(&mut self, seq: &mut i32, payment: PaymentId, account: AccountId, line: String) {
        *seq += 1;
        self.seqs.push(*seq);
        self.payments.push(payment.0);
        self.accounts.push(account.0);
        self.lines.push(line);
    }
}

async fn write_set(
    tx: &Tx,
    statement: StatementId,
    creditor: CreditorId,
    shown: bool,
    set: Lines,
) -> Result<(), Stop> {
    let agency = tx.agency();
    let Lines { seqs, payments, accounts, lines } = set;
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"WITH written AS (
                 INSERT INTO statement_line (agency_id, statement_id, seq, creditor_id, payment_id, account_id, shown, line)
           SELECT {agency}, {statement}, l.seq, {creditor}, l.payment, l.account, {shown}, l.line::jsonb
           FROM unnest({seqs}::integer[], {payments}::uuid[], {accounts}::uuid[], {lines}::text[])
               AS l (seq, payment, account, line)
           RETURNING 1)
           SELECT count(*) FROM written"#
    ))
    .await?;
    Ok(())
}

/// Stamps the payments of the lines. Whatever was held back since it was read stops the close.
pub(super) async fn stamp(tx: &Tx, id: StatementId, made: &Preview) -> Result<(), Stop> {
    let agency = tx.agency();
    let done = tx
        .execute_raw(raw_sql!(
            Postgres,
            r#"UPDATE payment p SET statement_id = {id}, version = p.version + 1
               FROM statement_line l
               WHERE l.agency_id = {agency} AND l.statement_id = {id} AND p.agency_id = {agency}
                 AND p.id = l.payment_id AND p.statement_id IS NULL
                 AND (NOT l.shown OR p.holding = 'normal')"#
        ))
        .await?;
    let expected = made.statement.lines.len() + made.statement.suppressed.len();
    if u64::try_from(expected).ok() != Some(done.rows_affected()) {
        return Err(Stop::Stale);
    }
    Ok(())
}

/// A delay is spent by the first close that the payment would have been in (money rule 1).
pub(super) async fn spend_delays(tx: &Tx, made: &Preview) -> Result<(), Stop> {
    if made.statement.delayed.is_empty() {
        return Ok(());
    }
    let agency = tx.agency();
    let ids: Vec<_> =
        made.statement.delayed.iter().map(|payment| json!({"id": payment.0})).collect();
    let ids = json!(ids);
    tx.execute_raw(raw_sql!(
        Postgres,
        r#"UPDATE payment p SET holding = 'normal', version = p.version + 1
           FROM jsonb_to_recordset({ids}) AS d (id uuid)
           WHERE p.agency_id = {agency} AND p.id = d.id AND p.holding = 'delayed'"#
    ))
    .await?;
    Ok(())
}

/// Takes what a deficit needed from the creditor's payments on account, oldest first.
pub(super) async fn use_on_account(
    tx: &Tx,
    id: StatementId,
    made: &Preview,
) -> Result<(), CloseRefused> {
    let mut needed = made.statement.totals.on_account;
    if !needed.is_positive() {
        return Ok(());
    }
    let rows = creditor_payment::in_agency(tx.agency())
        .filter(creditor_payment::Column::CreditorId.eq(made.creditor))
        .filter(creditor_payment::Column::Unapplied.gt(Money::ZERO))
        .order_by_asc(creditor_payment::Column::ReceivedOn)
        .order_by_asc(creditor_payment::Column::Id)
        .all(tx)
        .await?;
    for row in rows {
        let used = needed.min(row.unapplied);
        if !used.is_positive() {
            break;
        }
        needed = needed.minus(used)?;
        let (left, version) = (row.unapplied.minus(used)?, row.version);
        let mut row: creditor_payment::ActiveModel = row.into();
        row.unapplied = Set(left);
        row.statement_id = Set(Some(id));
        row.version = Set(version + 1);
        row.update(tx).await?;
    }
    if needed.is_positive() {
        return Err(Stop::Stale.into());
    }
    Ok(())
}
