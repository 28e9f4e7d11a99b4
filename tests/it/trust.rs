//! The trust ledger proves itself, now and at any past instant, and nobody rewrites it.

use crate::till::{Till, amount, once};
use crate::world::{database_url, run};
use chrono::Duration;
use domain::Currency;
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use service::payments::{self, NewPayment, NewReversal};
use service::trust;

fn cash(debt: &crate::till::Debt, minor: i64) -> NewPayment {
    NewPayment {
        account: debt.account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Cash,
        amount: amount(minor),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    }
}

#[test]
fn the_proof_holds_now_and_at_every_past_instant() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        let empty = app.clock().now();
        till.world.wait(Duration::hours(1));
        let first = payments::take(app, admin, cash(&debt, 10_000), &once("take_payment")).await;
        let one = app.clock().now();
        till.world.wait(Duration::hours(1));
        payments::take(app, admin, cash(&debt, 25_000), &once("take_payment"))
            .await
            .expect("taken");
        let two = app.clock().now();
        till.world.wait(Duration::hours(1));
        let back = NewReversal {
            payment: first.expect("taken").value,
            reason: ReversalReason::Bounce,
            note: "counterfeit".into(),
        };
        payments::reverse(app, admin, back, &once("reverse_payment")).await.expect("reversed");

        for (at, cash) in
            [(Some(empty), 0), (Some(one), 10_000), (Some(two), 35_000), (None, 25_000)]
        {
            let proof = trust::proof(app, admin, at).await.expect("a proof");
            assert!(proof.balanced, "{at:?}: {proof:?}");
            let account = &proof.accounts[0];
            assert_eq!(account.cash.minor(), cash, "{at:?}");
            assert_eq!(account.client_payable.minor(), cash * 7 / 10, "{at:?}");
            assert_eq!(account.agency_earned.minor(), cash * 3 / 10, "{at:?}");
            assert!(account.difference.is_zero() && account.below_zero.is_empty());
        }
    });
}

#[test]
fn money_on_hold_is_booked_and_not_cleared_and_a_shortfall_is_named() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        let check = NewPayment { method: PaymentMethod::Check, ..cash(&debt, 10_000) };
        let taken = payments::take(app, admin, check, &once("take_payment")).await.expect("taken");
        // The creditor was paid out by mistake: the ledger goes below zero when the check bounces.
        till.sql(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, effective_on, entered_at, posted_at, available_on,
                 source_type, source_id, effect)
             SELECT agency_id, $2, $2, 0, 'client_payable', 'trust_cash', 7000, id, $3, day, $4, $4,
                 day, 'remittance', $2, 'pay'
             FROM trust_account, LATERAL (SELECT ($4::timestamptz AT TIME ZONE 'America/New_York')::date AS day) d
             WHERE agency_id = $1",
            [
                till.house.id.0.into(),
                uuid::Uuid::now_v7().into(),
                till.creditor.0.into(),
                app.clock().now().into(),
            ],
        )
        .await;
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert_eq!(proof.accounts[0].shortfall.minor(), 0);
        assert_eq!(proof.accounts[0].cleared_shortfall.minor(), 7_000);
        let back = NewReversal {
            payment: taken.value,
            reason: ReversalReason::Bounce,
            note: "NSF".into(),
        };
        payments::reverse(app, admin, back, &once("reverse_payment")).await.expect("reversed");
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert!(!proof.balanced);
        let account = &proof.accounts[0];
        assert_eq!(account.shortfall.minor(), 7_000);
        assert!(account.difference.is_zero());
        assert_eq!(account.below_zero[0].creditor, Some(till.creditor));
    });
}

#[test]
fn a_balance_that_somebody_changed_behind_the_ledger_is_found() {
    run(async {
        let till = Till::open().await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        let debt = till.debt(100_000).await;
        payments::take(app, admin, cash(&debt, 10_000), &once("take_payment"))
            .await
            .expect("taken");
        till.sql(
            "UPDATE account SET principal = principal - 1 WHERE id = $1",
            [debt.account.0.into()],
        )
        .await;
        let proof = trust::proof(app, admin, None).await.expect("a proof");
        assert!(!proof.balanced);
        assert_eq!(proof.findings[0].check, "account_balance");
        assert_eq!(proof.findings[0].subject_id, debt.account.0);
        assert_eq!(proof.findings[0].ledger.minor() - proof.findings[0].record.minor(), 1);
    });
}

#[test]
fn the_database_refuses_to_change_or_delete_what_is_posted() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(100_000).await;
        let (app, admin) = (&till.world.app, &till.house.admin);
        payments::take(app, admin, cash(&debt, 10_000), &once("take_payment"))
            .await
            .expect("taken");
        for role in
            ["quittance_agency", "quittance_creditor", "quittance_debtor", "quittance_system"]
        {
            let db = Database::connect(database_url(role)).await.expect("a connection");
            for sql in [
                "UPDATE transfer SET amount = amount + 1",
                "DELETE FROM transfer",
                "UPDATE payment_line SET amount = amount + 1",
                "DELETE FROM payment_line",
                "UPDATE audit SET reason = ''",
                "DELETE FROM audit",
            ] {
                let tx = db.begin().await.expect("begun");
                let agency = till.house.id.0;
                tx.execute_unprepared(&format!("SET LOCAL app.agency_id = '{agency}'"))
                    .await
                    .expect("a scope");
                let refused = tx.execute_unprepared(sql).await.expect_err("refused").to_string();
                assert!(refused.contains("permission denied"), "{role}: {sql}: {refused}");
            }
        }
        // And a transfer from one book to another cannot exist.
        let crossing = format!(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount, effective_on,
                 entered_at, posted_at, available_on, source_type, source_id, effect)
             VALUES ('{0}', gen_random_uuid(), gen_random_uuid(), 0, 'op_cash', 'trust_cash', 1, current_date, now(),
                 now(), current_date, 'x', gen_random_uuid(), 'x')",
            till.house.id.0
        );
        let refused =
            till.eye.execute_unprepared(&crossing).await.expect_err("refused").to_string();
        assert!(refused.contains("transfer_within_one_book"), "{refused}");
    });
}
