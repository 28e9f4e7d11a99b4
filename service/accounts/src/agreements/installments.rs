//! The parts of plans and of accepted settlements: written, read, and marked with what was paid.

use chrono::{Days, NaiveDate};
use domain::plan::{Installment, InstallmentState, Matched, Progress, Received, match_payments};
use domain::{Amount, CreditorId, DebtorId, InstallmentId, Money, PlanId, SettlementOfferId};
use entity::installment;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Fault;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, Set};

/// Whose parts they are.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    Plan(PlanId),
    Offer(SettlementOfferId),
}

/// Writes a schedule.
pub async fn write(
    tx: &Tx,
    of: Of,
    debtor: DebtorId,
    creditor: Option<CreditorId>,
    rows: &[Installment],
) -> Result<(), Fault> {
    let (plan, offer) = match of {
        Of::Plan(id) => (Some(id), None),
        Of::Offer(id) => (None, Some(id)),
    };
    let rows = rows.iter().map(|row| installment::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(InstallmentId(random::uuid())),
        plan_id: Set(plan),
        offer_id: Set(offer),
        debtor_id: Set(debtor),
        creditor_id: Set(creditor),
        number: Set(signed(row.number)),
        due_on: Set(row.due),
        amount: Set(row.amount.money()),
        skipped: Set(row.skipped),
        paid: Set(Money::ZERO),
        paid_on: Set(None),
        state: Set(InstallmentState::Scheduled),
        held_at: Set(None),
    });
    installment::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// The parts of a plan, in order.
pub(crate) async fn of_plan(tx: &Tx, plan: PlanId) -> Result<Vec<installment::Model>, Fault> {
    let rows = installment::in_agency(tx.agency()).filter(installment::Column::PlanId.eq(plan));
    ordered(tx, rows).await
}

/// The parts of a settlement, in order; none until it is accepted.
pub(crate) async fn of_offer(
    tx: &Tx,
    offer: SettlementOfferId,
) -> Result<Vec<installment::Model>, Fault> {
    let rows = installment::in_agency(tx.agency()).filter(installment::Column::OfferId.eq(offer));
    ordered(tx, rows).await
}

async fn ordered(
    tx: &Tx,
    rows: Select<installment::Entity>,
) -> Result<Vec<installment::Model>, Fault> {
    Ok(rows.order_by_asc(installment::Column::Number).all(tx).await?)
}

/// The rows as the rules know them.
pub(crate) fn schedule_of(rows: &[installment::Model]) -> Result<Vec<Installment>, Fault> {
    rows.iter()
        .map(|row| {
            let amount =
                Amount::new(row.amount).map_err(|_| Fault::Unexpected("an empty installment"))?;
            let number = unsigned(row.number);
            Ok(Installment { number, due: row.due_on, amount, skipped: row.skipped })
        })
        .collect()
}

/// Matches the payments to the rows, and says of each row what was paid and where it stands.
pub async fn mark(
    tx: &Tx,
    rows: Vec<installment::Model>,
    payments: &[Received],
    today: NaiveDate,
) -> Result<Matched, Fault> {
    let schedule = schedule_of(&rows)?;
    let matched = match_payments(&schedule, payments, today)
        .map_err(|_| Fault::Unexpected("payments that do not fit"))?;
    let newest = payments.iter().max_by_key(|payment| payment.on);
    let came_back = newest.is_some_and(|payment| !payment.stands_on(today));
    let mut failed = came_back;
    for (row, progress) in rows.into_iter().zip(&matched.rows) {
        let this_failed = failed && progress.is_open();
        failed &= !this_failed;
        let state = InstallmentState::on(today, progress, this_failed);
        if (row.state, row.paid, row.paid_on) != (state, progress.paid, progress.paid_on) {
            let mut changed: installment::ActiveModel = row.into();
            changed.state = Set(state);
            changed.paid = Set(progress.paid);
            changed.paid_on = Set(progress.paid_on);
            changed.update(tx).await?;
        }
    }
    Ok(matched)
}

/// Writes what a change made of the schedule.
pub(crate) async fn rewrite(
    tx: &Tx,
    rows: Vec<installment::Model>,
    after: &[Installment],
) -> Result<(), Fault> {
    for (row, new) in rows.into_iter().zip(after) {
        let same =
            row.due_on == new.due && row.amount == new.amount.money() && row.skipped == new.skipped;
        if same {
            continue;
        }
        let state = if new.skipped { InstallmentState::Skipped } else { row.state };
        let mut changed: installment::ActiveModel = row.into();
        changed.due_on = Set(new.due);
        changed.amount = Set(new.amount.money());
        changed.skipped = Set(new.skipped);
        changed.state = Set(state);
        changed.update(tx).await?;
    }
    Ok(())
}

/// Nothing more of these is charged.
pub async fn hold(tx: &Tx, rows: Vec<installment::Model>) -> Result<(), Fault> {
    for row in rows.into_iter().filter(|row| row.held_at.is_none()) {
        let open = match row.state {
            InstallmentState::Paid | InstallmentState::Skipped => false,
            InstallmentState::Scheduled
            | InstallmentState::Due
            | InstallmentState::PartPaid
            | InstallmentState::Failed => true,
        };
        if open {
            let mut changed: installment::ActiveModel = row.into();
            changed.held_at = Set(Some(tx.now()));
            changed.update(tx).await?;
        }
    }
    Ok(())
}

/// What was paid of each row, as it is stored.
pub(crate) fn progress_of(rows: &[installment::Model]) -> Result<Vec<Progress>, Fault> {
    Ok(schedule_of(rows)?
        .into_iter()
        .zip(rows)
        .map(|(installment, row)| Progress { installment, paid: row.paid, paid_on: row.paid_on })
        .collect())
}

/// A day so many days later; the end of the calendar where there is none.
pub fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

/// A count as the database keeps it.
pub fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A count as the rules know it.
pub(crate) fn unsigned(count: i32) -> u32 {
    u32::try_from(count).unwrap_or(0)
}
