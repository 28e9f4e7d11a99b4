//! Importing: read, proved against itself, not imported before, and matched at once.

use super::matching;
use chrono::NaiveDate;
use domain::bank_statement::{
    BankStatement, CsvMapping, FileFormat, LineState, Unreadable, read_camt, read_csv,
};
use domain::{BankLineId, BankStatementId, Currency, Money, Permission, TrustAccountId};
use entity::{agency, bank_line, bank_statement, trust_account};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Kind, Refused, Stop};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Rows in one insert: below PostgreSQL's limit of bound values.
const ROWS: usize = 2_000;

/// How the file is written.
#[derive(Debug, Clone)]
pub enum Written {
    /// Lines of values, read by a mapping. Banks that write no balances beside the lines tell them
    /// elsewhere: then they are given here.
    Csv {
        /// Which column is what.
        mapping: Box<CsvMapping>,
        /// The balance before the first line.
        opening: Option<Money>,
        /// The balance after the last line.
        closing: Option<Money>,
    },
    /// camt.053.
    Camt053,
}

/// A file to be imported.
#[derive(Debug, Clone)]
pub struct NewStatement {
    /// Of which trust account; the usual one unless told.
    pub trust_account: Option<TrustAccountId>,
    /// The file's name.
    pub file_name: String,
    /// How it is written.
    pub written: Written,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a statement is not imported. Nothing of the file is.
#[derive(Debug, thiserror::Error)]
pub enum ImportRefused {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The same file again.
    #[error("this file was imported before, on {0}")]
    ImportedBefore(NaiveDate),
    /// It covers days that another one covers.
    #[error("days {from} to {to} are covered by a statement that was imported before")]
    Overlaps {
        /// First day of the other.
        from: NaiveDate,
        /// Last day of the other.
        to: NaiveDate,
    },
    /// No balances: it cannot be proved.
    #[error("the statement has no opening and closing balance; give them with the file")]
    NoBalances,
    /// Neither lines nor days.
    #[error("the statement has neither lines nor days")]
    NoDays,
    /// The lines do not lead from the opening to the closing balance.
    #[error("the statement does not add up: its closing balance is off by {off_by}")]
    DoesNotAddUp {
        /// The closing balance less what opening and lines give.
        off_by: Money,
    },
    /// A running balance does not follow.
    #[error("the balance on line {line} is off by {off_by}: a line is missing or wrong")]
    BrokenBalance {
        /// The line of the file.
        line: u64,
        /// By how much.
        off_by: Money,
    },
    /// It does not begin with what the statement of the day before ended with.
    #[error("it begins with {opening}, but the statement before ended with {closing}")]
    DoesNotFollow {
        /// The balance it begins with.
        opening: Money,
        /// The balance the one before ended with.
        closing: Money,
    },
    /// Another currency.
    #[error("the books are kept in {}", .0.code())]
    WrongCurrency(Currency),
    /// The sums do not fit.
    #[error("the amounts are too large")]
    TooLarge,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(ImportRefused);

impl From<domain::money::TooLarge> for ImportRefused {
    fn from(_: domain::money::TooLarge) -> Self {
        Self::TooLarge
    }
}

impl Refused for ImportRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::ImportedBefore(_) | Self::Overlaps { .. } => Kind::Conflict,
            Self::Unreadable(_)
            | Self::NoBalances
            | Self::NoDays
            | Self::DoesNotAddUp { .. }
            | Self::BrokenBalance { .. }
            | Self::DoesNotFollow { .. }
            | Self::WrongCurrency(_)
            | Self::TooLarge => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(err) => err.code(),
            Self::ImportedBefore(_) => "statement_imported_before",
            Self::Overlaps { .. } => "statement_overlaps",
            Self::NoBalances => "statement_without_balances",
            Self::NoDays => "statement_without_days",
            Self::DoesNotAddUp { .. } => "statement_does_not_add_up",
            Self::BrokenBalance { .. } => "statement_balance_broken",
            Self::DoesNotFollow { .. } => "statement_does_not_follow",
            Self::WrongCurrency(_) => "wrong_currency",
            Self::TooLarge => "amount_too_large",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::DoesNotAddUp { off_by } => vec![("off_by", json!(off_by.to_decimal()))],
            Self::BrokenBalance { line, off_by } => {
                vec![("line", json!(line)), ("off_by", json!(off_by.to_decimal()))]
            }
            Self::DoesNotFollow { opening, closing } => vec![
                ("opening", json!(opening.to_decimal())),
                ("closing", json!(closing.to_decimal())),
            ],
            Self::Overlaps { from, to } => vec![("from", json!(from)), ("to", json!(to))],
            Self::Unreadable(Unreadable::Faults { faults, total }) => {
                let listed: Vec<_> = faults
                    .iter()
                    .map(|fault| {
                        json!({"line": fault.line, "column": fault.column, "code": fault.code,
                               "reason": fault.reason})
                    })
                    .collect();
                vec![("total", json!(total)), ("lines", json!(listed))]
            }
            Self::Unreadable(_)
            | Self::ImportedBefore(_)
            | Self::NoBalances
            | Self::NoDays
            | Self::WrongCurrency(_)
            | Self::TooLarge
            | Self::Stop(_) => Vec::new(),
        }
    }
}

/// A statement that is whole.
struct Whole {
    from: NaiveDate,
    to: NaiveDate,
    opening: Money,
    closing: Money,
}

/// Imports every statement of a file and matches its lines with the book. Answers their ids.
pub async fn import(
    app: &App,
    actor: &Actor,
    new: NewStatement,
) -> Result<Vec<BankStatementId>, ImportRefused> {
    actor.require_agency(Permission::TrustWrite)?;
    let tx = app.begin(actor).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let today = kernel::clock::date_in(&agency.time_zone, tx.now());
    let trust = lock(&tx, new.trust_account).await?;
    let (format, read) = read(&new, agency.currency, today)?;
    let sha256 = Sha256::digest(&new.bytes).to_vec();
    let known = bank_statement::in_agency(tx.agency())
        .filter(bank_statement::Column::TrustAccountId.eq(trust))
        .filter(bank_statement::Column::FileSha256.eq(sha256.clone()))
        .one(&tx)
        .await?;
    if let Some(known) = known {
        let day = kernel::clock::date_in(&agency.time_zone, known.imported_at);
        return Err(ImportRefused::ImportedBefore(day));
    }
    let file = File { trust, format, name: &new.file_name, sha256: &sha256 };
    let mut ids = Vec::new();
    for (position, statement) in (0..).zip(&read) {
        ids.push(keep(&tx, &file, position, statement, agency.currency).await?);
    }
    matching::run(&tx, trust, today).await?;
    tx.commit().await?;
    Ok(ids)
}

async fn lock(tx: &Tx, wanted: Option<TrustAccountId>) -> Result<TrustAccountId, Stop> {
    let query = match wanted {
        Some(id) => trust_account::Entity::find_by_id((tx.agency(), id)),
        None => {
            trust_account::in_agency(tx.agency()).filter(trust_account::Column::IsDefault.eq(true))
        }
    };
    let row = query.lock(LockType::NoKeyUpdate).one(tx).await?;
    Ok(row.ok_or(Stop::NotFound("trust account"))?.id)
}

fn read(
    new: &NewStatement,
    currency: Currency,
    today: NaiveDate,
) -> Result<(FileFormat, Vec<BankStatement>), ImportRefused> {
    match &new.written {
        Written::Csv { mapping, opening, closing } => {
            let mut one = read_csv(&new.bytes, mapping, currency, today)?;
            one.opening = opening.or(one.opening);
            one.closing = closing.or(one.closing);
            Ok((FileFormat::Csv, vec![one]))
        }
        Written::Camt053 => Ok((FileFormat::Camt053, read_camt(&new.bytes, currency)?)),
    }
}

struct File<'a> {
    trust: TrustAccountId,
    format: FileFormat,
    name: &'a str,
    sha256: &'a [u8],
}

/// A statement proves itself, or is refused with the difference.
fn prove(statement: &BankStatement, currency: Currency) -> Result<Whole, ImportRefused> {
    if statement.currency != currency {
        return Err(ImportRefused::WrongCurrency(currency));
    }
    let (Some(opening), Some(closing)) = (statement.opening, statement.closing) else {
        return Err(ImportRefused::NoBalances);
    };
    if let Some((line, off_by)) = statement.first_break()? {
        return Err(ImportRefused::BrokenBalance { line: line.line, off_by });
    }
    if let Some(off_by) = statement.off_by()?.filter(|off| !off.is_zero()) {
        return Err(ImportRefused::DoesNotAddUp { off_by });
    }
    let first = statement.lines.iter().map(|line| line.booked_on).min();
    let last = statement.lines.iter().map(|line| line.booked_on).max();
    let from = statement.from.or(first).ok_or(ImportRefused::NoDays)?;
    let to = statement.to.or(last).ok_or(ImportRefused::NoDays)?;
    Ok(Whole { from, to: to.max(from), opening, closing })
}

async fn keep(
    tx: &Tx,
    file: &File<'_>,
    position: i32,
    statement: &BankStatement,
    currency: Currency,
) -> Result<BankStatementId, ImportRefused> {
    let whole = prove(statement, currency)?;
    let others = || {
        bank_statement::in_agency(tx.agency())
            .filter(bank_statement::Column::TrustAccountId.eq(file.trust))
    };
    let overlapping = others()
        .filter(bank_statement::Column::FromOn.lte(whole.to))
        .filter(bank_statement::Column::ToOn.gte(whole.from))
        .one(tx)
        .await?;
    if let Some(other) = overlapping {
        return Err(ImportRefused::Overlaps { from: other.from_on, to: other.to_on });
    }
    let before = others()
        .filter(bank_statement::Column::ToOn.lt(whole.from))
        .order_by_desc(bank_statement::Column::ToOn)
        .one(tx)
        .await?
        .filter(|row| row.to_on.succ_opt() == Some(whole.from));
    if let Some(before) = before.filter(|row| row.closing != whole.opening) {
        let (opening, closing) = (whole.opening, before.closing);
        return Err(ImportRefused::DoesNotFollow { opening, closing });
    }
    let id = BankStatementId(random::uuid());
    let line_count = i32::try_from(statement.lines.len()).map_err(|_| ImportRefused::TooLarge)?;
    bank_statement::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        trust_account_id: Set(file.trust),
        format: Set(file.format),
        file_name: Set(file.name.chars().take(255).collect()),
        file_sha256: Set(file.sha256.to_vec()),
        position: Set(position),
        bank_account: Set(statement.account.clone()),
        number: Set(statement.number.clone()),
        from_on: Set(whole.from),
        to_on: Set(whole.to),
        opening: Set(whole.opening),
        closing: Set(whole.closing),
        line_count: Set(line_count),
        not_booked: Set(i64::try_from(statement.not_booked).unwrap_or(i64::MAX)),
        imported_at: Set(tx.now()),
        imported_by: Set(tx.signature().name.clone()),
    }
    .insert(tx)
    .await?;
    let rows: Vec<bank_line::ActiveModel> =
        (0..).zip(&statement.lines).map(|(seq, line)| row(tx, file, id, seq, line)).collect();
    for some in rows.chunks(ROWS) {
        bank_line::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    audit::write(
        tx,
        audit::Entry {
            action: "bank_statement.import",
            subject_type: "bank_statement",
            subject_id: Some(id.0),
            after: Some(json!({"from": whole.from, "to": whole.to, "lines": line_count,
                "opening": whole.opening.to_decimal(), "closing": whole.closing.to_decimal()})),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(id)
}

fn row(
    tx: &Tx,
    file: &File<'_>,
    statement: BankStatementId,
    seq: i32,
    line: &domain::bank_statement::BankLine,
) -> bank_line::ActiveModel {
    bank_line::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(BankLineId(random::uuid())),
        bank_statement_id: Set(statement),
        trust_account_id: Set(file.trust),
        file_line: Set(i64::try_from(line.line).unwrap_or(i64::MAX)),
        seq: Set(seq),
        booked_on: Set(line.booked_on),
        valued_on: Set(line.valued_on),
        amount: Set(line.amount),
        description: Set(line.text.clone()),
        names: Set(json!(line.references)),
        reversal: Set(line.reversal),
        state: Set(LineState::Open),
        matched_by: Set(None),
        note: Set(None),
        unidentified_id: Set(None),
        payment_id: Set(None),
        worked_at: Set(None),
        worked_by: Set(None),
        version: Set(1),
    }
}
