//! A first guess at what a creditor's headers mean; a person confirms it.

use super::column::Column;
use super::mapping::{MappedColumn, header_key};

/// Habits of headers, in letters and digits only.
const HABITS: [(Column, &[&str]); 40] = [
    (Column::ClientCode, &["client", "clientid", "clientno"]),
    (Column::PortfolioCode, &["portfolio", "pool", "batch"]),
    (
        Column::ClientAccountNumber,
        &["acct", "acctno", "acctnum", "account", "accountno", "accountnumber", "patientno", "mrn"],
    ),
    (Column::DebtorType, &["type", "custtype", "entitytype"]),
    (Column::First, &["firstname", "fname", "ptfirst", "patientfirst", "givenname"]),
    (Column::Middle, &["mi", "middlename", "mname"]),
    (Column::Last, &["lastname", "lname", "ptlast", "patientlast", "surname"]),
    (Column::Suffix, &["sfx", "namesuffix"]),
    (Column::BusinessName, &["company", "companyname", "business", "busname"]),
    (Column::Ssn, &["socialsecurity", "socialsecuritynumber", "socsec", "ss"]),
    (Column::TaxId, &["ein", "fein", "taxno"]),
    (Column::DateOfBirth, &["dob", "birthdate", "birthday"]),
    (Column::Address1, &["addr1", "address", "addr", "street", "addressline1"]),
    (Column::Address2, &["addr2", "addressline2", "apt", "unit"]),
    (Column::City, &["town"]),
    (Column::State, &["st", "province"]),
    (Column::Zip, &["zipcode", "postalcode", "postcode"]),
    (Column::Phone1, &["phone", "homeph", "homephone", "telephone", "ph"]),
    (Column::Phone2, &["cellph", "cell", "cellphone", "mobile", "mobilephone"]),
    (Column::Phone3, &["workph", "workphone"]),
    (Column::Email, &["emailaddress", "mail"]),
    (Column::CoDebtorFirst, &["cofirst", "cosignerfirst"]),
    (Column::CoDebtorLast, &["colast", "cosignerlast"]),
    (Column::GuarantorFirst, &["guarfirst"]),
    (Column::GuarantorLast, &["guarlast"]),
    (Column::GuarantorRelationship, &["guarrel", "relationship", "rel"]),
    (Column::OriginalCreditor, &["origcreditor", "ogcreditor"]),
    (Column::CurrentCreditor, &["creditor", "creditorname"]),
    (Column::ServiceOrOpenDate, &["dos", "servicedate", "dateofservice", "opendate", "opened"]),
    (Column::ChargeOffDate, &["codate", "chargeoff"]),
    (Column::LastPaymentDate, &["lastpmtdt", "lastpmtdate", "lastpaid", "lpd"]),
    (Column::LastPaymentAmount, &["lastpmtamt", "lpa"]),
    (Column::ItemizationDate, &["regfdate"]),
    (Column::ItemizationDateType, &["regftype"]),
    (Column::BalanceAtItemization, &["regfbal", "regfbalance"]),
    (Column::InterestSince, &["intafter", "interestafter"]),
    (Column::FeesSince, &["feesafter"]),
    (Column::PaymentsSince, &["pmtsafter", "paymentsafter"]),
    (Column::CreditsSince, &["adjafter", "creditsafter", "adjustmentsafter"]),
    (
        Column::Principal,
        &["amtdue", "amountdue", "balance", "bal", "balancedue", "principalbalance"],
    ),
];

/// What each header may mean; each column is guessed once, and a canonical header is itself.
pub fn columns(headers: &[&str]) -> Vec<MappedColumn> {
    let mut taken: Vec<Column> =
        headers.iter().filter_map(|header| Column::parse(header)).collect();
    let mut guesses = Vec::new();
    for header in headers {
        if Column::parse(header).is_some() {
            continue;
        }
        let key: String = header_key(header).chars().filter(|c| c.is_alphanumeric()).collect();
        let canonical =
            Column::ALL.iter().find(|column| column.name().replace('_', "") == key).copied();
        let habit = HABITS
            .iter()
            .find(|(_, habits)| habits.contains(&key.as_str()))
            .map(|(column, _)| *column);
        let notes = matches!(key.as_str(), "comments" | "comment" | "memo" | "remarks")
            .then_some(Column::Notes);
        let Some(column) = canonical.or(habit).or(notes).filter(|column| !taken.contains(column))
        else {
            continue;
        };
        taken.push(column);
        guesses.push(MappedColumn { header: super::cell::tidy(header).to_owned(), column });
    }
    guesses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hospitals_headers_are_understood() {
        let guessed = columns(&["Acct #", "Pt Last", "DOB", "SS#", "Amt Due", "notes", "Ins Co"]);
        let columns: Vec<Column> = guessed.iter().map(|guess| guess.column).collect();
        assert_eq!(
            columns,
            [
                Column::ClientAccountNumber,
                Column::Last,
                Column::DateOfBirth,
                Column::Ssn,
                Column::Principal
            ]
        );
    }

    #[test]
    fn no_column_is_guessed_twice() {
        let guessed = columns(&["principal", "balance", "phone", "Telephone"]);
        assert_eq!(guessed.len(), 1, "{guessed:?}");
    }
}
