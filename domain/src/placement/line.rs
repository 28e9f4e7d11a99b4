//! One line of a placement file once it is understood.

use super::account_number::AccountNumber;
use super::contact::PhoneType;
use super::identity::{Ssn, TaxId};
use crate::account::Restriction;
use crate::bucket::Buckets;
use crate::money::Money;
use crate::rate::Rate;
use chrono::NaiveDate;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $(| $other:literal)*;)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code in the database and on the wire.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Reads the code or another usual word for it, without case and outer spaces.
            pub fn read(text: &str) -> Option<Self> {
                match super::cell::unwrapped(text).to_lowercase().as_str() {
                    $($code $(| $other)* => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

choices! {
    /// Who owes: Regulation F protects consumers.
    DebtorType {
        /// A natural person.
        Consumer = "consumer" | "c" | "individual" | "person" | "personal";
        /// A business.
        Business = "business" | "b" | "commercial" | "company" | "corporate";
    }

    /// The event that the itemization starts from (Reg F 1006.34(b)(3)).
    ItemizationDateType {
        /// The last periodic statement.
        LastStatement = "last_statement" | "last statement" | "statement" | "stmt" | "ls";
        /// Charge-off.
        ChargeOff = "charge_off" | "charge off" | "charge-off" | "chargeoff" | "co";
        /// The last payment.
        LastPayment = "last_payment" | "last payment" | "payment" | "pmt" | "lp";
        /// The transaction that gave rise to the debt.
        Transaction = "transaction" | "trans" | "date of service" | "dos" | "service";
        /// A judgment.
        Judgment = "judgment" | "judgement" | "jdg";
    }

    /// How often the debt has been placed before.
    PlacementType {
        /// For the first time.
        First = "first" | "1" | "1st" | "primary" | "prime";
        /// For the second time.
        Second = "second" | "2" | "2nd" | "secondary" | "seconds";
        /// For the third time or later.
        Tertiary = "tertiary" | "3" | "3rd" | "third" | "terts";
        /// For suit.
        Legal = "legal";
        /// Before charge-off, in the creditor's name or the agency's.
        Precollect = "precollect" | "pre-collect" | "precollection" | "pre-collection" | "early out";
    }
}

/// A line that can be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedLine {
    /// The client's code, where the file names it.
    pub client_code: Option<String>,
    /// The portfolio's code, where the file names it.
    pub portfolio_code: Option<String>,
    /// The creditor's own account number.
    pub account_number: AccountNumber,
    /// Who owes.
    pub debtor: PlacedDebtor,
    /// Who owes too.
    pub co_debtor: Option<SecondParty>,
    /// Who vouches.
    pub guarantor: Option<SecondParty>,
    /// Who represents the debtor.
    pub attorney: Option<PlacedAttorney>,
    /// To whom the debt was owed first.
    pub original_creditor: String,
    /// To whom it is owed now.
    pub current_creditor: String,
    /// The kind of debt, as the creditor calls it.
    pub product: String,
    /// The days of the debt's life.
    pub dates: DebtDates,
    /// The last payment to the creditor.
    pub last_payment_amount: Option<Money>,
    /// The itemization of Regulation F; none: nobody is contacted.
    pub itemization: Option<Itemization>,
    /// What is owed.
    pub buckets: Buckets,
    /// The sum of the buckets.
    pub placed_balance: Money,
    /// The interest that accrues; none: none does.
    pub interest: Option<InterestTerms>,
    /// The judgment, where there is one.
    pub judgment: Option<PlacedJudgment>,
    /// How often it has been placed before.
    pub placement_type: PlacementType,
    /// What restricts work, with its particulars.
    pub restrictions: Vec<PlacedRestriction>,
    /// References to documents at the creditor.
    pub document_refs: Vec<String>,
    /// The creditor's notes, as they came.
    pub notes: Option<String>,
}

/// The primary debtor of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDebtor {
    /// Consumer or business.
    pub kind: DebtorType,
    /// First name.
    pub first: Option<String>,
    /// Middle name.
    pub middle: Option<String>,
    /// Last name.
    pub last: Option<String>,
    /// Suffix, such as Jr.
    pub suffix: Option<String>,
    /// Name of the business.
    pub business_name: Option<String>,
    /// Social security number.
    pub ssn: Option<Ssn>,
    /// Tax id of a business.
    pub tax_id: Option<TaxId>,
    /// Date of birth.
    pub born_on: Option<NaiveDate>,
    /// Postal address.
    pub address: PlacedAddress,
    /// Up to three telephones.
    pub phones: Vec<PlacedPhone>,
    /// E-mail address.
    pub email: Option<PlacedEmail>,
    /// Language, a code such as `es` where it is known.
    pub language: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlacedAddress {
    /// Street.
    pub street: Option<String>,
    /// Second line.
    pub street2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State, two letters in the United States.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Country, two letters.
    pub country: String,
    /// No letter should go there.
    pub bad: bool,
}

/// A telephone of the debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedPhone {
    /// `+` and digits.
    pub number: String,
    /// The kind.
    pub kind: PhoneType,
    /// Whether the debtor consented; none: not told.
    pub consent: Option<bool>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// The e-mail address of the debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedEmail {
    /// The address.
    pub address: String,
    /// Whether the debtor consented; none: not told.
    pub consent: Option<bool>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A co-debtor or guarantor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondParty {
    /// First name.
    pub first: Option<String>,
    /// Last name.
    pub last: Option<String>,
    /// Social security number.
    pub ssn: Option<Ssn>,
    /// Relationship to the debtor.
    pub relationship: Option<String>,
    /// Postal address.
    pub address: PlacedAddress,
}

/// The attorney who represents the debtor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedAttorney {
    /// Name.
    pub name: Option<String>,
    /// Address in one line.
    pub address: Option<String>,
    /// Telephone, `+` and digits.
    pub phone: Option<String>,
}

/// The days of the debt's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebtDates {
    /// Date of service, or when the account was opened.
    pub service_or_open: NaiveDate,
    /// Charge-off.
    pub charge_off: Option<NaiveDate>,
    /// First delinquency.
    pub first_delinquency: Option<NaiveDate>,
    /// Last payment to the creditor.
    pub last_payment: Option<NaiveDate>,
    /// Last charge.
    pub last_charge: Option<NaiveDate>,
}

/// The itemization of the debt (Reg F 1006.34(c)(2)(vii) and (viii)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Itemization {
    /// The itemization date.
    pub on: NaiveDate,
    /// The event of that date.
    pub kind: ItemizationDateType,
    /// What was owed on it.
    pub balance: Money,
    /// Interest since.
    pub interest: Money,
    /// Fees since.
    pub fees: Money,
    /// Payments since, subtracted.
    pub payments: Money,
    /// Credits since, subtracted.
    pub credits: Money,
}

/// The interest that accrues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterestTerms {
    /// A share a year.
    pub rate: Rate,
    /// The first day is excluded.
    pub starts_on: NaiveDate,
    /// Contract, statute or judgment, in the creditor's words.
    pub authority: String,
}

/// A judgment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedJudgment {
    /// The day, where the file has one.
    pub on: Option<NaiveDate>,
    /// The amount, where the file has one.
    pub amount: Option<Money>,
    /// Interest on it, a share a year.
    pub rate: Option<Rate>,
    /// Case number.
    pub case_no: Option<String>,
    /// Court.
    pub court: Option<String>,
}

/// What restricts work on the account, with its particulars in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedRestriction {
    /// The restriction.
    pub restriction: Restriction,
    /// Particulars: chapter and case, time and place, what the file said.
    pub detail: Option<String>,
}
