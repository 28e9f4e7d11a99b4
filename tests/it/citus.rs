//! What lets the same schema and code run on one server and on Citus: secrets and rows that say whose
//! they are, and refusals that are told by codes and names.

use crate::till::{Till, amount, once};
use crate::world::{PASSWORD, World, database_url, run, superuser_url};
use domain::agency::Site;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{AccountId, AgencyId, Currency, Permission, base32};
use migration::{Migrator, MigratorTrait, roles};
use quittance::cluster::Cluster;
use quittance::migrate;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};
use service::actor::Scope;
use service::payments::NewPayment;
use service::stop::{Fault, broke};
use service::tokens::Credentials;
use service::{
    Refused, access, accounts, api_keys, gateway_events, payments, sessions, tokens, users,
};
use uuid::Uuid;

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("a connection")
}

async fn number(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Postgres, sql.to_owned());
    let row = db.query_one_raw(statement).await.unwrap_or_else(|err| panic!("{sql}: {err}"));
    row.expect("a row").try_get_by_index(0).expect("a number")
}

/// The 26 digits by which a secret names an agency.
fn digits(agency: AgencyId) -> String {
    base32::encode_u128(agency.0.as_u128())
}

/// The secret as if it were the other agency's.
fn moved(secret: &str, from: AgencyId, to: AgencyId) -> String {
    let other = secret.replace(&digits(from), &digits(to));
    assert_ne!(other, secret, "the secret does not name its agency");
    other
}

/// CRC-32 in seven digits, as at the end of an API key.
fn checksum(text: &str) -> String {
    let crc = text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    });
    base32::encode_u128(u128::from(!crc))[19..].to_owned()
}

/// With another agency's digits in front, or with none, a secret is as good as any invented one.
#[test]
fn a_secret_is_good_in_the_agency_that_it_names_only() {
    run(async {
        let till = Till::open().await;
        let (world, house) = (&till.world, &till.house);
        let other = world.house().await;
        let app = &world.app;

        let new = api_keys::NewKey {
            name: "Nightly".to_owned(),
            permissions: vec![Permission::AccountRead],
            creditor: None,
            expires_at: None,
        };
        let key = api_keys::create(app, &house.admin, new).await.expect("a key").secret;
        assert_eq!(access::authenticate(app, &key).await.expect("in").agency(), house.id);
        let elsewhere = moved(&key, house.id, other.id);
        let body = elsewhere[4..82].to_owned();
        let elsewhere = format!("qtk_{body}{}", checksum(&body));
        let invented = format!("qtk_{}", "0".repeat(85));
        for bad in [elsewhere.as_str(), &invented, &key[30..], ""] {
            let refused = access::authenticate(app, bad).await.expect_err("out");
            assert_eq!(refused.code(), "unauthenticated", "{bad}");
        }

        let who = Credentials {
            agency: &house.slug,
            email: "admin@agency.example",
            password: PASSWORD,
            address: "192.0.2.7",
        };
        let refresh = tokens::sign_in(app, who).await.expect("signed in").refresh;
        for bad in [&moved(&refresh, house.id, other.id), &refresh[26..], "x", ""] {
            let refused = tokens::refresh(app, bad).await.expect_err("out");
            assert_eq!(refused.code(), "bad_refresh_token", "{bad}");
            tokens::sign_out(app, bad).await.expect("as good as ended");
        }
        tokens::refresh(app, &refresh).await.expect("the true one is still good");

        let invited = users::reset_link(app, &house.admin, house.admin.user().expect("a user"));
        let link = invited.await.expect("a link").token;
        for bad in [&moved(&link, house.id, other.id), &link[26..], "x", ""] {
            let refused = users::accept(app, bad, PASSWORD).await.expect_err("spent");
            assert_eq!(refused.code(), "link_spent", "{bad}");
        }
        users::accept(app, &link, PASSWORD).await.expect("the true one is still good");

        let address = till.endpoint();
        let unknown = gateway_events::receive(app, "unknown", "", b"{}").await.expect_err("404");
        for bad in [&moved(&address, house.id, other.id), &address[26..], ""] {
            let refused = gateway_events::receive(app, bad, "", b"{}").await.expect_err("404");
            assert_eq!(refused.to_string(), unknown.to_string(), "{bad}");
            assert_eq!(refused.code(), "not_found");
        }
        let unsigned =
            gateway_events::receive(app, &address, "", b"{}").await.expect_err("unsigned");
        assert_eq!(unsigned.code(), "bad_signature");

        let cookie = service::random::token(house.id).expect("a cookie");
        let visit = sessions::NewSession {
            site: Site::Workspace,
            subject: sessions::Subject::Visitor,
            language: domain::agency::Language::English,
            cookie: &cookie,
        };
        sessions::start_visit(app, house.id, visit).await.expect("a visit");
        let found = |agency, cookie: String| async move {
            sessions::find(app, agency, Site::Workspace, &cookie).await.expect("asked").is_some()
        };
        assert!(found(house.id, cookie.clone()).await);
        assert!(!found(other.id, cookie.clone()).await);
        assert!(!found(house.id, moved(&cookie, house.id, other.id)).await);
        assert!(!found(other.id, moved(&cookie, house.id, other.id)).await);
    });
}

/// A refusal is known by the code and the name that the driver hands over: the words depend on the
/// database's language, and on Citus the name carries the number of a shard.
#[test]
fn what_was_broken_is_told_by_name_and_code() {
    run(async {
        let db = connect(&superuser_url()).await;
        let tx = db.begin().await.expect("begun");
        tx.execute_unprepared(
            "CREATE TEMP TABLE shelf (
                 id integer CONSTRAINT shelf_pkey_102008 PRIMARY KEY,
                 above integer CONSTRAINT shelf_above_fk REFERENCES shelf (id),
                 depth integer CONSTRAINT shelf_depth_7 CHECK (depth > 0));
             CREATE UNIQUE INDEX shelf_only ON shelf (above);
             INSERT INTO shelf VALUES (1, NULL, 1), (2, 1, 1)",
        )
        .await
        .expect("a table");
        for (sql, name) in [
            ("INSERT INTO shelf VALUES (1, NULL, 1)", "shelf_pkey"),
            ("INSERT INTO shelf VALUES (1, NULL, 1)", "shelf_pkey_102008"),
            ("INSERT INTO shelf VALUES (3, 9, 1)", "shelf_above_fk"),
            ("INSERT INTO shelf VALUES (3, 1, 1)", "shelf_only"),
            ("INSERT INTO shelf VALUES (3, NULL, 0)", "shelf_depth"),
        ] {
            let nested = tx.begin().await.expect("a savepoint");
            let err = nested.execute_unprepared(sql).await.expect_err(sql);
            assert!(broke(&err, name), "{name}: {err}");
            // A value that reads like a name, or a name that begins alike, is none.
            assert!(!broke(&err, "shelf") && !broke(&err, "shelf_pke"), "{err}");
            assert!(!Fault::Db(err).is_passing());
        }
        // As Citus hands it on: the words and the code, without the name by itself.
        let nested = tx.begin().await.expect("a savepoint");
        let sql = "DO $$ BEGIN RAISE EXCEPTION 'Wert verletzt »shelf_pkey_102008«' USING ERRCODE = '23505'; END $$";
        let err = nested.execute_unprepared(sql).await.expect_err("raised");
        assert!(broke(&err, "shelf_pkey") && !broke(&err, "shelf"), "{err}");
        drop(nested);
        let sql = "DO $$ BEGIN RAISE EXCEPTION 'lock timeout, \"shelf_pkey\"'; END $$";
        let err = tx.execute_unprepared(sql).await.expect_err("raised");
        assert!(!broke(&err, "shelf_pkey") && !Fault::Db(err).is_passing());
    });
}

/// Whoever waited in vain for a lock is told to come again, in whatever language the server speaks.
#[test]
fn a_lock_that_is_not_got_is_a_passing_fault() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        world.creditor(&house, "HELD").await;
        let agency = house.id.0;
        let lock = format!("SELECT 1 FROM creditor WHERE agency_id = '{agency}' FOR UPDATE");
        let url = database_url(roles::AGENCY);
        let (holder, waiter) = (connect(&url).await, connect(&url).await);
        let scope =
            format!("SET LOCAL app.agency_id = '{agency}'; SET LOCAL lock_timeout = '10ms'");
        let held = holder.begin().await.expect("begun");
        held.execute_unprepared(&scope).await.expect("a scope");
        held.execute_unprepared(&lock).await.expect("locked");
        let waiting = waiter.begin().await.expect("begun");
        waiting.execute_unprepared(&scope).await.expect("a scope");
        let err = waiting.execute_unprepared(&lock).await.expect_err("a lock timeout");
        assert!(Fault::Db(err).is_passing());
    });
}

/// A migration that gives rows their creditor gives it to the rows that are there.
#[test]
fn rows_from_before_learn_whose_they_are() {
    run(async {
        let cluster = Cluster::throw_away().expect("another cluster");
        cluster.ensure_database("before").expect("a database");
        let url = cluster.superuser_url("before");
        let all = connect(&url).await;
        all.execute_unprepared(roles::CREATE).await.expect("roles");
        let owner = connect(&cluster.url(roles::OWNER, "before")).await;
        Migrator::up(&owner, Some(10)).await.expect("up to the tenth");
        all.execute_unprepared(BEFORE).await.expect("rows");
        migrate::up(&url, None).await.expect("up");
        let strange =
            "SELECT count(*) FROM payment_line l JOIN payment p ON p.agency_id = l.agency_id
             AND p.id = l.payment_id
             WHERE (l.creditor_id, l.debtor_id) IS DISTINCT FROM (p.creditor_id, p.debtor_id)";
        assert_eq!(number(&all, "SELECT count(*) FROM payment_line").await, 24_000);
        assert_eq!(number(&all, strange).await, 0);
        for table in ["placement_file", "placement_line", "placement_finding"] {
            let sql = format!(
                "SELECT count(*) FROM {table} r JOIN placement p ON p.agency_id = r.agency_id
                     AND p.id = r.placement_id AND p.creditor_id = r.creditor_id"
            );
            assert_eq!(number(&all, &sql).await, 6, "{table}");
        }
        let open = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity";
        assert_eq!(number(&all, open).await, 0, "a wall was left open");
        Migrator::down(&owner, Some(1)).await.expect("down");
        assert_eq!(number(&all, "SELECT count(*) FROM payment_line").await, 24_000);
        migrate::up(&url, None).await.expect("up again");
        assert_eq!(number(&all, strange).await, 0);
    });
}

/// Two agencies of two creditors each: 24,000 payments, and six placements.
const BEFORE: &str = "
    CREATE TEMP TABLE who AS
        SELECT md5('agency' || a)::uuid AS agency, md5('creditor' || a || c)::uuid AS creditor,
               md5('debtor' || a || c)::uuid AS debtor, a, c
        FROM generate_series(1, 2) a, generate_series(1, 2) c;
    INSERT INTO agency (id, slug, display_name, consumer_name, currency, time_zone, phone, phone_hours,
            postal_address, status, created_at)
        SELECT DISTINCT agency, 'a' || a, 'A', 'A', 'USD', 'UTC', '1', '1', '1', 'active', now() FROM who;
    INSERT INTO creditor (agency_id, id, code, name, status, created_at)
        SELECT agency, creditor, 'C' || c, 'C', 'active', now() FROM who;
    INSERT INTO portfolio (agency_id, id, creditor_id, code, name, created_at)
        SELECT agency, creditor, creditor, 'P', 'P', now() FROM who;
    INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, state, uploaded_by,
            created_at)
        SELECT agency, creditor, creditor, 'f', ''::bytea, 1, 'checked', 'x', now() FROM who
        UNION ALL
        SELECT agency, debtor, creditor, 'g', ''::bytea, 1, 'checked', 'x', now() FROM who WHERE c = 1;
    INSERT INTO placement_file (agency_id, placement_id, seq, bytes) SELECT agency_id, id, 0, 'x' FROM placement;
    INSERT INTO placement_finding (agency_id, placement_id, line_no, seq, severity, code, reason)
        SELECT agency_id, id, 1, 0, 'error', 'x', 'x' FROM placement;
    INSERT INTO placement_line (agency_id, placement_id, line_no, verdict, principal, interest, fees, costs,
            other, unreadable, account_id, debtor_id)
        SELECT agency_id, id, 1, 'good', 1, 0, 0, 0, 0, false, id, id FROM placement;
    INSERT INTO debtor (agency_id, id, created_at) SELECT agency, debtor, now() FROM who;
    INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
            client_account_number, client_account_key, debtor_name, debtor_name_key, status, status_changed_at,
            product, original_creditor, current_creditor, service_on, placed_on, placement_type,
            placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
            principal, interest, fees, costs, other, work_class, created_at)
        SELECT agency, debtor, 'R' || c, creditor, creditor, creditor, debtor, '1', '1', 'N', 'N', 'ACT', now(),
            'card', 'O', 'C', '2026-01-01', '2026-01-01', 'first', 900, 0, 0, 0, 0, 900, 0, 0, 0, 0, 4, now()
        FROM who;
    INSERT INTO payment (agency_id, id, account_id, creditor_id, debtor_id, kind, method, state, amount, applied,
            overpaid, source, commission, commission_basis, tax, effective_on, entered_at, posted_at,
            available_on, entered_by)
        SELECT agency, gen_random_uuid(), debtor, creditor, debtor, 'paid_agency', 'cash', 'succeeded', 10, 10, 0,
            'staff', 3, 'net', 0, '2026-02-01', now(), now(), '2026-02-01', 'x'
        FROM who, generate_series(1, 6000);
    INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission)
        SELECT agency_id, id, 'principal', 10, 0.3, 3 FROM payment;
";

/// The lines of payments are a creditor's and a debtor's by columns of their own, also after the
/// account went to another debtor.
#[test]
fn lines_of_payments_belong_to_a_creditor_and_to_a_debtor() {
    run(async {
        let till = Till::open().await;
        let second = till.world.creditor(&till.house, "SECOND").await;
        let (one, two) = (till.debt(10_000).await, till.debt_to(second, 10_000).await);
        let (app, admin) = (&till.world.app, &till.house.admin);
        for debt in [&one, &two] {
            payments::take(app, admin, cash(debt.account), &once("take_payment"))
                .await
                .expect("taken");
        }
        let agency = till.house.id.0;
        let of = |table: &str, id: Uuid| {
            format!(
                "SELECT creditor_id::text AS t FROM {table} WHERE id = '{id}' AND agency_id = '{agency}'"
            )
        };
        let creditor = till.text(&of("account", one.account.0), []).await.expect("a creditor");
        let seen = async |role: &str, setting: String| {
            let db = connect(&database_url(role)).await;
            let tx = db.begin().await.expect("begun");
            let scope = format!("SET LOCAL app.agency_id = '{agency}'; SET LOCAL {setting}");
            tx.execute_unprepared(&scope).await.expect("a scope");
            let sql = format!("SELECT count(*) FROM payment_line WHERE agency_id = '{agency}'");
            number(&tx, &sql).await
        };
        let debtor = async |account: AccountId| {
            let sql = format!(
                "SELECT debtor_id::text AS t FROM account WHERE agency_id = '{agency}' AND id = '{}'",
                account.0
            );
            till.text(&sql, []).await.expect("a debtor")
        };
        let (of_one, of_two) = (debtor(one.account).await, debtor(two.account).await);
        assert_eq!(seen(roles::AGENCY, "app.debtor_id = ''".to_owned()).await, 2);
        assert_eq!(seen(roles::CREDITOR, format!("app.creditor_id = '{{{creditor}}}'")).await, 1);
        let both = format!("app.creditor_id = '{{{creditor},{}}}'", second.0);
        assert_eq!(seen(roles::CREDITOR, both).await, 2);
        assert_eq!(seen(roles::CREDITOR, "app.creditor_id = ''".to_owned()).await, 0);
        assert_eq!(seen(roles::DEBTOR, format!("app.debtor_id = '{of_one}'")).await, 1);
        assert_eq!(seen(roles::DEBTOR, "app.debtor_id = ''".to_owned()).await, 0);
        accounts::link(app, admin, one.account, two.account, "One person").await.expect("linked");
        assert_eq!(seen(roles::DEBTOR, format!("app.debtor_id = '{of_one}'")).await, 0);
        assert_eq!(seen(roles::DEBTOR, format!("app.debtor_id = '{of_two}'")).await, 2);
    });
}

fn cash(account: AccountId) -> NewPayment {
    NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Cash,
        amount: amount(2_500),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    }
}
