//! The workspace's pages of agreements, their limits, packet payments and collectors, as an agency's
//! administrator meets them: with everything right, and with everything wrong that can be.

use crate::browser::{Eyes, Window, visit};
use crate::debts::{Debt, Debts};
use crate::every_page::inspect;
use crate::world::{House, PASSWORD, World, run};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use chrono::{Days, NaiveDate, Utc};
use domain::agency::Site;
use domain::{AccountId, StaffRole};
use service::actor::PlatformAdmin;
use service::agencies;
use service::users::Membership;
use std::net::TcpListener;

/// Serves the workspace of an agency; answers with its origin.
async fn serve(world: &World, house: &House) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let host = format!("work-{}.localhost:{port}", house.slug);
    let console = PlatformAdmin::console();
    agencies::add_host(&world.app, &console, house.id, Site::Workspace, &host)
        .await
        .expect("a host");
    let app = Data::new(world.app.clone());
    let settings = Data::new(portal::Settings { scheme: "http", ..portal::Settings::default() });
    let server = HttpServer::new(move || {
        App::new().app_data(app.clone()).app_data(settings.clone()).configure(portal::workspace)
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .expect("listening")
    .run();
    tokio::spawn(server);
    format!("http://{host}")
}

/// Three debts of one debtor, the second disputed.
async fn packet(debts: &Debts) -> AccountId {
    let new = |debtor, principal| Debt {
        debtor,
        name: "Ana Brown".to_owned(),
        principal,
        due_at: Utc::now(),
    };
    let first = debts.place_these(&[new(None, 33_333)]).await.remove(0);
    let debtor = Some(first.debtor);
    let others = debts.place_these(&[new(debtor, 50_000), new(debtor, 16_667)]).await;
    debts.set(others[0].account, "status = 'DSP'").await;
    first.account
}

/// Somebody who looks closely at each page.
struct Reader {
    window: Window,
    origin: String,
    account: AccountId,
    today: NaiveDate,
}

impl Reader {
    async fn open(&self, path: &str) {
        self.window.open_page(&format!("{}{path}", self.origin)).await;
    }

    async fn look(&self, name: &str) {
        inspect(&self.window, Eyes::default(), &format!("work-{name}")).await;
    }

    /// Presses the button of the form that goes there.
    async fn send(&self, action: &str) {
        self.window.press(&format!("form[action$='{action}'] .actions button")).await;
    }

    fn later(&self, days: u64) -> NaiveDate {
        self.today.checked_add_days(Days::new(days)).expect("a day")
    }

    async fn plans(&self) {
        let (window, account) = (&self.window, self.account);
        self.open(&format!("/accounts/{account}/plan")).await;
        self.look("plan").await;
        window.fill("total", "much").await;
        self.send("/plan").await;
        self.look("plan-wrong").await;
        window.fill("total", "").await;
        window.fill("each", "10").await;
        window.choose("#often-1").await;
        window.fill_date("first", self.later(3)).await;
        self.send("/plan").await;
        assert_eq!(window.text("#refused").await, "This plan cannot be agreed to");
        self.look("plan-refused").await;
        window.fill("each", "100").await;
        self.send("/plan").await;
        let last = window.text("tbody tr:last-child td:last-child").await;
        assert_eq!(last, "$33.33", "the last payment takes the remainder");
        self.look("plan-preview").await;
        self.send("/plans").await;
        self.look("plan-no-consent").await;
        window.fill("consent", "Agreed on the telephone").await;
        self.send("/plans").await;
        self.look("plan-made").await;
        self.send("/change").await;
        self.look("plan-change-wrong").await;
        window.choose("#number option[value='1']").await;
        window.choose("#what-1").await;
        window.fill("amount", "90").await;
        window.fill("reason", "Payday is late").await;
        self.send("/change").await;
        assert_eq!(window.text("tbody tr:last-child td:nth-child(3)").await, "$43.33");
        window.fill("paid", "90").await;
        window.choose("#method-2").await;
        self.send("/payments").await;
        self.look("plan-paid").await;
        window.fill("days", "14").await;
        window.fill("pause_reason", "Lost the job").await;
        self.send("/pause").await;
        self.look("plan-paused").await;
        window.fill("cancel_reason", "Agreed anew").await;
        self.send("/cancel").await;
        self.look("plan-canceled").await;
    }

    async fn payments(&self) {
        let (window, account) = (&self.window, self.account);
        let path = format!("/accounts/{account}/packet-payment");
        self.open(&path).await;
        self.look("packet-payment").await;
        self.send("/packet-payment").await;
        self.look("packet-payment-wrong").await;
        window.fill("amount", "100.00").await;
        window.choose("#method-1").await;
        window.choose("#strategy-3").await;
        self.send("/packet-payment").await;
        self.look("packet-payment-preview").await;
        window.press("form[method=post][action$='/packet-payment'] button").await;
        assert_eq!(window.heading().await, "Ana Brown");
        self.look("account").await;
        self.own_payment().await;
        window.choose("details:has(#own_rate) summary").await;
        window.fill("own_rate", "12.5").await;
        self.send("/payments").await;
        self.look("own-commission-wrong").await;
        let kept = window.ask("return document.getElementById('own_rate').value").await;
        assert_eq!(kept, "12.5", "what was typed stays");
        window.fill("own_why", "The creditor's letter").await;
        self.send("/payments").await;
        assert_eq!(window.heading().await, "Own commission on a payment asked for");
        self.look("own-commission-asked").await;
        self.open(&format!("/accounts/{account}")).await;
        window.choose("#disposition option[value='PTP']").await;
        self.send("/result").await;
        self.look("promise-missing").await;
        window.choose("#disposition option[value='PTP']").await;
        window.fill("promised", "5").await;
        window.fill_date("promised-by", self.later(3)).await;
        window.choose("#promised-how option[value=check]").await;
        self.send("/result").await;
        let why = window.text("fieldset .problem").await;
        assert!(why.contains("that a promise must be: 10 %, set by the agency"), "{why}");
    }

    /// 20.00 by check to the agency, in the form on the account's page.
    async fn own_payment(&self) {
        self.window.fill("amount", "20.00").await;
        self.window.choose("#method option[value=check]").await;
        self.window.choose("#kind option[value=paid_agency]").await;
    }

    async fn limits(&self) {
        let (window, account) = (&self.window, self.account);
        self.open("/rules").await;
        self.look("rules-empty").await;
        self.open("/rules/new?level=agency").await;
        self.look("rules-new").await;
        window.fill("plan_min_payment", "little").await;
        window.fill_date("effective_on", self.today).await;
        self.send("/rules/limits").await;
        self.look("rules-wrong").await;
        window.fill("plan_min_payment", "30").await;
        window.fill("promise_min_percent", "10").await;
        window.choose("#often-monthly").await;
        self.send("/rules/limits").await;
        self.look("rules").await;
        self.open(&format!("/rules/new?level=account&of={account}")).await;
        window.fill("floor", "60").await;
        window.fill_date("floor_from", self.today).await;
        self.send("/rules/floor").await;
        self.open("/rules/new?level=agency").await;
        window.choose("[name=t1_who] option[value=collector]").await;
        for (field, value) in [("floor", "70"), ("parts", "six"), ("valid", "30")] {
            window.type_into(&format!("[name=t1_{field}]"), value).await;
        }
        window.fill_date("tiers_from", self.today).await;
        self.send("/rules/tiers").await;
        self.look("tiers-wrong").await;
        window.type_into("[name=t1_parts]", "6").await;
        self.send("/rules/tiers").await;
        assert_eq!(window.heading().await, "Limits of agreements");
        self.open(&format!("/accounts/{account}/rules")).await;
        self.look("account-rules").await;
    }

    async fn collectors(&self, collector: &str) {
        let (window, account) = (&self.window, self.account);
        self.open("/collectors/splits").await;
        self.look("splits-nobody").await;
        self.open(&format!("/collectors/{collector}")).await;
        self.look("collector-empty").await;
        self.send("/terms").await;
        self.look("collector-wrong").await;
        window.fill_date("effective_on", self.today).await;
        window.choose("#base-2").await;
        window.fill("rate", "60").await;
        window.fill("goal", "4000").await;
        window.choose("#measure-2").await;
        window.choose("#mode-2").await;
        window.fill("tier1_from", "4000").await;
        window.fill("tier1_fixed", "100").await;
        self.send("/terms").await;
        self.look("collector").await;
        self.open("/collectors/splits").await;
        self.send("/collectors/splits").await;
        self.look("splits-wrong").await;
        window.fill_date("effective_on", self.today).await;
        window.choose("#how-1").await;
        window.choose("tbody input[type=checkbox]").await;
        self.send("/collectors/splits").await;
        self.look("splits").await;
        for (path, name) in [
            ("/collectors".to_owned(), "collectors"),
            ("/collectors/me".to_owned(), "own-month"),
            (format!("/accounts/{account}/splits"), "account-splits"),
        ] {
            self.open(&path).await;
            self.look(name).await;
        }
    }
}

#[test]
fn the_pages_of_agreements_and_collectors_are_accessible() {
    run(async {
        let world = World::new().await;
        let house = world.house().await;
        let creditor = world.creditor(&house, "MERCYVALE").await;
        let role = Membership::Staff(StaffRole::Collector);
        let cleo = world.join(&house, "Cleo Collector", role).await;
        let cleo = cleo.user().expect("a person").to_string();
        let debts = Debts::of(&house, creditor).await;
        let account = packet(&debts).await;
        let origin = serve(&world, &house).await;
        let today = service::clock::date_in("America/New_York", world.app.clock().now());
        visit(Eyes::default(), move |window| async move {
            window.open_page(&format!("{origin}/sign-in")).await;
            window.fill("email", "admin@agency.example").await;
            window.fill("password", PASSWORD).await;
            window.press("main form button").await;
            let reader = Reader { window, origin, account, today };
            reader.limits().await;
            reader.plans().await;
            reader.payments().await;
            reader.collectors(&cleo).await;
        })
        .await;
    });
}
