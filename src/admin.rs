//! `quittance admin`: what an installation's operator does at the console.

mod verify;

use std::process::ExitCode;

use anyhow::{Context, Result};
use domain::Currency;
use domain::agency::Site;
use service::actor::PlatformAdmin;
use service::agencies::{self, NewAgency};
use service::{platform, users};

use crate::config::Config;
use crate::{samples, wiring};

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Task {
    /// Create an agency
    CreateAgency(AgencyWanted),
    /// Give an agency's site a host name; include the port unless it is the scheme's own
    AddHost {
        /// The agency's short name
        #[arg(long)]
        agency: String,
        /// debtor, client or workspace
        #[arg(long, value_parser = site)]
        site: Site,
        /// For example pay.example.com
        host: String,
    },
    /// Invite the first administrator of an agency by a one-time link, which is printed
    InviteAdmin {
        /// The agency's short name
        #[arg(long)]
        agency: String,
        /// The address they will sign in with
        #[arg(long)]
        email: String,
        /// Their name
        #[arg(long)]
        name: String,
    },
    /// Add an administrator of the platform, who creates agencies over the API; the password is
    /// read from standard input
    AddPlatformAdmin {
        /// The address they sign in with
        email: String,
    },
    /// Prove the trust ledger of every agency, or of one; exits 1 when something is found
    Verify {
        /// Only the agency with this short name
        #[arg(long)]
        agency: Option<String>,
    },
    /// Write a placement file with invented debts to standard output
    SamplePlacements(samples::Wanted),
}

/// An agency to be.
#[derive(Debug, clap::Args)]
pub struct AgencyWanted {
    /// Short name in addresses and at sign-in: lower case, digits, hyphens
    #[arg(long)]
    slug: String,
    /// Its name
    #[arg(long)]
    name: String,
    /// The name shown before a debtor has proven who they are; must not reveal debt collection
    #[arg(long)]
    consumer_name: String,
    /// IANA time zone of its office
    #[arg(long, default_value = "America/New_York")]
    time_zone: String,
    /// The currency of its books: USD or CAD
    #[arg(long, default_value = "USD", value_parser = currency)]
    currency: Currency,
    /// The number debtors call
    #[arg(long)]
    phone: String,
    /// When they may call
    #[arg(long, default_value = "Monday to Friday, 9 am to 5 pm")]
    phone_hours: String,
    /// Where debtors write to
    #[arg(long)]
    address: String,
}

fn site(text: &str) -> Result<Site, String> {
    Site::parse(text).ok_or_else(|| "one of debtor, client, workspace".to_owned())
}

fn currency(text: &str) -> Result<Currency, String> {
    let all = [Currency::Usd, Currency::Cad];
    all.into_iter().find(|currency| currency.code() == text).ok_or_else(|| "USD or CAD".to_owned())
}

/// Does one task.
///
/// # Errors
/// A wrong configuration, or a refusal of the use case.
pub async fn run(task: Task) -> Result<ExitCode> {
    if let Task::SamplePlacements(wanted) = task {
        samples::write(&wanted)?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = Config::from_environment()?;
    wiring::require_current_schema(&config).await?;
    let app = wiring::application(&config).await?;
    let console = PlatformAdmin::console();
    match task {
        Task::CreateAgency(wanted) => {
            let slug = wanted.slug.clone();
            let id = agencies::create(&app, &console, wanted.into()).await?;
            println!("Agency {slug} is {id}. Next: `admin add-host`, `admin invite-admin`.");
        }
        Task::AddHost { agency, site, host } => {
            let id = agencies::by_slug(&app, &console, &agency).await.context(agency)?;
            agencies::add_host(&app, &console, id, site, &host).await?;
            println!("{host} is the {} site now.", site.name());
        }
        Task::InviteAdmin { agency, email, name } => {
            let id = agencies::by_slug(&app, &console, &agency).await.context(agency)?;
            let invitation = users::invite_first_admin(&app, &console, id, &email, &name).await?;
            println!("One-time link, good for three days, on the agency's workspace site:");
            println!("https://WORKSPACE-HOST/join/{}", invitation.token);
        }
        Task::AddPlatformAdmin { email } => {
            eprintln!("Password (15 to 128 characters), then Enter:");
            let mut password = String::new();
            std::io::stdin().read_line(&mut password)?;
            let password = password.trim_end_matches(['\r', '\n']);
            let id = platform::add_admin(&app, &console, &email, password).await?;
            println!("{id} may sign in at POST /v1/platform/tokens.");
        }
        Task::Verify { agency } => {
            return verify::run(&app, &console, agency.as_deref()).await;
        }
        Task::SamplePlacements(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}

impl From<AgencyWanted> for NewAgency {
    fn from(wanted: AgencyWanted) -> Self {
        Self {
            slug: wanted.slug,
            display_name: wanted.name,
            consumer_name: wanted.consumer_name,
            currency: wanted.currency,
            time_zone: wanted.time_zone,
            phone: wanted.phone,
            phone_hours: wanted.phone_hours,
            postal_address: wanted.address,
        }
    }
}
