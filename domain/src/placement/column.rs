//! The canonical columns of a placement file (domain rule 2.3).

macro_rules! columns {
    ($($variant:ident = $name:literal,)*) => {
        /// A canonical column.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum Column {$(
            #[doc = concat!("`", $name, "`")]
            #[serde(rename = $name)]
            $variant,
        )*}

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for Column {
            // By hand: the derive does not see names that a macro passes on.
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($name,)*]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for Column {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed("PlacementColumn")
            }
        }

        impl Column {
            /// All of them, in the order of a template file.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The canonical header.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Reads a canonical header, without case and outer spaces.
            pub fn parse(header: &str) -> Option<Self> {
                match super::mapping::header_key(header).as_str() {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

columns! {
    ClientCode = "client_code",
    PortfolioCode = "portfolio_code",
    ClientAccountNumber = "client_account_number",
    DebtorType = "debtor_type",
    First = "first",
    Middle = "middle",
    Last = "last",
    Suffix = "suffix",
    BusinessName = "business_name",
    Ssn = "ssn",
    TaxId = "tax_id",
    DateOfBirth = "date_of_birth",
    Address1 = "address1",
    Address2 = "address2",
    City = "city",
    State = "state",
    Zip = "zip",
    Country = "country",
    Phone1 = "phone1",
    Phone1Type = "phone1_type",
    Phone1Consent = "phone1_consent",
    Phone1Source = "phone1_source",
    Phone2 = "phone2",
    Phone2Type = "phone2_type",
    Phone2Consent = "phone2_consent",
    Phone2Source = "phone2_source",
    Phone3 = "phone3",
    Phone3Type = "phone3_type",
    Phone3Consent = "phone3_consent",
    Phone3Source = "phone3_source",
    Email = "email",
    EmailConsent = "email_consent",
    EmailSource = "email_source",
    CoDebtorFirst = "co_debtor_first",
    CoDebtorLast = "co_debtor_last",
    CoDebtorSsn = "co_debtor_ssn",
    CoDebtorAddress1 = "co_debtor_address1",
    GuarantorFirst = "guarantor_first",
    GuarantorLast = "guarantor_last",
    GuarantorRelationship = "guarantor_relationship",
    GuarantorAddress1 = "guarantor_address1",
    GuarantorCity = "guarantor_city",
    GuarantorState = "guarantor_state",
    GuarantorZip = "guarantor_zip",
    OriginalCreditor = "original_creditor",
    CurrentCreditor = "current_creditor",
    Product = "product",
    ServiceOrOpenDate = "service_or_open_date",
    ChargeOffDate = "charge_off_date",
    FirstDelinquencyDate = "first_delinquency_date",
    LastPaymentDate = "last_payment_date",
    LastPaymentAmount = "last_payment_amount",
    LastChargeDate = "last_charge_date",
    ItemizationDate = "itemization_date",
    ItemizationDateType = "itemization_date_type",
    BalanceAtItemization = "balance_at_itemization",
    InterestSince = "interest_since",
    FeesSince = "fees_since",
    PaymentsSince = "payments_since",
    CreditsSince = "credits_since",
    Principal = "principal",
    Interest = "interest",
    Fees = "fees",
    CourtCosts = "court_costs",
    Other = "other",
    PlacedBalance = "placed_balance",
    InterestRate = "interest_rate",
    InterestStartDate = "interest_start_date",
    InterestAuthority = "interest_authority",
    JudgmentDate = "judgment_date",
    JudgmentAmount = "judgment_amount",
    JudgmentRate = "judgment_rate",
    JudgmentCaseNo = "judgment_case_no",
    JudgmentCourt = "judgment_court",
    PlacementType = "placement_type",
    PriorDispute = "prior_dispute",
    AttorneyName = "attorney_name",
    AttorneyAddress = "attorney_address",
    AttorneyPhone = "attorney_phone",
    BankruptcyChapter = "bankruptcy_chapter",
    BankruptcyCaseNo = "bankruptcy_case_no",
    BankruptcyFiledDate = "bankruptcy_filed_date",
    BankruptcyStatus = "bankruptcy_status",
    Deceased = "deceased",
    DeceasedDate = "deceased_date",
    Cease = "cease",
    IdentityTheft = "identity_theft",
    Scra = "scra",
    Language = "language",
    InconvenientTime = "inconvenient_time",
    InconvenientPlace = "inconvenient_place",
    DocumentRefs = "document_refs",
    Notes = "notes",
}

impl Column {
    /// Columns without which no line can be placed. A name is required too (`last` or
    /// `business_name`); client and portfolio codes may be given with the upload instead.
    pub const REQUIRED: [Self; 7] = [
        Self::ClientAccountNumber,
        Self::DebtorType,
        Self::OriginalCreditor,
        Self::CurrentCreditor,
        Self::Product,
        Self::ServiceOrOpenDate,
        Self::Principal,
    ];

    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// The place in [`Column::ALL`].
    #[expect(clippy::as_conversions, reason = "the discriminant of an enum without fields")]
    pub fn index(self) -> usize {
        self as usize
    }

    /// Whether its values are never shown in clear in a report.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Ssn | Self::CoDebtorSsn | Self::TaxId)
    }

    /// Whether its values are free text: kept as they came, up to the limit of a field.
    pub fn is_free_text(self) -> bool {
        matches!(
            self,
            Self::Notes | Self::DocumentRefs | Self::InconvenientTime | Self::InconvenientPlace
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_reads_back_whatever_its_case_and_spaces() {
        for (at, column) in Column::ALL.iter().enumerate() {
            assert_eq!(column.index(), at);
            assert_eq!(Column::parse(column.name()), Some(*column));
            assert_eq!(
                Column::parse(&format!("  {} ", column.name().to_uppercase())),
                Some(*column)
            );
        }
        assert_eq!(Column::parse("acct #"), None);
    }
}
