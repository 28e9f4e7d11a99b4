//! The close of one creditor's period of many lines, from the call to the commit.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use chrono::{Datelike, Days, NaiveDate, Utc};
use domain::{CreditorId, Rate};
use service::contracts::{self, NewContract};
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::once::Once;
use service::statements::{self, NewClose};

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::{f64_of, psql};

/// Lines of the period that is to close within ten seconds.
const LINES: u32 = 100_000;

/// Payments on one account.
const EACH: u32 = 10;

/// Closes a period of a hundred thousand payments of a month.
pub async fn measure(plant: &Plant) -> Result<Vec<Figure>> {
    let (app, admin) = (&plant.app, &plant.admin);
    let new = NewCreditor { code: "CLOSE".to_owned(), name: "Close".to_owned(), parent: None };
    let creditor = creditors::create(app, admin, new).await?.id;
    let portfolio = NewPortfolio { creditor, code: "C".to_owned(), name: "Close".to_owned() };
    creditors::add_portfolio(app, admin, portfolio).await?;
    let terms = NewContract::flat(creditor, NaiveDate::default(), Rate::parse("0.3")?);
    contracts::add(app, admin, terms).await?;
    let first = Utc::now().date_naive().with_day(1).context("a first day")?;
    let end = first.checked_sub_days(Days::new(1)).context("a last day")?;
    period(plant, creditor, end).await?;
    psql::run(plant, "VACUUM ANALYZE account, payment, payment_line, transfer")?;
    psql::run(plant, "CHECKPOINT")?;

    let looked = Instant::now();
    let preview = statements::preview(app, admin, creditor, Some(end), None).await?;
    let previewed = looked.elapsed().as_secs_f64();
    let once = Once {
        principal: admin.principal(),
        key: "bench-close".to_owned(),
        operation: "close_statement",
        fingerprint: Vec::new(),
    };
    let started = Instant::now();
    let new = NewClose { creditor, period_end: end, cutoff: None };
    statements::close(app, admin, new, &once).await?;
    let closed = started.elapsed().as_secs_f64();
    let lines = preview.statement.lines.len();
    ensure!(lines == usize::try_from(LINES)?, "a preview of {lines} lines");
    println!("close of a period of {LINES} lines");
    println!("  the preview: {previewed:.2} s");
    println!(
        "  the close: {closed:.2} s, {:.0} lines/s (aim: 10 s)",
        f64_of(u64::from(LINES)) / closed
    );
    let what = format!("close of {LINES} lines");
    Ok(vec![Figure::new(what, closed, "s", Aim::Below(10.0))])
}

/// Payments of cash of 10.00 on the last day of the period, as their posting leaves them, in sets.
async fn period(plant: &Plant, creditor: CreditorId, day: NaiveDate) -> Result<()> {
    let (agency, creditor) = (plant.agency.0, creditor.0);
    let accounts = i64::from(LINES / EACH);
    plant
        .sql(
            "WITH file AS (
                 INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, state,
                     uploaded_by, created_at)
                 VALUES ($1, gen_random_uuid(), $2, 'close.csv', '', 0, 'committed', 'bench', now()) RETURNING id),
             person AS (
                 INSERT INTO debtor (agency_id, id, language, created_at)
                 SELECT $1, gen_random_uuid(), 'en', now() FROM generate_series(1, $3::bigint) RETURNING id)
             INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
                 client_account_number, client_account_key, debtor_name, debtor_name_key, status,
                 status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
                 placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                 principal, interest, fees, costs, other, work_class, created_at)
             SELECT $1, gen_random_uuid(), 'C' || n, $2,
                 (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $2), file.id, person.id, n::text,
                 n::text, 'Jane Doe', 'DOE JANE', 'ACT', now(), 'medical', 'Clinic', 'Clinic', '2025-01-01',
                 $4::date - 90, 'first', 100000, 0, 0, 0, 0, 100000 - 1000 * $5, 0, 0, 0, 0, 4, now()
             FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM person) person, file",
            [agency.into(), creditor.into(), accounts.into(), day.into(), i64::from(EACH).into()],
        )
        .await?;
    plant
        .sql(
            "INSERT INTO payment (agency_id, id, account_id, creditor_id, debtor_id, kind, method, state, amount,
                 applied, overpaid, source, commission_rate, commission, tax, commission_basis, effective_on,
                 entered_at, posted_at, available_on, entered_by)
             SELECT a.agency_id, gen_random_uuid(), a.id, a.creditor_id, a.debtor_id, 'paid_agency', 'cash',
                 'succeeded', 1000, 1000, 0, 'staff', 0.3, 300, 0, 'net', $3::date, $3::date + time '17:00',
                 $3::date + time '17:00', $3::date, 'close'
             FROM account a, generate_series(1, $4::bigint)
             WHERE a.agency_id = $1 AND a.creditor_id = $2",
            [agency.into(), creditor.into(), day.into(), i64::from(EACH).into()],
        )
        .await?;
    plant
        .sql(
            "INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission, creditor_id, debtor_id)
             SELECT agency_id, id, 'principal', 1000, 0.3, 300, creditor_id, debtor_id FROM payment
             WHERE agency_id = $1 AND creditor_id = $2",
            [agency.into(), creditor.into()],
        )
        .await?;
    plant
        .sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, account_id, debtor_id, bucket, payment_id, effective_on,
                 entered_at, posted_at, available_on, source_type, source_id, effect)
             SELECT p.agency_id, gen_random_uuid(), p.id, m.line, m.debit, m.credit, m.amount,
                 CASE WHEN m.line < 2 THEN t.id END, p.creditor_id, p.account_id, p.debtor_id, 'principal',
                 p.id, p.effective_on, p.entered_at, p.posted_at, p.available_on, 'payment', p.id, 'post'
             FROM payment p JOIN trust_account t ON t.agency_id = p.agency_id AND t.is_default,
                 (VALUES (0::smallint, 'trust_cash', 'client_payable', 700), (1, 'trust_cash', 'agency_earned', 300),
                     (2, 'debt_paid', 'debt', 1000)) AS m (line, debit, credit, amount)
             WHERE p.agency_id = $1 AND p.creditor_id = $2",
            [agency.into(), creditor.into()],
        )
        .await?;
    Ok(())
}
