//! The worklist: who gets which account, when, and never twice.

use crate::debts::{Debt, Debts};
use crate::world::{House, World, database_url, run};
use chrono::{DateTime, Duration, Utc};
use domain::account::{AccountStatus, Disposition};
use domain::payment::PaymentMethod;
use domain::{AccountId, Amount, Currency, DebtorId, Money, StaffRole};
use sea_orm::{ConnectionTrait, Database, FromQueryResult, Statement, TransactionTrait};
use service::actor::Actor;
use service::desks::{self, DeskTerms};
use service::users::Membership;
use service::window::Window;
use service::worklist::{self, Outcome, Promised};
use service::{Refused, assignments, promises};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

/// A floor with one pool desk.
struct Floor {
    world: World,
    house: House,
    debts: Debts,
    pool: domain::DeskId,
}

impl Floor {
    async fn new() -> Self {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let terms = DeskTerms {
            name: "Pool".to_owned(),
            user: None,
            cap: None,
            weight: 1,
            min_balance: None,
            max_balance: None,
        };
        let pool = desks::create(&world.app, &house.admin, terms).await.expect("a desk").id;
        Self { world, house, debts, pool }
    }

    async fn collector(&self, name: &str) -> Actor {
        self.world.join(&self.house, name, Membership::Staff(StaffRole::Collector)).await
    }

    /// New accounts on the pool desk, in the order in which they fall due.
    async fn pooled(&self, count: usize) -> Vec<AccountId> {
        let placed = self.debts.place(count, self.world.app.clock().now()).await;
        let ids: Vec<AccountId> = placed.into_iter().map(|one| one.account).collect();
        self.to_pool(&ids).await;
        ids
    }

    async fn to_pool(&self, ids: &[AccountId]) {
        for some in ids.chunks(assignments::MOST_BY_HAND) {
            let moved =
                assignments::by_hand(&self.world.app, &self.house.admin, some, Some(self.pool))
                    .await;
            moved.expect("assigned");
        }
    }

    async fn next(&self, agent: &Actor) -> Option<AccountId> {
        worklist::next(&self.world.app, agent).await.expect("an answer").map(|it| it.account.id)
    }

    async fn log(&self, agent: &Actor, id: AccountId, disposition: Disposition) {
        let outcome = Outcome { disposition, note: None, at: None, promise: None };
        worklist::log_result(&self.world.app, agent, id, None, outcome).await.expect("logged");
    }
}

#[test]
fn a_thousand_calls_at_once_hand_out_each_account_once() {
    const AGENTS: usize = 10;
    const CALLS: usize = 1_000;
    run(async {
        let floor = Arc::new(Floor::new().await);
        let accounts = floor.pooled(300).await;
        let calls = Arc::new(AtomicUsize::new(0));
        let mut working = Vec::new();
        for n in 0..AGENTS {
            let agent = floor.collector(&format!("Agent {n}")).await;
            let (floor, calls) = (Arc::clone(&floor), Arc::clone(&calls));
            working.push(tokio::spawn(async move {
                let mut got = Vec::new();
                while calls.fetch_add(1, Ordering::Relaxed) < CALLS {
                    let Some(id) = floor.next(&agent).await else { continue };
                    got.push(id);
                    floor.log(&agent, id, Disposition::NoAnswer).await;
                }
                got
            }));
        }
        let mut times: HashMap<AccountId, usize> = HashMap::new();
        for agent in working {
            for id in agent.await.expect("an agent") {
                *times.entry(id).or_default() += 1;
            }
        }
        assert_eq!(times.len(), accounts.len(), "every account was worked");
        assert!(times.values().all(|n| *n == 1), "and none twice");
        assert_eq!(floor.debts.count("work_result", "true").await, 300);
        assert_eq!(floor.debts.count("account", "lapses > 0").await, 0);
    });
}

#[test]
fn many_clicks_of_one_agent_take_one_account() {
    run(async {
        let floor = Arc::new(Floor::new().await);
        floor.pooled(20).await;
        let agent = floor.collector("Carla").await;
        let clicks = (0..16).map(|_| {
            let (floor, agent) = (Arc::clone(&floor), agent.clone());
            tokio::spawn(async move { floor.next(&agent).await })
        });
        let mut got = Vec::new();
        for click in clicks.collect::<Vec<_>>() {
            got.push(click.await.expect("a click").expect("an account"));
        }
        got.dedup();
        assert_eq!(got.len(), 1);
        assert_eq!(floor.debts.count("account", "lease_user_id IS NOT NULL").await, 1);
    });
}

#[test]
fn the_order_is_class_then_date_then_age() {
    run(async {
        let floor = Floor::new().await;
        let ids = floor.pooled(6).await;
        // The second is a call back, the third a broken promise, the fifth was due earlier than the
        // fourth, the sixth is not due yet.
        floor.debts.set(ids[1], "work_class = 0").await;
        floor.debts.set(ids[2], "work_class = 2, status = 'BKP'").await;
        floor.debts.set(ids[4], "next_work_at = next_work_at - interval '1 hour'").await;
        floor
            .debts
            .set(ids[5], "work_class = 0, next_work_at = next_work_at + interval '1 hour'")
            .await;
        let agent = floor.collector("Carla").await;
        let listed = worklist::due(&floor.world.app, &agent, Window { after: None, limit: 10 })
            .await
            .unwrap();
        let listed: Vec<_> = listed.rows.into_iter().map(|row| row.id).collect();
        let mut got = Vec::new();
        while let Some(id) = floor.next(&agent).await {
            got.push(id);
            floor.log(&agent, id, Disposition::NoAnswer).await;
        }
        assert_eq!(got, [ids[1], ids[2], ids[4], ids[0], ids[3]]);
        assert_eq!(listed, got, "the list shows the same order");
        floor.world.wait(Duration::hours(2));
        assert_eq!(floor.next(&agent).await, Some(ids[5]));
    });
}

#[test]
fn a_lease_runs_out_and_the_leaving_is_counted() {
    run(async {
        let floor = Floor::new().await;
        let ids = floor.pooled(1).await;
        let (carla, omar) = (floor.collector("Carla").await, floor.collector("Omar").await);
        assert_eq!(floor.next(&carla).await, Some(ids[0]));
        assert_eq!(floor.next(&omar).await, None, "Carla has it in hand");
        floor.world.wait(Duration::minutes(14));
        assert_eq!(floor.next(&omar).await, None);
        assert_eq!(floor.next(&carla).await, Some(ids[0]), "the same again, with a whole lease");
        floor.world.wait(Duration::minutes(14));
        assert_eq!(floor.next(&omar).await, None);
        floor.world.wait(Duration::minutes(2));
        assert_eq!(floor.next(&omar).await, Some(ids[0]), "the lease ran out");
        assert_eq!(floor.debts.column(ids[0], "lapses").await.as_deref(), Some("1"));

        let outcome =
            Outcome { disposition: Disposition::NoAnswer, note: None, at: None, promise: None };
        let refused = worklist::log_result(&floor.world.app, &carla, ids[0], None, outcome).await;
        assert_eq!(refused.unwrap_err().code(), "in_other_hands");
        let refused = worklist::release(&floor.world.app, &carla, ids[0]).await;
        assert_eq!(refused.unwrap_err().code(), "not_in_hand");
    });
}

#[test]
fn leaving_without_a_result_queues_it_again_behind_the_others() {
    run(async {
        let floor = Floor::new().await;
        let ids = floor.pooled(2).await;
        let carla = floor.collector("Carla").await;
        assert_eq!(floor.next(&carla).await, Some(ids[0]));
        floor.world.wait(Duration::minutes(1));
        worklist::release(&floor.world.app, &carla, ids[0]).await.unwrap();
        assert_eq!(floor.debts.column(ids[0], "lapses").await.as_deref(), Some("1"));
        assert_eq!(floor.next(&carla).await, Some(ids[1]));
        floor.log(&carla, ids[1], Disposition::NoAnswer).await;
        assert_eq!(floor.next(&carla).await, Some(ids[0]), "it comes again");
    });
}

#[test]
fn one_account_of_a_packet_leads_and_the_others_follow() {
    run(async {
        let floor = Floor::new().await;
        let now = floor.world.app.clock().now();
        let debt = Debt {
            debtor: Some(DebtorId(Uuid::now_v7())),
            name: "Pam Packet".to_owned(),
            principal: 10_000,
            due_at: now,
        };
        let placed = floor.debts.place_these(&[debt.clone(), debt.clone(), debt]).await;
        // One is named, all three go.
        let moved = assignments::by_hand(
            &floor.world.app,
            &floor.house.admin,
            &[placed[1].account],
            Some(floor.pool),
        )
        .await;
        assert_eq!(moved.unwrap(), 3);
        floor.debts.set(placed[2].account, "work_class = 2, status = 'BKP'").await;
        let (carla, omar) = (floor.collector("Carla").await, floor.collector("Omar").await);
        assert_eq!(floor.next(&carla).await, Some(placed[2].account), "the most urgent one leads");
        assert_eq!(floor.next(&omar).await, None, "nobody else works the same person");
        floor.log(&carla, placed[2].account, Disposition::RightParty).await;
        assert_eq!(floor.next(&omar).await, None, "the whole packet was worked");
        floor.world.wait(Duration::days(8));
        assert!(floor.next(&omar).await.is_some());
    });
}

#[test]
fn a_result_decides_status_restriction_and_next_date() {
    run(async {
        let floor = Floor::new().await;
        let ids = floor.pooled(4).await;
        let carla = floor.collector("Carla").await;
        let now = floor.world.app.clock().now();
        let log = async |id, disposition, at: Option<DateTime<Utc>>| {
            let note = Some("spoke at length".to_owned());
            let promise = at.filter(|_| disposition == Disposition::Promise).map(promised);
            worklist::log_result(
                &floor.world.app,
                &carla,
                id,
                None,
                Outcome { disposition, note, at: at.filter(|_| promise.is_none()), promise },
            )
            .await
        };
        let refused = log(ids[0], Disposition::CallBack, None).await;
        assert_eq!(refused.unwrap_err().code(), "call_back_time_required");
        let refused = log(ids[0], Disposition::CallBack, Some(now - Duration::hours(1))).await;
        assert_eq!(refused.unwrap_err().code(), "time_in_the_past");
        let tomorrow = now + Duration::days(1);
        let called =
            log(ids[0], Disposition::CallBack, Some(tomorrow)).await.unwrap().work.unwrap();
        assert_eq!((called.class.name(), called.due_at), ("call_back", Some(tomorrow)));

        let promised = log(ids[1], Disposition::Promise, Some(tomorrow)).await.unwrap();
        assert_eq!(promised.status, AccountStatus::Promise);
        assert_eq!(promised.work.unwrap().class.name(), "promise_due");

        let ceased = log(ids[2], Disposition::Cease, None).await.unwrap();
        assert_eq!(ceased.status, AccountStatus::Cease);
        assert_eq!(ceased.work.unwrap().due_at, None);
        let restricted = format!("account_id = '{}' AND kind = 'cease'", ids[2].0);
        assert_eq!(floor.debts.count("restriction", &restricted).await, 1);
        assert_eq!(
            log(ids[2], Disposition::Promise, None).await.unwrap_err().code(),
            "promise_not_allowed"
        );

        let followed = log(ids[3], Disposition::Refusal, None).await.unwrap().work.unwrap();
        assert_eq!(followed.class.name(), "follow_up");
        assert_eq!(
            floor.debts.count("timeline_entry", "kind = 'worked' AND NOT client_visible").await,
            4
        );
        assert_eq!(floor.debts.count("work_result", "conversation AND attempt").await, 4);
        floor.world.wait(Duration::days(2));
        assert_eq!(floor.next(&carla).await, Some(ids[0]), "the call back comes first");
    });
}

/// 50.00 by check on the day of this instant.
fn promised(at: DateTime<Utc>) -> Promised {
    Promised {
        amount: Amount::new(Money::from_minor(5_000)).expect("an amount"),
        currency: Currency::Usd,
        due_on: at.date_naive(),
        method: PaymentMethod::Check,
    }
}

/// The result "promise to pay" once logged a promise that was in no list, was never judged and
/// counted for nothing.
#[test]
fn a_promise_to_pay_is_logged_with_the_promise_itself_or_not_at_all() {
    run(async {
        let floor = Floor::new().await;
        let id = floor.pooled(1).await[0];
        let carla = floor.collector("Carla").await;
        let app = &floor.world.app;
        let in_three_days = promised(app.clock().now() + Duration::days(3));
        let log = async |promise: Option<Promised>| {
            let disposition = Disposition::Promise;
            let outcome = Outcome { disposition, note: None, at: None, promise };
            worklist::log_result(app, &carla, id, None, outcome).await
        };
        assert_eq!(log(None).await.unwrap_err().code(), "promise_required");
        let all = Amount::new(Money::from_minor(100_000_000)).expect("an amount");
        let too_much = Promised { amount: all, ..in_three_days.clone() };
        let over = log(Some(too_much)).await.unwrap_err();
        assert_eq!(over.code(), "over_balance", "{over}");
        assert_eq!(floor.debts.count("work_result", "true").await, 0, "nothing was logged");
        assert_eq!(floor.debts.count("promise", "true").await, 0);

        let logged = log(Some(in_three_days)).await.expect("logged");
        assert_eq!(logged.status, AccountStatus::Promise);
        let work = logged.work.expect("work");
        assert_eq!(work.class.name(), "promise_due");
        let promised = promises::list(app, &carla, id).await.expect("promises");
        let [promise] = promised.as_slice() else { panic!("{promised:?}") };
        assert_eq!(promise.amount.minor(), 5_000);
        assert_eq!(promise.taken_by_name, "Carla");
        assert_eq!(floor.debts.count("work_result", "disposition = 'PTP'").await, 1);
    });
}

#[test]
fn what_is_not_worked_for_five_days_is_no_longer_new() {
    run(async {
        let floor = Floor::new().await;
        let ids = floor.pooled(1).await;
        floor.world.wait(Duration::days(4));
        assert_eq!(worklist::age(&floor.world.app, &floor.house.admin).await.unwrap(), 0);
        floor.world.wait(Duration::days(3));
        assert_eq!(worklist::age(&floor.world.app, &floor.house.admin).await.unwrap(), 1);
        assert_eq!(floor.debts.column(ids[0], "work_class").await.as_deref(), Some("8"));
    });
}

#[test]
fn whoever_has_no_desk_or_no_right_gets_nothing() {
    run(async {
        let floor = Floor::new().await;
        floor.pooled(1).await;
        let finance = floor
            .world
            .join(&floor.house, "Fred Finance", Membership::Staff(StaffRole::Finance))
            .await;
        let refused = worklist::next(&floor.world.app, &finance).await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
        let other = floor.world.house().await;
        assert_eq!(floor.next(&other.admin).await, None, "another agency's pool is not ours");
    });
}

#[derive(FromQueryResult)]
struct Line {
    #[sea_orm(from_alias = "QUERY PLAN")]
    text: String,
}

#[test]
fn the_worklist_reads_its_index_under_row_level_security() {
    run(async {
        let floor = Floor::new().await;
        floor.pooled(4_000).await;
        floor.debts.run("ANALYZE account", []).await;
        let db = Database::connect(database_url("quittance_agency")).await.expect("a connection");
        let tx = db.begin().await.expect("a transaction");
        let agency = floor.house.id.0;
        tx.execute_unprepared(&format!("SET LOCAL app.agency_id = '{agency}'"))
            .await
            .expect("a scope");
        // As in service/src/worklist.rs.
        let sql = format!(
            "EXPLAIN SELECT a.id FROM account a
             WHERE a.agency_id = '{agency}' AND a.desk_id = '{}' AND a.closed_at IS NULL
               AND a.next_work_at IS NOT NULL AND a.next_work_at <= now()
               AND (a.lease_until IS NULL OR a.lease_until <= now())
               AND NOT EXISTS (
                   SELECT FROM account b
                   WHERE b.agency_id = '{agency}' AND b.debtor_id = a.debtor_id AND b.id <> a.id
                     AND b.closed_at IS NULL
                     AND (b.lease_until > now()
                          OR (b.desk_id IS NOT NULL AND b.next_work_at <= now()
                              AND (b.work_class, b.next_work_at, b.id) < (a.work_class, a.next_work_at, a.id))))
             ORDER BY a.work_class, a.next_work_at, a.id LIMIT 1 FOR UPDATE OF a SKIP LOCKED",
            floor.pool.0
        );
        let plan = Line::find_by_statement(Statement::from_string(tx.get_database_backend(), sql))
            .all(&tx)
            .await
            .expect("a plan");
        let plan: Vec<String> = plan.into_iter().map(|line| line.text).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Scan using account_worklist on account a"), "{plan}");
        assert!(plan.contains("account_debtor"), "the packet is looked up by its key:\n{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("Sort"), "{plan}");
    });
}
