//! The facts by which a visitor is filtered, compared through their blind indexes.

use chrono::NaiveDate;
use domain::reference::Reference;
use domain::{AccountId, ContactPointId, DebtorId};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::Fault;
use kernel::vault::{BIRTH_DATE, Keys, SSN_LAST4};
use sea_orm::{FromQueryResult, raw_sql};
use subtle::{Choice, ConstantTimeEq};

/// Who a visitor says to be.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The reference on the letter.
    pub reference: Reference,
    /// ZIP code; its first five digits count.
    pub zip: String,
    /// The second fact.
    pub fact: Fact,
}

/// The second fact.
#[derive(Debug, Clone)]
pub enum Fact {
    /// Date of birth.
    BirthDate(NaiveDate),
    /// Last four digits of the SSN.
    SsnLast4(String),
}

/// Whom a claim fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match {
    pub account: AccountId,
    pub debtor: DebtorId,
    pub email: Option<ContactPointId>,
}

#[derive(FromQueryResult)]
struct Candidate {
    account_id: AccountId,
    debtor_id: DebtorId,
    birth_date_index: Option<Vec<u8>>,
    ssn_last4_index: Option<Vec<u8>>,
    zips: Option<String>,
    email_id: Option<ContactPointId>,
}

/// Whom the claim fits, if anybody. An unknown reference costs the same as a known one.
pub(super) async fn find(app: &App, tx: &Tx, claim: &Claim) -> Result<Option<Match>, Fault> {
    let (agency, reference) = (tx.agency(), claim.reference.compact());
    let keys = app.vault().keys(tx, agency).await?;
    let candidate = Candidate::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT a.id AS account_id, a.debtor_id, p.birth_date_index, p.ssn_last4_index,
               (SELECT string_agg(left(c.zip, 5), ' ') FROM contact_point c
                WHERE c.agency_id = {agency} AND c.account_id = a.id AND c.party_id = p.id
                  AND c.kind = 'address') AS zips,
               (SELECT c.id FROM contact_point c
                WHERE c.agency_id = {agency} AND c.account_id = a.id AND c.party_id = p.id
                  AND c.kind = 'email' AND NOT c.bad
                ORDER BY c.id DESC LIMIT 1) AS email_id
           FROM account a
           JOIN party p ON p.agency_id = a.agency_id AND p.account_id = a.id AND p.role = 'primary'
           WHERE a.agency_id = {agency} AND a.reference = {reference}
           LIMIT 1"#
    ))
    .one(tx)
    .await?;
    let fits = judge(&keys, claim, candidate.as_ref())?;
    Ok(candidate.filter(|_| fits).map(|found| Match {
        account: found.account_id,
        debtor: found.debtor_id,
        email: found.email_id,
    }))
}

fn judge(keys: &Keys, claim: &Claim, candidate: Option<&Candidate>) -> Result<bool, Fault> {
    let nothing = [0_u8; 16];
    let or_nothing = |index: Option<&Vec<u8>>| index.cloned().unwrap_or_else(|| nothing.to_vec());
    let birth = or_nothing(candidate.and_then(|c| c.birth_date_index.as_ref()));
    let last4 = or_nothing(candidate.and_then(|c| c.ssn_last4_index.as_ref()));
    let zips = candidate.and_then(|c| c.zips.as_deref()).unwrap_or("-----");
    let (born, digits) = match &claim.fact {
        Fact::BirthDate(date) => (date.to_string(), String::new()),
        Fact::SsnLast4(digits) => (String::new(), digits.clone()),
    };
    let fact = keys.index(BIRTH_DATE, &born)?.ct_eq(&birth)
        | keys.index(SSN_LAST4, &digits)?.ct_eq(&last4);
    Ok(bool::from(fact & lives_there(zips, &claim.zip)) && candidate.is_some())
}

/// Whether the first five digits of a ZIP code are among those on file.
pub(super) fn lives_there(zips: &str, zip: &str) -> Choice {
    let typed: String = zip.chars().filter(char::is_ascii_digit).take(5).collect();
    zips.split(' ').fold(Choice::from(0), |any, zip| any | zip.as_bytes().ct_eq(typed.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::lives_there;

    #[test]
    fn a_zip_code_is_compared_by_its_first_five_digits() {
        assert!(bool::from(lives_there("91106 10001", "10001-2345")));
        assert!(!bool::from(lives_there("91106", "9110")));
        assert!(!bool::from(lives_there("-----", "")));
    }
}
