//! The life of an account on the floor: found, read, changed, restricted, linked.

use crate::debts::{Debt, Debts};
use crate::world::{World, run};
use chrono::Duration;
use domain::account::{AccountStatus, Restriction};
use domain::compliance::{Obligation, Rule};
use domain::{AccountId, ClientRole, DebtorId, Money, StaffRole};
use service::accounts::{
    self, Filter, Flag, NewContactPoint, NewNote, NewRestriction, Reach, StatusChange,
    StatusRefused,
};
use service::users::Membership;
use service::window::Window;
use service::{Refused, Stop, timeline};
use std::collections::HashSet;
use uuid::Uuid;

fn page<P>(after: Option<P>, limit: u16) -> Window<P> {
    Window { after, limit }
}

fn because(reason: &str) -> String {
    reason.to_owned()
}

#[test]
fn a_list_is_narrowed_and_read_page_by_page() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let now = world.app.clock().now();
        let debt = |name: &str, principal| Debt {
            debtor: None,
            name: name.to_owned(),
            principal,
            due_at: now,
        };
        let placed = debts
            .place_these(&[
                debt("Anna Miller", 5_000),
                debt("Bert Millerson", 15_000),
                debt("Carl Mills", 25_000),
                debt("Dora O'Brien", 35_000),
            ])
            .await;
        let names = async |filter: Filter| -> Vec<String> {
            let found =
                accounts::list(&world.app, &house.admin, &filter, page(None, 25)).await.unwrap();
            found.rows.into_iter().map(|row| row.debtor_name).collect()
        };
        let by_name = |name: &str| Filter { name: Some(name.to_owned()), ..Filter::default() };
        assert_eq!(names(by_name("miller")).await, ["Bert Millerson", "Anna Miller"]);
        assert_eq!(names(by_name("obrien, d")).await, ["Dora O'Brien"]);
        assert_eq!(
            names(by_name("%")).await.len(),
            4,
            "no wildcard: an empty key begins every name"
        );
        let between = Filter {
            least: Some(Money::from_minor(15_000)),
            most: Some(Money::from_minor(25_000)),
            ..Filter::default()
        };
        assert_eq!(names(between).await, ["Carl Mills", "Bert Millerson"]);
        let sheet = accounts::find(&world.app, &house.admin, placed[2].account).await.unwrap();
        for reference in [
            sheet.account.reference.clone(),
            sheet.account.reference.replace('-', "").to_lowercase(),
        ] {
            let filter = Filter { reference: Some(reference), ..Filter::default() };
            assert_eq!(names(filter).await, ["Carl Mills"]);
        }
        let number = Filter {
            number: Some(format!(" {} ", sheet.account.client_account_number.to_lowercase())),
            ..Filter::default()
        };
        assert_eq!(names(number).await, ["Carl Mills"]);
        let closed = Filter { open: Some(false), ..Filter::default() };
        assert!(names(closed).await.is_empty());

        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let part = accounts::list(&world.app, &house.admin, &Filter::default(), page(after, 3))
                .await
                .unwrap();
            after = part.rows.last().map(|row| row.id);
            seen.extend(part.rows.into_iter().map(|row| row.id));
            if !part.more {
                break;
            }
        }
        let all: Vec<AccountId> = placed.iter().rev().map(|one| one.account).collect();
        assert_eq!(seen, all, "newest first, each once");
    });
}

#[test]
fn a_creditors_user_never_sees_another_creditors_account_even_of_the_same_person() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let (ours, theirs) =
            (world.creditor(&house, "OURS").await, world.creditor(&house, "THEIRS").await);
        let (our_debts, their_debts) =
            (Debts::of(&house, ours).await, Debts::of(&house, theirs).await);
        let now = world.app.clock().now();
        let person = DebtorId(Uuid::now_v7());
        let debt = [Debt {
            debtor: Some(person),
            name: "Sam Both".to_owned(),
            principal: 10_000,
            due_at: now,
        }];
        let our = our_debts.place_these(&debt).await[0];
        let second = our_debts.place_these(&debt).await[0];
        let their = their_debts.place_these(&debt).await[0];
        let client =
            world.join(&house, "Cleo Client", Membership::Client(ours, ClientRole::Admin)).await;

        let agency_sees = accounts::find(&world.app, &house.admin, our.account).await.unwrap();
        let packet: HashSet<_> = agency_sees.packet.iter().map(|row| row.id).collect();
        assert_eq!(packet, HashSet::from([second.account, their.account]));

        let client_sees = accounts::find(&world.app, &client, our.account).await.unwrap();
        let packet: Vec<_> = client_sees.packet.iter().map(|row| row.id).collect();
        assert_eq!(packet, [second.account]);
        assert!(client_sees.account.work.is_none(), "how the agency works is the agency's own");
        assert!(client_sees.allowed_statuses.is_empty());

        let hidden = accounts::find(&world.app, &client, their.account).await;
        let unknown = accounts::find(&world.app, &client, AccountId(Uuid::now_v7())).await;
        let (hidden, unknown) = (hidden.unwrap_err(), unknown.unwrap_err());
        assert_eq!(hidden.to_string(), unknown.to_string(), "hidden and unknown are the same");
        let listed =
            accounts::list(&world.app, &client, &Filter::default(), page(None, 25)).await.unwrap();
        assert_eq!(listed.rows.len(), 2);
        let asked = Filter { creditor: Some(theirs), ..Filter::default() };
        let listed = accounts::list(&world.app, &client, &asked, page(None, 25)).await.unwrap();
        assert!(listed.rows.is_empty());

        for (text, client_visible) in
            [("spoke with his mother", false), ("asked for the invoice", true)]
        {
            let note = NewNote { text: text.to_owned(), client_visible };
            accounts::add_note(&world.app, &house.admin, our.account, note).await.unwrap();
        }
        let agency =
            timeline::list(&world.app, &house.admin, our.account, page(None, 25)).await.unwrap();
        assert_eq!(agency.rows.len(), 2);
        let client_reads =
            timeline::list(&world.app, &client, our.account, page(None, 25)).await.unwrap();
        let texts: Vec<_> = client_reads.rows.iter().map(|line| line.summary.as_str()).collect();
        assert_eq!(texts, ["asked for the invoice"], "never the collector's own notes");
        let refused = timeline::list(&world.app, &client, their.account, page(None, 25)).await;
        assert!(matches!(refused, Err(Stop::NotFound(_))));
        let refused = accounts::add_note(
            &world.app,
            &client,
            our.account,
            NewNote { text: "x".to_owned(), client_visible: true },
        )
        .await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
    });
}

#[test]
fn another_agency_does_not_exist() {
    run(async {
        let world = World::new().await;
        let (house, other) = (world.house().await, world.house().await);
        let creditor = world.creditor(&house, "ACME").await;
        let one = Debts::of(&house, creditor).await.place(1, world.app.clock().now()).await[0];
        let refused = accounts::find(&world.app, &other.admin, one.account).await;
        assert!(matches!(refused, Err(Stop::NotFound(_))));
        let change =
            StatusChange { status: AccountStatus::Hold, reason: because("x"), arrangements: None };
        let refused =
            accounts::change_status(&world.app, &other.admin, one.account, None, change).await;
        assert_eq!(refused.unwrap_err().code(), "not_found");
    });
}

#[test]
fn a_status_changes_only_as_the_trade_allows() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let one = debts.place(1, world.app.clock().now()).await[0];
        let change = async |status, reason: &str, seen| {
            let change = StatusChange { status, reason: reason.to_owned(), arrangements: None };
            accounts::change_status(&world.app, &house.admin, one.account, seen, change).await
        };
        let refused = change(AccountStatus::Broken, "no promise was made", None).await.unwrap_err();
        let StatusRefused::NotAllowed { allowed, .. } = &refused else { panic!("{refused}") };
        assert!(
            allowed.contains(&AccountStatus::Active) && !allowed.contains(&AccountStatus::Broken)
        );
        assert!(refused.facts().iter().any(|(name, _)| *name == "allowed"));
        let refused = change(AccountStatus::PaidInFull, "nothing came", None).await.unwrap_err();
        assert_eq!(refused.code(), "status_not_allowed", "100.00 is owed");
        for typed in [AccountStatus::SettledInFull, AccountStatus::Plan, AccountStatus::Returned] {
            let refused = change(typed, "typed", None).await.unwrap_err();
            assert_eq!(refused.code(), "status_not_allowed", "money or an agreement says it");
        }
        assert_eq!(
            change(AccountStatus::Hold, "  ", None).await.unwrap_err().code(),
            "reason_required"
        );

        let held = change(AccountStatus::Hold, "creditor asked", Some(1)).await.unwrap();
        assert_eq!(
            held.work.as_ref().unwrap().due_at,
            None,
            "a held account stands in no worklist"
        );
        let refused = change(AccountStatus::Active, "again", Some(1)).await.unwrap_err();
        assert_eq!(refused.code(), "stale_version");
        let active = change(AccountStatus::Active, "released", Some(held.version)).await.unwrap();
        assert!(active.work.unwrap().due_at.is_some());

        let closed = change(AccountStatus::Recalled, "recalled by creditor", None).await.unwrap();
        assert!(closed.closed_at.is_some() && closed.work.unwrap().due_at.is_none());
        assert_eq!(
            change(AccountStatus::Promise, "promised", None).await.unwrap_err().code(),
            "status_not_allowed"
        );
        let reopened = change(AccountStatus::Active, "recalled in error", None).await.unwrap();
        assert!(reopened.closed_at.is_none());
        assert_eq!(debts.count("audit", "action = 'account.change_status'").await, 4);
        assert_eq!(debts.count("timeline_entry", "kind = 'status_changed'").await, 4);
    });
}

#[test]
fn a_restriction_stops_the_work_until_it_is_lifted() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let one = debts.place(1, world.app.clock().now()).await[0];
        let set = async |kind| {
            let new = NewRestriction { kind, detail: None, reason: because("letter of today") };
            accounts::set_restriction(&world.app, &house.admin, one.account, None, new).await
        };
        let disputed = set(Restriction::Dispute).await.unwrap();
        assert_eq!(disputed.status, AccountStatus::Disputed);
        assert_eq!(disputed.work.unwrap().due_at, None);
        assert_eq!(set(Restriction::Dispute).await.unwrap_err().code(), "restriction_already_set");
        let attorney = set(Restriction::Attorney).await.unwrap();
        assert_eq!(attorney.status, AccountStatus::Attorney, "the graver one names the status");

        let lift = async |kind| {
            let sheet = accounts::find(&world.app, &house.admin, one.account).await.unwrap();
            let id = sheet.restrictions.iter().find(|it| it.kind == kind).expect("set").id;
            accounts::lift_restriction(&world.app, &house.admin, one.account, id, "settled").await
        };
        let left = lift(Restriction::Attorney).await.unwrap();
        assert_eq!(left.status, AccountStatus::Disputed, "the other one is still there");
        assert_eq!(left.work.unwrap().due_at, None);
        let free = lift(Restriction::Dispute).await.unwrap();
        assert_eq!(free.status, AccountStatus::Active);
        assert!(free.work.unwrap().due_at.is_some());
        assert_eq!(
            lift(Restriction::Dispute).await.unwrap_err().code(),
            "restriction_already_lifted"
        );
    });
}

#[test]
fn the_sheet_says_what_may_be_done_and_is_never_green_for_what_was_not_decided() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let one = debts.place(1, world.app.clock().now()).await[0];
        let decisions = async || {
            let sheet = accounts::find(&world.app, &house.admin, one.account).await.unwrap();
            sheet.decisions.expect("for the agency's people")
        };
        let open = decisions().await;
        assert!(!open.contact.is_allowed(), "calls are not counted and the place is not known");
        assert!(open.pay.is_allowed());

        // An attorney who was entered as the status alone bars as the restriction does.
        let change = StatusChange {
            status: AccountStatus::Attorney,
            reason: because("called by a law firm"),
            arrangements: None,
        };
        accounts::change_status(&world.app, &house.admin, one.account, None, change).await.unwrap();
        let represented = decisions().await;
        let rules: Vec<Rule> = represented.contact.blocking().map(|one| one.rule).collect();
        assert!(rules.contains(&Rule::Attorney), "{rules:?}");
        assert!(represented.pay.is_allowed(), "who is represented may pay");
        assert!(represented.pay.obligations.contains(&Obligation::DoNotAsk));

        let stay = NewRestriction {
            kind: Restriction::Bankruptcy,
            detail: None,
            reason: because("notice of the court"),
        };
        accounts::set_restriction(&world.app, &house.admin, one.account, None, stay).await.unwrap();
        let stayed = decisions().await;
        assert!(stayed.contact.is_blocked() && stayed.pay.is_blocked());
        assert_eq!(stayed.pay.blocking().next().map(|one| one.rule), Some(Rule::Stay));
    });
}

#[test]
fn bankruptcy_of_a_person_stays_every_account_of_the_packet() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let now = world.app.clock().now();
        let debt = Debt {
            debtor: Some(DebtorId(Uuid::now_v7())),
            name: "Max Broke".to_owned(),
            principal: 10_000,
            due_at: now,
        };
        let packet = debts.place_these(&[debt.clone(), debt.clone(), debt]).await;
        let set = async |at: usize, kind| {
            let new = NewRestriction { kind, detail: None, reason: because("court notice") };
            accounts::set_restriction(&world.app, &house.admin, packet[at].account, None, new)
                .await
                .unwrap()
        };
        set(0, Restriction::Dispute).await;
        set(1, Restriction::Bankruptcy).await;
        for one in &packet {
            assert_eq!(debts.column(one.account, "status").await.as_deref(), Some("BKY"));
            assert_eq!(debts.column(one.account, "next_work_at").await, None);
        }
        assert_eq!(
            debts.count("restriction", "kind = 'dispute'").await,
            1,
            "a dispute is of one debt"
        );
    });
}

#[test]
fn accounts_are_linked_and_unlinked_by_hand() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let placed = debts.place(2, world.app.clock().now()).await;
        let (one, two) = (placed[0], placed[1]);
        debts
            .run(
                "UPDATE debtor SET ssn_index = '\\x0102' WHERE agency_id = $1 AND id = $2",
                [house.id.0.into(), one.debtor.0.into()],
            )
            .await;
        let linked =
            accounts::link(&world.app, &house.admin, one.account, two.account, "same person")
                .await
                .unwrap();
        assert_eq!(linked.debtor, two.debtor);
        let found_by = format!("id = '{}' AND ssn_index = '\\x0102'", two.debtor.0);
        assert_eq!(debts.count("debtor", &found_by).await, 1, "the import finds the packet now");
        assert_eq!(debts.count("debtor", "ssn_index IS NOT NULL").await, 1);
        let mine = format!("account_id = '{}'", one.account.0);
        for table in ["party", "contact_point"] {
            let moved = format!("{mine} AND debtor_id = '{}'", two.debtor.0);
            assert_eq!(debts.count(table, &moved).await, 1, "{table}");
        }
        let again = accounts::link(&world.app, &house.admin, two.account, one.account, "x").await;
        assert_eq!(again.unwrap_err().code(), "same_packet");

        let apart = accounts::unlink(&world.app, &house.admin, one.account, "father and son")
            .await
            .unwrap();
        assert!(apart.debtor != two.debtor);
        let alone = accounts::unlink(&world.app, &house.admin, one.account, "x").await;
        assert_eq!(alone.unwrap_err().code(), "alone_in_packet");
        let back = accounts::link(&world.app, &house.admin, one.account, two.account, "it was him")
            .await
            .unwrap();
        assert_eq!(back.debtor, two.debtor);
        assert_eq!(debts.count("audit", "action IN ('account.link', 'account.unlink')").await, 3);
    });
}

#[test]
fn a_debtor_without_a_good_number_is_to_be_traced_until_one_is_found() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let one = debts.place(1, world.app.clock().now() - Duration::days(20)).await[0];
        let sheet = accounts::find(&world.app, &house.admin, one.account).await.unwrap();
        let point = sheet.contact_points[0].id;
        let traced =
            accounts::flag_contact_point(&world.app, &house.admin, one.account, point, Flag::Bad)
                .await
                .unwrap();
        assert_eq!(traced.work.unwrap().class.name(), "skip");
        let add = async |reach| {
            let new = NewContactPoint {
                party: one.party,
                reach,
                consent: Some(true),
                source: Some("debtor".to_owned()),
            };
            accounts::add_contact_point(&world.app, &house.admin, one.account, new).await
        };
        let refused = add(Reach::Email("nobody".to_owned())).await;
        assert_eq!(refused.unwrap_err().code(), "not_an_email");
        let phone = || Reach::Phone("(212) 555-0199".to_owned(), Some("cell".to_owned()));
        let added = add(phone()).await.unwrap();
        assert_eq!(
            (added.value.as_str(), added.phone_type.as_deref()),
            ("+12125550199", Some("mobile"))
        );
        assert_eq!(add(phone()).await.unwrap_err().code(), "contact_point_known");
        let sheet = accounts::find(&world.app, &house.admin, one.account).await.unwrap();
        assert_eq!(sheet.account.work.unwrap().class.name(), "aged");
    });
}

#[test]
fn a_collector_reads_no_full_number_and_a_reader_leaves_a_trace() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "ACME").await;
        let debts = Debts::of(&house, creditor).await;
        let one = debts.place(1, world.app.clock().now()).await[0];
        let carla = world.join(&house, "Carla", Membership::Staff(StaffRole::Collector)).await;
        let of = (one.account, one.party);
        let secret = accounts::Secret::Ssn;
        let refused = accounts::reveal(&world.app, &carla, of, secret, "curious").await;
        assert_eq!(refused.unwrap_err().code(), "forbidden");
        let none = accounts::reveal(&world.app, &house.admin, of, secret, "court filing").await;
        assert_eq!(none.unwrap_err().code(), "not_on_file");
    });
}
