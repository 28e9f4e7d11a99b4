//! An agency with its debtor site on a free port, the real gateway against the simulator, and
//! debts whose letters the tests hold in hand.

use crate::debts::{Debt, Debts};
use crate::world::{House, World};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use chrono::{Days, NaiveDate};
use domain::agency::Site as Kind;
use domain::gateway::GatewayMode;
use domain::placement::{CommitPolicy, Mapping};
use domain::settlement::{Acceptance, DaysRange, MoneyRange, Tier, TierTerms, Tiers};
use domain::{AccountId, AgencyId, CreditorId, DebtorId, Money, Rate};
use service::actor::{Actor, PlatformAdmin};
use service::arrangement_rules::{self as rules, Place};
use service::clock::date_in;
use service::gateway_accounts::{self, NewGatewayAccount};
use service::once::Once;
use service::placements::{self, Order, Spool};
use service::{agencies, jobs};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// One application and one simulator for the run; each test has its own agency in it.
static TOGETHER: OnceCell<Arc<Base>> = OnceCell::const_new();

struct Base {
    world: World,
    simulator: sandbox::Handle,
}

/// One agency and its debtor site.
pub struct Site {
    base: Arc<Base>,
    /// `http://….localhost:PORT`
    pub origin: String,
    pub debts: Debts,
    agency: AgencyId,
    creditor: CreditorId,
    admin: Actor,
}

/// What stands on a letter, and what its reader knows.
#[derive(Debug, Clone)]
pub struct Letter {
    pub reference: String,
    pub zip: &'static str,
    pub email: String,
    pub account: AccountId,
}

/// A placement file of one line.
const PLACED: &str = "client_code,portfolio_code,client_account_number,debtor_type,first,last,ssn,\
date_of_birth,address1,city,state,zip,country,email,email_consent,email_source,original_creditor,\
current_creditor,product,service_or_open_date,itemization_date,itemization_date_type,\
balance_at_itemization,interest_since,fees_since,payments_since,credits_since,principal,interest,\
fees,court_costs,other,placed_balance,placement_type\n\
STMARY,MAIN,AC-000001,consumer,Pat,Person,895-27-0481,1972-11-16,12 Elm St,Los Angeles,CA,90012,US,\
EMAIL,Y,creditor,St Mary Hospital,St Mary,medical,2025-11-18,2025-11-18,transaction,2918.32,0.00,\
0.00,0.00,0.00,2918.32,0.00,0.00,0.00,0.00,2918.32,first\n";

/// The creditor of the tests: a name that must not show before identity is proven.
pub const CREDITOR: &str = "St Mary";

impl Site {
    pub async fn open() -> Self {
        let base = TOGETHER.get_or_init(|| async { Arc::new(Base::new().await) }).await;
        Self::on(Arc::clone(base)).await
    }

    /// With an application of its own, whose clock the test may move.
    pub async fn alone() -> Self {
        Self::on(Arc::new(Base::new().await)).await
    }

    async fn on(base: Arc<Base>) -> Self {
        let world = &base.world;
        let house = world.house().await;
        let creditor = world.creditor(&house, "STMARY").await;
        let debts = Debts::of(&house, creditor).await;
        let new = NewGatewayAccount {
            mode: GatewayMode::Sandbox,
            secret_key: format!("sk_test_{}", Uuid::now_v7().simple()).into(),
            provider_account: None,
            webhook_secret: Some("whsec_test".to_owned().into()),
        };
        gateway_accounts::configure(&world.app, &house.admin, new).await.expect("a gateway");
        let origin = serve(world, &house, base.simulator.base_url()).await;
        Self { agency: house.id, creditor, admin: house.admin, base, origin, debts }
    }

    pub fn world(&self) -> &World {
        &self.base.world
    }

    /// The agency settles for 60 % in up to three parts, without a person having to look at it.
    pub async fn settles(&self) {
        let terms = TierTerms {
            floor: Rate::parse("0.6").expect("a rate"),
            most_parts: 3,
            valid_days: 20,
            acceptance: Acceptance::Auto,
        };
        let tier = Tier {
            product: None,
            balance: MoneyRange { from: Money::ZERO, below: None },
            days: DaysRange { from: 0, below: None },
            terms: Some(terms),
        };
        let app = &self.world().app;
        let tiers = (Some(Tiers(vec![tier])), None);
        rules::set_tiers(app, &self.admin, Place::Agency, self.in_days(0), tiers)
            .await
            .expect("tiers");
    }

    /// A day from now on, where the agency is.
    pub fn in_days(&self, days: u64) -> NaiveDate {
        let today = date_in("America/New_York", self.world().app.clock().now());
        today + Days::new(days)
    }

    /// A debt of 2,284.56 with its itemization, and the letter about it.
    pub async fn letter(&self) -> Letter {
        let email = format!("{}@people.example", Uuid::now_v7().simple());
        let debt = Debt {
            debtor: None,
            name: "Pat Person".to_owned(),
            principal: 228_456,
            due_at: self.world().app.clock().now(),
        };
        let placed = *self.debts.place_these(&[debt]).await.first().expect("a debt");
        self.debts
            .set(
                placed.account,
                "status = 'ACT', itemization_on = '2026-01-02', itemization_type = 'last_statement',
                 itemized_balance = 223456, interest_since = 7500, fees_since = 2500,
                 payments_since = 5000, credits_since = 0, original_creditor = 'St Mary Hospital',
                 client_account_number = 'MV-2026-0042'",
            )
            .await;
        self.debts
            .run(
                "INSERT INTO contact_point (agency_id, id, account_id, party_id, creditor_id, debtor_id, kind,
                     value, zip, created_at)
                 SELECT p.agency_id, v.id, p.account_id, p.id, p.creditor_id, p.debtor_id, v.kind, v.value, v.zip, now()
                 FROM party p, (VALUES ($2::uuid, 'email', $3, NULL), ($4::uuid, 'address', NULL, '91111-0123'))
                     AS v (id, kind, value, zip) WHERE p.account_id = $1",
                [
                    placed.account.0.into(),
                    Uuid::now_v7().into(),
                    email.clone().into(),
                    Uuid::now_v7().into(),
                ],
            )
            .await;
        let reference = self.debts.column(placed.account, "reference").await.expect("one");
        Letter { reference, zip: "91111", email, account: placed.account }
    }

    /// A debt that came through the import, of somebody born on November 16, 1972, whose SSN ends in
    /// 0481; and the letter about it.
    pub async fn placed_letter(&self) -> Letter {
        let email = format!("{}@people.example", Uuid::now_v7().simple());
        let file = PLACED.replace("EMAIL", &email);
        let app = &self.world().app;
        let mut spool = Spool::new().expect("a file");
        spool.push(file.as_bytes()).expect("written");
        let order = Order {
            creditor: self.creditor,
            portfolio: None,
            file_name: "one.csv".to_owned(),
            mapping: Mapping::default(),
            manifest: None,
        };
        let spooled = spool.finish().expect("a file");
        let placement =
            placements::upload(app, &self.admin, order, spooled).await.expect("taken").id;
        self.drain().await;
        let once = Once {
            principal: self.admin.principal(),
            key: Uuid::now_v7().to_string(),
            operation: "commit_placement",
            fingerprint: Vec::new(),
        };
        let policy = CommitPolicy::AllOrNothing;
        placements::commit(app, &self.admin, &once, placement, policy).await.expect("committed");
        self.drain().await;
        let account = self.debts.newest_account().await;
        let reference = self.debts.column(account, "reference").await.expect("one");
        Letter { reference, zip: "90012", email, account }
    }

    /// The code in the newest mail to an address.
    pub async fn code(&self, email: &str) -> String {
        let mail = self.mail(email).await;
        let mut words = mail.split(|c: char| !c.is_ascii_digit());
        words.rfind(|word| word.len() == 6).expect("a code").to_owned()
    }

    /// Another debt of the same person.
    pub async fn second_debt(&self, letter: &Letter) {
        let debtor = self.debts.column(letter.account, "debtor_id").await.expect("one");
        let debt = Debt {
            debtor: Some(DebtorId(debtor.parse().expect("an id"))),
            name: "Pat Person".to_owned(),
            principal: 8_810,
            due_at: self.world().app.clock().now(),
        };
        self.debts.place_these(&[debt]).await;
    }

    /// Lets the jobs run until nothing is due.
    pub async fn drain(&self) {
        jobs::drain(&self.world().app, self.agency).await.expect("jobs run");
    }

    /// The mails to an address, newest last, as text.
    pub fn mails(&self, email: &str) -> Vec<String> {
        let folder = std::fs::read_dir(&self.world().mail).expect("the mail folder");
        let mut mails: Vec<(std::time::SystemTime, String)> = folder
            .map(|entry| entry.expect("a mail").path())
            .map(|path| {
                let written = path.metadata().and_then(|m| m.modified()).expect("a time");
                (written, std::fs::read_to_string(path).expect("text"))
            })
            .filter(|(_, text)| text.contains(email))
            .collect();
        mails.sort();
        mails.into_iter().map(|(_, text)| text.replace("=\r\n", "").replace("=3D", "=")).collect()
    }

    /// The sign-in link in the newest mail to an address.
    pub async fn link(&self, email: &str) -> String {
        let mail = self.mail(email).await;
        let start = mail.find("http://").expect("a link");
        mail.get(start..).and_then(|rest| rest.split_whitespace().next()).expect("it").to_owned()
    }

    /// The newest mail to an address.
    pub async fn mail(&self, email: &str) -> String {
        let patience = Instant::now() + Duration::from_secs(10);
        loop {
            self.drain().await;
            if let Some(mail) = self.mails(email).pop() {
                return mail;
            }
            assert!(Instant::now() < patience, "no mail for {email}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Base {
    async fn new() -> Self {
        let simulator = sandbox::start(sandbox::Options::default()).expect("the simulator");
        let world = World::with_gateway(&format!("{}/", simulator.base_url())).await;
        Self { world, simulator }
    }
}

async fn serve(world: &World, house: &House, checkout: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let host = format!("{}.localhost:{}", house.slug, listener.local_addr().expect("it").port());
    let console = PlatformAdmin::console();
    agencies::add_host(&world.app, &console, house.id, Kind::Debtor, &host).await.expect("a host");
    let app = Data::new(world.app.clone());
    let settings = Data::new(portal::Settings {
        checkout_origins: vec![checkout.to_owned()],
        scheme: "http",
        ..portal::Settings::default()
    });
    let server = HttpServer::new(move || {
        App::new().app_data(app.clone()).app_data(settings.clone()).configure(portal::debtor)
    });
    let server = server.workers(1).disable_signals().listen(listener).expect("it listens").run();
    tokio::spawn(server);
    format!("http://{host}")
}

/// What only the journeys in the browser look for.
impl Debts {
    /// The newest account of the agency.
    pub async fn newest_account(&self) -> AccountId {
        let sql =
            "SELECT id::text AS value FROM account WHERE agency_id = $1 ORDER BY id DESC LIMIT 1";
        let id = self.value::<String>(sql, [self.agency.into()]).await;
        AccountId(id.parse().expect("an id"))
    }

    /// The id of the newest row of an account in a table.
    pub async fn newest(&self, table: &str, account: AccountId) -> String {
        let sql = format!(
            "SELECT id::text AS value FROM {table} WHERE agency_id = $1 AND account_id = $2
             ORDER BY id DESC LIMIT 1"
        );
        self.value::<String>(&sql, [self.agency.into(), account.0.into()]).await
    }
}
