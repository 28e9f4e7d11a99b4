//! What the people in a placement file know about themselves: enough to sign in as one of them.

use anyhow::{Context, Result};

/// Somebody in a placement file.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The creditor's account number.
    pub account_number: String,
    /// Last name.
    pub last_name: String,
    /// Date of birth.
    pub date_of_birth: chrono::NaiveDate,
    /// ZIP code.
    pub zip: String,
    /// The last four digits of the social security number.
    pub ssn_last4: String,
    /// E-mail address.
    pub email: String,
}

/// The adults in `file` who have everything that signing in asks for, and nothing that forbids to
/// write to them.
pub fn able_to_sign_in(file: &[u8]) -> Result<Vec<Facts>> {
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers()?.clone();
    let mut able = Vec::new();
    for line in reader.records() {
        let line = line?;
        let value = |column: &str| {
            let at = header.iter().position(|name| name == column)?;
            line.get(at).filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let free = ["deceased", "prior_dispute", "attorney_name", "bankruptcy_chapter", "cease"]
            .iter()
            .all(|flag| value(flag).is_none());
        let consent = value("email_consent").as_deref() == Some("Y");
        let (Some(ssn), Some(email), Some(born)) =
            (value("ssn"), value("email"), value("date_of_birth"))
        else {
            continue;
        };
        let date_of_birth: chrono::NaiveDate = born.parse()?;
        if !free
            || !consent
            || date_of_birth > chrono::NaiveDate::from_ymd_opt(2004, 1, 1).context("a date")?
        {
            continue;
        }
        able.push(Facts {
            account_number: value("client_account_number").context("an account number")?,
            last_name: value("last").context("a last name")?,
            date_of_birth,
            zip: value("zip").context("a ZIP code")?,
            ssn_last4: ssn.chars().rev().take(4).collect::<String>().chars().rev().collect(),
            email,
        });
    }
    Ok(able)
}
