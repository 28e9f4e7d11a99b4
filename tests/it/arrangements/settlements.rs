//! E5, and the other ends of an offer.

use super::*;
use crate::world::run;
use domain::settlement::Offered;
use domain::{ApprovalId, StaffRole};
use service::Refused;
use service::actor::Actor;
use service::settlements::{self, NewOffer, Outcome};
use service::users::Membership;

const COMMISSION: &str = "SELECT coalesce(sum(commission), 0)::bigint AS n FROM payment
    WHERE account_id = $1 AND state = 'succeeded' AND kind = 'paid_agency'";

/// E5 up to the acceptance: 2,431.17, 120 days after placement, six parts from February 10 on.
async fn accepted(floor: &Floor) -> (Debt, String) {
    let debt = floor.debt(243_117, "2024-10-06").await;
    floor.tiers("collector").await;
    let new = json!({"parts": 6, "channel": "phone"});
    let offer = floor.post(&path(&debt, "settlement-offers"), new).await;
    assert_eq!(offer.status, 201, "{}", offer.text);
    assert_eq!(offer.body["total"], money(170_182), "70 % of 2,431.17 is 1,701.819");
    assert_eq!(offer.body["last_day"], "2025-03-05");
    let id = text(&offer.body["id"]).to_owned();
    let yes = json!({"parts": 6, "first_on": "2025-02-10", "consent": "Agreed on the line"});
    let reply = floor.post(&format!("/v1/settlement-offers/{id}/acceptances"), yes).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    let parts: Vec<_> = reply.body["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| (text(&part["due_on"]).to_owned(), text(&part["amount"]["amount"]).to_owned()))
        .collect();
    assert_eq!(parts[0], ("2025-02-10".to_owned(), "283.63".to_owned()));
    assert_eq!(parts[5], ("2025-07-10".to_owned(), "283.67".to_owned()));
    assert_eq!(floor.till.status(&debt).await, "SET");
    (debt, id)
}

async fn state(floor: &Floor, offer: &str) -> String {
    text(&floor.get(&format!("/v1/settlement-offers/{offer}")).await["state"]).to_owned()
}

#[test]
fn e5_broken_keeps_payments_and_commissions_and_owes_the_rest() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        let (debt, offer) = accepted(&floor).await;
        for day in ["2025-02-10", "2025-03-10"] {
            floor.morning(day).await;
            floor.paid(&debt, 28_363, "cash", day).await;
        }
        // The part of April 10 never comes; grace is ten days.
        floor.morning("2025-04-20").await;
        assert_eq!(state(&floor, &offer).await, "accepted", "grace runs until its last day");
        assert_eq!(floor.till.status(&debt).await, "SET");
        floor.morning("2025-04-21").await;
        assert_eq!(state(&floor, &offer).await, "broken");
        assert_eq!(floor.till.status(&debt).await, "BKP");
        assert_eq!(floor.till.owed(&debt).await, 186_391);
        assert_eq!(floor.sum(COMMISSION, &debt).await, 18_908, "189.08 stays");
        let queue =
            "SELECT work_class::bigint AS n FROM account WHERE id = $1 AND next_work_at <= $2";
        let now = floor.till.world.app.clock().now();
        let class = floor.till.number(queue, [debt.account.0.into(), now.into()]).await;
        assert_eq!(class, 2, "among the broken, at once");
        let held =
            "SELECT count(*) AS n FROM installment i JOIN settlement_offer o ON o.id = i.offer_id
            WHERE o.account_id = $1 AND i.held_at IS NOT NULL";
        assert_eq!(floor.sum(held, &debt).await, 4, "the later parts are on hold");
        assert_eq!(floor.rows("debt_entry").await, 0, "nothing was written off");
    });
}

/// The first five parts in cash, the last by check, which is held five banking days.
async fn all_paid(floor: &Floor, debt: &Debt) -> String {
    for month in 2..=6 {
        let day = format!("2025-0{month}-10");
        floor.morning(&day).await;
        floor.paid(debt, 28_363, "cash", &day).await;
    }
    floor.morning("2025-07-10").await;
    let last = floor.paid(debt, 28_367, "check", "2025-07-10").await;
    floor.till.drain().await;
    assert_eq!(floor.till.owed(debt).await, 72_935, "nothing is written off before funds clear");
    assert_eq!(floor.till.status(debt).await, "SET");
    last
}

#[test]
fn e5_completes_when_the_funds_are_available_and_a_chargeback_takes_it_back() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        let (debt, offer) = accepted(&floor).await;
        let last = all_paid(&floor, &debt).await;
        floor.morning("2025-07-16").await;
        assert_eq!(state(&floor, &offer).await, "accepted");
        floor.at("2025-07-17T17:00:00Z");
        floor.till.drain().await;
        assert_eq!(state(&floor, &offer).await, "completed");
        assert_eq!(floor.till.status(&debt).await, "SIF");
        assert_eq!(floor.till.owed(&debt).await, 0);
        let written = "SELECT (-principal - interest - fees - costs - other) AS n FROM debt_entry
            WHERE account_id = $1 AND kind = 'write_off'";
        assert_eq!(floor.sum(written, &debt).await, 72_935);
        assert_eq!(floor.sum(COMMISSION, &debt).await, 56_726, "by lines: 5 x 94.54 + 94.56");
        assert_eq!(floor.till.ledger("agency_earned").await, -56_726, "a write-off earns nothing");
        assert_eq!(floor.till.ledger("trust_cash").await, 170_182);

        floor.at("2025-08-20T17:00:00Z");
        floor.bounced(&last).await;
        assert_eq!(floor.till.owed(&debt).await, 101_302, "1,013.02");
        assert_eq!(floor.till.status(&debt).await, "BKP");
        assert_eq!(state(&floor, &offer).await, "broken");
        assert_eq!(floor.till.ledger("agency_earned").await, -56_726 + 9_456);
        assert_eq!(floor.rows("debt_entry").await, 2, "the write-off and its return");
        assert_eq!(floor.till.ledger("debt_adjusted").await, 0);
    });
}

/// Decision 0015: a chargeback that is won gives the money back, not the settlement that was broken.
#[test]
fn a_chargeback_that_is_won_pays_the_debt_and_revives_nothing() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        let (debt, offer) = accepted(&floor).await;
        let last = all_paid(&floor, &debt).await;
        floor.morning("2025-07-17").await;
        assert_eq!(state(&floor, &offer).await, "completed");
        floor.at("2025-08-20T17:00:00Z");
        let path = format!("/v1/payments/{last}/reversals");
        let lost = floor.post(&path, json!({"reason": "bounce", "note": "Charged back"})).await;
        assert_eq!(lost.status, 201, "{}", lost.text);
        floor.till.drain().await;
        assert_eq!(state(&floor, &offer).await, "broken");
        assert_eq!(floor.till.owed(&debt).await, 101_302);

        floor.at("2025-09-20T17:00:00Z");
        let path = format!("/v1/payments/{}/reversals", text(&lost.body["id"]));
        let won = floor.post(&path, json!({"reason": "reinstated", "note": "Won"})).await;
        assert_eq!(won.status, 201, "{}", won.text);
        floor.till.drain().await;
        assert_eq!(floor.till.owed(&debt).await, 72_935, "what had been written off is owed");
        assert_eq!(floor.sum(COMMISSION, &debt).await, 56_726, "the same commission again");
        assert_eq!(state(&floor, &offer).await, "broken");
        assert_eq!(floor.till.status(&debt).await, "BKP");
        // What is left can be agreed upon anew.
        let plan = json!({"frequency": "monthly", "first_on": "2025-10-01", "number": 6,
            "channel": "phone", "consent": "Agreed"});
        let agreed = floor.post(&super::path(&debt, "plans"), plan).await;
        assert_eq!(agreed.status, 201, "{}", agreed.text);
    });
}

#[test]
fn e5_a_return_before_the_funds_are_available_writes_nothing_off() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        let (debt, offer) = accepted(&floor).await;
        let last = all_paid(&floor, &debt).await;
        floor.at("2025-07-14T17:00:00Z");
        floor.bounced(&last).await;
        floor.morning("2025-07-18").await;
        assert_eq!(state(&floor, &offer).await, "accepted", "it may be made good within grace");
        assert_eq!(floor.rows("debt_entry").await, 0);
        assert_eq!(floor.till.owed(&debt).await, 101_302);
        floor.morning("2025-07-21").await;
        assert_eq!(state(&floor, &offer).await, "broken");
        assert_eq!(floor.till.status(&debt).await, "BKP");
    });
}

#[test]
fn an_offer_ends_at_the_debtors_own_midnight() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        floor.tiers("collector").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        // The debtor lives in California, the agency in New York.
        floor.lives_in(&debt, "CA").await;
        let new = json!({"parts": 1, "channel": "phone"});
        let offer = floor.post(&path(&debt, "settlement-offers"), new).await;
        assert_eq!(offer.body["last_day"], "2025-03-05");
        assert_eq!(offer.body["expires_at"], "2025-03-06T07:59:59Z", "23:59:59 in Los Angeles");
        let id = text(&offer.body["id"]).to_owned();
        let yes = json!({"parts": 1, "first_on": "2025-03-05", "consent": "Agreed"});
        let acceptances = format!("/v1/settlement-offers/{id}/acceptances");
        floor.at("2025-03-06T08:00:00Z");
        let late = floor.post(&acceptances, yes.clone()).await;
        assert_eq!((late.status, late.code()), (409, "offer_expired"));
        floor.till.drain().await;
        assert_eq!(state(&floor, &id).await, "expired");
        // Another one, in its last second: past midnight in New York.
        floor.at("2025-03-06T18:00:00Z");
        let offer = floor
            .post(&path(&debt, "settlement-offers"), json!({"parts": 1, "channel": "phone"}))
            .await;
        let id = text(&offer.body["id"]).to_owned();
        floor.at("2025-04-06T06:59:59Z");
        let yes = json!({"parts": 1, "first_on": "2025-04-05", "consent": "Agreed"});
        let reply = floor.post(&format!("/v1/settlement-offers/{id}/acceptances"), yes).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    });
}

#[test]
fn one_offer_is_accepted_once_however_many_try() {
    run(async {
        let floor = Arc::new(Floor::open("2025-02-03").await);
        floor.tiers("collector").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let new = json!({"parts": 2, "channel": "phone"});
        let first = floor.post(&path(&debt, "settlement-offers"), new.clone()).await;
        let other = floor.post(&path(&debt, "settlement-offers"), new).await;
        let acceptances = format!("/v1/settlement-offers/{}/acceptances", text(&first.body["id"]));
        let tries: Vec<_> = (0..6)
            .map(|_| {
                let (floor, acceptances) = (Arc::clone(&floor), acceptances.clone());
                tokio::spawn(async move {
                    let yes = json!({"parts": 2, "first_on": "2025-02-10", "consent": "Agreed"});
                    floor.post(&acceptances, yes).await.status
                })
            })
            .collect();
        let mut statuses = Vec::new();
        for one in tries {
            statuses.push(one.await.expect("an answer"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
        assert_eq!(floor.rows("installment").await, 2);
        assert_eq!(state(&floor, text(&other.body["id"])).await, "void", "the other offer");
    });
}

#[test]
fn below_the_floor_takes_a_second_person_within_the_own_limit() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        floor.tiers("collector").await;
        let world = &floor.till.world;
        let house = &floor.till.house;
        let debt = floor.debt(1_000_000, "2024-10-06").await;
        let low = |minor: i64, why: Option<&str>| {
            let mut body = json!({"amount": money(minor), "parts": 1, "channel": "phone"});
            if let Some(why) = why {
                body["ask_approval_because"] = json!(why);
            }
            body
        };
        let offers = path(&debt, "settlement-offers");
        let refused = floor.post(&offers, low(600_000, None)).await;
        assert_eq!((refused.status, refused.code()), (422, "below_floor"));
        assert_eq!(refused.body["floor"], "7000.00");
        assert_eq!(refused.body["offered"], "6000.00");
        assert_eq!(floor.rows("settlement_offer").await, 0, "a refusal leaves no row");
        assert_eq!(floor.rows("approval").await, 0);
        let by_program = floor.post(&offers, low(600_000, Some("Lost the job"))).await;
        assert_eq!((by_program.status, by_program.code()), (403, "not_a_person"));

        let collector = Membership::Staff(StaffRole::Collector);
        let collector = floor.api.join(world, house, collector).await;
        let asked =
            floor.post_as(&collector.access, &offers, low(600_000, Some("Lost the job"))).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let approval: ApprovalId = text(&asked.body["approval_id"]).parse().expect("an id");
        assert_eq!(floor.rows("settlement_offer").await, 0);

        let app = &world.app;
        let manager = world.join(house, "Mia", Membership::Staff(StaffRole::Manager)).await;
        let finance = world.join(house, "Finn", Membership::Staff(StaffRole::Finance)).await;
        let refused = settlements::approve(app, &finance, approval, None).await;
        assert_eq!(refused.expect_err("refused").code(), "over_own_limit");
        let id = settlements::approve(app, &manager, approval, None).await.expect("approved");
        let offer = floor.get(&format!("/v1/settlement-offers/{id}")).await;
        assert_eq!(offer["total"], money(600_000));
        assert_eq!(offer["floor"], money(700_000));
        assert_eq!(offer["offered_by"], "Robin Reyes");
        assert_eq!(offer["approved_by"], "Mia", "both names are stored");
        let again = settlements::approve(app, &manager, approval, None).await;
        assert_eq!(again.expect_err("once").code(), "not_found");

        // 5,500.00 would be given up: more than a manager's 5,000.00. The requester cannot approve.
        let asked = low(450_000, Some("Disabled"));
        let own = api_ask(&floor, &manager, &debt, 450_000).await;
        let refused = settlements::approve(app, &manager, own, None).await;
        assert_eq!(refused.expect_err("refused").code(), "same_person");
        let reply = floor.post_as(&collector.access, &offers, asked).await;
        let approval: ApprovalId = text(&reply.body["approval_id"]).parse().expect("an id");
        let refused = settlements::approve(app, &manager, approval, None).await;
        assert_eq!(refused.expect_err("refused").code(), "over_own_limit");
        settlements::approve(app, &house.admin, approval, Some("once".into()))
            .await
            .expect("admin");
    });
}

/// A member of staff asks through the service.
async fn api_ask(floor: &Floor, who: &Actor, debt: &Debt, minor: i64) -> ApprovalId {
    let new = NewOffer {
        account: debt.account,
        offered: Offered::Amount(crate::till::amount(minor)),
        currency: None,
        parts: 1,
        channel: domain::arrangement::Channel::Phone,
        ask_because: Some("Disabled".to_owned()),
    };
    let once = crate::till::once("offer_settlement");
    match settlements::offer(&floor.till.world.app, who, new, &once).await.expect("asked").value {
        Outcome::Asked(id) => id,
        Outcome::Offered(id) => panic!("offered {id}"),
    }
}

#[test]
fn who_may_accept_is_the_tiers_to_say() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        floor.tiers("client").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let new = json!({"parts": 1, "channel": "phone"});
        let offer = floor.post(&path(&debt, "settlement-offers"), new).await;
        let acceptances = format!("/v1/settlement-offers/{}/acceptances", text(&offer.body["id"]));
        let mut yes = json!({"parts": 1, "first_on": "2025-02-10", "consent": "Agreed"});
        let refused = floor.post(&acceptances, yes.clone()).await;
        assert_eq!((refused.status, refused.code()), (403, "approval_needed"));
        assert_eq!(refused.body["needs"], "client");
        yes["creditor_approval"] = json!("Dr Stone by e-mail, February 3");
        let refused = floor.post(&acceptances, yes.clone()).await;
        assert_eq!(refused.code(), "supervisor_needed");
        let manager = Membership::Staff(StaffRole::Manager);
        let manager = floor.api.join(&floor.till.world, &floor.till.house, manager).await;
        let reply = floor.post_as(&manager.access, &acceptances, yes).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    });
}

#[test]
fn one_part_in_cash_settles_at_once() {
    run(async {
        let floor = Floor::open("2025-02-03").await;
        floor.tiers("collector").await;
        let debt = floor.debt(100_000, "2024-10-06").await;
        let new = json!({"parts": 1, "channel": "phone"});
        let offer = floor.post(&path(&debt, "settlement-offers"), new).await;
        let acceptances = format!("/v1/settlement-offers/{}/acceptances", text(&offer.body["id"]));
        let yes = json!({"parts": 1, "first_on": "2025-02-03", "consent": "Agreed"});
        floor.post(&acceptances, yes).await;
        floor.paid(&debt, 70_000, "cash", "2025-02-03").await;
        assert_eq!(floor.till.status(&debt).await, "SIF", "in the transaction of the payment");
        assert_eq!(floor.till.owed(&debt).await, 0);
    });
}
