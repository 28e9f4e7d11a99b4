//! Two people: who asks, who decides, what is done once, and what a refusal leaves behind.

use crate::counter::{Counter, text, usd};
use crate::till::once;
use crate::world::run;
use domain::approval::{Authority, Deed, may_approve};
use domain::{Buckets, Money, Permission, StaffRole};
use serde_json::{Value, json};
use service::adjustments::{self, Adjustment, Terms};
use service::api_keys::{self, NewKey};
use service::approvals::{self, Outcome};
use service::users::Membership;

#[test]
fn above_the_own_limit_another_person_decides_and_both_names_stay() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(1_000_000).await;
        // Alone up to 100.00.
        let alone = at.lowers(&at.manager, &debt, "100.00").await;
        assert_eq!(alone.status, 201, "{}", alone.text);
        assert_eq!(alone.body["entered_by"], "Max Manager");
        assert_eq!(at.till.owed(&debt).await, 990_000);

        let asked = at.lowers(&at.manager, &debt, "100.01").await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        assert_eq!(at.till.owed(&debt).await, 990_000);
        let id = text(&asked, "id");
        assert_eq!(asked.headers["location"], format!("/v1/approvals/{id}"));
        assert_eq!(asked.body["state"], "pending");
        assert_eq!(asked.body["terms"]["amounts"]["principal"], usd("100.01"));

        let own = at.approves(&at.manager, &id).await;
        assert_eq!((own.status, own.code()), (403, "same_person"));
        let collector = at.approves(&at.collector, &id).await;
        assert_eq!(collector.status, 403);
        assert_eq!(at.till.owed(&debt).await, 990_000);

        let done = at.approves(&at.finance, &id).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(done.body["state"], "approved");
        assert_eq!(done.body["requested_name"], "Max Manager");
        assert_eq!(done.body["decided_name"], "Fay Finance");
        assert_eq!(at.till.owed(&debt).await, 979_999);
        let entries = format!("/v1/accounts/{}/adjustments", debt.account);
        let entries = at.api.get(&entries, &at.admin.access).await;
        let entry = &entries.body["data"][0];
        assert_eq!(entry["id"], done.body["result_id"]);
        assert_eq!(entry["entered_by"], "Max Manager");
        assert_eq!(entry["approved_by"], "Fay Finance");

        let again = at.approves(&at.admin, &id).await;
        assert_eq!((again.status, again.code()), (409, "approval_decided"));
        assert_eq!(at.till.owed(&debt).await, 979_999);
        at.balanced().await;
    });
}

#[test]
fn the_second_persons_own_limit_applies() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(1_000_000).await;
        let asked = at.lowers(&at.manager, &debt, "5000.01").await;
        let id = text(&asked, "id");
        let over = at.approves(&at.finance, &id).await;
        assert_eq!((over.status, over.code()), (403, "over_approval_limit"));
        assert_eq!(over.body["limit"], "5000.00");
        assert_eq!(over.body["asked"], "5000.01");
        assert_eq!(at.approves(&at.admin, &id).await.status, 200);
        assert_eq!(at.till.owed(&debt).await, 499_999);
    });
}

/// Every pair of roles and amounts on both sides of every limit, against the rule itself.
#[test]
fn whoever_asks_and_decides_the_rule_is_kept() {
    run(async {
        let at = Counter::open().await;
        let (till, app) = (&at.till, &at.till.world.app);
        let rule = Authority::default();
        let join = async |role: StaffRole| {
            till.world.join(&till.house, role_name(role), Membership::Staff(role)).await
        };
        let mut people = Vec::new();
        for role in StaffRole::ALL.iter().copied() {
            // Two of each, so that a role may decide what its like asked for.
            people.push((role, join(role).await));
            people.push((role, join(role).await));
        }
        let mut decided = (0, 0);
        for (asks, requester) in &people {
            if !requester.may(Permission::AdjustmentWrite) {
                continue;
            }
            for amount in [1, 10_000, 10_001, 25_001, 500_001] {
                let amount = Money::from_minor(amount);
                let debt = till.debt(1_000_000).await;
                let less = Adjustment::Decrease(Terms {
                    account: debt.account,
                    amounts: Buckets { principal: amount, ..Buckets::default() },
                    effective_on: None,
                    reason: "agreed".into(),
                });
                let outcome = adjustments::enter(app, requester, less, &once("adjust")).await;
                let id = match outcome.expect("entered").value {
                    Outcome::Done(_) => {
                        assert!(rule.alone(Deed::Adjustment, *asks, amount), "{asks:?} {amount}");
                        continue;
                    }
                    Outcome::Asked(id) => id,
                };
                assert!(!rule.alone(Deed::Adjustment, *asks, amount), "{asks:?} {amount}");
                for (decides, person) in &people {
                    let same = person.user() == requester.user();
                    let reach = rule.reach(Deed::Adjustment, *decides);
                    let may = person.may(Permission::ApprovalDecide)
                        && may_approve(same, reach, amount).is_ok();
                    let open = till.owed(&debt).await == 1_000_000;
                    let done = approvals::approve(app, person, id, None, &once("approve")).await;
                    assert_eq!(done.is_ok(), may && open, "{asks:?} {decides:?} {amount} {same}");
                    if done.is_ok() { decided.0 += 1 } else { decided.1 += 1 }
                }
                let left = till.owed(&debt).await;
                assert!(left == 1_000_000 || left == 1_000_000 - amount.minor());
            }
        }
        assert!(decided.0 > 10 && decided.1 > 100, "{decided:?}");
        at.balanced().await;
    });
}

fn role_name(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Admin => "Another Admin",
        StaffRole::Manager => "Another Manager",
        StaffRole::Collector => "Another Collector",
        StaffRole::Compliance => "Another Compliance",
        StaffRole::Finance => "Another Finance",
    }
}

#[test]
fn a_program_asks_and_never_decides_and_its_maker_is_no_second_person() {
    run(async {
        let at = Counter::open().await;
        let app = &at.till.world.app;
        let key = NewKey {
            name: "Creditor's balance feed".to_owned(),
            permissions: vec![
                Permission::AdjustmentWrite,
                Permission::AccountRead,
                Permission::ApprovalRead,
                Permission::ApprovalDecide,
            ],
            creditor: None,
            expires_at: None,
        };
        let made = api_keys::create(app, &at.till.house.admin, key).await.expect("a key");
        let program = crate::http::Person {
            id: made.key.id.to_string(),
            email: String::new(),
            access: made.secret.to_string(),
            refresh: String::new(),
        };
        let debt = at.till.debt(100_000).await;
        let asked = at.lowers(&program, &debt, "1.00").await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        assert_eq!(asked.body["requested_name"], "Creditor's balance feed");
        let id = text(&asked, "id");
        let own = at.approves(&program, &id).await;
        assert_eq!((own.status, own.code()), (403, "not_a_person"));
        let maker = at.approves(&at.admin, &id).await;
        assert_eq!((maker.status, maker.code()), (403, "same_person"));
        assert_eq!(at.approves(&at.finance, &id).await.status, 200);
        assert_eq!(at.till.owed(&debt).await, 99_900);
    });
}

#[test]
fn what_was_declined_or_withdrawn_is_not_done() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(100_000).await;
        let ask = async || text(&at.lowers(&at.collector, &debt, "10.00").await, "id");
        let (one, two) = (ask().await, ask().await);
        let path = |id: &str, what: &str| format!("/v1/approvals/{id}/{what}");
        let no = json!({"note": "Not agreed"});
        let post = async |who: &crate::http::Person, path: String, body| {
            at.api.post(&path, Some(&who.access), body).await
        };
        let other = post(&at.admin, path(&one, "withdrawal"), json!({})).await;
        assert_eq!((other.status, other.code()), (403, "not_the_requester"));
        let mute = post(&at.admin, path(&one, "refusal"), json!({"note": " "})).await;
        assert_eq!((mute.status, mute.code()), (422, "note_needed"));
        let declined = post(&at.admin, path(&one, "refusal"), no.clone()).await;
        assert_eq!(declined.body["state"], "declined", "{}", declined.text);
        assert_eq!(declined.body["decision_note"], "Not agreed");
        let back = post(&at.collector, path(&two, "withdrawal"), json!({})).await;
        assert_eq!(back.body["state"], "withdrawn", "{}", back.text);
        for id in [&one, &two] {
            let late = at.approves(&at.admin, id).await;
            assert_eq!((late.status, late.code()), (409, "approval_decided"));
        }
        // The collector reads the own request, and no other's.
        let mine = at.api.get(&format!("/v1/approvals/{one}"), &at.collector.access).await;
        assert_eq!(mine.status, 200);
        let theirs = text(&at.lowers(&at.manager, &debt, "200.00").await, "id");
        let theirs = at.api.get(&format!("/v1/approvals/{theirs}"), &at.collector.access).await;
        assert_eq!(theirs.status, 403);
        let waiting = at.api.get("/v1/approvals?state=pending", &at.admin.access).await;
        assert_eq!(waiting.body["data"].as_array().map(Vec::len), Some(1));
        assert_eq!(at.rows("debt_entry").await, 0);
        assert_eq!(at.till.owed(&debt).await, 100_000);
    });
}

#[test]
fn a_deed_that_is_refused_leaves_the_request_pending_and_no_row() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(50_000).await;
        let id = text(&at.lowers(&at.manager, &debt, "300.00").await, "id");
        at.pays(&debt, "cash", "250.00").await;
        let refused = at.approves(&at.admin, &id).await;
        assert_eq!((refused.status, refused.code()), (422, "over_bucket"), "{}", refused.text);
        assert_eq!(refused.body["holds"], "250.00");
        assert_eq!(refused.body["asked"], "300.00");
        let found = at.api.get(&format!("/v1/approvals/{id}"), &at.admin.access).await;
        assert_eq!(found.body["state"], "pending");
        assert!(found.body["decided_name"].is_null());
        assert_eq!(at.rows("debt_entry").await, 0);
        assert_eq!(at.till.owed(&debt).await, 25_000);
        // A request that could not be done now is not put before anybody.
        let never = at.lowers(&at.manager, &debt, "300.00").await;
        assert_eq!((never.status, never.code()), (422, "over_bucket"));
        assert_eq!(at.rows("approval").await, 1);
        at.balanced().await;
    });
}

#[test]
fn two_who_approve_at_once_do_it_once() {
    run(async {
        let at = Counter::open().await;
        let (till, role) = (at.till.clone(), Membership::Staff(StaffRole::Admin));
        let mut admins = Vec::new();
        for _ in 0..4 {
            admins.push(till.world.join(&till.house, "Another Admin", role).await);
        }
        for _ in 0..3 {
            let debt = till.debt(100_000).await;
            let id: domain::ApprovalId =
                text(&at.lowers(&at.manager, &debt, "150.00").await, "id").parse().expect("an id");
            let mut tries = Vec::new();
            for admin in &admins {
                let (till, admin) = (till.clone(), admin.clone());
                tries.push(tokio::spawn(async move {
                    approvals::approve(&till.world.app, &admin, id, None, &once("approve"))
                        .await
                        .is_ok()
                }));
            }
            let mut done = 0;
            for one in tries {
                done += i32::from(one.await.expect("no panic"));
            }
            assert_eq!(done, 1);
            assert_eq!(till.owed(&debt).await, 85_000);
        }
        assert_eq!(at.rows("debt_entry").await, 3);
    });
}

#[test]
fn an_agency_says_who_acts_alone() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(100_000).await;
        let path = "/v1/agency/authority";
        let read = at.api.get(path, &at.admin.access).await;
        assert_eq!(read.status, 200, "{}", read.text);
        assert_eq!(read.body["rows"].as_array().map(Vec::len), Some(25));
        let version: i64 =
            read.headers["etag"].to_str().expect("a tag").trim_matches('"').parse().expect("n");
        let rows = |alone: serde_json::Value| {
            json!({"rows": [{"deed": "adjustment", "role": "collector", "alone": alone,
                "approves": usd("0.00")}]})
        };
        let stale = at.put(&at.admin, path, version + 1, rows(usd("50.00"))).await;
        assert_eq!(stale.status, 412);
        let below = at.put(&at.admin, path, version, rows(usd("-1.00"))).await;
        assert_eq!((below.status, below.code()), (422, "invalid_request"));
        let not_theirs = at.put(&at.manager, path, version, rows(usd("50.00"))).await;
        assert_eq!(not_theirs.status, 403);
        let alone = json!({"rows": [{"deed": "fee_override", "role": "finance",
            "alone": usd("10.00"), "approves": null}]});
        let one_person = at.put(&at.admin, path, version, alone).await;
        assert_eq!((one_person.status, one_person.code()), (422, "always_two_people"));
        let set = at.put(&at.admin, path, version, rows(usd("50.00"))).await;
        assert_eq!(set.status, 200, "{}", set.text);
        assert_eq!(at.lowers(&at.collector, &debt, "50.00").await.status, 201);
        assert_eq!(at.lowers(&at.collector, &debt, "50.01").await.status, 202);
        // Others stay as usual.
        assert_eq!(at.lowers(&at.manager, &debt, "100.00").await.status, 201);
    });
}

/// A payment with its own commission (DOM-2.17): asked for by who enters it,
/// posted once when somebody else approves within the own limit, under both names.
#[test]
fn a_payment_with_its_own_commission_takes_two_people() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(5_000_000).await;
        let enter = |amount: &str, commission: Value| {
            json!({"account_id": debt.account, "kind": "paid_agency", "method": "check",
                "amount": usd(amount), "commission": commission})
        };
        let own = json!({"rate": "0.125", "note": "The creditor's letter of today"});
        let asked = at.post(&at.collector, "/v1/payments", enter("200.00", own.clone())).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        assert_eq!(asked.body["deed"], "fee_override");
        assert_eq!(asked.body["terms"]["what"], "payment_with_own_commission");
        assert_eq!(asked.body["terms"]["commission_rate"], "0.125");
        assert_eq!(at.till.owed(&debt).await, 5_000_000, "nothing is posted");
        let id = text(&asked, "id");

        for (who, code) in [(&at.collector, "forbidden"), (&at.manager, "over_approval_limit")] {
            let refused = at.approves(who, &id).await;
            assert_eq!((refused.status, refused.code()), (403, code));
        }
        let own_request = at.post(&at.finance, "/v1/payments", enter("200.00", own.clone())).await;
        let own_request = text(&own_request, "id");
        let same = at.approves(&at.finance, &own_request).await;
        assert_eq!((same.status, same.code()), (403, "same_person"));

        let key = "the-second-person";
        let path = format!("/v1/approvals/{id}/approval");
        let done = at.post_again(&at.finance, &path, key, json!({"note": "Seen"})).await;
        assert_eq!(done.status, 200, "{}", done.text);
        let again = at.post_again(&at.finance, &path, key, json!({"note": "Seen"})).await;
        assert_eq!((again.status, &again.body["result_id"]), (200, &done.body["result_id"]));
        let late = at.approves(&at.admin, &id).await;
        assert_eq!((late.status, late.code()), (409, "approval_decided"));
        assert_eq!(at.till.owed(&debt).await, 4_980_000, "posted once");

        let payment = format!("/v1/payments/{}", text(&done, "result_id"));
        let posted = at.api.get(&payment, &at.finance.access).await;
        assert_eq!(posted.body["commission"], usd("25.00"));
        let told = at.api.get(&format!("{payment}/commission"), &at.finance.access).await;
        assert_eq!(told.body["level"], "payment");
        assert_eq!(told.body["asked_by"], "Cleo Collector");
        assert_eq!(told.body["approved_by"], "Fay Finance");
        at.balanced().await;
    });
}

#[test]
fn a_refused_payment_with_its_own_commission_leaves_no_row_and_the_request_pending() {
    run(async {
        let at = Counter::open().await;
        let debt = at.till.debt(5_000_000).await;
        let enter = |amount: &str, commission: Value| {
            json!({"account_id": debt.account, "kind": "paid_agency", "method": "check",
                "amount": usd(amount), "commission": commission})
        };
        let ask = async |amount: &str, commission| {
            at.post(&at.manager, "/v1/payments", enter(amount, commission)).await
        };
        for (commission, code) in [
            (json!({"note": "Neither"}), "rate_or_amount"),
            (json!({"rate": "0.1", "amount": usd("1.00"), "note": "Both"}), "rate_or_amount"),
            (json!({"amount": usd("200.01"), "note": "More"}), "own_commission_over_payment"),
            (json!({"amount": usd("20.00"), "note": " "}), "note_needed"),
        ] {
            let refused = ask("200.00", commission).await;
            assert_eq!(refused.status, 422, "{}", refused.text);
            assert_eq!(refused.body["errors"][0]["code"], code, "{}", refused.text);
        }
        // Finance approves up to 10,000.00, whatever the commission: the limit looks at the payment.
        let large = ask("10000.01", json!({"amount": usd("0.00"), "note": "For goodwill"})).await;
        let large = text(&large, "id");
        let over = at.approves(&at.finance, &large).await;
        assert_eq!((over.status, over.code()), (403, "over_approval_limit"));
        // Between asking and approving the debt is disputed: the deed
        // is refused, and nothing is left.
        let becomes = async |status: &'static str| {
            let sql = "UPDATE account SET status = $2 WHERE id = $1";
            at.till.sql(sql, [debt.account.0.into(), status.into()]).await;
        };
        becomes("DSP").await;
        let refused = at.approves(&at.admin, &large).await;
        assert_eq!((refused.status, refused.code()), (409, "account_disputed"));
        let request = at.api.get(&format!("/v1/approvals/{large}"), &at.admin.access).await;
        assert_eq!(request.body["state"], "pending");
        let rows = at.api.get("/v1/payments", &at.finance.access).await;
        assert_eq!(rows.body["data"], json!([]));
        becomes("ACT").await;
        let done = at.approves(&at.admin, &large).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(at.till.owed(&debt).await, 5_000_000 - 1_000_001);
        at.balanced().await;
    });
}
