//! Random histories on PostgreSQL: two creditors live through the same events, one remitted net, the
//! other gross. Every close ties (invariant 5), the books tie out after every step, and both come to
//! the same for the creditor.

use crate::debts::{Debt, Debts};
use crate::till::{fill, once};
use crate::world::{House, World, run};
use chrono::{Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::remittance::{FeePolicy, RemittanceMethod, RemittanceState, ReturnPolicy, Terms};
use domain::{AccountId, Amount, CreditorId, Currency, Money, PaymentId, Rate, StaffRole};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use service::Refused;
use service::actor::Actor;
use service::close_runs::{self, NewRun};
use service::contracts::{self, NewContract};
use service::creditor_payments::{self, NewCreditorPayment};
use service::payments::{self, NewPayment, NewReversal};
use service::remittances::{self, NewIssue, RemittanceFilter, RemittanceRefused};
use service::statements::{self, CloseRefused, StatementFilter};
use service::users::Membership;
use service::window::Window;

/// Something that happens to both.
#[derive(Debug, Clone)]
enum Event {
    /// A debtor pays; so many days pass first.
    Pays { kind: PaymentKind, method: PaymentMethod, minor: i64, back_dated: i64 },
    /// The n-th payment comes back, or its return does.
    ComesBack { nth: usize },
    /// Operating fills what trust lacks.
    Advance,
    /// The creditor pays to the agency.
    CreditorPays { minor: i64 },
    /// The second person pays out what is prepared.
    Issue,
    /// A check to the creditor is lost.
    Lost,
}

#[derive(Debug, Clone)]
struct History {
    returns: ReturnPolicy,
    offset_directs: bool,
    minimum: i64,
    tax: &'static str,
    months: Vec<Vec<Event>>,
}

fn events() -> impl Strategy<Value = Event> {
    let kinds =
        prop_oneof![3 => Just(PaymentKind::PaidAgency), 1 => Just(PaymentKind::PaidCreditor)];
    let methods = prop_oneof![Just(PaymentMethod::Cash), Just(PaymentMethod::Check)];
    let pays =
        (kinds, methods, 1_i64..60_000, 0_i64..20).prop_map(|(kind, method, minor, back_dated)| {
            Event::Pays { kind, method, minor, back_dated }
        });
    prop_oneof![
        6 => pays,
        4 => (0_usize..12).prop_map(|nth| Event::ComesBack { nth }),
        1 => Just(Event::Advance),
        2 => (1_i64..30_000).prop_map(|minor| Event::CreditorPays { minor }),
        2 => Just(Event::Issue),
        1 => Just(Event::Lost),
    ]
}

fn histories() -> impl Strategy<Value = History> {
    let returns = prop_oneof![
        Just(ReturnPolicy::Carry),
        Just(ReturnPolicy::Invoice),
        Just(ReturnPolicy::Credit)
    ];
    let months = proptest::collection::vec(proptest::collection::vec(events(), 2..8), 4);
    let tax = prop_oneof![Just("0"), Just("0.13")];
    (returns, any::<bool>(), prop_oneof![Just(0_i64), Just(2_500)], tax, months).prop_map(
        |(returns, offset_directs, minimum, tax, months)| History {
            returns,
            offset_directs,
            minimum,
            tax,
            months,
        },
    )
}

/// One of the two.
struct Side {
    creditor: CreditorId,
    account: AccountId,
    paid: Vec<PaymentId>,
}

struct Stage {
    world: World,
    house: House,
    second: Actor,
}

#[test]
fn net_and_gross_tie_at_every_close_and_come_to_the_same() {
    run(async {
        let seed = std::env::var("HISTORY_SEED").ok().and_then(|text| text.parse().ok());
        let config =
            Config { rng_seed: RngSeed::Fixed(seed.unwrap_or(20_250_331)), ..Config::default() };
        let mut runner = TestRunner::new(config);
        let cases = std::env::var("HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
        for case in 0..cases {
            let history = histories().new_tree(&mut runner).expect("a history").current();
            // A failure names the whole history.
            eprintln!("history {case}: {history:?}");
            Box::pin(live(history)).await;
        }
    });
}

async fn live(history: History) {
    let stage = Stage::set().await;
    let net = stage.side(&history, "NET", RemittanceMethod::Net).await;
    let gross = stage.side(&history, "GROSS", RemittanceMethod::Gross).await;
    let mut sides = [net, gross];
    for (month, events) in (1_u32..).zip(&history.months) {
        for (nth, event) in (2_u32..).zip(events) {
            stage.turn(month, nth * 3);
            for side in &mut sides {
                stage.happens(side, event).await;
            }
        }
        stage.turn(month + 1, 1);
        stage.close(month, &sides).await;
    }
    let [net, gross] = [stage.total(&sides[0]).await, stage.total(&sides[1]).await];
    assert_eq!(net, gross, "{history:?}");
}

impl Stage {
    async fn set() -> Self {
        let world = World::new().await;
        let start = Utc.from_utc_datetime(&day(1, 1).and_time(NaiveTime::MIN));
        world.wait(start - world.app.clock().now());
        let house = world.house().await;
        let second = world.join(&house, "Fin", Membership::Staff(StaffRole::Finance)).await;
        Self { world, house, second }
    }

    async fn side(&self, history: &History, code: &str, method: RemittanceMethod) -> Side {
        let (app, admin) = (&self.world.app, &self.house.admin);
        let creditor = self.world.creditor(&self.house, code).await;
        let gross = method == RemittanceMethod::Gross;
        let terms = NewContract {
            remittance: Terms {
                method,
                returns: history.returns,
                offset_directs: history.offset_directs,
                minimum: Money::from_minor(history.minimum),
                processor_fees: if gross {
                    FeePolicy::GrossDeposit
                } else {
                    FeePolicy::AgencyShare
                },
                ..Terms::default()
            },
            tax_rate: Some(Rate::parse(history.tax).expect("a rate")),
            ..NewContract::flat(
                creditor,
                "2001-01-01".parse().expect("a day"),
                Rate::parse("0.333333").expect("a rate"),
            )
        };
        contracts::add(app, admin, terms).await.expect("terms");
        let debt = Debt {
            debtor: None,
            name: "Jane Doe".to_owned(),
            principal: 100_000_000,
            due_at: app.clock().now(),
        };
        let placed = Debts::of(&self.house, creditor).await.place_these(&[debt]).await;
        Side { creditor, account: placed[0].account, paid: Vec::new() }
    }

    /// It is evening of that day of the year.
    fn turn(&self, month: u32, of_month: u32) {
        let evening = NaiveTime::from_hms_opt(20, 0, 0).expect("a time");
        let then = Utc.from_utc_datetime(&day(month, of_month).and_time(evening));
        self.world.wait(then - self.world.app.clock().now());
    }

    async fn happens(&self, side: &mut Side, event: &Event) {
        let (app, admin) = (&self.world.app, &self.house.admin);
        match event {
            Event::Pays { kind, method, minor, back_dated } => {
                let on = app.clock().now().date_naive() - Duration::days(*back_dated);
                let new = NewPayment {
                    account: side.account,
                    kind: *kind,
                    method: *method,
                    amount: Amount::new(Money::from_minor(*minor)).expect("an amount"),
                    currency: Currency::Usd,
                    forwarder_fee: None,
                    effective_on: Some(on),
                    deposited_on: None,
                    memo: None,
                    directed: false,
                };
                let taken = payments::take(app, admin, new, &once("take_payment")).await;
                side.paid.push(taken.expect("taken").value);
            }
            Event::ComesBack { nth } => {
                let Some(payment) = side.paid.get(*nth).copied() else { return };
                let returned = payments::get(app, admin, payment).await.expect("found");
                let reason = if returned.kind.is_return() {
                    ReversalReason::Reinstated
                } else {
                    ReversalReason::Bounce
                };
                let new = NewReversal { payment, reason, note: "History".to_owned() };
                match payments::reverse(app, admin, new, &once("reverse_payment")).await {
                    Ok(done) => side.paid.push(done.value),
                    Err(refused) => assert_eq!(refused.code(), "payment_already_reversed"),
                }
            }
            Event::Advance => {
                fill(app, admin).await;
            }
            Event::CreditorPays { minor } => {
                let new = NewCreditorPayment {
                    creditor: side.creditor,
                    amount: Amount::new(Money::from_minor(*minor)).expect("an amount"),
                    currency: Currency::Usd,
                    received_on: None,
                    reference: None,
                    invoices: Vec::new(),
                };
                let entered =
                    creditor_payments::enter(app, admin, new, &once("creditor_pays")).await;
                entered.expect("entered");
            }
            Event::Issue => self.issue(side).await,
            Event::Lost => self.lose(side).await,
        }
    }

    async fn issue(&self, side: &Side) {
        for remittance in self.remittances(side, RemittanceState::Prepared).await {
            let new = NewIssue { remittance, reference: None, issued_on: None };
            match remittances::issue(&self.world.app, &self.second, new, &once("issue")).await {
                Ok(_) | Err(RemittanceRefused::TrustCashShort { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }

    async fn lose(&self, side: &Side) {
        let issued = self.remittances(side, RemittanceState::Issued).await;
        let Some(last) = issued.first() else { return };
        let (app, admin) = (&self.world.app, &self.house.admin);
        remittances::void(app, admin, *last, "Lost", &once("void")).await.expect("voided");
    }

    async fn remittances(&self, side: &Side, state: RemittanceState) -> Vec<domain::RemittanceId> {
        let filter = RemittanceFilter {
            creditor: Some(side.creditor),
            state: Some(state),
            ..Default::default()
        };
        let window = Window { after: None, limit: 100 };
        let part = remittances::list(&self.world.app, &self.house.admin, filter, &window).await;
        part.expect("a list").rows.into_iter().map(|row| row.row.id).collect()
    }

    /// Closes the month over both, sweeps, and ties out.
    async fn close(&self, month: u32, sides: &[Side; 2]) {
        let (app, admin) = (&self.world.app, &self.house.admin);
        let period_end = day(month + 1, 1) - Duration::days(1);
        let new = NewRun { period_end, cutoff: None };
        let run = close_runs::open(app, admin, new, &once("open")).await.expect("a run").value;
        let before = close_runs::summary(app, admin, run).await.expect("a summary");
        assert!(before.tie_out.holds(), "before {period_end}: {:?}", before.tie_out);
        let named = [sides[0].creditor, sides[1].creditor];
        for outcome in close_runs::close(app, admin, run, &named).await.expect("outcomes") {
            match outcome.result {
                Ok(_) | Err(CloseRefused::NothingToShow) => {}
                Err(other) => panic!("{period_end}: {other} {:?}", other.facts()),
            }
        }
        let swept = close_runs::finish(app, admin, run, true, &once("finish")).await;
        if let Err(refused) = swept {
            assert_eq!(refused.code(), "trust_cash_short");
            close_runs::finish(app, admin, run, false, &once("finish")).await.expect("finished");
        }
        let after = close_runs::summary(app, admin, run).await.expect("a summary");
        assert!(after.tie_out.holds(), "after {period_end}: {:?}", after.tie_out);
    }

    /// What the creditor got, less what it was billed and what it put in, with what is left over.
    async fn total(&self, side: &Side) -> i64 {
        let filter = StatementFilter { creditor: Some(side.creditor), run: None };
        let window = Window { after: None, limit: 100 };
        let all = statements::list(&self.world.app, &self.house.admin, filter, &window).await;
        let all = all.expect("a list").rows;
        let moved: i64 = all
            .iter()
            .map(|(_, totals)| {
                totals.remit.minor()
                    - totals.invoiced_apart.minor()
                    - totals.invoice_deficit.minor()
                    - totals.on_account.minor()
            })
            .sum();
        let left = all
            .first()
            .map_or(0, |(_, totals)| totals.carried.minor() + totals.open_credit.minor());
        moved + left
    }
}

fn day(month: u32, of_month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, month, of_month).expect("a day")
}
