//! Who and what a demo shows: two agencies, their people, their creditors, their debts.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::{Datelike, Days, Duration, NaiveDate};
use domain::agency::Site;
use domain::permission::of_staff;
use domain::{AgencyId, ClientRole, CreditorId, Currency, PortfolioId, Rate, StaffRole};
use service::accounts::Account;
use service::actor::{Actor, PlatformAdmin};
use service::agencies::{self, AgencyRefused, NewAgency};
use service::api_keys::{self, NewKey};
use service::clock::date_in;
use service::contracts::{self, NewContract};
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::gateway_accounts::{self, NewGatewayAccount};
use service::users::{self, Membership, NewUser};
use service::{App, sign_in};

use super::doors::{Doors, HouseDoors};
use super::houses::{HOUSES, House, Placer};
use super::keys::{Processor, random_text};
use super::payers::{self, Till};
use super::record::{self, Record, SignIn};
use super::steps::Steps;
use super::{facts, history, month_end, placing, terms};

/// Debtors of each agency whose sign-in facts are in the record.
const DEBTORS: usize = 5;

/// What a demo is played on.
pub struct Stage<'a> {
    /// The application.
    pub app: &'a App,
    /// Where it listens.
    pub doors: &'a Doors,
    /// The simulator of Stripe, whose mailbox is used in any case.
    pub sandbox: &'a str,
    /// The directory of mail.
    pub mail: &'a Path,
    /// The keys at Stripe.
    pub stripe: &'a Processor,
    /// What is going on.
    pub steps: &'a Steps,
}

/// Makes all of it through the product's use cases.
pub async fn move_in(stage: &Stage<'_>) -> Result<Record> {
    let now = stage.app.clock().now().date_naive();
    // The files hold debts up to July 2026: time begins after that.
    let past = NaiveDate::from_ymd_opt(2026, 8, 1).map_or(0, |day| (now - day).num_weeks().max(0));
    let weeks = u64::try_from(past).unwrap_or(0).min(history::WEEKS);
    let back = Duration::weeks(i64::try_from(weeks).unwrap_or(0));
    stage.app.clock().advance(-back);
    let mut record = Record::default();
    let mut founded = Vec::new();
    for (house, doors) in HOUSES.iter().zip(&stage.doors.houses) {
        founded.push(found(stage, house, doors).await?);
    }
    let step = format!("Playing {weeks} weeks: checks come in, accounts are worked");
    stage.steps.wait(&step, play(stage, &founded, weeks)).await?;
    for (house, founded) in HOUSES.iter().zip(founded) {
        record.agencies.push(close_the_day(stage, house, founded).await?);
    }
    address(&mut record, stage.doors, stage.sandbox);
    Ok(record)
}

/// Writes into the record where everything listens this time.
fn address(record: &mut Record, doors: &Doors, sandbox: &str) {
    record.api = format!("http://{}", doors.api);
    record.api_docs = format!("{}/docs", record.api);
    record.sandbox = sandbox.to_owned();
    record.mailbox = format!("{sandbox}/_mailbox");
    record.admin = format!("http://{}", doors.admin);
    for (agency, doors) in record.agencies.iter_mut().zip(&doors.houses) {
        agency.debtor_site = format!("http://{}", doors.debtor);
        agency.client_site = format!("http://{}", doors.client);
        agency.workspace = format!("http://{}", doors.workspace);
    }
}

/// Opens a demo that was made before, perhaps on other doors.
pub async fn come_home(stage: &Stage<'_>, mut record: Record) -> Result<Record> {
    for (agency, doors) in record.agencies.iter().zip(&stage.doors.houses) {
        let id = agency.id.parse().ok().context("an agency of demo.json has no id")?;
        open_doors(stage.app, id, doors).await?;
    }
    address(&mut record, stage.doors, stage.sandbox);
    Ok(record)
}

/// An agency while its past is played.
struct Founded {
    id: AgencyId,
    zone: &'static str,
    admin: Actor,
    collector: Actor,
    finance: Actor,
    creditors: Vec<CreditorId>,
    /// Accounts whose debtors pay by check.
    paying: Vec<Account>,
    sign_ins: Vec<SignIn>,
}

async fn found(stage: &Stage<'_>, house: &House, doors: &HouseDoors) -> Result<Founded> {
    let Stage { app, steps, .. } = stage;
    let founding = format!("Founding {}", house.name);
    let (id, admin, mut sign_ins) = steps.wait(&founding, create(app, house, doors)).await?;
    let inviting = format!("Inviting the people of {}", house.name);
    let staff = steps.wait(&inviting, hire(app, house, &admin, &mut sign_ins)).await?;
    let taking_on = format!("Taking on {} creditors", house.creditors.len());
    let step = take_on(app, house, &admin, &mut sign_ins);
    let creditors = steps.wait(&taking_on, step).await?;
    terms::settle(app, &admin, date_in(house.zone, app.clock().now())).await?;
    let connecting = connect(stage, &admin, house);
    steps.wait("Connecting the payment gateway", connecting).await?;
    let mut paying = Vec::new();
    for (placer, (creditor, portfolio)) in house.creditors.iter().zip(&creditors) {
        let step = format!("Placing {}", placer.file_name);
        let place =
            placing::place(app, &admin, (*creditor, *portfolio), placer.file_name, placer.file);
        let (placement, count) = steps.wait(&step, place).await?;
        let step = format!("Dealing {count} accounts to the desks");
        steps.wait(&step, history::deal(app, &staff.manager, placement)).await?;
        paying.extend(history::accounts_of(app, &admin, *creditor).await?.into_iter().take(25));
    }
    let creditors = creditors.into_iter().map(|(creditor, _)| creditor).collect();
    let Staff { collector, finance, .. } = staff;
    Ok(Founded { id, zone: house.zone, admin, collector, finance, creditors, paying, sign_ins })
}

async fn play(stage: &Stage<'_>, founded: &[Founded], weeks: u64) -> Result<()> {
    for number in 0..weeks {
        for house in founded {
            let Founded { finance, collector, paying, .. } = house;
            history::week(stage.app, finance, collector, paying, number).await?;
        }
        stage.app.clock().advance(Duration::weeks(1));
        for house in founded {
            close_month(stage.app, house, weeks - number - 1).await?;
        }
        stage.steps.tick();
    }
    Ok(())
}

/// Closes the month that is just over. What the latest close prepared is left for the visitor.
async fn close_month(app: &App, house: &Founded, weeks_to_come: u64) -> Result<()> {
    let today = date_in(house.zone, app.clock().now());
    let Some(over) = month_end::just_over(today) else { return Ok(()) };
    month_end::close(app, &house.finance, over).await?;
    let is_latest = (today + Days::new(weeks_to_come * 7)).month() == today.month();
    if is_latest { Ok(()) } else { month_end::pay_out(app, &house.admin, over).await }
}

/// Today: some debtors pay by themselves; one who has not paid yet is left for the visitor.
async fn close_the_day(
    stage: &Stage<'_>,
    house: &House,
    founded: Founded,
) -> Result<record::Agency> {
    let Founded { id, admin, creditors, sign_ins, .. } = founded;
    let (creditor, placer) =
        creditors.first().zip(house.creditors.first()).context("a creditor")?;
    let facts = facts::able_to_sign_in(placer.file)?;
    let mut debtors = history::debtors(stage.app, &admin, *creditor, &facts, DEBTORS + 2).await?;
    if stage.stripe.is_simulated() {
        let till = Till { app: stage.app, mail: stage.mail, sandbox: stage.sandbox };
        let card = payers::debit_card();
        for payer in debtors.split_off(DEBTORS.min(debtors.len())) {
            let step = format!("{} pays 40.00 on the debtor site", payer.last_name);
            let pay = till.pay(id, &payer, 4_000, &card);
            stage.steps.wait(&step, pay).await?;
        }
    }
    let key = NewKey {
        name: "Program of the demo".to_owned(),
        permissions: of_staff(StaffRole::Admin).to_vec(),
        creditor: None,
        expires_at: None,
    };
    let made = api_keys::create(stage.app, &admin, key).await?;
    Ok(record::Agency {
        id: id.to_string(),
        slug: house.slug.to_owned(),
        name: house.name.to_owned(),
        sign_ins,
        debtors,
        api_token: made.secret,
        ..record::Agency::default()
    })
}

/// The agency's own keys at Stripe, or at what simulates it.
async fn connect(stage: &Stage<'_>, admin: &Actor, house: &House) -> Result<()> {
    let new = NewGatewayAccount {
        mode: stage.stripe.mode(),
        secret_key: stage.stripe.key(house.slug),
        provider_account: None,
        webhook_secret: stage.stripe.webhook_secret(),
    };
    gateway_accounts::configure(stage.app, admin, new).await?;
    Ok(())
}

/// The agency, its host names and its first administrator.
async fn create(
    app: &App,
    house: &House,
    doors: &HouseDoors,
) -> Result<(AgencyId, Actor, Vec<SignIn>)> {
    let console = PlatformAdmin::console();
    let new = NewAgency {
        slug: house.slug.to_owned(),
        display_name: house.name.to_owned(),
        consumer_name: house.neutral.to_owned(),
        currency: Currency::Usd,
        time_zone: house.zone.to_owned(),
        phone: house.phone.to_owned(),
        phone_hours: "Monday to Friday, 9 am to 5 pm".to_owned(),
        postal_address: house.address.to_owned(),
    };
    let id = agencies::create(app, &console, new).await?;
    open_doors(app, id, doors).await?;
    let email = format!("admin@{}.example", house.slug);
    let invitation = users::invite_first_admin(app, &console, id, &email, "Avery Admin").await?;
    let password = random_password()?;
    users::accept(app, &invitation.token, &password).await?;
    let admin = sign_in::with_password(app, house.slug, &email, &password).await?.actor;
    let role = StaffRole::Admin.name().to_owned();
    Ok((id, admin, vec![SignIn { site: "workspace".to_owned(), role, email, password }]))
}

/// Gives the agency the host names of `doors`; those it has already stay.
async fn open_doors(app: &App, agency: AgencyId, doors: &HouseDoors) -> Result<()> {
    let sites = [
        (Site::Debtor, doors.debtor),
        (Site::Client, doors.client),
        (Site::Workspace, doors.workspace),
    ];
    for (site, address) in sites {
        let mut hosts = vec![address.to_string()];
        if address.ip() == std::net::Ipv4Addr::LOCALHOST {
            hosts.push(format!("localhost:{}", address.port()));
        }
        for host in hosts {
            match agencies::add_host(app, &PlatformAdmin::console(), agency, site, &host).await {
                Ok(()) | Err(AgencyRefused::HostTaken(_)) => {}
                Err(refused) => return Err(refused.into()),
            }
        }
    }
    Ok(())
}

/// The creditors with their portfolios and terms, and users for the first of them.
async fn take_on(
    app: &App,
    house: &House,
    admin: &Actor,
    sign_ins: &mut Vec<SignIn>,
) -> Result<Vec<(CreditorId, PortfolioId)>> {
    let mut taken_on = Vec::new();
    for placer in house.creditors {
        let new = NewCreditor {
            code: placer.code.to_owned(),
            name: placer.name.to_owned(),
            parent: None,
        };
        let creditor = creditors::create(app, admin, new).await?.id;
        let portfolio = NewPortfolio {
            creditor,
            code: placer.portfolio.to_owned(),
            name: placer.portfolio.to_owned(),
        };
        let portfolio = creditors::add_portfolio(app, admin, portfolio).await?.id;
        // Older than any debt placed under it.
        let rate = Rate::parse(placer.commission)?;
        let contract = NewContract::flat(creditor, NaiveDate::default(), rate);
        contracts::add(app, admin, contract).await?;
        if placer.by_age {
            terms::by_age(app, admin, creditor).await?;
        }
        if taken_on.is_empty() {
            hire_client(app, admin, placer, creditor, sign_ins).await?;
        }
        taken_on.push((creditor, portfolio));
    }
    Ok(taken_on)
}

/// The people whose work is played.
struct Staff {
    manager: Actor,
    collector: Actor,
    finance: Actor,
}

/// One person per role, and the collector's desk.
async fn hire(
    app: &App,
    house: &House,
    admin: &Actor,
    sign_ins: &mut Vec<SignIn>,
) -> Result<Staff> {
    let staff = [
        (StaffRole::Manager, "Morgan Manager"),
        (StaffRole::Collector, "Casey Collector"),
        (StaffRole::Compliance, "Cory Compliance"),
        (StaffRole::Finance, "Finley Finance"),
    ];
    let mut actors = Vec::new();
    for (role, name) in staff {
        let email = format!("{}@{}.example", role.name(), house.slug);
        let new = NewUser { email, name: name.to_owned(), membership: Membership::Staff(role) };
        let user = join(app, admin, "workspace", role.name(), new).await?;
        actors.push(
            sign_in::with_password(app, house.slug, &user.email, &user.password).await?.actor,
        );
        sign_ins.push(user);
    }
    let [manager, collector, _, finance] =
        <[Actor; 4]>::try_from(actors).ok().context("four people")?;
    let user = collector.user().context("a collector is a user")?;
    history::set_up_desks(app, admin, user).await?;
    Ok(Staff { manager, collector, finance })
}

/// One user per role of a creditor.
async fn hire_client(
    app: &App,
    admin: &Actor,
    placer: &Placer,
    creditor: CreditorId,
    sign_ins: &mut Vec<SignIn>,
) -> Result<()> {
    let people = [
        (ClientRole::Admin, "Riley Owner"),
        (ClientRole::Placer, "Parker Placer"),
        (ClientRole::Viewer, "Vic Viewer"),
    ];
    for (role, name) in people {
        let email = format!("{}@{}.example", role.name(), placer.code.to_lowercase());
        let membership = Membership::Client(creditor, role);
        let new = NewUser { email, name: name.to_owned(), membership };
        sign_ins.push(join(app, admin, "client", role.name(), new).await?);
    }
    Ok(())
}

/// Invites somebody, who accepts.
async fn join(app: &App, admin: &Actor, site: &str, role: &str, new: NewUser) -> Result<SignIn> {
    let email = new.email.clone();
    let invitation =
        users::invite(app, admin, new).await.with_context(|| format!("cannot invite {email}"))?;
    let password = random_password()?;
    users::accept(app, &invitation.token, &password).await?;
    Ok(SignIn { site: site.to_owned(), role: role.to_owned(), email, password })
}

/// Sixteen letters and digits in groups of four: 80 bits, and fit to be typed.
fn random_password() -> Result<String> {
    let text: Vec<char> = random_text(16)?.chars().collect();
    Ok(text.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}
