//! What pays an account: on a day, and through how many days more (domain rule 2.9).

use super::history::{History, load};
use super::settle::{post_through, unreplayable};
use crate::accounts;
use crate::accounts::owed;
use chrono::{Days, NaiveDate};
use domain::interest::Position;
use domain::payoff::{NotQuotable, Quote, quote};
use domain::{AccountId, Currency, Permission};
use entity::account;
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::stop::{Kind, Refused, Stop};
use serde_json::json;

/// A quote for one account.
#[derive(Debug, Clone)]
pub struct Payoff {
    /// Which.
    pub account: AccountId,
    /// Its currency.
    pub currency: Currency,
    /// The quote.
    pub quote: Quote,
    /// Interest is posted up to this day; none: nothing yet.
    pub interest_posted_on: Option<NaiveDate>,
    /// Whether interest accrues at all.
    pub accrues: bool,
}

/// Why there is no quote.
#[derive(Debug, thiserror::Error)]
pub enum PayoffRefused {
    /// The days do not fit.
    #[error(transparent)]
    NotQuotable(#[from] NotQuotable),
    /// Nobody knows that far ahead.
    #[error("a quote is valid for ten years at most, through {most}")]
    TooFar {
        /// The last day.
        most: NaiveDate,
    },
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(PayoffRefused);

impl Refused for PayoffRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotQuotable(_) | Self::TooFar { .. } => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotQuotable(NotQuotable::TooLarge(_)) => "amount_too_large",
            Self::NotQuotable(NotQuotable::BeforePosting { .. }) => "before_posting",
            Self::NotQuotable(NotQuotable::EndsBefore { .. }) => "ends_before",
            Self::TooFar { .. } => "too_far",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NotQuotable(NotQuotable::BeforePosting { .. }) => Some("?as_of"),
            Self::NotQuotable(_) | Self::TooFar { .. } => Some("?valid_through"),
            Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, serde_json::Value)> {
        match self {
            Self::NotQuotable(NotQuotable::BeforePosting { posted_on }) => {
                vec![("interest_posted_on", json!(posted_on))]
            }
            Self::NotQuotable(NotQuotable::EndsBefore { as_of, valid_through }) => {
                vec![("as_of", json!(as_of)), ("valid_through", json!(valid_through))]
            }
            Self::TooFar { most } => vec![("most", json!(most))],
            Self::NotQuotable(NotQuotable::TooLarge(_)) | Self::Stop(_) => Vec::new(),
        }
    }
}

/// For which days a quote is asked; today where nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// The day.
    pub as_of: Option<NaiveDate>,
    /// The last day on which the total suffices; the same day where nothing is said.
    pub valid_through: Option<NaiveDate>,
}

/// Computes what pays an account; nothing is written.
pub async fn payoff(
    app: &App,
    actor: &Actor,
    id: AccountId,
    asked: Asked,
) -> Result<Payoff, PayoffRefused> {
    actor.require_agency(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    let row = accounts::get(&tx, actor, id).await?;
    let history = load(&tx, &row).await?;
    tx.commit().await?;
    quoted(&row, &history, asked)
}

/// Fixes what an account is owed: posts the interest up to today, and quotes from there.
pub async fn fix(
    app: &App,
    actor: &Actor,
    id: AccountId,
    valid_through: Option<NaiveDate>,
) -> Result<Payoff, PayoffRefused> {
    actor.require_agency(Permission::AdjustmentWrite)?;
    let tx = app.begin(actor).await?;
    let row = accounts::lock(&tx, actor, id, None).await?;
    let row = post_through(&tx, row, None).await?;
    let history = load(&tx, &row).await?;
    let fixed = quoted(&row, &history, Asked { as_of: None, valid_through })?;
    audit::write(
        &tx,
        audit::Entry {
            action: "account.fix_payoff",
            subject_type: "account",
            subject_id: Some(id.0),
            after: Some(json!({
                "total": fixed.quote.total.to_decimal(), "valid_through": fixed.quote.valid_through,
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    Ok(fixed)
}

fn quoted(row: &account::Model, history: &History, asked: Asked) -> Result<Payoff, PayoffRefused> {
    let as_of = asked.as_of.unwrap_or(history.today);
    let valid_through = asked.valid_through.unwrap_or(as_of);
    let most = history.today.checked_add_days(Days::new(3_653)).unwrap_or(NaiveDate::MAX);
    if valid_through > most {
        return Err(PayoffRefused::TooFar { most });
    }
    let replay = history.replay(&history.events).map_err(unreplayable)?;
    // What is owed is what the books say; where they stand in time, the history.
    let position = Position { buckets: owed(row), ..replay.position };
    Ok(Payoff {
        account: row.id,
        currency: history.currency,
        quote: quote(&history.terms, &position, as_of, valid_through)?,
        interest_posted_on: history.posted_on(&replay),
        accrues: history.terms.accrue(),
    })
}
