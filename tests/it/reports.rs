//! Reports on money: the stair-step of the trade (E6) to the cent, the books that tie, and the walls
//! around what a creditor may read.

use crate::http::{Api, Person};
use crate::till::{Debt, Till, amount, once};
use crate::world::run;
use chrono::{Datelike, Duration, Months, NaiveDate};
use domain::account::AccountStatus;
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::{AccountId, ClientRole, CreditorId, Currency};
use sea_orm::Value as Sql;
use serde_json::Value;
use service::accounts::{self, StatusChange};
use service::payments::{self, NewPayment, NewReversal};
use service::users::Membership;
use service::{recovery, trust};
use uuid::Uuid;

fn today(till: &Till) -> NaiveDate {
    service::clock::date_in("America/New_York", till.world.app.clock().now())
}

/// The first day of the month so many months before the present one.
fn month(till: &Till, back: u32) -> NaiveDate {
    let first = today(till).with_day(1).expect("a first");
    first.checked_sub_months(Months::new(back)).expect("a month")
}

/// An account of so many dollars, placed on a day.
async fn placed(till: &Till, creditor: CreditorId, dollars: i64, on: NaiveDate) -> AccountId {
    let (account, debtor, file) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let text = account.simple().to_string().to_uppercase();
    till.sql(
        "WITH file AS (
             INSERT INTO placement (agency_id, id, creditor_id, file_name, file_sha256, byte_size, state, uploaded_by, created_at)
             VALUES ($1, $2, $3, 'c.csv', uuid_send($2), 1, 'committed', 'test', now()) RETURNING id),
         person AS (INSERT INTO debtor (agency_id, id, created_at) VALUES ($1, $4, now()) RETURNING id)
         INSERT INTO account (agency_id, id, reference, creditor_id, portfolio_id, placement_id, debtor_id,
             client_account_number, client_account_key, debtor_name, debtor_name_key, status,
             status_changed_at, product, original_creditor, current_creditor, service_on, placed_on,
             placement_type, placed_principal, placed_interest, placed_fees, placed_costs, placed_other,
             principal, interest, fees, costs, other, work_class, next_work_at, created_at)
         SELECT $1, $5, $6, $3, (SELECT id FROM portfolio WHERE agency_id = $1 AND creditor_id = $3 LIMIT 1),
             file.id, person.id, $6, $6, 'Jane Doe', 'DOE JANE', 'ACT', now(), 'medical', 'Clinic', 'Clinic',
             $7::date - 40, $7, 'first', $8, 0, 0, 0, 0, $8, 0, 0, 0, 0, 4, now(), now()
         FROM file, person",
        [
            till.house.id.0.into(),
            file.into(),
            creditor.0.into(),
            debtor.into(),
            account.into(),
            text.into(),
            on.into(),
            Sql::from(dollars * 100),
        ],
    )
    .await;
    AccountId(account)
}

fn paid(account: AccountId, cents: i64, on: NaiveDate) -> NewPayment {
    NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Cash,
        amount: amount(cents),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: Some(on),
        deposited_on: None,
        memo: None,
        directed: false,
    }
}

async fn pay(till: &Till, new: NewPayment) -> domain::PaymentId {
    let (app, admin) = (&till.world.app, &till.house.admin);
    payments::take(app, admin, new, &once("take_payment")).await.expect("taken").value
}

/// The cohorts of E6: 350 accounts, one of each cohort large enough to pay on, one to be recalled.
async fn cohorts(till: &Till) -> [AccountId; 3] {
    let mut large = Vec::new();
    for (back, accounts, dollars, recalled, collected) in [
        (3, 120, 96_000, 2_400, vec![1_920, 3_360, 2_880, 1_440]),
        (2, 80, 72_000, 0, vec![1_080, 2_160, 1_800]),
        (1, 150, 105_000, 5_000, vec![2_100, 3_500]),
    ] {
        let on = month(till, back);
        let mut rest = dollars - recalled;
        let mut left = accounts;
        if recalled > 0 {
            let back = placed(till, till.creditor, recalled, on).await;
            let change = StatusChange {
                status: AccountStatus::Recalled,
                reason: "taken back".to_owned(),
                arrangements: None,
            };
            accounts::change_status(&till.world.app, &till.house.admin, back, None, change)
                .await
                .expect("recalled");
            left -= 1;
        }
        for _ in 0..left - 1 {
            placed(till, till.creditor, 10, on).await;
            rest -= 10;
        }
        let account = placed(till, till.creditor, rest, on).await;
        for (step, dollars) in (0..).zip(collected) {
            let day = on.checked_add_months(Months::new(step)).expect("a month");
            pay(till, paid(account, dollars * 100, day)).await;
        }
        large.push(account);
    }
    large.try_into().expect("three")
}

async fn read(api: &Api, who: &Person, path: &str) -> Value {
    let reply = api.get(path, &who.access).await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
    reply.body
}

/// The shares of the columns of a line, as percent.
fn shares(line: &Value) -> Vec<String> {
    (1..=12).map_while(|at| line[format!("mo_{at}_share")]["share"].as_str()).map(percent).collect()
}

fn percent(share: &str) -> String {
    let hundredth: rust_decimal::Decimal = share.parse().expect("a share");
    let mut percent = hundredth * rust_decimal::Decimal::ONE_HUNDRED;
    percent.rescale(2);
    percent.to_string()
}

async fn e6_holds(api: &Api, till: &Till) {
    // Time passes between: a token does not live so long.
    let admin = &api.admin(&till.house).await;
    let steps =
        async |asked: &str| read(api, admin, &format!("/v1/reports/stair-step?{asked}")).await;
    let rows = |report: &Value| -> Vec<Vec<String>> {
        report["rows"].as_array().expect("rows").iter().map(shares).collect()
    };
    let alone = steps("measure=month_only").await;
    assert_eq!(
        rows(&alone),
        [vec!["2.00", "3.50", "3.00", "1.50"], vec!["1.50", "3.00", "2.50"], vec!["2.00", "3.33"]]
    );
    assert_eq!(alone["rows"][0]["accounts"], 120);
    assert_eq!(alone["rows"][0]["placed"]["amount"], "96000.00");
    assert_eq!(alone["rows"][0]["average"]["amount"], "800.00");
    assert_eq!(alone["rows"][0]["withdrawn"]["amount"], "2400.00");
    assert_eq!(alone["rows"][2]["withdrawn"]["amount"], "5000.00");
    assert!(alone["rows"][2]["mo_3"].is_null(), "a month not reached is blank, not zero");
    assert_eq!(alone["rows"][0]["mo_1_share"]["of"], "gross_placed");
    let (total, average) = (&alone["footer"][0], &alone["footer"][1]);
    assert_eq!(total["accounts"], 350);
    assert_eq!(total["collected"]["amount"], "20240.00");
    assert_eq!(total["placed"]["amount"], "273000.00");
    assert_eq!(total["net_placed"]["amount"], "265600.00");
    assert_eq!(percent(total["of_gross"]["share"].as_str().expect("a share")), "7.41");
    assert_eq!(percent(total["of_net"]["share"].as_str().expect("a share")), "7.62");
    assert_eq!(total["of_net"]["amount"]["amount"], "265600.00");
    assert_eq!(total["commission"]["amount"], "6072.00");
    assert_eq!(total["effective_fee"]["share"], "0.3000");
    assert_eq!((&total["closed"], &total["active"]), (&2.into(), &348.into()));
    assert_eq!(total["active_balance"]["amount"], "245360.00");
    assert_eq!(shares(average), ["1.87", "3.30", "2.79", "1.50"]);
    assert_eq!(average["mo_3_share"]["amount"]["amount"], "168000.00");
    let gross = steps("").await;
    assert_eq!(
        rows(&gross),
        [vec!["2.00", "5.50", "8.50", "10.00"], vec!["1.50", "4.50", "7.00"], vec!["2.00", "5.33"]]
    );
    let net = steps("denominator=net_placed").await;
    assert_eq!(
        rows(&net),
        [vec!["2.05", "5.64", "8.72", "10.26"], vec!["1.50", "4.50", "7.00"], vec!["2.10", "5.60"]]
    );
    // Two cohorts are two months back or less.
    let late = steps("months=3").await;
    assert_eq!(late["rows"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_stair_step_of_the_trade_through_the_api() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let large = cohorts(&till).await;
        let (app, house) = (&till.world.app, &till.house);
        e6_holds(&api, &till).await;
        // The same from the roll-up, made in one go and made again.
        till.world.wait(Duration::minutes(61));
        recovery::roll_up(app, house.id).await.expect("rolled up");
        let rolled = "SELECT count(*) AS n FROM cohort WHERE agency_id = $1";
        assert_eq!(till.number(rolled, [house.id.0.into()]).await, 3);
        e6_holds(&api, &till).await;
        recovery::rebuild(app, house.id).await.expect("made anew");
        e6_holds(&api, &till).await;
        assert!(recovery::check_roll_up(app, &house.admin).await.expect("checked").is_empty());

        // What comes after it counts at once; a return counts in its own month.
        let again = pay(&till, paid(large[0], 10_000, month(&till, 0))).await;
        let admin = api.admin(house).await;
        let first = read(&api, &admin, "/v1/reports/stair-step").await;
        assert_eq!(first["rows"][0]["mo_4"]["amount"], "9700.00");
        assert_eq!(first["rows"][0]["active_balance"]["amount"], "83900.00");
        let back = NewReversal {
            payment: again,
            reason: ReversalReason::Bounce,
            note: "insufficient funds".into(),
        };
        payments::reverse(app, &house.admin, back, &once("reverse_payment")).await.expect("back");
        e6_holds(&api, &till).await;
        till.world.wait(Duration::minutes(61));
        recovery::roll_up(app, house.id).await.expect("rolled up");
        e6_holds(&api, &till).await;
        recovery::roll_up(app, house.id).await.expect("twice is once");
        e6_holds(&api, &till).await;
        assert!(recovery::check_roll_up(app, &house.admin).await.expect("checked").is_empty());
        till.sql(
            "UPDATE cohort_collection SET collected = collected + 1 WHERE agency_id = $1
             AND collected_in = (SELECT min(collected_in) FROM cohort_collection WHERE agency_id = $1)",
            [house.id.0.into()],
        )
        .await;
        let found = recovery::check_roll_up(app, &house.admin).await.expect("checked");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].check, "roll_up_collected");
        assert_eq!(found[0].record.minor() - found[0].ledger.minor(), 1);
        // Who verifies the installation hears of it too.
        let console = service::actor::PlatformAdmin::console();
        let verdicts = service::trust::verify(app, &console, Some(&house.slug), |_| {}).await;
        let verdict = &verdicts.expect("verified")[0];
        assert!(verdict.proof.proven && !verdict.holds());
        assert_eq!(verdict.roll_up, found);
    });
}

#[test]
fn age_buckets_wait_for_the_youngest_account() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        let day = |back: i64| today(&till) - Duration::days(back);
        // Of one month of placement, so that the age of the youngest decides.
        let first = month(&till, 3);
        let (old, young) = (first, first + Duration::days(25));
        let one = placed(&till, till.creditor, 1_000, old).await;
        placed(&till, till.creditor, 1_000, young).await;
        pay(&till, paid(one, 10_000, old + Duration::days(29))).await;
        pay(&till, paid(one, 5_000, old + Duration::days(30))).await;
        let report =
            read(&api, &admin, "/v1/reports/stair-step?basis=age_buckets&measure=month_only").await;
        let row = &report["rows"][0];
        assert_eq!(row["days_0_to_29"]["amount"], "100.00", "{report}");
        assert_eq!(row["days_30_to_59"]["amount"], "50.00");
        let entered = (today(&till) - young).num_days() / 30;
        let unreached = format!("days_{}_to_{}", (entered + 1) * 30, (entered + 2) * 30 - 1);
        assert!(row[&unreached].is_null(), "{unreached}: {row}");
        assert!(report["reading"].as_str().expect("words").contains("30 days of each account"));
        assert!(day(0) > young);
    });
}

#[test]
fn csv_is_json_line_by_line() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        let account = placed(&till, till.creditor, 1_000, month(&till, 1)).await;
        pay(&till, paid(account, 10_000, month(&till, 1))).await;
        pay(&till, paid(account, 120_000, month(&till, 0))).await;
        let index = read(&api, &admin, "/v1/reports").await;
        let names: Vec<String> = index["reports"]
            .as_array()
            .expect("reports")
            .iter()
            .map(|one| one["name"].as_str().expect("a name").to_owned())
            .collect();
        assert_eq!(names.len(), 9);
        for name in names {
            let path = format!("/v1/reports/{name}");
            let json = read(&api, &admin, &path).await;
            assert!(!json["definition"]["formula"].as_str().expect("a formula").is_empty());
            let reply = api.get(&format!("{path}?format=csv"), &admin.access).await;
            assert_eq!(reply.status, 200, "{}", reply.text);
            let mut lines = csv::Reader::from_reader(reply.text.as_bytes());
            let columns = json["columns"].as_array().expect("columns");
            let labels: Vec<&str> = columns.iter().filter_map(|c| c["label"].as_str()).collect();
            assert_eq!(lines.headers().expect("a heading").iter().collect::<Vec<_>>(), labels);
            let rows = json["rows"].as_array().expect("rows");
            let footer = json["footer"].as_array().expect("a footer");
            let mut compared = 0;
            for (line, row) in lines.records().zip(rows.iter().chain(footer)) {
                let line = line.expect("a line");
                for (cell, column) in line.iter().zip(columns) {
                    let value = &row[column["name"].as_str().expect("a name")];
                    let text = value
                        .as_str()
                        .or(value["share"].as_str())
                        .or(value["amount"].as_str())
                        .map(str::to_owned)
                        .or(value.as_i64().map(|count| count.to_string()))
                        .unwrap_or_default();
                    assert_eq!(text.is_empty(), value.is_null() || value == "", "{value}");
                    assert_eq!(cell, text, "{name} {column}");
                }
                compared += 1;
            }
            assert_eq!(compared, rows.len() + footer.len(), "{name}");
            if name != "collector-productivity" {
                assert!(!rows.is_empty(), "{name} has nothing to compare");
            }
        }
    });
}

#[test]
fn the_books_tie() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        let debts: [Debt; 2] = [till.debt(100_000).await, till.debt(23_000).await];
        let now = today(&till);
        pay(&till, paid(debts[0].account, 40_000, now)).await;
        let check =
            NewPayment { method: PaymentMethod::Check, ..paid(debts[0].account, 10_000, now) };
        pay(&till, check).await;
        let direct =
            NewPayment { kind: PaymentKind::PaidCreditor, ..paid(debts[0].account, 5_000, now) };
        pay(&till, direct).await;
        // 250.00 on a debt of 230.00: 20.00 is the debtor's.
        let over = NewPayment { amount: amount(25_000), ..paid(debts[1].account, 25_000, now) };
        pay(&till, over).await;

        let trial = read(&api, &admin, "/v1/reports/trial-balance").await;
        let proof = trust::proof(&till.world.app, &till.house.admin, None).await.expect("a proof");
        let account = &proof.accounts[0];
        let balance = |ledger: &str| {
            let rows = trial["rows"].as_array().expect("rows").iter();
            let row = rows.clone().find(|row| row["ledger"] == ledger);
            row.map_or("0.00", |row| row["balance"]["amount"].as_str().expect("an amount"))
                .to_owned()
        };
        for (ledger, proved) in [
            ("trust_cash", account.cash),
            ("client_payable", account.client_payable),
            ("agency_earned", account.agency_earned),
            ("debtor_credit", account.debtor_credit),
        ] {
            assert_eq!(balance(ledger), proved.to_decimal(), "{ledger}");
        }
        assert_eq!(balance("debtor_credit"), "20.00");
        assert_eq!(balance("client_receivable"), "15.00");
        let total = &trial["footer"][0];
        assert_eq!(total["debits"], total["credits"]);

        let cash = read(&api, &admin, "/v1/reports/daily-cash").await;
        assert_eq!(cash["footer"][0]["received"]["amount"], "750.00");
        assert_eq!(cash["footer"][0]["direct"]["amount"], "50.00");
        assert_eq!(cash["footer"][0]["payments"], 4);
        let deposits = read(&api, &admin, "/v1/reports/deposit").await;
        assert_eq!(deposits["footer"][0]["net"]["amount"], account.cash.to_decimal());
        let credits = read(&api, &admin, "/v1/reports/debtor-credits").await;
        assert_eq!(credits["rows"].as_array().map(Vec::len), Some(1));
        assert_eq!(credits["rows"][0]["credit"]["amount"], "20.00");
        let revenue = read(&api, &admin, "/v1/reports/commission-revenue").await;
        let row = &revenue["footer"][0];
        assert_eq!(row["in_trust"]["amount"], account.agency_earned.to_decimal());
        assert_eq!((&row["receivable"], &row["revenue"]), (&row["receivable"], &row["receivable"]));
        assert_eq!(row["receivable"]["amount"], "15.00");

        let held = read(&api, &admin, "/v1/reports/held-funds").await;
        let waiting = |why: &str| {
            let rows = held["rows"].as_array().expect("rows").iter();
            rows.filter(|row| row["waiting"] == why)
                .map(|row| row["share"]["amount"].as_str().expect("an amount").to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(waiting("on hold"), ["70.00"], "{held}");
        assert_eq!(waiting("available"), ["441.00"]);
        let by_rows = till
            .number(
                "SELECT sum(applied - commission)::bigint AS n FROM payment WHERE agency_id = $1
                 AND statement_id IS NULL AND kind = 'paid_agency' AND available_on > $2::date",
                [till.house.id.0.into(), now.into()],
            )
            .await;
        assert_eq!(by_rows, 7_000);
        assert_eq!(held["footer"][0]["share"]["amount"], account.client_payable.to_decimal());
    });
}

#[test]
fn the_month_of_a_creditor() {
    run(async {
        let till = Till::open().await;
        let api = Api::of(&till.world).await;
        let admin = api.admin(&till.house).await;
        cohorts(&till).await;
        let from = month(&till, 3);
        let path = format!("/v1/reports/creditor-analysis?from={from}&to={}", today(&till));
        let report = read(&api, &admin, &path).await;
        let rows = report["rows"].as_array().expect("rows");
        let of = |row: &Value, name: &str| row[name]["amount"].as_str().expect("money").to_owned();
        let shown: Vec<_> =
            rows.iter().map(|row| (row["accounts"].as_i64(), of(row, "collected"))).collect();
        assert_eq!(
            shown,
            [
                (Some(120), "1920.00".to_owned()),
                (Some(80), "4440.00".to_owned()),
                (Some(150), "7140.00".to_owned()),
                (Some(0), "6740.00".to_owned()),
            ]
        );
        // Recalled today, by the creditor.
        let now = rows.last().expect("a month");
        assert_eq!(
            (now["recalled"].as_i64(), of(now, "recalled_owed")),
            (Some(2), "7400.00".into())
        );
        assert_eq!(rows[0]["average_age"], 40);
        assert_eq!(report["footer"][0]["effective_fee"]["share"], "0.3000");
        let wrong =
            api.get("/v1/reports/daily-cash?from=2026-02-01&to=2026-01-01", &admin.access).await;
        assert_eq!((wrong.status, wrong.code()), (422, "bad_period"));
        assert_eq!(wrong.body["from"], "2026-02-01");
    });
}

#[test]
fn a_creditor_reads_the_own_reports_only() {
    run(async {
        let till = Till::open().await;
        let (world, house) = (&till.world, &till.house);
        let api = Api::of(world).await;
        let other = world.creditor(house, "OTHER").await;
        let role = Membership::Client(till.creditor, ClientRole::Viewer);
        let viewer = api.join(world, house, role).await;
        let mine = placed(&till, till.creditor, 1_000, month(&till, 1)).await;
        let theirs = placed(&till, other, 5_000, month(&till, 1)).await;
        for account in [mine, theirs] {
            pay(&till, paid(account, 10_000, month(&till, 0))).await;
        }
        let check = async |viewer: &Person| {
            let steps = read(&api, viewer, "/v1/reports/stair-step").await;
            assert_eq!(steps["footer"][0]["placed"]["amount"], "1000.00");
            assert_eq!(steps["footer"][0]["collected"]["amount"], "100.00");
            let held = read(&api, viewer, "/v1/reports/held-funds").await;
            assert_eq!(held["footer"][0]["amount"]["amount"], "100.00");
            let analysis = read(&api, viewer, "/v1/reports/creditor-analysis").await;
            assert_eq!(analysis["footer"][0]["collected"]["amount"], "100.00");
        };
        check(&viewer).await;
        world.wait(Duration::minutes(61));
        recovery::roll_up(&world.app, house.id).await.expect("rolled up");
        let viewer = api.join(world, house, role).await;
        check(&viewer).await;
        let foreign = format!("/v1/reports/stair-step?creditor_id={other}");
        assert_eq!(api.get(&foreign, &viewer.access).await.status, 404);
        let index = read(&api, &viewer, "/v1/reports").await;
        assert_eq!(index["reports"].as_array().map(Vec::len), Some(3));
        for name in [
            "daily-cash",
            "deposit",
            "debtor-credits",
            "trial-balance",
            "commission-revenue",
            "collector-productivity",
        ] {
            let reply = api.get(&format!("/v1/reports/{name}"), &viewer.access).await;
            assert_eq!(reply.status, 403, "{name}: {}", reply.text);
        }
    });
}
