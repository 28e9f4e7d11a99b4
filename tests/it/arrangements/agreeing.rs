//! Who agrees, under which limits, and what a change of status does to what is open.

use super::*;
use crate::world::run;
use domain::arrangement::Channel;
use domain::plan::{Dates, Parts};
use domain::{Money, StaffRole};
use service::Refused;
use service::plans::{self, NewPlan};
use service::settlements::{self, Choice};
use service::users::Membership;

#[test]
fn limits_are_merged_field_by_field_and_each_says_who_set_it() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let (creditor, account) = (floor.till.creditor, debt.account);
        let set = |body: Value| floor.post("/v1/arrangement-limits", body);
        let on = "2025-03-03";
        let rows = [
            json!({"effective_on": on, "limits": {"plan_min_payment": money(4_000), "plan_most_installments": 24, "plan_grace_days": 5}}),
            json!({"effective_on": on, "role": "collector", "limits": {"plan_most_installments": 18}}),
            json!({"effective_on": on, "creditor_id": creditor, "limits": {"plan_min_payment": money(5_000)}}),
            json!({"effective_on": on, "account_id": account, "limits": {"plan_min_payment": money(1_000)}}),
        ];
        for row in rows {
            let reply = set(row).await;
            assert_eq!(reply.status, 201, "{}", reply.text);
        }
        let rules = floor.get(&path(&debt, "arrangement-rules")).await;
        let of = |field: &str| {
            let all = rules["limits"].as_array().expect("limits");
            let one = all.iter().find(|one| one["field"] == field).expect("the field");
            (text(&one["value"]).to_owned(), text(&one["level"]).to_owned())
        };
        let pair = |value: &str, level: &str| (value.to_owned(), level.to_owned());
        assert_eq!(of("plan_min_payment"), pair("10.00", "account"));
        assert_eq!(of("plan_most_installments"), pair("18", "role"));
        assert_eq!(of("plan_grace_days"), pair("5", "agency"));
        assert_eq!(of("promise_min_amount"), pair("25.00", "preset"));
        let rules = floor.get(&path(&debt, "arrangement-rules?role=manager")).await;
        let most = rules["limits"].as_array().expect("limits").iter();
        let most = most.clone().find(|one| one["field"] == "plan_most_installments").expect("it");
        assert_eq!(most["level"], "agency");

        let twice = set(json!({"effective_on": on, "limits": {}})).await;
        assert_eq!((twice.status, twice.code()), (409, "version_date_taken"));
        let past = set(json!({"effective_on": "2025-03-02", "limits": {}})).await;
        assert_eq!((past.status, past.code()), (422, "in_the_past"));
        let gap = json!({"effective_on": "2025-04-01", "limits": {"plan_balance_ranges": [
            {"from": "0.00", "below": money(10_000)}, {"from": "200.00"}]}});
        let gap = set(gap).await;
        assert_eq!((gap.status, gap.code()), (422, "range_gap"));
        let number =
            set(json!({"effective_on": "2025-04-02", "limits": {"plan_min_payment": 40}})).await;
        assert_eq!(number.status, 422, "a number is no money: {}", number.text);
        assert_eq!(floor.rows("arrangement_limit").await, 4, "a refusal leaves no row");
        let two = json!({"effective_on": on, "tiers": [
            {"balance_from": "0.00", "days_from": 0, "days_below": 100},
            {"balance_from": "0.00", "days_from": 91}]});
        let overlap = floor.post("/v1/settlement-tiers", two).await;
        assert_eq!((overlap.status, overlap.code()), (422, "tier_overlap"));
    });
}

#[test]
fn a_supervisor_takes_over_under_the_own_limits_and_both_names_are_stored() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let (world, house) = (&floor.till.world, &floor.till.house);
        let collector = floor.api.join(world, house, Membership::Staff(StaffRole::Collector)).await;
        let manager = floor.api.join(world, house, Membership::Staff(StaffRole::Manager)).await;
        let mut body = json!({"frequency": "monthly", "first_on": "2025-03-10", "number": 20,
            "channel": "phone", "consent": "Agreed"});
        let plans = path(&debt, "plans");
        let refused = floor.post_as(&collector.access, &plans, body.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, "too_many_installments"));
        assert_eq!((&refused.body["most"], &refused.body["asked"]), (&json!(12), &json!(20)));
        body["colleague_id"] = json!(manager.id);
        let refused = floor.post_as(&collector.access, &plans, body.clone()).await;
        assert_eq!((refused.status, refused.code()), (403, "supervisor_needed"));
        body["colleague_id"] = json!(collector.id);
        let mut over = body.clone();
        over["number"] = json!(30);
        let refused = floor.post_as(&manager.access, &plans, over).await;
        assert_eq!(refused.body["most"], json!(24), "the supervisor's limits, not none");
        let made = floor.post_as(&manager.access, &plans, body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!(made.body["made_by"], "Robin Reyes");
        let names = "SELECT (made_by = $2)::int::bigint + (approved_by = $3)::int::bigint AS n FROM plan WHERE agency_id = $1";
        let id =
            |person: &crate::http::Person| person.id.parse::<domain::UserId>().expect("an id").0;
        let both = floor
            .till
            .number(names, [house.id.0.into(), id(&collector).into(), id(&manager).into()])
            .await;
        assert_eq!(both, 2);
    });
}

#[test]
fn a_change_of_status_says_what_happens_to_the_plan() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let body = json!({"frequency": "monthly", "first_on": "2025-03-10", "number": 4,
            "channel": "phone", "consent": "Agreed"});
        let made = floor.post(&path(&debt, "plans"), body).await;
        let plan = format!("/v1/plans/{}", text(&made.body["id"]));
        let account = format!("/v1/accounts/{}", debt.account);
        let change = |status: &str, what: Option<&str>| {
            let mut body = json!({"status": status, "reason": "Creditor asked"});
            if let Some(what) = what {
                body["arrangements"] = json!(what);
            }
            body
        };
        let changes = path(&debt, "status-changes");
        let version = || async { etag(&floor.api.get(&account, &floor.key).await) };
        let refused = floor.change(&changes, &version().await, change("HLD", None)).await;
        assert_eq!((refused.status, refused.code()), (409, "arrangement_open"));
        assert_eq!(floor.till.status(&debt).await, "PLN");
        let refused = floor.change(&changes, &version().await, change("CRC", Some("keep"))).await;
        assert_eq!((refused.status, refused.code()), (422, "arrangement_not_kept"));
        let held = floor.change(&changes, &version().await, change("HLD", Some("hold"))).await;
        assert_eq!(held.status, 200, "{}", held.text);
        floor.morning("2025-04-02").await;
        assert_eq!(floor.get(&plan).await["state"], "active", "its days do not count");
        assert_eq!(floor.till.status(&debt).await, "HLD");
        let kept = floor.change(&changes, &version().await, change("ACT", Some("keep"))).await;
        assert_eq!(kept.status, 200, "{}", kept.text);
        assert_eq!(floor.till.status(&debt).await, "PLN", "the plan goes on");
        assert_eq!(
            floor.get(&plan).await["installments"][0]["due_on"],
            "2025-04-09",
            "30 days later"
        );
        let ended = floor.change(&changes, &version().await, change("ACT", Some("cancel"))).await;
        assert_eq!(ended.status, 200, "{}", ended.text);
        assert_eq!(floor.get(&plan).await["state"], "canceled");
        assert_eq!(floor.till.status(&debt).await, "ACT");
    });
}

#[test]
fn a_dispute_suspends_what_was_agreed_until_it_is_resolved() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let body = json!({"frequency": "monthly", "first_on": "2025-03-10", "number": 4,
            "channel": "phone", "consent": "Agreed"});
        let made = floor.post(&path(&debt, "plans"), body.clone()).await;
        let plan = format!("/v1/plans/{}", text(&made.body["id"]));
        let account = format!("/v1/accounts/{}", debt.account);
        let version = etag(&floor.api.get(&account, &floor.key).await);
        let set = json!({"kind": "dispute", "reason": "Already paid, says the debtor"});
        let reply = floor.change(&path(&debt, "restrictions"), &version, set).await;
        assert!(reply.status < 300, "{}", reply.text);
        assert_eq!(floor.till.status(&debt).await, "DSP");
        floor.morning("2025-03-25").await;
        assert_eq!(floor.get(&plan).await["state"], "active");
        let other = floor.debt(50_000, "2024-10-06").await;
        floor
            .till
            .sql("UPDATE account SET status = 'ACT' WHERE id = $1", [debt.account.0.into()])
            .await;
        let promise = json!({"promises": [{"amount": money(5_000), "due_on": "2025-03-28"}],
            "method": "check", "channel": "phone"});
        let refused = floor.post(&path(&debt, "promises"), promise.clone()).await;
        assert_eq!((refused.status, refused.code()), (409, "account_restricted"));
        assert_eq!(floor.post(&path(&other, "promises"), promise).await.status, 201);
        let sheet = floor.get(&account).await;
        let restriction = text(&sheet["restrictions"][0]["id"]);
        let lift = format!("{account}/restrictions/{restriction}/lifting");
        let lifted = floor.post(&lift, json!({"reason": "Proof was sent"})).await;
        assert!(lifted.status < 300, "{}", lifted.text);
        assert_eq!(floor.till.status(&debt).await, "PLN");
        assert_eq!(floor.get(&plan).await["installments"][0]["due_on"], "2025-04-01");
    });
}

fn twelve(debt: &Debt) -> NewPlan {
    NewPlan {
        accounts: vec![debt.account],
        total: None,
        currency: None,
        down_payment: None,
        dates: Dates::Monthly(date("2025-03-10")),
        parts: Parts::Number(4),
        channel: Channel::Site,
        consent: String::new(),
        colleague: None,
    }
}

#[test]
fn a_debtor_agrees_on_the_site_once_and_only_to_the_own_debt() {
    run(async {
        let floor = Floor::open("2025-03-03").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let other = floor.debt(100_000, "2024-10-06").await;
        let app = &floor.till.world.app;
        let form = Uuid::now_v7();
        let stolen = plans::agree(app, &other.debtor, twelve(&debt), form, [1; 32]).await;
        assert_eq!(stolen.expect_err("refused").code(), "not_found");
        assert_eq!(floor.rows("plan").await, 0);
        let first = plans::agree(app, &debt.debtor, twelve(&debt), form, [1; 32]).await;
        let again = plans::agree(app, &debt.debtor, twelve(&debt), form, [1; 32]).await;
        assert_eq!(first.expect("agreed"), again.expect("the same"));
        assert_eq!(floor.rows("plan").await, 1);
        let seen = plans::of_debtor(app, &debt.debtor, debt.account).await.expect("read");
        assert_eq!(seen.map(|plan| plan.rows.len()), Some(4));
        let hidden = plans::of_debtor(app, &other.debtor, debt.account).await;
        assert!(hidden.is_err());

        floor.tiers("auto").await;
        let choices = settlements::choices(app, &debt.debtor, debt.account).await.expect("read");
        assert!(choices.is_empty(), "a plan binds the debt");
        let choices = settlements::choices(app, &other.debtor, other.account).await.expect("read");
        assert_eq!(choices.len(), 1);
        assert_eq!(choices[0].total.minor(), 70_000);
        let choice = |minor: i64| Choice {
            account: other.account,
            offer: None,
            total: Money::from_minor(minor),
            parts: 2,
            first_on: date("2025-03-20"),
        };
        let form = Uuid::now_v7();
        let cheap = settlements::agree(app, &other.debtor, choice(60_000), form, [2; 32]).await;
        assert_eq!(cheap.expect_err("refused").code(), "below_floor");
        assert_eq!(floor.rows("settlement_offer").await, 0, "a refusal leaves no row");
        let first = settlements::agree(app, &other.debtor, choice(70_000), form, [2; 32]).await;
        let again = settlements::agree(app, &other.debtor, choice(70_000), form, [2; 32]).await;
        assert_eq!(first.expect("agreed"), again.expect("the same"));
        assert_eq!(floor.till.status(&other).await, "SET");
        let agreed = settlements::of_debtor(app, &other.debtor, other.account).await.expect("read");
        assert_eq!(agreed.map(|(_, parts)| parts.len()), Some(2));
    });
}
