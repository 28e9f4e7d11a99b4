//! One line of the bank, and the movements of the books that may stand for it: what a person works
//! with where nothing could be matched without one.

use super::matching::{self, Movement};
use super::read::LineView;
use chrono::Days;
use domain::{BankLineId, Permission};
use entity::{agency, bank_line, bank_match};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// Movements that are offered.
const OFFERED: usize = 25;
/// Days after the line by which a movement may have been entered.
const LATER: u64 = 60;

/// A line with what may be done about it.
#[derive(Debug, Clone)]
pub struct OpenLine {
    /// The line.
    pub line: LineView,
    /// Unmatched movements of its trust account: those of its amount first, then by how near their
    /// day is.
    pub movements: Vec<Movement>,
}

/// One line, with the movements that are offered for it.
pub async fn line(app: &App, actor: &Actor, id: BankLineId) -> Result<OpenLine, Stop> {
    actor.require_agency(Permission::TrustRead)?;
    let tx = app.begin(actor).await?;
    let row = bank_line::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let row = row.ok_or(Stop::NotFound("bank line"))?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let matches = bank_match::in_agency(tx.agency())
        .filter(bank_match::Column::BankLineId.eq(id))
        .all(&tx)
        .await?;
    let until = row.booked_on.checked_add_days(Days::new(LATER)).unwrap_or(row.booked_on);
    let mut movements = matching::unmatched(&tx, row.trust_account_id, until).await?;
    tx.commit().await?;
    movements.sort_by_key(|one| {
        let away = one.moved_on.signed_duration_since(row.booked_on).num_days().abs();
        (one.amount != row.amount, away)
    });
    movements.truncate(OFFERED);
    let transactions = matches.into_iter().map(|one| one.txn_id).collect();
    let line = LineView { row, currency: agency.currency, transactions };
    Ok(OpenLine { line, movements })
}
