//! One payment for the accounts of a debtor (E8), and what a disputed debt takes (15 USC 1692h).

use crate::counter::{Counter, text, usd};
use crate::http::Reply;
use crate::till::Debt;
use crate::world::run;
use domain::CreditorId;
use serde_json::{Value, json};

/// Three accounts of one debtor, the oldest first.
async fn packet(at: &Counter, balances: [i64; 3]) -> [Debt; 3] {
    let [one, two, three] = balances;
    let accounts = [at.till.debt(one).await, at.till.debt(two).await, at.till.debt(three).await];
    let [first, second, third] = &accounts;
    at.same_debtor(first, second).await;
    at.same_debtor(first, third).await;
    for (account, placed) in accounts.iter().zip(["2026-01-01", "2026-02-01", "2026-03-01"]) {
        at.till
            .sql(
                "UPDATE account SET placed_on = $2::date WHERE id = $1",
                [account.account.0.into(), placed.into()],
            )
            .await;
    }
    accounts
}

/// The account was placed by another creditor. The keys of its placement, its people and its rows
/// are switched off for this row alone.
async fn moved(at: &Counter, debt: &Debt, to: CreditorId) {
    at.till
        .sql(
            "WITH off AS (SELECT set_config('session_replication_role', 'replica', true)),
             home AS (SELECT id FROM portfolio WHERE creditor_id = $2 LIMIT 1)
             UPDATE account SET creditor_id = $2, portfolio_id = home.id FROM off, home
             WHERE account.id = $1",
            [debt.account.0.into(), to.0.into()],
        )
        .await;
}

async fn spread(at: &Counter, of: &Debt, amount: &str, more: Value) -> Reply {
    let mut body = json!({"method": "cash", "amount": usd(amount)});
    for (name, value) in more.as_object().expect("members") {
        body[name] = value.clone();
    }
    let path = format!("/v1/debtors/{}/payments", at.debtor(of).await);
    at.post(&at.manager, &path, body).await
}

fn parts(reply: &Reply) -> Vec<(String, String)> {
    let list = reply.body["payments"].as_array();
    let list = list.unwrap_or_else(|| panic!("{}", reply.text));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    list.iter().map(|part| (text(&part["account_id"]), text(&part["amount"]["amount"]))).collect()
}

fn expected(accounts: &[&Debt], amounts: &[&str]) -> Vec<(String, String)> {
    let pairs = accounts.iter().zip(amounts);
    pairs.map(|(debt, amount)| (debt.account.to_string(), (*amount).to_owned())).collect()
}

async fn dispute(at: &Counter, debt: &Debt) {
    let path = format!("/v1/accounts/{}/restrictions", debt.account);
    let body = json!({"kind": "dispute", "reason": "Letter of the debtor"});
    let request = crate::http::Request {
        token: Some(&at.manager.access),
        headers: vec![(
            "If-Match",
            format!(
                "\"{}\"",
                at.till
                    .number(
                        "SELECT version AS n FROM account WHERE id = $1",
                        [debt.account.0.into()]
                    )
                    .await
            ),
        )],
        body: Some(("application/json", body.to_string())),
    };
    let reply = at.api.send(reqwest::Method::POST, &path, request).await;
    assert!(reply.status < 300, "{}", reply.text);
}

/// E8: 333.33, 500.00 and 166.67.
#[test]
fn a_hundred_over_three_debts_conserves_every_cent() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [33_333, 50_000, 16_667]).await;
        let reply = spread(&at, &one, "100.00", json!({"strategy": "pro_rata"})).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        assert_eq!(parts(&reply), expected(&[&one, &two, &three], &["33.33", "50.00", "16.67"]));
        assert_eq!(at.till.owed(&one).await, 30_000);
        assert_eq!(at.till.owed(&two).await, 45_000);
        assert_eq!(at.till.owed(&three).await, 15_000);
        assert_eq!(at.till.ledger("trust_cash").await, 10_000);
        assert_eq!(at.till.ledger("agency_earned").await, -3_000);
        // Each part knows its spread and what the debtor said.
        let spread_id = text(&reply, "spread_id");
        for part in reply.body["payments"].as_array().expect("parts") {
            let id = part["payment_id"].as_str().expect("an id");
            let payment = at.api.get(&format!("/v1/payments/{id}"), &at.manager.access).await;
            assert_eq!(payment.body["spread_id"], spread_id.as_str());
            assert_eq!(payment.body["directed"], false);
        }
        let said = at.till.text(
            "SELECT DISTINCT direction->>'strategy' AS t FROM payment WHERE agency_id = $1",
            [at.till.house.id.0.into()],
        );
        assert_eq!(said.await.as_deref(), Some("pro_rata"));
        at.balanced().await;
    });
}

#[test]
fn a_disputed_account_gets_nothing_and_the_oldest_is_filled_first() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [33_333, 50_000, 16_667]).await;
        dispute(&at, &two).await;
        let reply = spread(&at, &one, "100.00", json!({"strategy": "pro_rata"})).await;
        assert_eq!(parts(&reply), expected(&[&one, &three], &["66.67", "33.33"]));
        assert_eq!(at.till.owed(&two).await, 50_000);
        let reply = spread(&at, &one, "100.00", json!({"strategy": "oldest_first"})).await;
        assert_eq!(parts(&reply), expected(&[&one], &["100.00"]));
        // Not even where the debtor chose amounts: there the payment says so account by account.
        let chosen = json!({"strategy": "chosen", "chosen": [
            {"account_id": two.account, "amount": usd("50.00")},
            {"account_id": one.account, "amount": usd("50.00")}]});
        let refused = spread(&at, &one, "100.00", chosen).await;
        assert_eq!((refused.status, refused.code()), (409, "account_disputed"));
        assert_eq!(refused.body["account_id"], two.account.to_string());
        at.balanced().await;
    });
}

#[test]
fn the_highest_rate_is_filled_first_and_a_tie_by_age() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [10_000, 10_000, 10_000]).await;
        for (debt, rate) in [(&one, "0.05"), (&two, "0.09"), (&three, "0.09")] {
            at.till
                .sql(
                    "UPDATE account SET interest_rate = $2::numeric WHERE id = $1",
                    [debt.account.0.into(), rate.into()],
                )
                .await;
        }
        let reply = spread(&at, &one, "150.00", json!({"strategy": "highest_rate_first"})).await;
        assert_eq!(parts(&reply), expected(&[&two, &three], &["100.00", "50.00"]));
    });
}

#[test]
fn what_the_debtor_chose_is_done_to_the_cent_or_not_at_all() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [10_000, 20_000, 30_000]).await;
        let chosen = |list: &[(&Debt, &str)]| {
            let list: Vec<Value> = list
                .iter()
                .map(|(debt, amount)| json!({"account_id": debt.account, "amount": usd(amount)}))
                .collect();
            json!({"strategy": "chosen", "chosen": list})
        };
        let stranger = at.till.debt(10_000).await;
        let refusals = [
            (chosen(&[(&one, "60.00"), (&two, "39.99")]), "chosen_not_the_sum"),
            (chosen(&[(&one, "100.01"), (&two, "-0.01")]), "chosen_over_balance"),
            (chosen(&[(&one, "50.00"), (&one, "50.00")]), "chosen_twice"),
            (chosen(&[(&stranger, "100.00")]), "not_in_packet"),
            (chosen(&[(&one, "0.00"), (&two, "100.00")]), "chosen_not_positive"),
        ];
        for (body, code) in refusals {
            let refused = spread(&at, &one, "100.00", body).await;
            assert_eq!((refused.status, refused.code()), (422, code), "{}", refused.text);
        }
        let over = spread(&at, &one, "100.01", chosen(&[(&one, "100.01")])).await;
        assert_eq!(
            (&over.body["chosen"], &over.body["balance"]),
            (&json!("100.01"), &json!("100.00"))
        );
        assert_eq!(at.rows("payment").await, 0);
        assert_eq!(at.rows("transfer").await, 0);
        let reply =
            spread(&at, &one, "100.00", chosen(&[(&three, "70.00"), (&two, "30.00")])).await;
        assert_eq!(parts(&reply), expected(&[&three, &two], &["70.00", "30.00"]));
        let said = at.till.text(
            "SELECT DISTINCT direction->>'directed' AS t FROM payment WHERE agency_id = $1",
            [at.till.house.id.0.into()],
        );
        assert_eq!(said.await.as_deref(), Some("true"));
    });
}

#[test]
fn several_creditors_are_paid_only_as_the_debtor_says() {
    run(async {
        let at = Counter::open().await;
        let [one, two, _] = packet(&at, [10_000, 20_000, 30_000]).await;
        let other = at.till.world.creditor(&at.till.house, "OTHER").await;
        moved(&at, &two, other).await;
        let refused = spread(&at, &one, "60.00", json!({"strategy": "pro_rata"})).await;
        assert_eq!((refused.status, refused.code()), (409, "direction_required"));
        assert_eq!(refused.body["creditors"], 2);
        assert_eq!(at.rows("payment").await, 0);
        let said = json!({"strategy": "pro_rata", "directed": true});
        let reply = spread(&at, &one, "60.00", said).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        let owned = at.till.number(
            "SELECT coalesce(sum(amount), 0)::bigint AS n FROM transfer
             WHERE creditor_id = $1 AND credit_ledger = 'client_payable'",
            [other.0.into()],
        );
        assert_eq!(owned.await, 1_400);
    });
}

#[test]
fn what_is_above_all_balances_is_a_credit_on_the_first_account() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [10_000, 20_000, 30_000]).await;
        let reply = spread(&at, &one, "605.00", json!({"strategy": "oldest_first"})).await;
        assert_eq!(parts(&reply), expected(&[&one, &two, &three], &["105.00", "200.00", "300.00"]));
        assert_eq!(reply.body["overpaid"], usd("5.00"));
        assert_eq!(at.till.ledger("debtor_credit").await, -500);
        let credits = format!("/v1/debtors/{}/credits", at.debtor(&one).await);
        let credits = at.api.get(&credits, &at.manager.access).await;
        assert_eq!(credits.body["total"], usd("5.00"), "{}", credits.text);
        assert_eq!(credits.body["accounts"][0]["account_id"], one.account.to_string());
        at.till.drain().await;
        for debt in [&one, &two, &three] {
            assert_eq!(at.till.status(debt).await, "PIF");
        }
        at.balanced().await;
    });
}

#[test]
fn one_request_sent_twice_is_one_payment_and_a_part_that_cannot_post_stops_all() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [10_000, 20_000, 30_000]).await;
        let path = format!("/v1/debtors/{}/payments", at.debtor(&one).await);
        let body = json!({"method": "check", "amount": usd("60.00"), "strategy": "pro_rata"});
        let first = at.post_again(&at.manager, &path, "one", body.clone()).await;
        let again = at.post_again(&at.manager, &path, "one", body.clone()).await;
        assert_eq!(first.body, again.body);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(at.rows("payment").await, 3);
        // A creditor without terms cannot be posted for: then nobody is.
        let bare = at.till.world.creditor(&at.till.house, "BARE").await;
        at.till.sql("DELETE FROM contract WHERE creditor_id = $1", [bare.0.into()]).await;
        moved(&at, &three, bare).await;
        let said = json!({"strategy": "pro_rata", "directed": true});
        let stopped = spread(&at, &two, "60.00", said).await;
        assert_eq!((stopped.status, stopped.code()), (409, "no_contract"), "{}", stopped.text);
        assert_eq!(at.rows("payment").await, 3);
        let by_card = json!({"method": "card", "strategy": "pro_rata"});
        let by_card = spread(&at, &one, "1.00", by_card).await;
        assert_eq!((by_card.status, by_card.code()), (422, "not_by_hand"));
    });
}

#[test]
fn a_disputed_debt_is_paid_only_by_a_debtor_who_chose_it() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(10_000).await;
        dispute(&at, &debt).await;
        let pay = |directed: Option<bool>, kind: &str| {
            let mut body = json!({"account_id": debt.account, "kind": kind, "method": "cash",
                "amount": usd("10.00")});
            if let Some(directed) = directed {
                body["directed"] = json!(directed);
            }
            body
        };
        for directed in [None, Some(false)] {
            let refused = at.post(&at.manager, "/v1/payments", pay(directed, "paid_agency")).await;
            assert_eq!((refused.status, refused.code()), (409, "account_disputed"));
            assert_eq!(refused.body["errors"][0]["pointer"], "/directed");
        }
        assert_eq!(at.rows("payment").await, 0);
        let said = at.post(&at.manager, "/v1/payments", pay(Some(true), "paid_agency")).await;
        assert_eq!(said.status, 201, "{}", said.text);
        assert_eq!(said.body["directed"], true);
        // The creditor was paid on this very debt: there is nothing left to direct.
        let direct = at.post(&at.manager, "/v1/payments", pay(None, "paid_creditor")).await;
        assert_eq!(direct.status, 201, "{}", direct.text);
        let only = spread(&at, &debt, "5.00", json!({"strategy": "pro_rata"})).await;
        assert_eq!((only.status, only.code()), (409, "only_disputed"));
        assert_eq!(only.body["disputed"], "80.00");
    });
}

/// The look before the entry: the same parts, and no row.
#[test]
fn a_preview_shows_what_would_be_posted_and_posts_nothing() {
    run(async {
        let at = Counter::open().await;
        let [one, two, three] = packet(&at, [33_333, 50_000, 16_667]).await;
        dispute(&at, &two).await;
        let path = format!("/v1/debtors/{}/payment-previews", at.debtor(&one).await);
        let preview = async |amount: &str, strategy: Value| {
            let mut body = json!({"method": "cash", "amount": usd(amount)});
            for (name, value) in strategy.as_object().expect("members") {
                body[name] = value.clone();
            }
            at.post(&at.manager, &path, body).await
        };
        let shown = preview("100.00", json!({"strategy": "pro_rata"})).await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let each = |reply: &Reply| -> Vec<(String, String)> {
            let parts = reply.body["parts"].as_array().expect("parts");
            let one = |part: &Value| (text(&part["account_id"]), text(&part["amount"]["amount"]));
            parts.iter().map(one).collect()
        };
        assert_eq!(each(&shown), expected(&[&one, &three], &["66.67", "33.33"]));
        let over = preview("600.00", json!({"strategy": "oldest_first"})).await;
        assert_eq!(each(&over), expected(&[&one, &three], &["433.33", "166.67"]));
        assert_eq!(over.body["overpaid"], usd("100.00"));
        let chosen = json!({"strategy": "chosen",
            "chosen": [{"account_id": two.account, "amount": usd("100.00")}]});
        let refused = preview("100.00", chosen).await;
        assert_eq!((refused.status, refused.code()), (409, "account_disputed"));
        let foreign = at.post(
            &at.finance,
            &path,
            json!({"method": "card", "amount": usd("1.00"),
            "strategy": "pro_rata"}),
        );
        assert_eq!(foreign.await.code(), "not_by_hand");
        assert_eq!(at.till.owed(&one).await, 33_333);
        let none = "SELECT count(*) AS n FROM payment WHERE agency_id = $1";
        assert_eq!(at.till.number(none, [at.till.house.id.0.into()]).await, 0);

        let posted = spread(&at, &one, "100.00", json!({"strategy": "pro_rata"})).await;
        assert_eq!(parts(&posted), each(&shown), "what was shown is what is posted");
        at.balanced().await;
    });
}
