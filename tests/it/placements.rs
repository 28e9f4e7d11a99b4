//! A creditor places its accounts.

use crate::http::{Api, Request};
use crate::world::{House, World, run, superuser_url};
use chrono::{Days, NaiveDate, Utc};
use domain::placement::mapping::{ConstantValue, MappedColumn};
use domain::placement::{Column, CommitPolicy, Manifest, Mapping, PlacementState, Severity};
use domain::{ClientRole, CreditorId, PlacementId};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use service::actor::Actor;
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::once::Once;
use service::placements::{self, NotTaken, Order, Placement, Spool, SpoolError, Spooled};
use service::users::Membership;
use service::{Kind, Refused};
use std::collections::HashMap;
use uuid::Uuid;

const CLEAN: [(&str, &str, &str); 5] = [
    ("clean_hospital.csv", "MERCYVALE", "MV-2026-11"),
    ("clean_card.csv", "FERNBANK", "FB-CO-26Q4"),
    ("clean_utility.csv", "TRICOUNTY", "TC-FINAL"),
    ("clean_rent.csv", "OAKHAVEN", "OH-MOVEOUT"),
    ("clean_commercial.csv", "GRANITE", "GR-TRADE"),
];

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/placements/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("a sample file")
}

fn spooled(bytes: &[u8]) -> Spooled {
    let mut spool = Spool::new().expect("a spool");
    for chunk in bytes.chunks(64 * 1024) {
        spool.push(chunk).expect("room");
    }
    spool.finish().expect("a file")
}

fn order(creditor: CreditorId) -> Order {
    Order {
        creditor,
        portfolio: None,
        file_name: "file.csv".to_owned(),
        mapping: Mapping::default(),
        manifest: None,
    }
}

/// A creditor with one portfolio.
async fn client(world: &World, house: &House, code: &str, portfolio: &str) -> CreditorId {
    let new = NewCreditor { code: code.to_owned(), name: format!("The {code}"), parent: None };
    let row = creditors::create(&world.app, &house.admin, new).await.expect("a creditor");
    let new =
        NewPortfolio { creditor: row.id, code: portfolio.to_owned(), name: portfolio.to_owned() };
    creditors::add_portfolio(&world.app, &house.admin, new).await.expect("a portfolio");
    row.id
}

async fn upload(world: &World, actor: &Actor, creditor: CreditorId, bytes: &[u8]) -> Placement {
    placements::upload(&world.app, actor, order(creditor), spooled(bytes)).await.expect("taken in")
}

fn once(actor: &Actor) -> Once {
    Once {
        principal: actor.principal(),
        key: Uuid::now_v7().to_string(),
        operation: "commit_placement",
        fingerprint: Vec::new(),
    }
}

async fn commit(world: &World, actor: &Actor, id: PlacementId, policy: CommitPolicy) -> Placement {
    let answer = placements::commit(&world.app, actor, &once(actor), id, policy).await;
    answer.expect("committed").value
}

/// The codes of a placement's findings, and how often each comes.
async fn codes(world: &World, actor: &Actor, id: PlacementId) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for finding in
        placements::findings(&world.app, actor, id, None, None, 10_000).await.expect("findings")
    {
        *counts.entry(finding.code).or_insert(0) += 1;
    }
    counts
}

/// The database as nobody who serves sees it: without row-level security.
async fn outside() -> DatabaseConnection {
    Database::connect(superuser_url()).await.expect("a connection")
}

async fn count(db: &DatabaseConnection, sql: &str, house: &House) -> i64 {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [house.id.0.into()]);
    let row = db.query_one_raw(statement).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a number")
}

async fn accounts(house: &House) -> i64 {
    count(&outside().await, "SELECT count(*) FROM account WHERE agency_id = $1", house).await
}

/// A file of one's own: a line is a set of changes to a good one.
struct Writer(String);

const HEADER: &str = "portfolio_code,client_account_number,debtor_type,first,last,ssn,date_of_birth,address1,city,\
                      state,zip,original_creditor,current_creditor,product,service_or_open_date,itemization_date,\
                      itemization_date_type,balance_at_itemization,principal,deceased,notes";

impl Writer {
    fn new() -> Self {
        Self(format!("{HEADER}\n"))
    }

    fn line(mut self, number: &str, changes: &[(&str, &str)]) -> Self {
        let good = "MAIN,#,consumer,Quilla,Thornwick,,1980-02-03,1 Mill Race,Boston,MA,02108,Old Bank,Old Bank,card,\
                    2025-05-01,2025-06-01,last_statement,100.00,100.00,,";
        let fields: Vec<String> = HEADER
            .split(',')
            .zip(good.split(','))
            .map(|(name, value)| {
                let changed = changes.iter().find(|(column, _)| *column == name.trim());
                changed.map_or(value, |(_, value)| value).trim().replace('#', number)
            })
            .collect();
        self.0.push_str(&fields.join(","));
        self.0.push('\n');
        self
    }

    fn raw(mut self, text: &str) -> Self {
        self.0.push_str(text);
        self
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[test]
fn clean_files_of_five_creditors_are_placed_whole() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        for (file, code, portfolio) in CLEAN {
            let creditor = client(&world, &house, code, portfolio).await;
            let checked = upload(&world, &house.admin, creditor, &sample(file)).await;
            assert_eq!(checked.state, PlacementState::Checked, "{file}: {:?}", checked.refusal);
            assert_eq!((checked.tally.received, checked.tally.accepted), (250, 250), "{file}");
            let errors = placements::findings(
                &world.app,
                &house.admin,
                checked.id,
                Some(Severity::Error),
                None,
                10,
            );
            assert!(errors.await.expect("findings").is_empty(), "{file}");
            let placed = commit(&world, &house.admin, checked.id, CommitPolicy::AllOrNothing).await;
            assert_eq!(placed.state, PlacementState::Committed, "{file}: {:?}", placed.refusal);
            let made =
                placements::accounts(&world.app, &house.admin, checked.id, None, 1_000).await;
            let made = made.expect("accounts");
            assert_eq!(made.len(), 250, "{file}");
            let dollars: i64 = made.iter().map(|account| account.placed_balance.minor()).sum();
            assert_eq!(dollars, placed.tally.accepted_dollars.total().unwrap().minor());
        }
        assert_eq!(accounts(&house).await, 1_250);
        let db = outside().await;
        let bare = "SELECT count(*) FROM party WHERE agency_id = $1 AND (ssn IS NOT NULL) <> (ssn_index IS NOT NULL)";
        assert_eq!(count(&db, bare, &house).await, 0);
        let left = "SELECT count(*) FROM placement_file WHERE agency_id = $1";
        assert_eq!(
            count(&db, left, &house).await,
            0,
            "the bytes of a committed file are forgotten"
        );
        let unplaced = "SELECT count(*) FROM account a WHERE agency_id = $1 AND NOT EXISTS (SELECT FROM timeline_entry t
            WHERE t.agency_id = a.agency_id AND t.account_id = a.id AND t.kind = 'placed')";
        assert_eq!(count(&db, unplaced, &house).await, 0);
        let minors = "SELECT count(*) FROM restriction r WHERE agency_id = $1 AND kind = 'minor' AND EXISTS (
            SELECT FROM party p WHERE p.agency_id = r.agency_id AND p.account_id = r.account_id AND p.role = 'guarantor')";
        assert!(count(&db, minors, &house).await > 0, "minors come with their guarantors");
        let worked = "SELECT count(*) FROM account a JOIN restriction r ON r.agency_id = a.agency_id AND r.account_id = a.id
            WHERE a.agency_id = $1 AND r.kind = 'minor' AND a.next_work_at IS NOT NULL";
        assert_eq!(count(&db, worked, &house).await, 0, "nobody works an account of a minor");
    });
}

#[test]
fn a_foreign_file_is_read_by_a_saved_mapping() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "MERCYVALE", "MV-2026-11").await;
        let bytes = sample("foreign_hospital.csv");
        let refused =
            placements::upload(&world.app, &house.admin, order(creditor), spooled(&bytes)).await;
        assert_eq!(refused.unwrap_err().code(), "required_columns_missing");

        let preview = placements::preview(&spooled(&bytes), &Mapping::default()).expect("a look");
        assert!(preview.missing.is_some());
        let columns: Vec<MappedColumn> = preview.guesses;
        assert!(columns.len() > 20, "{columns:?}");
        let mut mapping = Mapping { columns, ..Mapping::default() };
        mapping.columns.retain(|mapped| mapped.column != Column::ClientCode);
        for (column, value) in [
            (Column::PortfolioCode, "MV-2026-11"),
            (Column::DebtorType, "consumer"),
            (Column::OriginalCreditor, "Mercyvale"),
            (Column::CurrentCreditor, "Mercyvale"),
            (Column::Product, "medical"),
        ] {
            mapping.constants.push(ConstantValue { column, value: value.to_owned() });
        }
        let saved =
            placements::mappings::save(&world.app, &house.admin, creditor, "Hospital", &mapping)
                .await
                .expect("saved");
        let found =
            placements::mappings::find(&world.app, &house.admin, saved.id).await.expect("found");
        assert_eq!(found.mapping, mapping);
        let order = Order { mapping: found.mapping, ..order(creditor) };
        let checked = placements::upload(&world.app, &house.admin, order, spooled(&bytes))
            .await
            .expect("taken in");
        assert_eq!((checked.tally.accepted, checked.tally.rejected), (200, 0));
        assert!(codes(&world, &house.admin, checked.id).await.contains_key("unknown_column"));
    });
}

#[test]
fn a_file_that_differs_from_its_manifest_is_refused_whole() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "TESTCLIENT", "TC-MAIN").await;
        let bytes = sample("manifest_ok.csv");
        let manifest: Manifest =
            serde_json::from_slice(&sample("manifest_ok.csv.manifest.json")).expect("a manifest");
        let cent_off = Manifest { principal: "845.01".to_owned(), ..manifest.clone() };
        let wrong = Order { manifest: Some(cent_off), ..order(creditor) };
        let refused = placements::upload(&world.app, &house.admin, wrong, spooled(&bytes)).await;
        let refused = refused.expect("taken in, then refused");
        assert_eq!(refused.state, PlacementState::Refused);
        assert_eq!(refused.refusal.as_ref().unwrap().code, "control_totals_differ");
        assert_eq!(refused.differences.len(), 1);
        assert_eq!(refused.differences[0].what, "principal");
        let loose = Manifest { total: "1045".to_owned(), ..manifest.clone() };
        let unreadable = Order { manifest: Some(loose), ..order(creditor) };
        let taken = placements::upload(&world.app, &house.admin, unreadable, spooled(&bytes)).await;
        assert_eq!(taken.unwrap_err().code(), "manifest_unreadable");
        let right = Order { manifest: Some(manifest), ..order(creditor) };
        let checked = placements::upload(&world.app, &house.admin, right, spooled(&bytes)).await;
        let checked = checked.expect("taken in");
        assert_eq!(checked.state, PlacementState::Checked, "{:?}", checked.refusal);
    });
}

#[test]
fn a_trailer_is_compared_and_nothing_may_follow_it() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let file = |trailer: &str| Writer::new().line("1", &[]).line("2", &[]).raw(trailer);
        let with = |bytes: &[u8]| spooled(bytes);
        let declared = || Order {
            mapping: Mapping { trailer: true, ..Mapping::default() },
            ..order(creditor)
        };
        for (trailer, state, code) in [
            ("TRAILER,2,200.00,0.00,0.00,0.00,0.00,200.00\n", PlacementState::Checked, ""),
            (
                "TRAILER,3,200.00,0.00,0.00,0.00,0.00,200.00\n",
                PlacementState::Refused,
                "control_totals_differ",
            ),
            ("", PlacementState::Refused, "trailer_missing"),
            ("TRAILER,2\n", PlacementState::Refused, "trailer_unreadable"),
        ] {
            let bytes = file(trailer);
            let placement =
                placements::upload(&world.app, &house.admin, declared(), with(bytes.bytes()))
                    .await
                    .expect("taken in");
            assert_eq!(placement.state, state, "{trailer}");
            let refusal = placement.refusal.map(|refusal| refusal.code).unwrap_or_default();
            assert_eq!(refusal, code, "{trailer}");
        }
        let after = file("TRAILER,2,200.00,0.00,0.00,0.00,0.00,200.00\n").line("3", &[]);
        let placement = upload(&world, &house.admin, creditor, after.bytes()).await;
        assert_eq!(placement.refusal.unwrap().code, "lines_after_trailer");
    });
}

#[test]
fn the_same_bytes_are_refused_only_after_they_made_accounts() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "ONE", "MAIN").await;
        let other = client(&world, &house, "TWO", "MAIN").await;
        let file = Writer::new().line("1", &[]);
        upload(&world, &house.admin, creditor, file.bytes()).await;
        let again = upload(&world, &house.admin, creditor, file.bytes()).await;
        commit(&world, &house.admin, again.id, CommitPolicy::AllOrNothing).await;
        let refused =
            placements::upload(&world.app, &house.admin, order(creditor), spooled(file.bytes()))
                .await;
        assert_eq!(refused.as_ref().unwrap_err().code(), "file_already_placed");
        assert_eq!(refused.unwrap_err().kind(), Kind::Conflict);
        let elsewhere = upload(&world, &house.admin, other, file.bytes()).await;
        assert_eq!(elsewhere.tally.accepted, 1, "another creditor may have the same file");
    });
}

#[test]
fn two_dry_runs_of_one_file_place_it_once() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let file = Writer::new().line("1", &[]).line("2", &[]);
        let first = upload(&world, &house.admin, creditor, file.bytes()).await;
        let second = upload(&world, &house.admin, creditor, file.bytes()).await;
        commit(&world, &house.admin, first.id, CommitPolicy::AllOrNothing).await;
        let late = commit(&world, &house.admin, second.id, CommitPolicy::ValidLinesOnly).await;
        assert_eq!(late.state, PlacementState::Checked);
        assert_eq!(late.refusal.unwrap().code, "file_already_placed");
        assert_eq!(accounts(&house).await, 2);
    });
}

#[test]
fn duplicates_create_nothing_and_returned_accounts_come_back_linked() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let first = Writer::new().line("a1", &[]).line("A2", &[]).line("A3", &[]);
        let placed = upload(&world, &house.admin, creditor, first.bytes()).await;
        commit(&world, &house.admin, placed.id, CommitPolicy::AllOrNothing).await;
        let db = outside().await;
        for (number, status) in [("A2", "CRC"), ("A3", "PIF")] {
            let close = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "UPDATE account SET status = $2, closed_at = now(), next_work_at = NULL
                 WHERE agency_id = $1 AND client_account_number = $3",
                [house.id.0.into(), status.into(), number.into()],
            );
            db.execute_raw(close).await.expect("closed");
        }
        let second = Writer::new()
            .line(" A1 ", &[])
            .line("A2", &[])
            .line("a2", &[("principal", "50.00"), ("balance_at_itemization", "50.00")])
            .line("A3", &[])
            .line("A4", &[]);
        let checked = upload(&world, &house.admin, creditor, second.bytes()).await;
        let tally = checked.tally;
        assert_eq!((tally.received, tally.accepted, tally.rejected, tally.duplicate), (5, 2, 1, 2));
        let codes = codes(&world, &house.admin, checked.id).await;
        for code in
            ["duplicate_open_account", "duplicate_in_file", "account_paid_in_full", "replacement"]
        {
            assert!(codes.contains_key(code), "{code}: {codes:?}");
        }
        let key = once(&house.admin);
        let refused = placements::commit(
            &world.app,
            &house.admin,
            &key,
            checked.id,
            CommitPolicy::AllOrNothing,
        );
        assert_eq!(refused.await.unwrap_err().code(), "placement_has_errors");
        assert_eq!(accounts(&house).await, 3, "all or nothing placed nothing");
        let done = commit(&world, &house.admin, checked.id, CommitPolicy::ValidLinesOnly).await;
        assert_eq!(done.state, PlacementState::Committed);
        assert_eq!(accounts(&house).await, 5);
        let linked = "SELECT count(*) FROM account n JOIN account o ON o.agency_id = n.agency_id
            AND o.id = n.replaces_account_id AND o.client_account_key = n.client_account_key WHERE n.agency_id = $1";
        assert_eq!(count(&db, linked, &house).await, 1);
    });
}

#[test]
fn accounts_of_one_person_are_one_packet_and_a_shared_number_is_looked_at() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let (one, two) = ("895-82-8946", "883-66-5324");
        let file = Writer::new()
            .line("1", &[("ssn", one)])
            .line(
                "2",
                &[("ssn", one), ("address1", "9 Elsewhere Rd"), ("zip", "97205"), ("state", "OR")],
            )
            .line("3", &[("ssn", one), ("last", "Otherman")])
            .line("4", &[])
            .line("5", &[("ssn", two), ("first", "Alder")])
            .line("6", &[("date_of_birth", "1981-02-03")]);
        let checked = upload(&world, &house.admin, creditor, file.bytes()).await;
        assert!(codes(&world, &house.admin, checked.id).await.contains_key("ssn_name_conflict"));
        commit(&world, &house.admin, checked.id, CommitPolicy::AllOrNothing).await;
        let late = Writer::new()
            .line("7", &[("ssn", two), ("first", "ALDER"), ("zip", "02109")])
            .line("8", &[("ssn", two), ("first", "Briony")]);
        let checked = upload(&world, &house.admin, creditor, late.bytes()).await;
        commit(&world, &house.admin, checked.id, CommitPolicy::AllOrNothing).await;
        let db = outside().await;
        let packets = "SELECT client_account_number, debtor_id FROM account WHERE agency_id = $1";
        let statement =
            Statement::from_sql_and_values(DbBackend::Postgres, packets, [house.id.0.into()]);
        let debtors: HashMap<String, Uuid> = db
            .query_all_raw(statement)
            .await
            .expect("accounts")
            .iter()
            .map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap()))
            .collect();
        assert_eq!(debtors["1"], debtors["2"], "equal SSN and name");
        assert_ne!(debtors["1"], debtors["3"], "equal SSN, another name");
        assert_eq!(debtors["1"], debtors["4"], "name, date of birth and ZIP");
        assert_ne!(debtors["1"], debtors["6"], "never by name alone");
        assert_eq!(debtors["5"], debtors["7"], "known from an earlier file");
        assert_ne!(debtors["5"], debtors["8"]);
        let review = "SELECT count(*) FROM debtor WHERE agency_id = $1 AND needs_review";
        assert_eq!(count(&db, review, &house).await, 2);
        let orphans = "SELECT count(*) FROM debtor d WHERE agency_id = $1 AND NOT EXISTS
            (SELECT FROM account a WHERE a.agency_id = d.agency_id AND a.debtor_id = d.id)";
        assert_eq!(count(&db, orphans, &house).await, 0);
    });
}

#[test]
fn dirty_lines_are_told_by_line_and_column_and_the_rest_is_placed() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let tomorrow = (Utc::now().date_naive() + Days::new(2)).to_string();
        let file = Writer::new()
            .line("1", &[])
            .line("2", &[("principal", "1O0.00")])
            .raw("\n")
            .line("3", &[("notes", "\"spans\nthree\nlines\"")])
            .line("4", &[("service_or_open_date", &tomorrow)])
            .line("5", &[("state", "ZZ")])
            .line("6", &[("deceased", "maybe")])
            .line("7", &[("ssn", "123-45-6789")])
            .line("8", &[("zip", "2108")])
            .raw("MAIN,9,consumer\n")
            .line("4.11E+15", &[])
            .raw("TOTAL,,,,,,,,,,,,,,,,,,800.00,,\n");
        let mut bytes = file.bytes().to_vec();
        bytes.extend_from_slice(b"MAIN,10,consumer,Fran\x81ois,X,,,,,,,,,,,,,,1.00,,\n");
        let checked = upload(&world, &house.admin, creditor, &bytes).await;
        let tally = checked.tally;
        assert_eq!((tally.received, tally.accepted, tally.rejected, tally.skipped), (11, 5, 6, 2));
        let findings =
            placements::findings(&world.app, &house.admin, checked.id, None, None, 100).await;
        let findings = findings.expect("findings");
        let told: Vec<(i64, &str, Option<&str>)> = findings
            .iter()
            .map(|f| (f.line_no, f.code.as_str(), f.column_name.as_deref()))
            .collect();
        for expected in [
            (3, "amount_letters", Some("principal")),
            (4, "blank_line", None),
            (8, "date_future", Some("service_or_open_date")),
            (9, "unknown_state", Some("state")),
            (10, "flag_unreadable", Some("deceased")),
            (11, "ssn_dropped", Some("ssn")),
            (12, "zip_restored", Some("zip")),
            (13, "too_few_fields", None),
            (14, "account_number_scientific", Some("client_account_number")),
            (15, "total_line", None),
            (16, "not_decodable", None),
        ] {
            assert!(told.contains(&expected), "{expected:?} is not in {told:#?}");
        }
        assert!(findings.iter().all(|f| f.value.as_deref() != Some("123-45-6789")));
        let page =
            placements::findings(&world.app, &house.admin, checked.id, None, Some((9, 0)), 2);
        assert_eq!(page.await.expect("a page")[0].line_no, 10);
        commit(&world, &house.admin, checked.id, CommitPolicy::ValidLinesOnly).await;
        assert_eq!(accounts(&house).await, 5);
        let db = outside().await;
        let dead = "SELECT count(*) FROM account a JOIN restriction r ON r.agency_id = a.agency_id AND r.account_id = a.id
            WHERE a.agency_id = $1 AND a.status = 'DEC' AND r.kind = 'deceased' AND a.next_work_at IS NULL";
        assert_eq!(count(&db, dead, &house).await, 1);
    });
}

#[test]
fn what_is_no_placement_file_is_refused_in_words() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        for (bytes, code) in [
            (b"%PDF-1.7".as_slice(), "file_is_pdf"),
            (b"", "file_empty"),
            (b"<html><body>", "file_is_html"),
            (b"{\"rows\":[]}", "file_is_json"),
        ] {
            let mut spool = Spool::new().expect("a spool");
            spool.push(bytes).expect("room");
            let Err(SpoolError::Refused(refused)) = spool.finish() else { panic!("{code}") };
            assert_eq!(refused.code(), code);
        }
        let twice = HEADER.replace("notes", "principal");
        for (text, code) in [
            (format!("{HEADER},ssn\nx"), "duplicate_header"),
            (format!("{twice}\nx"), "duplicate_header"),
            ("a,b\n1,2\n".to_owned(), "required_columns_missing"),
            (format!("{HEADER}{}\n", ",x".repeat(300)), "too_many_columns"),
        ] {
            let taken = placements::upload(
                &world.app,
                &house.admin,
                order(creditor),
                spooled(text.as_bytes()),
            );
            assert_eq!(taken.await.unwrap_err().code(), code);
        }
        let bare = upload(&world, &house.admin, creditor, format!("{HEADER}\n").as_bytes()).await;
        assert_eq!(bare.refusal.unwrap().code, "no_rows");
        assert_eq!(accounts(&house).await, 0);
    });
}

#[test]
fn a_key_commits_once_and_answers_again() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let checked =
            upload(&world, &house.admin, creditor, Writer::new().line("1", &[]).bytes()).await;
        let key = once(&house.admin);
        let policy = CommitPolicy::AllOrNothing;
        let first = placements::commit(&world.app, &house.admin, &key, checked.id, policy).await;
        let again = placements::commit(&world.app, &house.admin, &key, checked.id, policy).await;
        assert!(!first.expect("committed").replayed);
        let again = again.expect("the same answer");
        assert!(again.replayed);
        assert_eq!(again.value.state, PlacementState::Committed);
        let other = once(&house.admin);
        let another = placements::commit(&world.app, &house.admin, &other, checked.id, policy);
        assert_eq!(another.await.unwrap_err().code(), "placement_not_checked");
        assert_eq!(accounts(&house).await, 1);
    });
}

#[test]
fn nobody_reaches_anothers_placements() {
    run(async {
        let world = World::new().await;
        let (house, stranger) = (world.house().await, world.house().await);
        let creditor = client(&world, &house, "ONE", "MAIN").await;
        let other = client(&world, &house, "TWO", "MAIN").await;
        let join =
            |creditor, role| world.join(&house, "Pia Placer", Membership::Client(creditor, role));
        let placer = join(creditor, ClientRole::Placer).await;
        let rival = join(other, ClientRole::Placer).await;
        let viewer = join(creditor, ClientRole::Viewer).await;
        let file = Writer::new().line("1", &[]);
        let checked = upload(&world, &placer, creditor, file.bytes()).await;
        assert_eq!(checked.tally.accepted, 1, "a creditor's own user may place");
        for foreign in [&rival, &stranger.admin] {
            let found = placements::find(&world.app, foreign, checked.id).await;
            assert_eq!(found.unwrap_err().kind(), Kind::NotFound);
            let findings =
                placements::findings(&world.app, foreign, checked.id, None, None, 9).await;
            assert_eq!(findings.unwrap_err().kind(), Kind::NotFound);
            let key = once(foreign);
            let commit = placements::commit(
                &world.app,
                foreign,
                &key,
                checked.id,
                CommitPolicy::AllOrNothing,
            );
            assert_eq!(commit.await.unwrap_err().kind(), Kind::NotFound);
            let taken =
                placements::upload(&world.app, foreign, order(creditor), spooled(file.bytes()));
            let refused = taken.await.unwrap_err();
            assert!(matches!(refused, NotTaken::UnknownCreditor), "{refused}");
        }
        let seen = placements::find(&world.app, &viewer, checked.id).await;
        assert_eq!(seen.expect("a viewer may look").id, checked.id);
        let key = once(&viewer);
        let viewed =
            placements::commit(&world.app, &viewer, &key, checked.id, CommitPolicy::AllOrNothing);
        assert_eq!(viewed.await.unwrap_err().kind(), Kind::Forbidden);
        let placed = commit(&world, &placer, checked.id, CommitPolicy::AllOrNothing).await;
        assert_eq!(placed.state, PlacementState::Committed);
    });
}

#[test]
fn a_big_file_is_checked_and_committed_by_jobs() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "SAMPLE", "SAMPLE-1").await;
        let wanted = quittance::samples::Wanted {
            rows: 8_000,
            seed: 3,
            client: "SAMPLE".to_owned(),
            portfolio: "SAMPLE-1".to_owned(),
            kind: quittance::samples::Kind::Utility,
            untidy: false,
            as_of: NaiveDate::from_ymd_opt(2026, 1, 5).expect("a date"),
        };
        let mut bytes = Vec::new();
        quittance::samples::write_to(&wanted, &mut bytes).expect("a file");
        let waiting = upload(&world, &house.admin, creditor, &bytes).await;
        assert_eq!(waiting.state, PlacementState::Checking);
        service::jobs::drain(&world.app, house.id).await.expect("jobs run");
        let checked = placements::find(&world.app, &house.admin, waiting.id).await.expect("found");
        assert_eq!(checked.state, PlacementState::Checked, "{:?}", checked.refusal);
        assert_eq!(checked.tally.accepted, 8_000);
        assert_eq!(checked.progress.rows, 8_000);
        let waiting = commit(&world, &house.admin, checked.id, CommitPolicy::AllOrNothing).await;
        assert_eq!(waiting.state, PlacementState::Committing);
        service::jobs::drain(&world.app, house.id).await.expect("jobs run");
        let done = placements::find(&world.app, &house.admin, waiting.id).await.expect("found");
        assert_eq!((done.state, done.progress.rows), (PlacementState::Committed, 8_000));
        assert_eq!(accounts(&house).await, 8_000);
    });
}

#[test]
fn sample_files_of_every_kind_of_creditor_can_be_placed_tidy_or_not() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        for (kind, code) in quittance::samples::Kind::ALL.into_iter().zip(["H", "K", "U", "R", "B"])
        {
            let creditor = client(&world, &house, code, "MAIN").await;
            for untidy in [false, true] {
                let wanted = quittance::samples::Wanted {
                    rows: 700,
                    seed: 5,
                    client: code.to_owned(),
                    portfolio: "MAIN".to_owned(),
                    kind,
                    untidy,
                    as_of: NaiveDate::from_ymd_opt(2026, 1, 5).expect("a date"),
                };
                let mut bytes = Vec::new();
                quittance::samples::write_to(&wanted, &mut bytes).expect("a file");
                let checked = upload(&world, &house.admin, creditor, &bytes).await;
                let errors = Some(Severity::Error);
                let errors =
                    placements::findings(&world.app, &house.admin, checked.id, errors, None, 3)
                        .await
                        .expect("findings");
                assert_eq!(checked.tally.accepted, 700, "{kind:?} {untidy}: {errors:?}");
                assert!(!untidy || checked.tally.skipped > 0, "{kind:?}: nothing to skip");
                assert!(!untidy || checked.tally.warned > 0, "{kind:?}: nothing to warn of");
            }
        }
    });
}

#[test]
fn a_workbook_with_typed_cells_says_the_same_as_its_text() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "TRICOUNTY", "TC-FINAL").await;
        let [text, workbook] = ["clean_utility.csv", "clean_utility.xlsx"].map(sample);
        let text = upload(&world, &house.admin, creditor, &text).await;
        let workbook = upload(&world, &house.admin, creditor, &workbook).await;
        assert_eq!(workbook.state, PlacementState::Checked, "{:?}", workbook.refusal);
        assert_eq!((workbook.tally.accepted, workbook.tally.rejected), (250, 0));
        assert_eq!(workbook.tally, text.tally, "every line and every cent");
        let placed = commit(&world, &house.admin, workbook.id, CommitPolicy::AllOrNothing).await;
        assert_eq!(placed.state, PlacementState::Committed, "{:?}", placed.refusal);
        let born = "SELECT count(*) FROM party WHERE agency_id = $1 AND birth_date IS NOT NULL";
        assert!(count(&outside().await, born, &house).await > 200, "dates were read as dates");
    });
}

#[test]
fn a_file_is_uploaded_as_a_form_of_parts() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "TRICOUNTY", "TC-FINAL").await;
        let api = Api::of(&world).await;
        let admin = api.admin(&house).await;
        let text = String::from_utf8(sample("clean_utility.csv")).expect("text");
        let part = |name: &str, value: &str| {
            format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"november.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{text}\r\n"
        );
        let whose = part("creditor_id", &creditor.to_string());
        let send = async |parts: String| {
            let request = Request {
                token: Some(&admin.access),
                body: Some(("multipart/form-data; boundary=edge", format!("{parts}--edge--\r\n"))),
                ..Request::default()
            };
            api.send(Method::POST, "/v1/placements", request).await
        };
        let taken = send(format!("{whose}{file}")).await;
        assert_eq!(taken.status, 201, "{}", taken.text);
        assert_eq!(taken.body["file_name"], "november.csv");
        assert_eq!(taken.body["state"], "checked");
        let location = taken.headers["location"].to_str().expect("text");
        let read = api.get(location, &admin.access).await;
        assert_eq!(read.body["id"], taken.body["id"], "{}", read.text);

        let without = send(whose.clone()).await;
        assert_eq!((without.status, without.code()), (422, "invalid_request"), "{}", without.text);
        let twice = send(format!("{whose}{whose}{file}")).await;
        assert_eq!(twice.status, 422, "{}", twice.text);
        let strange = send(format!("{whose}{file}{}", part("colour", "red"))).await;
        assert_eq!(strange.status, 422, "{}", strange.text);
        let cut = send(file.replace("--edge\r\n", "")).await;
        assert!((400..500).contains(&cut.status), "{}", cut.text);
    });
}

#[test]
fn when_the_staging_table_is_lost_the_file_is_checked_again() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = client(&world, &house, "C", "MAIN").await;
        let checked =
            upload(&world, &house.admin, creditor, Writer::new().line("1", &[]).bytes()).await;
        let lost = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "DELETE FROM placement_line WHERE agency_id = $1",
            [house.id.0.into()],
        );
        outside().await.execute_raw(lost).await.expect("lost");
        let again = commit(&world, &house.admin, checked.id, CommitPolicy::AllOrNothing).await;
        assert_eq!(again.state, PlacementState::Checked, "checked again, to be committed again");
        assert_eq!(accounts(&house).await, 0);
        let checked = placements::find(&world.app, &house.admin, checked.id).await.expect("found");
        assert_eq!((checked.state, checked.tally.accepted), (PlacementState::Checked, 1));
        let placed = commit(&world, &house.admin, checked.id, CommitPolicy::AllOrNothing).await;
        assert_eq!(placed.state, PlacementState::Committed, "{:?}", placed.refusal);
    });
}
