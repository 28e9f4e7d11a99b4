//! Reports in the workspace and at the client site: what a creditor and the agency look at, in both
//! schemes and all widths.

use crate::browser::{Eyes, Window, visit};
use crate::debts::{Debt, Debts};
use crate::every_page::inspect;
use crate::world::{House, PASSWORD, World, run};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use chrono::{Days, Months, Utc};
use domain::agency::Site;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{Amount, ClientRole, Currency, Money};
use service::actor::PlatformAdmin;
use service::agencies;
use service::once::Once;
use service::payments::{self, NewPayment};
use service::users::{self, Membership, NewUser};
use std::net::TcpListener;
use uuid::Uuid;

/// Both sites on free ports: the client site, then the workspace.
async fn serve(world: &World, house: &House) -> [String; 2] {
    let mut origins = Vec::new();
    for site in [Site::Client, Site::Workspace] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let name = if site == Site::Client { "clients" } else { "work" };
        let host = format!("{name}-{}.localhost:{port}", house.slug);
        let console = PlatformAdmin::console();
        agencies::add_host(&world.app, &console, house.id, site, &host).await.expect("a host");
        let app = Data::new(world.app.clone());
        let settings =
            Data::new(portal::Settings { scheme: "http", ..portal::Settings::default() });
        let server = HttpServer::new(move || {
            let pages = if site == Site::Client { portal::client } else { portal::workspace };
            App::new().app_data(app.clone()).app_data(settings.clone()).configure(pages)
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .expect("listening")
        .run();
        tokio::spawn(server);
        origins.push(format!("http://{host}"));
    }
    origins.try_into().expect("two")
}

/// Accounts of six months, paid on in each month since; one overpaid, some by check, some taken back.
async fn placed(world: &World, house: &House, debts: &Debts) {
    let today = service::clock::date_in("America/New_York", world.app.clock().now());
    for back in 0..6_u32 {
        let month = today.checked_sub_months(Months::new(back)).expect("a month");
        let these: Vec<Debt> = (1..=4_i64)
            .map(|n| Debt {
                debtor: None,
                name: "Ana Brown".to_owned(),
                principal: 60_000 * n + 1_137 * i64::from(back),
                due_at: Utc::now(),
            })
            .collect();
        for (at, one) in (0_u32..).zip(debts.place_these(&these).await) {
            debts.set(one.account, &format!("placed_on = '{month}'")).await;
            match at {
                0 if back == 4 => {
                    let recalled = "status = 'CRC', closed_at = now(), next_work_at = NULL";
                    debts.set(one.account, recalled).await;
                }
                0 => {}
                _ => {
                    for step in 0..=back {
                        let on = month
                            .checked_add_months(Months::new(step))
                            .and_then(|day| day.checked_sub_days(Days::new(u64::from(at))))
                            .expect("a day");
                        let cents = 2_500 + 700 * i64::from(at) + 300 * i64::from(back);
                        let method =
                            if at == 1 { PaymentMethod::Check } else { PaymentMethod::Cash };
                        paid(world, house, one.account, cents, on.max(month), method).await;
                    }
                }
            }
        }
    }
    let small = Debt {
        debtor: None,
        name: "Eve Forsythe-Wellington".to_owned(),
        principal: 5_000,
        due_at: Utc::now(),
    };
    let small = debts.place_these(&[small]).await;
    let small = small.first().expect("one").account;
    paid(world, house, small, 7_500, today, PaymentMethod::Wire).await;
}

async fn paid(
    world: &World,
    house: &House,
    account: domain::AccountId,
    cents: i64,
    on: chrono::NaiveDate,
    method: PaymentMethod,
) {
    let new = NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method,
        amount: Amount::new(Money::from_minor(cents)).expect("an amount"),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: Some(on),
        deposited_on: None,
        memo: None,
        directed: false,
    };
    let once = Once {
        principal: house.admin.principal(),
        key: Uuid::now_v7().to_string(),
        operation: "take_payment",
        fingerprint: vec![1],
    };
    payments::take(&world.app, &house.admin, new, &once).await.expect("taken");
}

async fn enter(window: &Window, origin: &str, email: &str) {
    window.open_page(&format!("{origin}/sign-in")).await;
    window.fill("email", email).await;
    window.fill("password", PASSWORD).await;
    window.press("main form button").await;
}

#[test]
fn every_report_is_accessible() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "MERCYVALE").await;
        world.creditor(&house, "NORTHSIDE").await;
        let email = "ana.alvarez@mercyvale.example";
        let new = NewUser {
            email: email.to_owned(),
            name: "Ana Alvarez".to_owned(),
            membership: Membership::Client(creditor, ClientRole::Admin),
        };
        let token = users::invite(&world.app, &house.admin, new).await.expect("invited").token;
        users::accept(&world.app, &token, PASSWORD).await.expect("accepted");
        let debts = Debts::of(&house, creditor).await;
        let [client, workspace] = serve(&world, &house).await;
        placed(&world, &house, &debts).await;
        visit(Eyes::default(), move |window| async move {
            let look = async |origin: &str, path: &str, name: &str| {
                window.open_page(&format!("{origin}{path}")).await;
                inspect(&window, Eyes::default(), &format!("reports-{name}")).await;
            };
            enter(&window, &client, email).await;
            look(&client, "/portfolios", "c2").await;
            window.press("tbody a").await;
            inspect(&window, Eyes::default(), "reports-c3").await;
            let here = window.url().await;
            let other =
                format!("{here}?basis=age_buckets&measure=month_only&denominator=net_placed");
            window.open_page(&other).await;
            inspect(&window, Eyes::default(), "reports-c3-age").await;
            look(&client, "/reports", "client").await;
            look(&client, "/reports/held-funds", "client-held").await;
            enter(&window, &workspace, "admin@agency.example").await;
            look(&workspace, "/reports", "index").await;
            let year = "from=2026-01-01&to=2026-12-31";
            for name in [
                "daily-cash",
                "deposit",
                "held-funds",
                "debtor-credits",
                "trial-balance",
                "commission-revenue",
                "stair-step",
                "creditor-analysis",
                "collector-productivity",
            ] {
                look(&workspace, &format!("/reports/{name}?{year}"), name).await;
            }
            look(&workspace, "/reports/daily-cash?from=soon", "wrong").await;
        })
        .await;
    });
}
