//! Every page of the client site as a creditor's administrator meets it, in both schemes and three
//! widths.

use crate::browser::{Eyes, Window, visit};
use crate::debts::{Debt, Debts};
use crate::every_page::inspect;
use crate::world::{House, PASSWORD, World, run};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use chrono::{Datelike, Days, Months, NaiveDate, Utc};
use domain::agency::Site;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::{
    AccountId, Amount, ClientRole, CreditorId, Currency, Money, Rate, StaffRole, remittance,
};
use service::actor::PlatformAdmin;
use service::agencies;
use service::contracts::{self, NewContract};
use service::once::Once;
use service::payments::{self, NewPayment};
use service::remittances::{self, NewIssue, RemittanceFilter};
use service::statements::{self, NewClose};
use service::users::{self, Membership, NewUser};
use std::net::TcpListener;
use uuid::Uuid;

/// Serves the client site of an agency; answers with its origin.
async fn serve(world: &World, house: &House) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let host = format!("clients-{}.localhost:{port}", house.slug);
    let console = PlatformAdmin::console();
    agencies::add_host(&world.app, &console, house.id, Site::Client, &host).await.expect("a host");
    let app = Data::new(world.app.clone());
    let settings = Data::new(portal::Settings { scheme: "http", ..portal::Settings::default() });
    let server = HttpServer::new(move || {
        App::new().app_data(app.clone()).app_data(settings.clone()).configure(portal::client)
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .expect("listening")
    .run();
    tokio::spawn(server);
    format!("http://{host}")
}

/// Accounts of five months, some of them paid on, one taken back.
async fn placed(world: &World, house: &House, debts: &Debts) {
    let today = service::clock::date_in("America/New_York", world.app.clock().now());
    for back in 0..5_u32 {
        let month = today.checked_sub_months(Months::new(back)).expect("a month");
        let names =
            ["Ana Brown", "Ben Cole", "Cleo Diaz", "Dan O'Brien", "Eve Forsythe-Wellington"];
        let these: Vec<Debt> = names
            .iter()
            .zip(1_i64..)
            .map(|(name, n)| Debt {
                debtor: None,
                name: (*name).to_owned(),
                principal: 25_000 * n + 1_137 * i64::from(back),
                due_at: Utc::now(),
            })
            .collect();
        for (at, one) in debts.place_these(&these).await.into_iter().enumerate() {
            debts.set(one.account, &format!("placed_on = '{month}'")).await;
            if at == 4 && back == 3 {
                debts
                    .set(one.account, "status = 'CRC', closed_at = now(), next_work_at = NULL")
                    .await;
            } else if at < 3 {
                let on = month.checked_add_days(Days::new(5 * u64::from(back))).expect("a day");
                paid(world, house, one.account, 4_000 + 900 * i64::from(back), on.min(today)).await;
            }
        }
    }
}

async fn paid(world: &World, house: &House, account: AccountId, cents: i64, on: NaiveDate) {
    let new = NewPayment { effective_on: Some(on), ..check(account, cents) };
    payments::take(&world.app, &house.admin, new, &once(house, "take_payment"))
        .await
        .expect("taken");
}

/// A check to the agency.
fn check(account: AccountId, cents: i64) -> NewPayment {
    NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Check,
        amount: Amount::new(Money::from_minor(cents)).expect("an amount"),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    }
}

fn once(house: &House, operation: &'static str) -> Once {
    Once {
        principal: house.admin.principal(),
        key: Uuid::now_v7().to_string(),
        operation,
        fingerprint: vec![1],
    }
}

/// The months up to the last one are closed: paid out, with an invoice for the commission on a direct
/// payment.
async fn stated(world: &World, house: &House, creditor: CreditorId, debts: &Debts) {
    let (app, admin) = (&world.app, &house.admin);
    let terms = NewContract {
        remittance: remittance::Terms { offset_directs: false, ..remittance::Terms::default() },
        ..NewContract::flat(
            creditor,
            NaiveDate::from_ymd_opt(2000, 1, 2).expect("a day"),
            Rate::parse("0.3").expect("a rate"),
        )
    };
    contracts::add(app, admin, terms).await.expect("terms");
    let today = service::clock::date_in("America/New_York", app.clock().now());
    let period_end = today.with_day(1).and_then(|first| first.pred_opt()).expect("a month's end");
    let debt =
        Debt { debtor: None, name: "Fay Green".to_owned(), principal: 50_000, due_at: Utc::now() };
    let direct = debts.place_these(&[debt]).await[0].account;
    let new = NewPayment {
        kind: PaymentKind::PaidCreditor,
        effective_on: Some(period_end),
        ..check(direct, 7_500)
    };
    payments::take(app, admin, new, &once(house, "take_payment")).await.expect("taken");
    let new = NewClose { creditor, period_end, cutoff: None };
    let closed = statements::close(app, admin, new, &once(house, "close_statement")).await;
    let window = service::window::Window { after: None, limit: 1 };
    let filter = RemittanceFilter {
        statement: Some(closed.expect("closed").value),
        ..RemittanceFilter::default()
    };
    let prepared = remittances::list(app, admin, filter, &window).await.expect("a list").rows;
    let remittance = prepared.first().expect("a remittance").row.id;
    let second = world.join(house, "Fin Finance", Membership::Staff(StaffRole::Finance)).await;
    let new = NewIssue { remittance, reference: Some("Check 2208".to_owned()), issued_on: None };
    let once = Once { principal: second.principal(), ..once(house, "issue_remittance") };
    remittances::issue(app, &second, new, &once).await.expect("issued");
}

/// Somebody who looks closely at each page.
struct Reader {
    window: Window,
    origin: String,
}

impl Reader {
    async fn open(&self, path: &str) {
        self.window.open_page(&format!("{}{path}", self.origin)).await;
    }

    async fn look(&self, name: &str) {
        inspect(&self.window, Eyes::default(), &format!("client-{name}")).await;
    }
}

/// A file with a good line and a bad one.
const FILE: &str = "Acct #,Pt Last,Pt First,Seen,Amt Due\nA-1,Brown,Ana,2026-01-02,100.00\nA-2,Cole,Ben,2026-01-02,1O0.00\n";

impl Reader {
    /// Places a file, looking at each page on the way.
    async fn place(&self) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("november.csv");
        std::fs::write(&file, FILE).expect("a file");
        self.open("/place").await;
        self.look("place").await;
        self.window.press("main form button").await;
        self.look("place-wrong").await;
        self.window.fill("file", file.to_str().expect("a path")).await;
        self.window.press("main form button").await;
        self.look("columns").await;
        self.window.press("main form button").await;
        self.look("columns-wrong").await;
        for (field, value) in [
            ("k_debtor_type", "consumer"),
            ("k_product", "medical"),
            ("k_original_creditor", "Mercyvale"),
            ("k_current_creditor", "Mercyvale"),
        ] {
            self.window.fill(field, value).await;
        }
        self.window.choose("select[name=c3] option[value=service_or_open_date]").await;
        self.window.press("main form button").await;
        assert_eq!(self.window.heading().await, "What we found");
        self.look("checked").await;
        self.window.press("main form button").await;
        assert_eq!(self.window.heading().await, "1 accounts are placed");
        self.look("receipt").await;
        self.open("/placements").await;
        self.look("placements").await;
        self.open("/").await;
        self.look("home-placements").await;
    }
}

async fn sign_in(window: &Window, origin: &str, email: &str, password: &str) {
    window.open_page(&format!("{origin}/sign-in")).await;
    window.fill("email", email).await;
    window.fill("password", password).await;
    window.press("main form button").await;
}

#[test]
fn every_page_of_the_client_site_is_accessible() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "MERCYVALE").await;
        let email = "ana.alvarez@mercyvale.example";
        let new = NewUser {
            email: email.to_owned(),
            name: "Ana Alvarez".to_owned(),
            membership: Membership::Client(creditor, ClientRole::Admin),
        };
        let token = users::invite(&world.app, &house.admin, new).await.expect("invited").token;
        let debts = Debts::of(&house, creditor).await;
        let origin = serve(&world, &house).await;
        visit(Eyes::default(), move |window| async move {
            let reader = Reader { window: window.clone(), origin: origin.clone() };
            reader.open("/accounts").await;
            reader.look("sign-in-first").await;
            sign_in(&window, &origin, "nobody@mercyvale.example", "wrong").await;
            reader.look("sign-in-wrong").await;
            reader.open(&format!("/join/{token}")).await;
            window.fill("password", "short").await;
            window.press("main form button").await;
            reader.look("join-wrong").await;
            window.fill("password", PASSWORD).await;
            window.press("main form button").await;
            assert_eq!(window.heading().await, "Recovery");
            reader.look("home-empty").await;
            for (path, name) in [
                ("/accounts", "accounts-empty"),
                ("/payments", "payments-empty"),
                ("/statements", "statements-empty"),
                ("/invoices", "invoices-empty"),
            ] {
                reader.open(path).await;
                reader.look(name).await;
            }
            placed(&world, &house, &debts).await;
            stated(&world, &house, creditor, &debts).await;
            for (path, name) in [
                ("/", "home"),
                ("/portfolios", "portfolios"),
                ("/accounts", "accounts"),
                ("/accounts?q=brown", "accounts-found"),
                ("/accounts?q=nobody", "accounts-none"),
                ("/payments", "payments"),
                ("/payments?from=soon", "payments-wrong"),
                ("/statements", "statements"),
                ("/invoices", "invoices"),
                ("/users", "users"),
                ("/users/new", "invite"),
                ("/nothing", "not-found"),
            ] {
                reader.open(path).await;
                reader.look(name).await;
            }
            reader.open("/portfolios").await;
            window.press("tbody a").await;
            reader.look("portfolio").await;
            reader.open("/statements").await;
            window.press("tbody a").await;
            assert_eq!(window.heading().await, "Statement 1");
            reader.look("statement").await;
            reader.open("/accounts?q=brown").await;
            window.press("tbody a").await;
            reader.look("account").await;
            reader.open("/users/new").await;
            window.press("main form button").await;
            reader.look("invite-wrong").await;
            window.fill("name", "Bea Brown").await;
            window.fill("email", "bea@mercyvale.example").await;
            window.choose("#role-1").await;
            window.press("main form button").await;
            reader.look("invited").await;
            reader.open(&format!("/join/{token}")).await;
            reader.look("link-spent").await;
            reader.place().await;
        })
        .await;
    });
}
