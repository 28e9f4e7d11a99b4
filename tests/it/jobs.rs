//! Work in the background: several jobs at once, none lost, none held up by a large one.

use crate::till::{DEBIT, Till};
use crate::world::{House, World, run, superuser_url};
use chrono::{Duration, NaiveDate};
use domain::placement::{CommitPolicy, Mapping, PlacementState};
use domain::{CreditorId, PlacementId};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
    TransactionTrait, Value,
};
use serde_json::json;
use service::once::Once;
use service::placements::{self, Order, Spool};
use service::{jobs, sign_in};
use std::time::Duration as Wait;
use tokio::sync::watch;
use uuid::Uuid;

#[test]
fn a_large_file_holds_up_nothing_else() {
    run(async {
        let world = World::new().await;
        let (house, file) = big_file(&world).await;
        let eye = eye().await;
        // The check waits for the placement, as if it had a million lines to read.
        let hold = held(&eye, file).await;
        let (tell, told) = watch::channel(false);
        let (app, agency) = (world.app.clone(), house.id);
        let worker = tokio::spawn(async move { jobs::work_in(&app, agency, told).await });
        until(&eye, &house, "kind = 'check_placement' AND lease_until IS NOT NULL").await;
        add(&eye, &house, "age_worklist").await;
        until(&eye, &house, "kind = 'age_worklist' AND done_at IS NOT NULL").await;
        assert_eq!(open(&eye, &house, "check_placement").await, 1, "it is still at it");
        hold.rollback().await.expect("let go");
        tell.send(true).expect("the worker listens");
        worker.await.expect("the worker ends when its jobs have ended");
        assert_eq!(open(&eye, &house, "check_placement").await, 0);
        let checked = placements::find(&world.app, &house.admin, file).await.expect("found");
        assert_eq!(checked.state, PlacementState::Checked);
    });
}

#[test]
fn the_jobs_of_a_worker_that_was_killed_are_taken_a_minute_later() {
    run(async {
        let world = World::new().await;
        let (house, file) = big_file(&world).await;
        let eye = eye().await;
        let hold = held(&eye, file).await;
        let (_tell, told) = watch::channel(false);
        let (app, agency) = (world.app.clone(), house.id);
        let worker = tokio::spawn(async move { jobs::work_in(&app, agency, told).await });
        until(&eye, &house, "kind = 'check_placement' AND lease_until IS NOT NULL").await;
        worker.abort();
        assert!(worker.await.unwrap_err().is_cancelled(), "killed");
        hold.rollback().await.expect("let go");
        assert_eq!(jobs::drain(&world.app, house.id).await.expect("looked"), 0, "still leased");
        world.wait(Duration::seconds(61));
        assert_eq!(jobs::drain(&world.app, house.id).await.expect("drained"), 1);
        let checked = placements::find(&world.app, &house.admin, file).await.expect("found");
        assert_eq!(checked.state, PlacementState::Checked);
    });
}

#[test]
fn staged_lines_are_forgotten_a_month_after_they_became_accounts() {
    run(async {
        let world = World::new().await;
        let (house, file) = big_file(&world).await;
        let eye = eye().await;
        jobs::drain(&world.app, house.id).await.expect("checked");
        let once = Once {
            principal: house.admin.principal(),
            key: Uuid::now_v7().to_string(),
            operation: "commit_placement",
            fingerprint: Vec::new(),
        };
        let policy = CommitPolicy::AllOrNothing;
        placements::commit(&world.app, &house.admin, &once, file, policy).await.expect("asked");
        jobs::drain(&world.app, house.id).await.expect("committed");
        let lines = "SELECT count(*) FROM placement_line WHERE agency_id = $1";
        for (days, kept) in [(29, 8_000), (2, 0)] {
            world.wait(Duration::days(days));
            add(&eye, &house, "forget_spent").await;
            jobs::drain(&world.app, house.id).await.expect("forgotten");
            assert_eq!(number(&eye, lines, [house.id.0.into()]).await, kept);
        }
        let done = placements::find(&world.app, &house.admin, file).await.expect("found");
        assert_eq!((done.state, done.tally.accepted), (PlacementState::Committed, 8_000));
    });
}

#[test]
fn what_the_gateway_told_of_payers_is_forgotten_a_month_later() {
    run(async {
        let till = Till::open().await;
        let debt = till.debt(25_000).await;
        let (payment, session) = till.page(&debt, 25_000).await;
        till.pays(&session, json!({ "card": DEBIT })).await;
        till.settle().await;
        let told = "SELECT (SELECT count(*) FROM gateway_call WHERE agency_id = $1
                        AND (response IS NOT NULL OR body <> ''))
                    + (SELECT count(*) FROM gateway_event WHERE agency_id = $1 AND payload <> '')";
        let agency = [till.house.id.0.into()];
        assert!(number(&till.eye, told, agency.clone()).await >= 2);
        till.world.wait(Duration::days(31));
        add(&till.eye, &till.house, "forget_spent").await;
        till.drain().await;
        assert_eq!(number(&till.eye, told, agency).await, 0);
        assert_eq!(till.state(payment).await, "succeeded");
        assert_eq!(till.postings(payment).await, 1);
    });
}

#[test]
fn a_password_kept_by_older_parameters_is_hashed_anew_at_the_next_sign_in() {
    run(async {
        use argon2::password_hash::PasswordHasher;
        let world = World::new().await;
        let house = world.house().await;
        let eye = eye().await;
        let weak = argon2::Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::default(),
            argon2::Params::new(8 * 1024, 1, 1, None).expect("parameters"),
        );
        let old = weak.hash_password(crate::world::PASSWORD.as_bytes()).expect("a hash");
        let set = "UPDATE app_user SET password_hash = $2 WHERE agency_id = $1";
        execute(&eye, set, [house.id.0.into(), old.to_string().into()]).await;
        let email = "admin@agency.example";
        for _ in 0..2 {
            sign_in::with_password(&world.app, &house.slug, email, crate::world::PASSWORD)
                .await
                .expect("signed in");
        }
        let kept = "SELECT count(*) FROM app_user WHERE agency_id = $1 AND password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
        assert_eq!(number(&eye, kept, [house.id.0.into()]).await, 1);
        let said =
            "SELECT count(*) FROM audit WHERE agency_id = $1 AND action = 'user.rehash_password'";
        assert_eq!(number(&eye, said, [house.id.0.into()]).await, 1, "once");
    });
}

/// A file that is too large to be checked while the caller waits.
async fn big_file(world: &World) -> (House, PlacementId) {
    let house = world.house().await;
    let creditor: CreditorId = world.creditor(&house, "SAMPLE").await;
    let wanted = quittance::samples::Wanted {
        rows: 8_000,
        seed: 3,
        client: "SAMPLE".to_owned(),
        portfolio: "MAIN".to_owned(),
        kind: quittance::samples::Kind::Utility,
        untidy: false,
        as_of: NaiveDate::from_ymd_opt(2026, 1, 5).expect("a date"),
    };
    let mut bytes = Vec::new();
    quittance::samples::write_to(&wanted, &mut bytes).expect("a file");
    let mut spool = Spool::new().expect("a spool");
    spool.push(&bytes).expect("room");
    let order = Order {
        creditor,
        portfolio: None,
        file_name: "file.csv".to_owned(),
        mapping: Mapping::default(),
        manifest: None,
    };
    let spooled = spool.finish().expect("a file");
    let taken = placements::upload(&world.app, &house.admin, order, spooled).await.expect("taken");
    assert_eq!(taken.state, PlacementState::Checking);
    (house, taken.id)
}

async fn eye() -> DatabaseConnection {
    Database::connect(superuser_url()).await.expect("a connection")
}

/// Somebody else's lock on a placement.
async fn held(eye: &DatabaseConnection, file: PlacementId) -> DatabaseTransaction {
    let tx = eye.begin().await.expect("a transaction");
    let lock = "SELECT id FROM placement WHERE id = $1 FOR UPDATE";
    let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [file.0.into()]);
    tx.query_one_raw(lock).await.expect("locked");
    tx
}

async fn add(eye: &DatabaseConnection, house: &House, kind: &str) {
    let sql = "INSERT INTO job (agency_id, id, kind, payload, run_at, created_at)
               VALUES ($1, gen_random_uuid(), $2, jsonb_build_object('kind', $2::text), '2020-01-01', now())";
    execute(eye, sql, [house.id.0.into(), kind.into()]).await;
}

async fn open(eye: &DatabaseConnection, house: &House, kind: &str) -> i64 {
    let sql = "SELECT count(*) FROM job WHERE agency_id = $1 AND kind = $2 AND done_at IS NULL";
    number(eye, sql, [house.id.0.into(), kind.into()]).await
}

/// Until the agency has a job like this.
async fn until(eye: &DatabaseConnection, house: &House, job: &str) {
    let sql = format!("SELECT count(*) FROM job WHERE agency_id = $1 AND {job}");
    for _ in 0..100 {
        if number(eye, &sql, [house.id.0.into()]).await > 0 {
            return;
        }
        tokio::time::sleep(Wait::from_millis(40)).await;
    }
    panic!("no job: {job}");
}

async fn execute<const N: usize>(eye: &DatabaseConnection, sql: &str, values: [Value; N]) {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    eye.execute_raw(statement).await.expect("done");
}

async fn number<const N: usize>(eye: &DatabaseConnection, sql: &str, values: [Value; N]) -> i64 {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let row = eye.query_one_raw(statement).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a number")
}
