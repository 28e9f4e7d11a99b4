//! Who and what a demo shows: two agencies, their people, their creditors, their debts.

use anyhow::{Context, Result};
use chrono::NaiveDate;
use domain::agency::Site;
use domain::{AgencyId, Bucket, ClientRole, CreditorId, Currency, PortfolioId, Rate, StaffRole};
use service::actor::{Actor, PlatformAdmin};
use service::agencies::{self, AgencyRefused, NewAgency};
use service::creditors::{self, NewContract, NewCreditor, NewPortfolio};
use service::users::{self, Membership, NewUser};
use service::{App, sign_in};

use super::doors::{Doors, HouseDoors};
use super::keys::random_text;
use super::record::{self, Record, SignIn};
use super::steps::Steps;

/// An agency to be.
struct House {
    slug: &'static str,
    name: &'static str,
    /// Shown to whoever is not yet known: no word of debts.
    neutral: &'static str,
    zone: &'static str,
    phone: &'static str,
    address: &'static str,
    creditors: &'static [Placer],
}

/// A creditor to be, with the file it places.
struct Placer {
    code: &'static str,
    name: &'static str,
    portfolio: &'static str,
    /// Its commission, as a fraction.
    commission: &'static str,
    file_name: &'static str,
    file: &'static [u8],
}

const HOUSES: [House; 2] = [
    House {
        slug: "harborline",
        name: "Harborline Recovery LLC",
        neutral: "Harborline Services",
        zone: "America/New_York",
        phone: "+1 800 555 0142",
        address: "400 Wharf Street, Suite 12, Portland, ME 04101",
        creditors: &[
            Placer {
                code: "MERCYVALE",
                name: "Mercyvale Community Hospital",
                portfolio: "MV-2026-11",
                commission: "0.25",
                file_name: "mercyvale_2026_11.csv",
                file: include_bytes!("placements/mercyvale.csv"),
            },
            Placer {
                code: "FERNBANK",
                name: "Fernbank Card Services, N.A.",
                portfolio: "FB-CO-26Q4",
                commission: "0.30",
                file_name: "fernbank_26q4.csv",
                file: include_bytes!("placements/fernbank.csv"),
            },
            Placer {
                code: "TRICOUNTY",
                name: "Tri-County Power & Light",
                portfolio: "TC-FINAL",
                commission: "0.20",
                file_name: "tricounty_final_bills.csv",
                file: include_bytes!("placements/tricounty.csv"),
            },
        ],
    },
    House {
        slug: "cedarpoint",
        name: "Cedar Point Associates Inc.",
        neutral: "Cedar Point",
        zone: "America/Denver",
        phone: "+1 800 555 0178",
        address: "77 Juniper Avenue, Boulder, CO 80302",
        creditors: &[Placer {
            code: "OAKHAVEN",
            name: "Oakhaven Apartments LP",
            portfolio: "OH-MOVEOUT",
            commission: "0.33",
            file_name: "oakhaven_move_outs.csv",
            file: include_bytes!("placements/oakhaven.csv"),
        }],
    },
];

/// Which bucket a payment fills first.
const ALLOCATION: [Bucket; 5] =
    [Bucket::Costs, Bucket::Fees, Bucket::Interest, Bucket::Principal, Bucket::Other];

/// Makes all of it through the product's use cases.
pub async fn move_in(
    app: &App,
    doors: &Doors,
    sandbox: &sandbox::Handle,
    steps: &Steps,
) -> Result<Record> {
    let mut agencies = Vec::new();
    for (house, doors) in HOUSES.iter().zip(&doors.houses) {
        agencies.push(found(app, house, doors, steps).await?);
    }
    let api = format!("http://{}", doors.api);
    Ok(Record {
        api_docs: format!("{api}/docs"),
        api,
        sandbox: sandbox.base_url().to_owned(),
        mailbox: format!("{}/_mailbox", sandbox.base_url()),
        admin: format!("http://{}", doors.admin),
        agencies,
    })
}

async fn found(
    app: &App,
    house: &House,
    doors: &HouseDoors,
    steps: &Steps,
) -> Result<record::Agency> {
    let founding = format!("Founding {}", house.name);
    let (id, admin, mut sign_ins) = steps.wait(&founding, create(app, house, doors)).await?;
    let taking_on = format!("Taking on {} creditors", house.creditors.len());
    let step = take_on(app, house, &admin, &mut sign_ins);
    let creditors = steps.wait(&taking_on, step).await?;
    let hiring = format!("Inviting the people of {}", house.name);
    steps.wait(&hiring, hire(app, house, &admin, &mut sign_ins)).await?;
    drop(creditors);
    Ok(record::Agency {
        id: id.to_string(),
        slug: house.slug.to_owned(),
        name: house.name.to_owned(),
        debtor_site: format!("http://{}", doors.debtor),
        client_site: format!("http://{}", doors.client),
        workspace: format!("http://{}", doors.workspace),
        sign_ins,
        api_token: None,
        debtors: Vec::new(),
    })
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
pub async fn open_doors(app: &App, agency: AgencyId, doors: &HouseDoors) -> Result<()> {
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
        let contract = NewContract {
            creditor,
            // Older than any debt placed under it.
            effective_on: NaiveDate::default(),
            commission_rate: Rate::parse(placer.commission)?,
            allocation_order: ALLOCATION,
        };
        creditors::add_contract(app, admin, contract).await?;
        if taken_on.is_empty() {
            hire_client(app, admin, placer, creditor, sign_ins).await?;
        }
        taken_on.push((creditor, portfolio));
    }
    Ok(taken_on)
}

/// One person per role.
async fn hire(app: &App, house: &House, admin: &Actor, sign_ins: &mut Vec<SignIn>) -> Result<()> {
    let staff = [
        (StaffRole::Manager, "Morgan Manager"),
        (StaffRole::Collector, "Casey Collector"),
        (StaffRole::Compliance, "Cory Compliance"),
        (StaffRole::Finance, "Finley Finance"),
    ];
    for (role, name) in staff {
        let email = format!("{}@{}.example", role.name(), house.slug);
        let new = NewUser { email, name: name.to_owned(), membership: Membership::Staff(role) };
        sign_ins.push(join(app, admin, "workspace", role.name(), new).await?);
    }
    Ok(())
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
