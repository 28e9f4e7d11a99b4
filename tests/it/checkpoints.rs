//! What starts at a checkpoint says what the sum from the first transfer says, whatever happened, and in
//! whatever order days and postings come.

use crate::till::{Debt, Till, amount, once};
use crate::world::run;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc};
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::{Currency, PaymentId};
use service::payments::{self, NewPayment, NewReversal};
use service::statements::{self, Preview};
use service::sweeps::{self, Sweepable};
use service::trust;

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The last day of the month.
fn month_end(now: DateTime<Utc>) -> NaiveDate {
    let first = now.date_naive().with_day(1).expect("a first day");
    first + chrono::Months::new(1) - Days::new(1)
}

async fn figures(till: &Till) -> (Sweepable, Preview) {
    let (app, admin) = (&till.world.app, &till.house.admin);
    let sweepable = sweeps::preview(app, admin).await.expect("sweepable");
    let end = month_end(app.clock().now());
    let preview = statements::preview(app, admin, till.creditor, Some(end), None).await;
    (sweepable, preview.expect("a preview"))
}

async fn pays(till: &Till, debt: &Debt, dice: &mut Dice) -> PaymentId {
    let (kind, method) = match dice.throw(3) {
        0 => (PaymentKind::PaidCreditor, PaymentMethod::Check),
        1 => (PaymentKind::PaidAgency, PaymentMethod::Check),
        _ => (PaymentKind::PaidAgency, PaymentMethod::Cash),
    };
    let today = till.world.app.clock().now().date_naive();
    let new = NewPayment {
        account: debt.account,
        kind,
        method,
        amount: amount(i64::try_from(100 + dice.throw(9_000)).expect("cents")),
        currency: Currency::Usd,
        forwarder_fee: None,
        // Often days before it is entered: before checkpoints that do not know of it.
        effective_on: Some(today - Days::new(1 + dice.throw(9))),
        deposited_on: None,
        memo: None,
        directed: false,
    };
    let (app, admin) = (&till.world.app, &till.house.admin);
    payments::take(app, admin, new, &once("take_payment")).await.expect("taken").value
}

#[test]
fn what_starts_at_a_checkpoint_equals_the_sum_of_everything() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let (debt, other) = (till.debt(100_000_000).await, till.debt(100_000_000).await);
        let mut dice = Dice(20_261_125);
        let mut standing = Vec::new();
        let mut checkpoints = 0;
        for _ in 0..40 {
            match dice.throw(8) {
                0 => {
                    trust::keep_checkpoint(app, admin, app.clock().now()).await.expect("kept");
                    checkpoints += 1;
                }
                1 if !standing.is_empty() => {
                    let sides = u64::try_from(standing.len()).expect("a number");
                    let at = usize::try_from(dice.throw(sides)).expect("a place");
                    let back = NewReversal {
                        payment: standing.swap_remove(at),
                        reason: ReversalReason::Bounce,
                        note: "NSF".into(),
                    };
                    payments::reverse(app, admin, back, &once("reverse_payment"))
                        .await
                        .expect("reversed");
                }
                2 if !standing.is_empty() => till.left_trust("agency_earned", 1, None).await,
                3 => {
                    // A checkpoint while two payments are being posted.
                    let (mut one, mut two) = (Dice(dice.throw(1_000)), Dice(dice.throw(1_000)));
                    let (kept, one, two) = tokio::join!(
                        trust::keep_checkpoint(app, admin, app.clock().now()),
                        pays(&till, &debt, &mut one),
                        pays(&till, &other, &mut two)
                    );
                    kept.expect("kept");
                    standing.extend([one, two]);
                    checkpoints += 1;
                }
                _ => standing.push(pays(&till, &debt, &mut dice).await),
            }
            let (sweepable, _) = figures(&till).await;
            assert_eq!(sweepable.cash.minor(), till.ledger("trust_cash").await);
            assert_eq!(sweepable.earned.minor(), -till.ledger("agency_earned").await);
            till.world.wait(Duration::minutes(25));
        }
        assert!(checkpoints > 5 && standing.len() > 10, "{checkpoints}, {}", standing.len());
        let kept = till
            .number(
                "SELECT count(DISTINCT ledger) AS n FROM trust_checkpoint_line WHERE agency_id = $1",
                [till.house.id.0.into()],
            )
            .await;
        assert!(kept >= 4, "cash, payable, earned and receivable: {kept}");
        let (sweepable, preview) = figures(&till).await;
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert!(proof.proven, "{:?}", proof.findings);
        // The same without them: every sum from the first transfer on.
        for table in ["trust_checkpoint_line", "trust_checkpoint"] {
            till.sql(
                &format!("DELETE FROM {table} WHERE agency_id = $1"),
                [till.house.id.0.into()],
            )
            .await;
        }
        assert!(preview.tie.holds(), "{:?}", preview.tie);
        let (summed, stated) = figures(&till).await;
        assert_eq!(sweepable, summed);
        assert_eq!((preview.tie, preview.offset), (stated.tie, stated.offset));
        assert_eq!(preview.statement.totals, stated.statement.totals);
        let again = trust::proof(app, admin, None).await.expect("a proof");
        assert_eq!(
            (
                proof.accounts[0].cash,
                proof.accounts[0].client_payable,
                proof.accounts[0].cleared_shortfall
            ),
            (
                again.accounts[0].cash,
                again.accounts[0].client_payable,
                again.accounts[0].cleared_shortfall
            )
        );
    });
}
