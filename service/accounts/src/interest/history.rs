//! What happened to an account's debt, and under which terms it bears interest.

use chrono::{DateTime, NaiveDate, Utc};
use domain::account::{AccountStatus, Restriction};
use domain::allocation::AllocationRule;
use domain::debt_entry::DebtEntryKind;
use domain::interest::{
    AccountDates, AnnualRate, Event, NotReplayable, OfAccount, Policy, Position, Replay,
    Stop as Pause, Terms, What, replay,
};
use domain::money::TooLarge;
use domain::terms::Versioned;
use domain::{Amount, Bucket, Buckets, Currency, Money, PaymentId};
use entity::account;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{FromQueryResult, raw_sql};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use terms::contracts::allocation_rule;

/// The history of one account.
#[derive(Debug)]
pub(super) struct History {
    /// The agency's day.
    pub today: NaiveDate,
    pub currency: Currency,
    pub terms: Terms,
    /// Oldest first; those of one instant in the order in which they were written.
    pub events: Vec<Event>,
    opening: Position,
    rules: Vec<(NaiveDate, AllocationRule)>,
}

#[derive(FromQueryResult)]
struct Row {
    currency: Currency,
    time_zone: String,
    today: NaiveDate,
    contracts: Option<Value>,
    payments: Option<Value>,
    entries: Option<Value>,
    restrictions: Option<Value>,
    statuses: Option<Value>,
}

/// What a contract says about the interest of debts and the order in which payments fill buckets.
#[derive(Deserialize)]
struct Contract {
    order: Vec<String>,
    percent: Option<Value>,
    interest: Option<Policy>,
}

#[derive(Deserialize)]
struct Paid {
    id: uuid::Uuid,
    applied: Money,
    on: NaiveDate,
    at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Entered {
    kind: DebtEntryKind,
    #[serde(flatten)]
    change: Buckets,
    on: NaiveDate,
    at: DateTime<Utc>,
    of_payment: bool,
}

#[derive(Deserialize)]
struct Restricted {
    kind: Restriction,
    from: NaiveDate,
    until: Option<NaiveDate>,
}

#[derive(Deserialize)]
struct Became {
    status: AccountStatus,
    on: NaiveDate,
}

/// Reads everything in one trip. A payment that counts again after its return counts from the day
/// on which the debtor made it.
pub(super) async fn load(tx: &Tx, account: &account::Model) -> Result<History, Stop> {
    let (agency, now) = (tx.agency(), tx.now());
    let (id, creditor) = (account.id, account.creditor_id);
    let restricting = Restriction::codes(|row| row.interest_stops.is_some());
    let row = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"WITH RECURSIVE g AS (
               SELECT currency, time_zone, ({now}::timestamptz AT TIME ZONE time_zone)::date AS today
               FROM agency WHERE id = {agency}),
           up AS (
               SELECT id, parent_id, 0 AS depth FROM creditor WHERE agency_id = {agency} AND id = {creditor}
               UNION ALL
               SELECT c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
               WHERE c.agency_id = {agency} AND up.depth < 16)
           SELECT g.currency, g.time_zone, g.today,
               (SELECT jsonb_agg(jsonb_build_object('distance', up.depth, 'effective_on', c.effective_on,
                           'terms', jsonb_build_object('order', to_jsonb(c.allocation_order),
                                                       'percent', c.allocation_percent, 'interest', c.interest)))
                FROM up JOIN contract c ON c.agency_id = {agency} AND c.creditor_id = up.id) AS contracts,
               (SELECT jsonb_agg(jsonb_build_object('id', p.id, 'applied', p.applied,
                           'on', made."on", 'at', p.posted_at) ORDER BY p.posted_at, p.id)
                FROM payment p
                CROSS JOIN LATERAL (
                    WITH RECURSIVE back AS (
                        SELECT p.effective_on AS on_day, p.reverses_id, 0 AS steps
                        UNION ALL
                        SELECT q.effective_on, q.reverses_id, back.steps + 1
                        FROM back JOIN payment q ON q.agency_id = {agency} AND q.id = back.reverses_id)
                    SELECT on_day AS "on" FROM back ORDER BY steps DESC LIMIT 1) made
                WHERE p.agency_id = {agency} AND p.account_id = {id} AND p.state = 'succeeded'
                  AND p.kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder') AND p.applied > 0) AS payments,
               (SELECT jsonb_agg(jsonb_build_object('kind', e.kind, 'principal', e.principal, 'interest', e.interest,
                           'fees', e.fees, 'costs', e.costs, 'other', e.other, 'on', e.effective_on,
                           'at', e.posted_at, 'of_payment', e.payment_id IS NOT NULL) ORDER BY e.posted_at, e.id)
                FROM debt_entry e
                WHERE e.agency_id = {agency} AND e.account_id = {id} AND e.kind <> 'shift') AS entries,
               (SELECT jsonb_agg(jsonb_build_object('kind', s.kind,
                           'from', (s.set_at AT TIME ZONE g.time_zone)::date,
                           'until', (s.lifted_at AT TIME ZONE g.time_zone)::date))
                FROM restriction s
                WHERE s.agency_id = {agency} AND s.account_id = {id}
                  AND s.kind = ANY({restricting})) AS restrictions,
               (SELECT jsonb_agg(jsonb_build_object('status', t.detail ->> 'to',
                           'on', (t.at AT TIME ZONE g.time_zone)::date) ORDER BY t.at, t.id)
                FROM timeline_entry t
                WHERE t.agency_id = {agency} AND t.account_id = {id} AND t.kind = 'status_changed'
                  AND t.detail ->> 'to' IS NOT NULL) AS statuses
           FROM g"#
    ))
    .one(tx)
    .await?
    .ok_or(Stop::NotFound("agency"))?;
    Ok(History::of(account, row)?)
}

pub(super) fn read<T: DeserializeOwned>(json: Option<Value>) -> Result<Vec<T>, Fault> {
    Ok(json.map(serde_json::from_value).transpose()?.unwrap_or_default())
}

impl History {
    fn of(account: &account::Model, row: Row) -> Result<Self, Fault> {
        let versions: Versioned<Contract> = Versioned::new(read(row.contracts)?);
        let policy =
            versions.in_force(account.placed_on).and_then(|version| version.terms.interest);
        let since = date_in(&row.time_zone, account.status_changed_at);
        let pauses = pauses(account.status, since, read(row.restrictions)?, read(row.statuses)?);
        let terms = match policy {
            Some(policy) => policy.terms(of_account(account, pauses)?),
            None => Terms::none(),
        };
        let events = events(read(row.payments)?, read(row.entries)?);
        let days = events.iter().map(|event| event.on).chain(terms.starts_on);
        let opened_on = days.fold(account.placed_on, NaiveDate::min);
        let placed = Buckets {
            principal: account.placed_principal,
            interest: account.placed_interest,
            fees: account.placed_fees,
            costs: account.placed_costs,
            other: account.placed_other,
        };
        Ok(Self {
            today: row.today,
            currency: row.currency,
            terms,
            events,
            opening: Position::opening(placed, opened_on),
            rules: rules(&versions)?,
        })
    }

    /// The history with other events, up to the last of them.
    pub fn replay(&self, events: &[Event]) -> Result<Replay, NotReplayable> {
        let days = || events.iter().map(|event| event.on);
        let opened_on = days().fold(self.opening.posted_on, NaiveDate::min);
        let opening = Position { posted_on: opened_on, ..self.opening };
        let through = days().fold(opened_on, NaiveDate::max);
        replay(
            &self.terms,
            |on, amount, owed| self.allocate(on, amount, owed),
            &opening,
            events,
            through,
        )
    }

    /// The day up to which interest is posted, where some was.
    pub fn posted_on(&self, replay: &Replay) -> Option<NaiveDate> {
        let on = replay.position.posted_on;
        (self.terms.accrue() && on > self.opening.posted_on).then_some(on)
    }

    /// The day from which nothing happened later.
    pub fn last_on(&self) -> Option<NaiveDate> {
        self.events.iter().map(|event| event.on).max()
    }

    /// How a payment of a day fills the buckets: by the contract in force on it (money rule 3).
    fn allocate(
        &self,
        on: NaiveDate,
        amount: Amount,
        owed: &Buckets,
    ) -> Result<domain::allocation::Allocation, TooLarge> {
        let usual = AllocationRule::from(domain::allocation::AllocationOrder::USUAL);
        let found = self.rules.iter().find(|(from, _)| *from <= on).map(|(_, rule)| rule);
        found.unwrap_or(&usual).allocate(amount, owed)
    }
}

/// The rules of allocation, so that the first one that begins on or before a day is that day's.
fn rules(versions: &Versioned<Contract>) -> Result<Vec<(NaiveDate, AllocationRule)>, Fault> {
    versions
        .changes()
        .into_iter()
        .map(|(day, version)| {
            let Contract { order, percent, .. } = &version.terms;
            Ok((day, allocation_rule(order.clone(), percent.clone())?))
        })
        .collect()
}

fn events(payments: Vec<Paid>, entries: Vec<Entered>) -> Vec<Event> {
    let order = |at: DateTime<Utc>| u64::try_from(at.timestamp_micros()).unwrap_or(0);
    let mut events = Vec::with_capacity(payments.len() + entries.len());
    for entry in entries {
        let event = |what| Event { on: entry.on, entered: order(entry.at), what };
        match entry.kind {
            // What a payment needed goes with it: it is computed again (money rule 15).
            DebtEntryKind::Interest if entry.of_payment => {}
            DebtEntryKind::Interest => events.push(event(What::Posting)),
            DebtEntryKind::Charge
            | DebtEntryKind::ChargeReturn
            | DebtEntryKind::Decrease
            | DebtEntryKind::DecreaseReturn
            | DebtEntryKind::WriteOff
            | DebtEntryKind::WriteOffReturn => {
                events.extend(changes(&entry.change).map(event));
            }
            DebtEntryKind::Shift => {}
        }
    }
    for paid in payments {
        if let Ok(amount) = Amount::new(paid.applied) {
            let what = What::Payment { id: PaymentId(paid.id), amount };
            events.push(Event { on: paid.on, entered: order(paid.at), what });
        }
    }
    events
}

/// What an entry does, bucket by bucket.
pub(super) fn changes(change: &Buckets) -> impl Iterator<Item = What> {
    let change = *change;
    Bucket::ALL.into_iter().filter_map(move |bucket| {
        let by = change.get(bucket);
        match Amount::new(by) {
            Ok(amount) => Some(What::Charge { bucket, amount }),
            Err(_) if by.is_zero() => None,
            Err(_) => Some(What::Adjustment { bucket, by }),
        }
    })
}

fn of_account(account: &account::Model, stops: Vec<Pause>) -> Result<OfAccount, Fault> {
    let judgment = account.judgment.clone().map(adjudged).transpose()?.flatten();
    Ok(OfAccount {
        authority: account.interest_authority.clone(),
        rate: account.interest_rate.and_then(|rate| AnnualRate::new(rate).ok()),
        starts_on: account.interest_start_on,
        dates: AccountDates {
            charged_off_on: account.charge_off_on,
            last_paid_on: account.creditor_paid_on,
            placed_on: Some(account.placed_on),
            served_on: Some(account.service_on),
            adjudged_on: judgment.map(|(on, ..)| on),
        },
        judgment,
        stops,
    })
}

/// A judgment as placements keep it; it bears interest once day, amount and rate are known.
fn adjudged(json: Value) -> Result<Option<(NaiveDate, Amount, AnnualRate)>, Fault> {
    #[derive(Deserialize)]
    struct Kept {
        judgment_on: Option<NaiveDate>,
        amount: Option<String>,
        rate: Option<AnnualRate>,
    }
    let Kept { judgment_on, amount, rate } = serde_json::from_value(json)?;
    // Both currencies have two decimals.
    let amount = amount.and_then(|text| Amount::parse(&text, Currency::Usd).ok());
    let whole = judgment_on.zip(amount).zip(rate);
    Ok(whole.map(|((on, amount), rate)| (on, amount, rate)))
}

/// What stopped interest. An account that was paid and is owed again was never paid, so that its
/// closing stops nothing.
fn pauses(
    status: AccountStatus,
    since: NaiveDate,
    restrictions: Vec<Restricted>,
    statuses: Vec<Became>,
) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = restrictions
        .into_iter()
        .filter_map(|one| {
            let reason = one.kind.row().interest_stops?;
            Some(Pause { reason, from: one.from, until: one.until })
        })
        .collect();
    // A restriction changes the status without telling it as a change.
    let told = statuses.last().is_some_and(|last| last.status == status);
    let last_ends = (!told).then_some(since);
    let ends = statuses.iter().skip(1).map(|next| Some(next.on)).chain([last_ends]);
    for (became, until) in statuses.iter().zip(ends) {
        if let Some(reason) = became.status.row().interest_stops {
            pauses.push(Pause { reason, from: became.on, until });
        }
    }
    if let Some(reason) = status.row().interest_stops.filter(|_| !told) {
        pauses.push(Pause { reason, from: since, until: None });
    }
    pauses.retain(|pause| pause.until.is_none_or(|until| until > pause.from));
    pauses
}
