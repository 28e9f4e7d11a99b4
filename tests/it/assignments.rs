//! Placing accounts with agents.

use crate::debts::{Debt, Debts, Placed};
use crate::world::{House, World, run};
use domain::assignment::Strategy;
use domain::{AccountId, ClientRole, DebtorId, DeskId, Money, StaffRole};
use service::assignments::{self, Deal, Outlook, Waiting};
use service::desks::{self, DeskChange, DeskTerms};
use service::users::Membership;
use service::{Refused, accounts};
use uuid::Uuid;

struct Floor {
    world: World,
    house: House,
    debts: Debts,
}

fn terms(name: &str) -> DeskTerms {
    DeskTerms {
        name: name.to_owned(),
        user: None,
        cap: None,
        weight: 1,
        min_balance: None,
        max_balance: None,
    }
}

impl Floor {
    async fn new() -> Self {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        Self { world, house, debts }
    }

    async fn desk(&self, terms: DeskTerms) -> DeskId {
        desks::create(&self.world.app, &self.house.admin, terms).await.expect("a desk").id
    }

    async fn place(&self, count: usize) -> Vec<Placed> {
        self.debts.place(count, self.world.app.clock().now()).await
    }

    async fn owing(&self, amounts: &[i64]) -> Vec<Placed> {
        let due_at = self.world.app.clock().now();
        let debts: Vec<Debt> = amounts
            .iter()
            .map(|principal| Debt {
                debtor: None,
                name: "Pat Person".to_owned(),
                principal: *principal,
                due_at,
            })
            .collect();
        self.debts.place_these(&debts).await
    }

    async fn run(&self, strategy: Strategy) -> Outlook {
        let deal = Deal { strategy, desks: Vec::new(), waiting: Waiting::default() };
        assignments::run(&self.world.app, &self.house.admin, &deal).await.expect("dealt")
    }

    async fn on(&self, desk: DeskId) -> i64 {
        self.debts.count("account", &format!("desk_id = '{}' AND closed_at IS NULL", desk.0)).await
    }
}

#[test]
fn a_preview_writes_nothing_and_the_run_does_what_it_said() {
    run(async {
        let floor = Floor::new().await;
        let (a, b) = (floor.desk(terms("A")).await, floor.desk(terms("B")).await);
        floor.place(7).await;
        let deal =
            Deal { strategy: Strategy::RoundRobin, desks: Vec::new(), waiting: Waiting::default() };
        let preview =
            assignments::preview(&floor.world.app, &floor.house.admin, &deal).await.unwrap();
        assert_eq!(preview.placed, 7);
        assert_eq!((floor.on(a).await, floor.on(b).await), (0, 0));
        assert_eq!(floor.debts.count("assignment", "true").await, 0);

        let done = floor.run(Strategy::RoundRobin).await;
        let shares = |outlook: &Outlook| -> Vec<(DeskId, u64, Money)> {
            outlook.shares.iter().map(|it| (it.desk, it.accounts, it.balance)).collect()
        };
        assert_eq!(shares(&done), shares(&preview));
        assert_eq!((floor.on(a).await, floor.on(b).await), (4, 3));
        assert_eq!(floor.debts.count("assignment", "rule = 'round_robin'").await, 7);
        assert_eq!(floor.debts.count("timeline_entry", "kind = 'assigned'").await, 7);
        assert_eq!(floor.debts.count("audit", "action = 'assignment.run'").await, 1);
        assert_eq!(floor.run(Strategy::RoundRobin).await.placed, 0, "nothing waits any more");
    });
}

#[test]
fn weights_and_caps_are_honoured() {
    run(async {
        let floor = Floor::new().await;
        let senior = floor.desk(DeskTerms { weight: 3, ..terms("Senior") }).await;
        let junior = floor.desk(DeskTerms { weight: 1, cap: Some(8), ..terms("Junior") }).await;
        floor.place(20).await;
        floor.run(Strategy::Weighted).await;
        assert_eq!((floor.on(senior).await, floor.on(junior).await), (15, 5));
        floor.place(20).await;
        floor.run(Strategy::Weighted).await;
        assert_eq!((floor.on(senior).await, floor.on(junior).await), (32, 8), "the rest overflows");
        let full = DeskChange { cap: Some(Some(32)), ..DeskChange::default() };
        desks::change(&floor.world.app, &floor.house.admin, senior, None, full).await.unwrap();
        floor.place(3).await;
        let outlook = floor.run(Strategy::RoundRobin).await;
        assert_eq!((outlook.placed, outlook.no_room), (0, 3));
    });
}

#[test]
fn a_balance_goes_to_the_desk_of_its_band() {
    run(async {
        let floor = Floor::new().await;
        let cents = |n| Some(Money::from_minor(n));
        let small = floor.desk(DeskTerms { max_balance: cents(50_000), ..terms("Small") }).await;
        let large =
            DeskTerms { min_balance: cents(50_000), max_balance: cents(500_000), ..terms("Large") };
        let large = floor.desk(large).await;
        floor.owing(&[100, 49_999, 50_000, 499_999, 500_000]).await;
        let outlook = floor.run(Strategy::BalanceBand).await;
        assert_eq!((floor.on(small).await, floor.on(large).await), (2, 2));
        assert_eq!(outlook.no_band, 1);
        let upside_down =
            DeskTerms { min_balance: cents(500), max_balance: cents(500), ..terms("Odd") };
        let refused = desks::create(&floor.world.app, &floor.house.admin, upside_down).await;
        assert_eq!(refused.unwrap_err().code(), "desk_band");
    });
}

#[test]
fn a_packet_stays_together_and_goes_where_the_person_is_known() {
    run(async {
        let floor = Floor::new().await;
        let (_, b) = (floor.desk(terms("A")).await, floor.desk(terms("B")).await);
        let debt = Debt {
            debtor: Some(DebtorId(Uuid::now_v7())),
            name: "Pam Packet".to_owned(),
            principal: 10_000,
            due_at: floor.world.app.clock().now(),
        };
        let first = floor.debts.place_these(std::slice::from_ref(&debt)).await[0];
        let by_hand = async |accounts: &[AccountId], to| {
            assignments::by_hand(&floor.world.app, &floor.house.admin, accounts, to).await
        };
        assert_eq!(by_hand(&[first.account], Some(b)).await.unwrap(), 1);
        floor.debts.place_these(&[debt.clone(), debt]).await;
        floor.run(Strategy::RoundRobin).await;
        assert_eq!(floor.on(b).await, 3);
        assert_eq!(by_hand(&[first.account], None).await.unwrap(), 3, "off the desk, all three");
        let refused = by_hand(&[AccountId(Uuid::now_v7())], Some(b)).await;
        assert_eq!(refused.unwrap_err().code(), "account_not_open");
    });
}

#[test]
fn by_hand_is_all_or_nothing_within_the_cap() {
    run(async {
        let floor = Floor::new().await;
        let desk = floor.desk(DeskTerms { cap: Some(2), ..terms("Two") }).await;
        let ids: Vec<AccountId> = floor.place(3).await.into_iter().map(|one| one.account).collect();
        let refused =
            assignments::by_hand(&floor.world.app, &floor.house.admin, &ids, Some(desk)).await;
        assert_eq!(refused.unwrap_err().code(), "cap_reached");
        assert_eq!(floor.on(desk).await, 0);
        assignments::by_hand(&floor.world.app, &floor.house.admin, &ids[..2], Some(desk))
            .await
            .unwrap();
        assert_eq!(floor.on(desk).await, 2);
    });
}

#[test]
fn runs_at_once_never_fill_a_desk_beyond_its_cap() {
    run(async {
        let floor = Floor::new().await;
        let desk = floor.desk(DeskTerms { cap: Some(10), ..terms("Ten") }).await;
        floor.place(40).await;
        let deal =
            Deal { strategy: Strategy::RoundRobin, desks: vec![desk], waiting: Waiting::default() };
        let runs: Vec<_> = (0..8)
            .map(|_| {
                let (app, admin, deal) =
                    (floor.world.app.clone(), floor.house.admin.clone(), deal.clone());
                tokio::spawn(async move { assignments::run(&app, &admin, &deal).await })
            })
            .collect();
        for run in runs {
            run.await.expect("a run").expect("dealt");
        }
        assert_eq!(floor.on(desk).await, 10);
        assert_eq!(floor.debts.count("assignment", "true").await, 10, "each moved once");
    });
}

#[test]
fn a_desk_out_of_work_gives_its_accounts_back() {
    run(async {
        let floor = Floor::new().await;
        let desk = floor.desk(terms("Gone")).await;
        floor.place(3).await;
        floor.run(Strategy::RoundRobin).await;
        let off = DeskChange { active: Some(false), ..DeskChange::default() };
        let shown =
            desks::change(&floor.world.app, &floor.house.admin, desk, Some(1), off).await.unwrap();
        assert_eq!((shown.active, shown.open), (false, 0));
        let unassigned = accounts::Filter { unassigned: true, ..accounts::Filter::default() };
        let window = service::window::Window { after: None, limit: 25 };
        let waiting = accounts::list(&floor.world.app, &floor.house.admin, &unassigned, window)
            .await
            .unwrap();
        assert_eq!(waiting.rows.len(), 3);
        let stale = DeskChange { active: Some(true), ..DeskChange::default() };
        let refused =
            desks::change(&floor.world.app, &floor.house.admin, desk, Some(1), stale).await;
        assert_eq!(refused.unwrap_err().code(), "stale_version");
        let deal =
            Deal { strategy: Strategy::RoundRobin, desks: vec![desk], waiting: Waiting::default() };
        let refused = assignments::run(&floor.world.app, &floor.house.admin, &deal).await;
        assert_eq!(refused.unwrap_err().code(), "desk_inactive");
    });
}

#[test]
fn a_desk_belongs_to_an_agent_of_this_agency() {
    run(async {
        let floor = Floor::new().await;
        let creditor = floor.world.creditor(&floor.house, "OTHER").await;
        let carla =
            floor.world.join(&floor.house, "Carla", Membership::Staff(StaffRole::Collector)).await;
        let client = floor
            .world
            .join(&floor.house, "Cleo", Membership::Client(creditor, ClientRole::Admin))
            .await;
        let stranger = floor.world.house().await;
        let of = |actor: &service::actor::Actor, name: &str| DeskTerms {
            user: actor.user(),
            ..terms(name)
        };
        let create = async |terms| desks::create(&floor.world.app, &floor.house.admin, terms).await;
        assert_eq!(create(of(&carla, "Carla")).await.unwrap().user, carla.user());
        assert_eq!(create(of(&client, "Cleo")).await.unwrap_err().code(), "not_an_agent");
        assert_eq!(create(of(&stranger.admin, "S")).await.unwrap_err().code(), "not_an_agent");
        assert_eq!(create(terms("Carla")).await.unwrap_err().code(), "desk_name_taken");
        let refused = desks::create(&floor.world.app, &carla, terms("Mine")).await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
        let refused = desks::list(&floor.world.app, &client).await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
        assert!(desks::list(&floor.world.app, &stranger.admin).await.unwrap().is_empty());
    });
}
