//! Taking promises.

use super::of_account;
use crate::accounts::work::Due;
use crate::agreements::installments::signed;
use crate::agreements::{Agreeing, Ground, NotNow, follow, lock_ground, may_arrange, nothing_open};
use chrono::NaiveDate;
use domain::arrangement::Channel;
use domain::limits::Explained;
use domain::payment::PaymentMethod;
use domain::promise::{self, PromiseRefusal, PromiseState, Series, Terms, status_after};
use domain::timeline::TimelineKind;
use domain::{AccountId, Amount, Currency, Money, Permission, PromiseId, UserId};
use entity::{account, promise as row};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::audit;
use kernel::clock::start_of_day;
use kernel::db::Tx;
use kernel::once::{Answer, Once, OnceRefused};
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::timeline;
use sea_orm::{EntityTrait, Set};
use serde_json::{Value, json};
use terms::arrangement_rules;

/// Promises to be taken.
#[derive(Debug, Clone)]
pub struct NewPromises {
    /// On which debt.
    pub account: AccountId,
    /// Amount and due date of each, the first first.
    pub promises: Vec<(Amount, NaiveDate)>,
    /// In which currency: the agency's.
    pub currency: Currency,
    /// How the debtor means to pay.
    pub method: PaymentMethod,
    /// How the promise was given.
    pub channel: Channel,
    /// The colleague who spoke with the debtor, where a supervisor takes over.
    pub colleague: Option<UserId>,
}

/// Why promises are not taken.
#[derive(Debug, thiserror::Error)]
pub enum PromiseRefused {
    /// They do not keep to the limits; every reason, and the limits behind them with who set each.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Limits(Vec<PromiseRefusal>, Vec<Explained>),
    /// Not the currency of the books.
    #[error("this agency keeps its books in {}", .0.code())]
    WrongCurrency(Currency),
    /// The debt takes no agreement now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// The idempotency key cannot be used.
    #[error(transparent)]
    Once(#[from] OnceRefused),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(PromiseRefused);

impl Refused for PromiseRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::Limits(..) | Self::WrongCurrency(_) => Kind::Invalid,
            Self::NotNow(err) => err.kind(),
            Self::Once(err) => err.kind(),
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Limits(all, _) => all.first().map_or("no_promise", |first| first.code()),
            Self::WrongCurrency(_) => "wrong_currency",
            Self::NotNow(err) => err.code(),
            Self::Once(err) => err.code(),
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::Limits(..) | Self::WrongCurrency(_) => Some("/promises"),
            Self::NotNow(_) | Self::Once(_) | Self::Stop(_) => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Limits(all, behind) => {
                let mut facts = all.first().map(|first| numbers(*first)).unwrap_or_default();
                let refusals: Vec<_> = all
                    .iter()
                    .map(|one| json!({"code": one.code(), "message": one.to_string()}))
                    .collect();
                facts.push(("refusals", json!(refusals)));
                facts.push(("limits", arrangement_rules::named(behind)));
                facts
            }
            Self::NotNow(err) => err.facts(),
            Self::WrongCurrency(_) | Self::Once(_) => Vec::new(),
            Self::Stop(stop) => stop.facts(),
        }
    }

    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::NotNow(err) => err.retry_after(),
            Self::Once(err) => err.retry_after(),
            Self::Stop(stop) => stop.retry_after(),
            Self::Limits(..) | Self::WrongCurrency(_) => None,
        }
    }
}

fn numbers(refusal: PromiseRefusal) -> Vec<(&'static str, Value)> {
    match refusal {
        PromiseRefusal::BelowMin { least, offered }
        | PromiseRefusal::BelowMinAdditional { least, offered } => vec![
            ("least", json!(least.to_decimal())),
            ("offered", json!(offered.money().to_decimal())),
        ],
        PromiseRefusal::OverBalance { balance, promised } => vec![
            ("balance", json!(balance.to_decimal())),
            ("promised", json!(promised.to_decimal())),
        ],
        PromiseRefusal::FirstTooLate { latest, .. } => vec![("latest", json!(latest))],
        PromiseRefusal::DatesNotAscending { date } => vec![("date", json!(date))],
        PromiseRefusal::TooManyOpen { most, asked } => {
            vec![("most", json!(most)), ("asked", json!(asked))]
        }
        PromiseRefusal::SupervisorNeeded { broken } => vec![("broken", json!(broken))],
        PromiseRefusal::Nothing | PromiseRefusal::TooLarge(_) => Vec::new(),
    }
}

/// Takes one or more promises on a debt, under the limits of whoever agrees.
///
/// # Errors
/// [`PromiseRefused::Limits`] with every limit that is not kept; nothing is written then.
pub async fn take(
    app: &App,
    actor: &Actor,
    new: NewPromises,
    once: &Once,
) -> Result<Answer<Vec<PromiseId>>, PromiseRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let ground = lock_ground(&tx, new.account).await?;
    let (ids, _) = agree(&tx, actor, ground, &new).await?;
    once.keep(&tx, &ids).await?;
    tx.commit().await?;
    Ok(Answer::first(ids))
}

/// Takes promises on a locked debt in the caller's transaction; the account as it is then.
pub async fn agree(
    tx: &Tx,
    actor: &Actor,
    ground: Ground,
    new: &NewPromises,
) -> Result<(Vec<PromiseId>, account::Model), PromiseRefused> {
    may_arrange(tx, &ground).await?;
    nothing_open(tx, new.account).await?;
    if new.currency != ground.currency {
        return Err(PromiseRefused::WrongCurrency(ground.currency));
    }
    let agreeing = Agreeing::of(tx, actor, new.colleague).await?;
    let rules =
        arrangement_rules::in_force(tx, &ground.account, agreeing.role, ground.today).await?;
    let merged = rules.merged;
    let series = series(tx, &ground, &agreeing, new).await?;
    promise::check(&merged.limits, &series, ground.today).map_err(|refusals| {
        let fields: Vec<_> = refusals.iter().flat_map(|one| one.limits()).copied().collect();
        PromiseRefused::Limits(refusals, merged.behind(&fields))
    })?;
    let ids = write(tx, &ground, &agreeing, new, Terms::from(&merged.limits)).await?;
    let first = new.promises.first().map_or(ground.today, |(_, due)| *due);
    let due = Due::At(start_of_day(&ground.time_zone, first).max(tx.now()));
    let status = status_after(PromiseState::Pending, false, ground.account.status);
    let row = ground.account;
    let row = if status.is_none() {
        let same = row.status;
        crate::accounts::work::settle(tx, row, same, due).await?
    } else {
        follow(tx, row, status, due, "a promise was taken").await?
    };
    Ok((ids, row))
}

async fn series(
    tx: &Tx,
    ground: &Ground,
    agreeing: &Agreeing,
    new: &NewPromises,
) -> Result<Series, Stop> {
    let known = of_account(tx, ground.account.id).await?;
    let states: Vec<_> = known.iter().map(|row| row.state).collect();
    let pending = known.iter().filter(|row| row.state == PromiseState::Pending);
    let promised: Money = pending.clone().map(|row| row.amount).sum();
    let open = u32::try_from(pending.count()).unwrap_or(u32::MAX);
    Ok(Series {
        promises: new.promises.clone(),
        // What is promised already is not promised twice.
        balance: ground.owed.minus(promised).map_err(|_| Fault::Unexpected("too large"))?,
        open,
        broken: promise::broken_count(&states),
        agreed_by: agreeing.role,
    })
}

async fn write(
    tx: &Tx,
    ground: &Ground,
    agreeing: &Agreeing,
    new: &NewPromises,
    terms: Terms,
) -> Result<Vec<PromiseId>, Stop> {
    let account = &ground.account;
    let series_id = random::uuid();
    let mut ids = Vec::with_capacity(new.promises.len());
    for (amount, due_on) in &new.promises {
        let id = PromiseId(random::uuid());
        row::Entity::insert(row::ActiveModel {
            agency_id: Set(tx.agency()),
            id: Set(id),
            account_id: Set(account.id),
            creditor_id: Set(account.creditor_id),
            debtor_id: Set(account.debtor_id),
            series_id: Set(series_id),
            amount: Set(amount.money()),
            due_on: Set(*due_on),
            method: Set(new.method),
            channel: Set(new.channel),
            state: Set(PromiseState::Pending),
            counted: Set(Money::ZERO),
            lead_days: Set(signed(terms.lead_days)),
            grace_banking_days: Set(signed(terms.grace_banking_days)),
            partial_share: Set(terms.partial_share),
            taken_at: Set(tx.now()),
            taken_by: Set(agreeing.by),
            taken_by_name: Set(agreeing.by_name.clone()),
            approved_by: Set(agreeing.supervisor.as_ref().map(|(id, _)| *id)),
            approved_by_name: Set(agreeing.supervisor.as_ref().map(|(_, name)| name.clone())),
            judged_at: Set(None),
            held_at: Set(None),
            suspended_at: Set(None),
            end_reason: Set(None),
            version: Set(1),
        })
        .exec_without_returning(tx)
        .await?;
        let words = format!(
            "Promise of {} for {due_on} taken ({})",
            amount.money().to_display(ground.currency),
            new.channel.name().replace('_', " ")
        );
        let detail =
            json!({"promise": id, "amount": amount.money().to_decimal(), "due_on": due_on});
        timeline::record(tx, account.into(), TimelineKind::PromiseMade, words, Some(detail))
            .await?;
        ids.push(id);
    }
    audit::write(
        tx,
        audit::Entry {
            action: "promise.take",
            subject_type: "account",
            subject_id: Some(account.id.0),
            after: Some(json!({
                "promises": ids, "taken_by": agreeing.by_name,
                "approved_by": agreeing.supervisor.as_ref().map(|(_, name)| name),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(ids)
}
