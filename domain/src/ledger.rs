//! The chart of the trust and operating books (domain rule 2.8).

/// A ledger of the chart. Per creditor or account ledgers are distinguished by the transfer's
/// creditor and account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(
    feature = "db",
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Ledger {
    /// Trust asset: money in the trust bank account.
    TrustCash,
    /// Trust asset: money taken by the processor and not yet paid out to the trust bank account.
    ProcessorClearing,
    /// Trust liability: what belongs to a creditor.
    ClientPayable,
    /// Trust liability: commission earned and still in trust.
    AgencyEarned,
    /// Trust liability: overpayments that belong to a debtor.
    DebtorCredit,
    /// Trust liability: money received from an unknown payer.
    Unidentified,
    /// Trust liability: costs advanced by a creditor.
    CostsAdvanced,
    /// Operating asset: the agency's own bank account.
    OpCash,
    /// Operating asset: what a creditor owes the agency.
    ClientReceivable,
    /// Operating revenue: commission.
    CommissionRevenue,
    /// Operating expense: the processor's fees.
    ProcessorFees,
    /// Operating liability: tax on commission.
    TaxPayable,
    /// Operating liability: what operating owes trust; below zero while trust owes operating what
    /// it has offset and not yet swept.
    DueToTrust,
    /// Operating expense: money lost on debtors' credits that were refunded before their payment
    /// came back (money rule 13).
    OperatingLoss,
    /// Memorandum: what a debtor owes, per account and bucket.
    Debt,
    /// Memorandum, contra to [`Ledger::Debt`]: what was paid.
    DebtPaid,
    /// Memorandum, contra to [`Ledger::Debt`]: what was adjusted.
    DebtAdjusted,
    /// Memorandum, contra to [`Ledger::Debt`]: interest and charges that were added.
    DebtAccrued,
}

/// The book a ledger belongs to. A transfer never crosses from one book to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Book {
    /// Other people's money.
    Trust,
    /// The agency's own money.
    Operating,
    /// What debtors owe; it is no cash.
    Memorandum,
}

/// Which side of its book a ledger stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Debits increase it.
    Asset,
    /// Credits increase it.
    Liability,
}

impl Ledger {
    /// The whole chart.
    pub const ALL: [Self; 18] = [
        Self::TrustCash,
        Self::ProcessorClearing,
        Self::ClientPayable,
        Self::AgencyEarned,
        Self::DebtorCredit,
        Self::Unidentified,
        Self::CostsAdvanced,
        Self::OpCash,
        Self::ClientReceivable,
        Self::CommissionRevenue,
        Self::ProcessorFees,
        Self::TaxPayable,
        Self::DueToTrust,
        Self::OperatingLoss,
        Self::Debt,
        Self::DebtPaid,
        Self::DebtAdjusted,
        Self::DebtAccrued,
    ];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrustCash => "trust_cash",
            Self::ProcessorClearing => "processor_clearing",
            Self::ClientPayable => "client_payable",
            Self::AgencyEarned => "agency_earned",
            Self::DebtorCredit => "debtor_credit",
            Self::Unidentified => "unidentified",
            Self::CostsAdvanced => "costs_advanced",
            Self::OpCash => "op_cash",
            Self::ClientReceivable => "client_receivable",
            Self::CommissionRevenue => "commission_revenue",
            Self::ProcessorFees => "processor_fees",
            Self::TaxPayable => "tax_payable",
            Self::DueToTrust => "due_to_trust",
            Self::OperatingLoss => "operating_loss",
            Self::Debt => "debt",
            Self::DebtPaid => "debt_paid",
            Self::DebtAdjusted => "debt_adjusted",
            Self::DebtAccrued => "debt_accrued",
        }
    }

    /// The book it belongs to.
    pub fn book(self) -> Book {
        match self {
            Self::TrustCash
            | Self::ProcessorClearing
            | Self::ClientPayable
            | Self::AgencyEarned
            | Self::DebtorCredit
            | Self::Unidentified
            | Self::CostsAdvanced => Book::Trust,
            Self::OpCash
            | Self::ClientReceivable
            | Self::CommissionRevenue
            | Self::ProcessorFees
            | Self::TaxPayable
            | Self::DueToTrust
            | Self::OperatingLoss => Book::Operating,
            Self::Debt | Self::DebtPaid | Self::DebtAdjusted | Self::DebtAccrued => {
                Book::Memorandum
            }
        }
    }

    /// Whether debits or credits increase it.
    pub fn side(self) -> Side {
        match self {
            Self::TrustCash
            | Self::ProcessorClearing
            | Self::OpCash
            | Self::ClientReceivable
            | Self::ProcessorFees
            | Self::OperatingLoss
            | Self::Debt => Side::Asset,
            Self::ClientPayable
            | Self::AgencyEarned
            | Self::DebtorCredit
            | Self::Unidentified
            | Self::CostsAdvanced
            | Self::CommissionRevenue
            | Self::TaxPayable
            | Self::DueToTrust
            | Self::DebtPaid
            | Self::DebtAdjusted
            | Self::DebtAccrued => Side::Liability,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_called_the_same_in_the_database_and_on_the_wire() {
        for ledger in Ledger::ALL {
            assert_eq!(serde_json::to_value(ledger).unwrap(), ledger.name());
        }
    }
}
