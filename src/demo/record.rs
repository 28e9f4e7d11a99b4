//! `demo.json`: addresses and sign-ins, so that a person or a script can drive the demo.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::steps::Steps;

/// Its name under the demo's home. It is written last: where it is, the demo is whole.
pub const FILE: &str = "demo.json";

/// What a demo shows, and how to get in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Record {
    /// The JSON API.
    pub api: String,
    /// Its documentation page.
    pub api_docs: String,
    /// The Stripe sandbox; empty when the demo talks to Stripe itself.
    pub sandbox: String,
    /// The e-mails that were sent.
    pub mailbox: String,
    /// Health and metrics.
    pub admin: String,
    /// The agencies.
    pub agencies: Vec<Agency>,
}

/// One agency of a demo.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Agency {
    /// Its id.
    pub id: String,
    /// Its short name, asked for at the API's sign-in.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The debtor site.
    pub debtor_site: String,
    /// The creditors' site.
    pub client_site: String,
    /// The agency's workspace.
    pub workspace: String,
    /// One sign-in per role.
    pub sign_ins: Vec<SignIn>,
    /// A program's key for the API: `Authorization: Bearer …`.
    pub api_token: String,
    /// Somebody who owes, and what they know.
    pub debtors: Vec<Debtor>,
}

/// A user of a demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// `workspace` or `client`.
    pub site: String,
    /// The role.
    pub role: String,
    /// The address to sign in with.
    pub email: String,
    /// Made at the first start of this very demo.
    pub password: String,
}

/// A debtor of a demo: the reference in the letter, and the facts that the person knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Debtor {
    /// The reference on the letter.
    pub reference: String,
    /// The account's id.
    pub account_id: String,
    /// The last name, or the business name.
    pub last_name: String,
    /// The date of birth, `YYYY-MM-DD`.
    pub date_of_birth: String,
    /// The ZIP code.
    pub zip: String,
    /// The last four digits of the social security number.
    pub ssn_last4: String,
    /// Where the one-time code goes; it shows up in the mailbox.
    pub email: String,
}

impl Record {
    /// The record in `home`, if the demo there is whole.
    pub fn read(home: &Path) -> Result<Option<Self>> {
        let path = home.join(FILE);
        let Ok(text) = fs::read(&path) else { return Ok(None) };
        let record = serde_json::from_slice(&text);
        record.map(Some).with_context(|| {
            format!("{} is of another version: start with --fresh", path.display())
        })
    }

    /// Writes it, readable by its owner alone.
    pub fn write(&self, home: &Path) -> Result<()> {
        let (path, new) = (home.join(FILE), home.join("demo.json.new"));
        let _ = fs::remove_file(&new);
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        Ok(fs::rename(new, path)?)
    }

    /// Prints it for a person.
    pub fn print(&self, steps: &Steps) {
        println!(
            "\nReady after {:.1} s. Everything here is invented; no money moves.",
            steps.seconds()
        );
        for agency in &self.agencies {
            println!("\n{}  (short name for the API: {})", agency.name, agency.slug);
            println!("  Debtor site   {}", agency.debtor_site);
            for debtor in agency.debtors.iter().take(1) {
                println!("    reference {}, last name {}", debtor.reference, debtor.last_name);
                println!(
                    "    born {}, ZIP {}, SSN ends in {}",
                    debtor.date_of_birth, debtor.zip, debtor.ssn_last4,
                );
                println!("    the code arrives in the mailbox below");
            }
            for (title, site, address) in [
                ("Client site", "client", &agency.client_site),
                ("Workspace", "workspace", &agency.workspace),
            ] {
                println!("  {title:<13} {address}");
                for user in agency.sign_ins.iter().filter(|user| user.site == site) {
                    println!("    {:<11} {:<34} {}", user.role, user.email, user.password);
                }
            }
        }
        println!("\nAPI             {}   (documentation: {})", self.api, self.api_docs);
        println!("Mailbox         {}", self.mailbox);
        println!("Stripe          {}", self.sandbox);
        println!("Health, metrics {}", self.admin);
        println!("\nAll of this is in var/demo/demo.json, the log in var/demo/log.jsonl.");
        println!(
            "Test cards: 4242 4242 4242 4242 (credit: refused by default), 4000 0566 5566 5556 (debit)."
        );
        println!("Ctrl-C stops it; the next start finds everything as it was.");
    }
}
