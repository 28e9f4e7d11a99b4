//! Three months in the life of a demo's agencies: debts placed, dealt to desks, worked, paid.
//!
//! The application's clock is set back before it begins and walks home with it, so that the books
//! have a past.

use anyhow::{Context, Result};
use chrono::Days;
use domain::account::Disposition;
use domain::assignment::Strategy;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, Amount, CreditorId, Currency, Money, PlacementId, UserId};
use sea_orm::prelude::Uuid;
use service::App;
use service::accounts::{self, Account, Filter};
use service::actor::Actor;
use service::assignments::{self, Deal, Waiting};
use service::desks::{self, DeskTerms};
use service::once::Once;
use service::payments::{self, NewPayment};
use service::window::Window;
use service::worklist::{self, Outcome};

use super::facts::Facts;
use super::record;

/// How far back it begins.
pub const WEEKS: u64 = 12;

/// The desks: the collector's own and a pool.
pub async fn set_up_desks(app: &App, admin: &Actor, collector: UserId) -> Result<()> {
    for (name, user, weight) in [("Casey's desk", Some(collector), 3), ("Pool", None, 1)] {
        let terms = DeskTerms {
            name: name.to_owned(),
            user,
            cap: None,
            weight,
            min_balance: None,
            max_balance: None,
        };
        desks::create(app, admin, terms).await?;
    }
    Ok(())
}

/// Deals what a placement brought to the desks; returns how many accounts got one.
pub async fn deal(app: &App, manager: &Actor, placement: PlacementId) -> Result<u64> {
    let deal = Deal {
        strategy: Strategy::Weighted,
        desks: Vec::new(),
        waiting: Waiting { placement: Some(placement), ..Waiting::default() },
    };
    Ok(assignments::run(app, manager, &deal).await?.placed)
}

/// The open accounts of a creditor, newest first, at most a hundred.
pub async fn accounts_of(app: &App, actor: &Actor, creditor: CreditorId) -> Result<Vec<Account>> {
    let filter = Filter { creditor: Some(creditor), open: Some(true), ..Filter::default() };
    let all = Window { after: None, limit: 100 };
    Ok(accounts::list(app, actor, &filter, all).await?.rows)
}

/// One week: some checks come in, the collector works a few accounts.
pub async fn week(
    app: &App,
    finance: &Actor,
    collector: &Actor,
    paying: &[Account],
    number: u64,
) -> Result<usize> {
    let mut taken = 0;
    let start = usize::try_from(number * 3).unwrap_or(0);
    // Seven is no divisor of their number: the weeks go through all creditors.
    for account in paying.iter().cycle().skip(start * 7).step_by(7).take(3) {
        let part = if number.is_multiple_of(4) { 1 } else { 4 };
        // What is owed now: the round may have come back to an account that has paid.
        let owed = accounts::find(app, finance, account.id).await?.account.balance.total();
        let cents = owed.context("a sum")?.minor() / part;
        if cents < 2_500 {
            continue;
        }
        if pay_by_check(app, finance, account.id, cents).await.is_ok() {
            taken += 1;
        }
    }
    for disposition in [Disposition::NoAnswer, Disposition::LimitedContent, Disposition::RightParty]
    {
        let Some(in_hand) = worklist::next(app, collector).await? else { break };
        let outcome = Outcome { disposition, note: None, at: None, promise: None };
        if worklist::log_result(app, collector, in_hand.account.id, None, outcome).await.is_err() {
            worklist::release(app, collector, in_hand.account.id).await?;
        }
    }
    Ok(taken)
}

async fn pay_by_check(app: &App, finance: &Actor, account: AccountId, cents: i64) -> Result<()> {
    let new = NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Check,
        amount: Amount::new(Money::from_minor(cents))?,
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: Some(app.clock().now().date_naive() - Days::new(1)),
        memo: None,
        directed: false,
    };
    payments::take(app, finance, new, &once(finance, "take_payment")).await?;
    Ok(())
}

/// A request of its own, as each one over the API is.
pub fn once(actor: &Actor, operation: &'static str) -> Once {
    Once {
        principal: actor.principal(),
        key: Uuid::now_v7().to_string(),
        operation,
        fingerprint: Vec::new(),
    }
}

/// The debtors among `facts` whose accounts are open, with the reference that a letter would bear.
pub async fn debtors(
    app: &App,
    actor: &Actor,
    creditor: CreditorId,
    facts: &[Facts],
    wanted: usize,
) -> Result<Vec<record::Debtor>> {
    let mut found = Vec::new();
    for facts in facts {
        if found.len() == wanted {
            break;
        }
        let filter = Filter {
            creditor: Some(creditor),
            open: Some(true),
            number: Some(facts.account_number.clone()),
            ..Filter::default()
        };
        let rows =
            accounts::list(app, actor, &filter, Window { after: None, limit: 1 }).await?.rows;
        let Some(account) = rows.into_iter().next() else { continue };
        if account.last_payment_on.is_some() {
            continue;
        }
        found.push(record::Debtor {
            reference: account.reference,
            account_id: account.id.to_string(),
            last_name: facts.last_name.clone(),
            date_of_birth: facts.date_of_birth.to_string(),
            zip: facts.zip.clone(),
            ssn_last4: facts.ssn_last4.clone(),
            email: facts.email.clone(),
        });
    }
    Ok(found)
}
