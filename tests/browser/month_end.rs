//! A month end by two people in the workspace: statements are closed, remittances approved by the
//! second, fees swept, the run locked; what creditors owe; trust lacking money, and the advance.

use crate::browser::{Eyes, Window, visit};
use crate::debts::{Debt, Debts};
use crate::every_page::inspect;
use crate::world::{House, PASSWORD, World, run};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use domain::agency::Site;
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::remittance::{FeePolicy, RemittanceMethod, Terms};
use domain::{AccountId, Amount, CreditorId, Currency, Money, PaymentId, Rate, StaffRole};
use service::actor::PlatformAdmin;
use service::contracts::{self, NewContract};
use service::once::Once;
use service::payments::{self, NewPayment, NewReversal};
use service::users::{self, Membership, NewUser};
use service::{agencies, creditors};
use std::net::TcpListener;
use uuid::Uuid;

/// The person who closes, and the one who approves.
const FIRST: &str = "admin@agency.example";
const SECOND: &str = "ben.books@agency.example";
/// Somebody who has no part in it.
const THIRD: &str = "cleo.caller@agency.example";

/// An agency's books, and its workspace in a browser.
pub struct Books {
    pub world: World,
    pub house: House,
    pub origin: String,
}

impl Books {
    /// An agency at noon of a day, with a second person for its books.
    pub async fn open(day: &str) -> Self {
        let world = World::new().await;
        turn(&world, day);
        let house = world.house().await;
        let new = NewUser {
            email: SECOND.to_owned(),
            name: "Ben Books".to_owned(),
            membership: Membership::Staff(StaffRole::Finance),
        };
        let collector = NewUser {
            email: THIRD.to_owned(),
            name: "Cleo Caller".to_owned(),
            membership: Membership::Staff(StaffRole::Collector),
        };
        for new in [new, collector] {
            let token = users::invite(&world.app, &house.admin, new).await.expect("invited").token;
            users::accept(&world.app, &token, PASSWORD).await.expect("accepted");
        }
        let origin = serve(&world, &house).await;
        Self { world, house, origin }
    }

    pub fn turn(&self, day: &str) {
        turn(&self.world, day);
    }

    /// A creditor that gets everything collected, and an invoice for the commission.
    async fn gross(&self, code: &str) -> CreditorId {
        let id = self.world.creditor(&self.house, code).await;
        let from = NaiveDate::from_ymd_opt(2001, 1, 1).expect("a date");
        let terms = NewContract {
            remittance: Terms {
                method: RemittanceMethod::Gross,
                processor_fees: FeePolicy::GrossDeposit,
                ..Terms::default()
            },
            ..NewContract::flat(id, from, Rate::parse("0.3").expect("a rate"))
        };
        contracts::add(&self.world.app, &self.house.admin, terms).await.expect("terms");
        id
    }

    pub async fn debt(&self, creditor: CreditorId) -> AccountId {
        let debt = Debt {
            debtor: None,
            name: "Jane Doe".to_owned(),
            principal: 500_000,
            due_at: self.world.app.clock().now(),
        };
        let debts = Debts::of(&self.house, creditor).await;
        debts.place_these(&[debt]).await.first().expect("a debt").account
    }

    /// A payment of today.
    pub async fn pays(
        &self,
        kind: PaymentKind,
        method: PaymentMethod,
        account: AccountId,
        minor: i64,
    ) -> PaymentId {
        let new = NewPayment {
            account,
            kind,
            method,
            amount: Amount::new(Money::from_minor(minor)).expect("an amount"),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: None,
            deposited_on: None,
            memo: None,
            directed: false,
        };
        let once = self.once("take_payment");
        payments::take(&self.world.app, &self.house.admin, new, &once).await.expect("taken").value
    }

    async fn bounces(&self, payment: PaymentId) {
        let note = "R01 insufficient funds".to_owned();
        let new = NewReversal { payment, reason: ReversalReason::Bounce, note };
        let once = self.once("reverse_payment");
        payments::reverse(&self.world.app, &self.house.admin, new, &once).await.expect("reversed");
    }

    pub fn once(&self, operation: &'static str) -> Once {
        Once {
            principal: self.house.admin.principal(),
            key: Uuid::now_v7().to_string(),
            operation,
            fingerprint: vec![1],
        }
    }
}

fn turn(world: &World, day: &str) {
    let day: NaiveDate = day.parse().expect("a day");
    let noon = NaiveTime::from_hms_opt(17, 0, 0).expect("a time");
    let then: DateTime<Utc> = Utc.from_utc_datetime(&day.and_time(noon));
    world.wait(then - world.app.clock().now());
}

async fn serve(world: &World, house: &House) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let host = format!("books-{}.localhost:{port}", house.slug);
    let console = PlatformAdmin::console();
    agencies::add_host(&world.app, &console, house.id, Site::Workspace, &host)
        .await
        .expect("a host");
    let app = Data::new(world.app.clone());
    let settings = Data::new(portal::Settings { scheme: "http", ..portal::Settings::default() });
    let server = HttpServer::new(move || {
        App::new().app_data(app.clone()).app_data(settings.clone()).configure(portal::workspace)
    });
    let server = server.workers(1).disable_signals().listen(listener).expect("it listens").run();
    tokio::spawn(server);
    format!("http://{host}")
}

/// Somebody at the books, who looks closely at each page.
pub struct Reader {
    pub window: Window,
    pub origin: String,
}

impl Reader {
    pub async fn enter(&self, email: &str) {
        self.window.open_page(&format!("{}/sign-in", self.origin)).await;
        if self.window.path().await != "/sign-in" {
            self.window.press(".site-header form button").await;
        }
        self.window.fill("email", email).await;
        self.window.fill("password", PASSWORD).await;
        self.window.press("main form button").await;
    }

    pub async fn open(&self, path: &str) {
        self.window.open_page(&format!("{}{path}", self.origin)).await;
    }

    pub async fn look(&self, name: &str) {
        inspect(&self.window, Eyes::default(), &format!("books-{name}")).await;
    }

    pub async fn see(&self, path: &str, name: &str) {
        self.open(path).await;
        self.look(name).await;
    }

    pub async fn says(&self, words: &str) {
        let main = self.window.text("main").await;
        assert!(main.contains(words), "{words:?} is not on {}: {main}", self.window.url().await);
    }

    pub async fn press(&self, css: &str) {
        self.window.press(css).await;
    }

    /// Presses the button of a form, and sends the same form once more, as an impatient person does.
    pub async fn press_twice(&self, form: &str) {
        let sent = format!(
            "const form = document.querySelector(\"{form}\");
             return [new URL(form.action).pathname, new URLSearchParams(new FormData(form)).toString()];"
        );
        let sent = self.window.ask(&sent).await;
        let (path, body) = (sent[0].as_str().expect("a path"), sent[1].as_str().expect("a form"));
        self.press(&format!("{form} button")).await;
        let cookies = self.window.client.get_all_cookies().await.expect("cookies");
        let jar: Vec<String> =
            cookies.iter().map(|one| format!("{}={}", one.name(), one.value())).collect();
        let host = self.origin.trim_start_matches("http://");
        let port = host.rsplit(':').next().expect("a port");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let answer = http
            .expect("a client")
            .post(format!("http://127.0.0.1:{port}{path}"))
            .header("host", host)
            .header("cookie", jar.join("; "))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), 303, "the same form again is the same act");
    }
}

#[test]
fn a_month_end_takes_two_people_and_ends_locked() {
    run(async {
        let books = Books::open("2025-03-10").await;
        let net = books.world.creditor(&books.house, "MERCYVALE").await;
        let gross = books.gross("CITYWATER").await;
        let debts = Debts::of(&books.house, net).await;
        let (mine, theirs) = (books.debt(net).await, books.debt(gross).await);
        let paid = books.pays(PaymentKind::PaidAgency, PaymentMethod::Cash, mine, 100_000).await;
        books.pays(PaymentKind::PaidCreditor, PaymentMethod::Cash, mine, 20_000).await;
        books.pays(PaymentKind::PaidAgency, PaymentMethod::Wire, theirs, 50_000).await;
        books.turn("2025-03-28");
        books.pays(PaymentKind::PaidAgency, PaymentMethod::Check, mine, 30_000).await;
        books.turn("2025-04-01");
        let origin = books.origin.clone();
        visit(Eyes::default(), move |window| async move {
            let reader = Reader { window, origin };
            let run = closes(&reader).await;
            approves(&reader, &run, &debts).await;
            collects(&reader, &debts).await;
            lacks(&reader, &books, paid, &debts).await;
        })
        .await;
    });
}

/// The first person opens the run, walks its steps, closes one creditor by its draft and the other
/// with all that are due. Answers the path of the run.
async fn closes(reader: &Reader) -> String {
    reader.enter(FIRST).await;
    for path in ["/month-end", "/statements", "/remittances", "/invoices", "/receivables"] {
        reader.see(path, &format!("empty{}", path.replace('/', "-"))).await;
    }
    reader.open("/month-end").await;
    reader.window.ask("document.getElementById('period_end').value = ''").await;
    reader.press("main form button").await;
    reader.look("runs-wrong").await;
    reader.says("Choose the last day covered").await;
    let today = "2025-04-01".parse().expect("a day");
    reader.window.fill_date("period_end", today).await;
    reader.press("main form button").await;
    reader.says("The period runs to the end of 2025-04-01").await;
    reader.open("/month-end").await;
    reader.press("main form button").await;
    let run = reader.window.path().await;
    reader.look("cut-off").await;
    reader.says("2 creditors").await;
    reader.see(&format!("{run}/funds"), "funds").await;
    reader.says("$300.00 (1)").await;
    reader.see(&format!("{run}/fees"), "fees").await;
    // 1,000.00 collected, 200.00 direct: 30 % of both is the agency's.
    reader.says("$640.00").await;
    reader.see(&format!("{run}/tie-out"), "tie-out").await;
    reader.says("It ties.").await;
    reader.see(&format!("{run}/close"), "close").await;
    reader.says("0 of 2 closed").await;
    reader.window.choose("summary").await;
    reader.press("details button").await;
    reader.look("close-nobody").await;
    reader.says("Choose the creditor").await;
    reader.says("0 of 2 closed").await;
    reader.press("tbody a[href*='/close/']").await;
    reader.look("draft").await;
    reader.press("main form button").await;
    reader.says("The statement is closed.").await;
    reader.says("1 of 2 closed").await;
    reader.press("form:has(input[name=closed_to]) button").await;
    reader.says("1 closed.").await;
    reader.look("closed").await;
    reader.see("/month-end", "runs").await;
    reader.see("/statements", "statements").await;
    reader.press("tbody a").await;
    reader.look("statement").await;
    reader.see(&format!("{run}/approve"), "approve-own").await;
    reader.says("You prepared this; another person approves it.").await;
    reader.press("tbody a[href^='/remittances/']").await;
    reader.look("remittance-own").await;
    let forms = reader.window.ask("return document.querySelectorAll('main form').length").await;
    assert_eq!(forms, 0, "nobody approves what they prepared");
    run
}

/// The second person pays out, once however often the button is pressed, and locks the run.
async fn approves(reader: &Reader, run: &str, debts: &Debts) {
    reader.enter(SECOND).await;
    reader.see(&format!("{run}/approve"), "approve").await;
    reader.press("tbody a[href^='/remittances/']").await;
    let remittance = reader.window.path().await;
    reader.window.fill_date("issued_on", "2025-05-01".parse().expect("a day")).await;
    reader.press("main form button").await;
    reader.look("remittance-wrong").await;
    reader.says("The day of payment lies in the future.").await;
    reader.open(&remittance).await;
    reader.window.fill("reference", "Check 1001").await;
    reader.press_twice("main form").await;
    reader.says("Approved: the remittance has left trust.").await;
    reader.look("remittance-issued").await;
    assert_eq!(debts.count("transfer", "source_type = 'remittance'").await, 1, "once");

    // The check is lost: the money comes back and is prepared anew, now by the second person.
    reader.press("section:has(#void) button").await;
    reader.look("remittance-void-wrong").await;
    reader.window.fill("reason", "Lost in the mail").await;
    reader.press("section:has(#void) button").await;
    reader.says("prepared anew").await;
    reader.says("You prepared this remittance.").await;
    reader.see("/remittances", "remittances").await;
    reader.enter(FIRST).await;
    reader.open(&format!("{run}/approve")).await;
    while reader.window.ask("return document.querySelectorAll('tbody tr').length").await != 0 {
        let open = "return [...document.querySelectorAll('tbody a')].find(a => a.textContent.startsWith('Approve'))?.getAttribute('href')";
        let Some(path) = reader.window.ask(open).await.as_str().map(str::to_owned) else { break };
        reader.open(&path).await;
        reader.press("main form button").await;
        reader.open(&format!("{run}/approve")).await;
    }
    reader.enter(SECOND).await;
    reader.open(&format!("{run}/approve")).await;
    reader.press("tbody a[href^='/remittances/']").await;
    reader.press("main form button").await;
    let waiting = debts.count("remittance", "state = 'prepared'").await;
    assert_eq!(waiting, 0, "all of it is paid out");
    reader.see(&format!("{run}/issue"), "issue").await;
    reader.see(&format!("{run}/lock"), "lock").await;
    reader.press("main form button").await;
    reader.look("lock-wrong").await;
    reader.says("Choose what happens with the fees").await;
    reader.window.choose("input[name=sweep][value=yes]").await;
    reader.press_twice("main form").await;
    reader.says("The run is finished; the earned fees are swept.").await;
    reader.look("locked").await;
    assert_eq!(debts.count("close_run", "state = 'closed'").await, 1);
    // 300.00 of what was collected, and 60.00 that was taken for the direct payment.
    assert_eq!(debts.count("sweep", "amount = 36000").await, 1);
    reader.see("/sweeps", "sweeps").await;
}

/// What a creditor owes is billed, ages, and is paid: by the invoice that it named.
async fn collects(reader: &Reader, debts: &Debts) {
    reader.see("/invoices", "invoices").await;
    reader.press("tbody a[href^='/invoices/']").await;
    reader.look("invoice").await;
    reader.see("/receivables", "receivables").await;
    reader.says("$150.00").await;
    reader.see("/creditor-payments", "creditor-payments-empty").await;
    reader.open("/receivables").await;
    reader.press("tbody a").await;
    reader.look("creditor-payment-new").await;
    reader.window.fill("amount", "much").await;
    reader.press("main form button").await;
    reader.look("creditor-payment-wrong").await;
    reader.says("Write the amount as in 1250.00").await;
    reader.window.fill("amount", "200").await;
    reader.window.fill("reference", "Wire 77").await;
    reader.window.choose("#i1").await;
    reader.press_twice("main form").await;
    reader.says("The payment is entered.").await;
    reader.look("creditor-payment").await;
    assert_eq!(debts.count("creditor_payment", "amount = 20000 AND unapplied = 5000").await, 1);
    assert_eq!(debts.count("creditor_payment", "true").await, 1, "once");
    reader.press("form[action$='/apply'] button").await;
    reader.look("creditor-payment-nothing").await;
    reader.says("no invoice is open").await;
    reader.see("/creditor-payments", "creditor-payments").await;
    reader.open("/invoices").await;
    reader.says("paid").await;
    reader.press("tbody a[href^='/invoices/']").await;
    reader.look("invoice-paid").await;
}

/// A payment comes back after its money went out: the alarm says who is short, operating advances it.
async fn lacks(reader: &Reader, books: &Books, paid: PaymentId, debts: &Debts) {
    reader.see("/trust/alarms", "alarms-empty").await;
    books.bounces(paid).await;
    reader.see("/trust/alarms", "alarms").await;
    reader.press("tbody a").await;
    reader.look("alarm").await;
    reader.says("Creditor MERCYVALE").await;
    reader.press_twice("form[action$='/advance']").await;
    reader.says("Operating advanced what was lacking.").await;
    reader.look("alarm-over").await;
    assert_eq!(debts.count("advance", "true").await, 1, "once");
    reader.see("/trust", "proof").await;
    reader.see("/money", "money").await;
    reader.says("Creditor MERCYVALE").await;
    // Behind the application's back a creditor no longer ties: the next run names it and stops.
    books.turn("2025-05-01");
    let creditor = creditors::list(&books.world.app, &books.house.admin, None, 1).await;
    let creditor = creditor.expect("a list").first().expect("one").id;
    debts
        .run(
            "INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
                 trust_account_id, creditor_id, effective_on, entered_at, posted_at, available_on,
                 source_type, source_id, effect)
             SELECT agency_id, $2, $2, 0, 'trust_cash', 'client_payable', 5, id, $3, '2025-04-30', $4, $4, '2025-04-30',
                 'test', $2, 'post'
             FROM trust_account WHERE agency_id = $1 AND is_default",
            [
                books.house.id.0.into(),
                Uuid::now_v7().into(),
                creditor.0.into(),
                books.world.app.clock().now().into(),
            ],
        )
        .await;
    reader.enter(SECOND).await;
    reader.open("/month-end").await;
    reader.press("main form button").await;
    let run = reader.window.path().await;
    reader.see(&format!("{run}/tie-out"), "tie-out-differs").await;
    reader.says("It does not tie.").await;
    reader.says("test, post").await;
    reader.see(&format!("{run}/close"), "close-differs").await;
    reader.says("does not tie").await;
    reader.press("form:has(input[name=closed_to]) button").await;
    reader.says("0 closed. 1 not").await;
    reader.see(&format!("{run}/lock"), "lock-differs").await;
    reader.says("The run cannot be finished").await;
    // Who has no part in it is told so, and another agency's papers are not there.
    reader.enter(THIRD).await;
    for path in ["/month-end", "/sweeps", "/trust/alarms", "/creditor-payments"] {
        reader.see(path, &format!("forbidden{}", path.replace('/', "-"))).await;
        assert_eq!(reader.window.heading().await, "You cannot open this page", "{path}");
    }
}
