//! Payoffs of many accounts: from the rows of the database to quotes, and the computing alone.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use chrono::NaiveDate;
use domain::interest::{AccountDates, AnnualRate, OfAccount, Policy, Position};
use domain::payoff::quote;
use domain::{Buckets, Money, Rate};
use service::contracts::{self, NewContract};
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::interest::{self, Asked};

use crate::figures::{Aim, Figure};
use crate::plant::Plant;
use crate::{f64_of, psql};

/// Makes so many accounts that bear interest, and quotes them all.
pub async fn measure(plant: &Plant, count: u64) -> Result<Vec<Figure>> {
    let (app, admin) = (&plant.app, &plant.admin);
    let new = NewCreditor { code: "LOANS".to_owned(), name: "Loans".to_owned(), parent: None };
    let creditor = creditors::create(app, admin, new).await?.id;
    let portfolio = NewPortfolio { creditor, code: "L".to_owned(), name: "Loans".to_owned() };
    creditors::add_portfolio(app, admin, portfolio).await?;
    let flat = NewContract::flat(creditor, NaiveDate::default(), Rate::parse("0.3")?);
    let terms = NewContract { interest: Some(Policy::usual()), ..flat };
    contracts::add(app, admin, terms).await?;
    plant
        .sql(
            "WITH file AS (
                 INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, state,
                     uploaded_by, created_at)
                 VALUES ($1, gen_random_uuid(), $2, 'loans.csv', '', 0, 'committed', 'bench', now()) RETURNING id),
             person AS (
                 INSERT INTO debtor (agency_id, id, language, created_at)
                 VALUES ($1, gen_random_uuid(), 'en', now()) RETURNING id)
             INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
                 client_account_number, client_account_key, debtor_name, debtor_name_key, status,
                 status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
                 placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
                 principal, interest, fees, costs, other, interest_rate, interest_authority, work_class, created_at)
             SELECT $1, gen_random_uuid(), 'L' || n, $2,
                 (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $2), file.id, person.id, n::text,
                 n::text, 'Jane Doe', 'DOE JANE', 'ACT', now(), 'loan', 'Bank', 'Bank', '2025-01-01',
                 date '2025-01-01' + (n % 300)::int, 'first', 100000 + n, 0, 0, 0, 0, 100000 + n, 0, 0, 0, 0,
                 0.05 + (n % 100) / 1000.0, 'Agreement', 4, now()
             FROM generate_series(1, $3::bigint) AS n, file, person",
            [plant.agency.0.into(), creditor.0.into(), i64::try_from(count)?.into()],
        )
        .await?;
    psql::run(plant, "ANALYZE")?;
    let day = NaiveDate::from_ymd_opt(2026, 6, 30);
    let asked = Asked { as_of: day, valid_through: day };
    let started = Instant::now();
    let mut sum = Money::ZERO;
    let quoted = interest::payoffs(app, admin, creditor, asked, |_, quote| {
        sum = quote.ok().and_then(|quote| sum.plus(quote.total).ok()).unwrap_or(sum);
    })
    .await?;
    let from_rows = started.elapsed().as_secs_f64();
    ensure!(quoted == count, "{quoted} quotes of {count} accounts");
    let reading = Instant::now();
    psql::run(
        plant,
        &format!(
            "SELECT count(*), sum(principal + interest + fees + costs + other), max(interest_rate), max(interest_authority), \
                 max(interest_start_on), max(interest_posted_on), max(placed_on), max(service_on) \
             FROM account WHERE agency_id = '{}' AND creditor_id = '{}' AND closed_at IS NULL",
            plant.agency.0, creditor.0
        ),
    )?;
    let read = reading.elapsed().as_secs_f64();
    let alone = computed(count)?;
    println!("payoffs of {count} accounts that bear interest, total {sum}");
    println!(
        "  from rows to quotes: {from_rows:.2} s, {:.0} accounts/s",
        f64_of(count) / from_rows
    );
    println!("  the database alone, summing the same columns: {read:.2} s");
    println!("  computing alone: {alone:.2} s, {:.0} quotes/s", f64_of(count) / alone);
    let what = format!("payoffs of {count} accounts, from rows");
    Ok(vec![Figure::new(what, from_rows, "s", Aim::Open)])
}

/// Seconds for so many quotes from positions in memory.
fn computed(count: u64) -> Result<f64> {
    let start = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
    let day = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap_or_default();
    let terms = Policy::usual().terms(OfAccount {
        authority: Some("Agreement".to_owned()),
        rate: Some(AnnualRate::parse("0.09")?),
        dates: AccountDates { placed_on: Some(start), ..AccountDates::default() },
        ..OfAccount::default()
    });
    let started = Instant::now();
    for n in 0..i64::try_from(count)? {
        let owed = Buckets { principal: Money::from_minor(100_000 + n), ..Buckets::default() };
        black_box(quote(&terms, &Position::opening(black_box(owed), start), day, day)?);
    }
    Ok(started.elapsed().as_secs_f64())
}
