//! What the checks of the books find: the invariants, the checks that are part of them, and the rows that
//! contradict them.

use domain::{Money, TrustAccountId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// The invariants of the trust book (domain rule 2.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invariant {
    /// (1) Each transaction balances and stays in its book.
    Balanced,
    /// (2) Cash and clearing are the sum of the liabilities.
    Funded,
    /// (3) Nothing is lacking, or an open alarm carries the amount.
    Alarmed,
    /// (4) What accounts and payments say is what was posted.
    Recorded,
    /// (5) Statements are the movement of what creditors are owed and owe.
    Stated,
    /// (6) Bank, book and sub-ledgers agree for the days that have a bank statement.
    Reconciled,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Balanced,
        Self::Funded,
        Self::Alarmed,
        Self::Recorded,
        Self::Stated,
        Self::Reconciled,
    ];

    /// Its number in domain rule 2.8.
    pub fn number(self) -> u8 {
        match self {
            Self::Balanced => 1,
            Self::Funded => 2,
            Self::Alarmed => 3,
            Self::Recorded => 4,
            Self::Stated => 5,
            Self::Reconciled => 6,
        }
    }

    /// What it says.
    pub fn words(self) -> &'static str {
        match self {
            Self::Balanced => "each transaction balances and stays in its book",
            Self::Funded => "cash and clearing are the sum of what is owed",
            Self::Alarmed => "nothing is lacking, or an open alarm carries the amount",
            Self::Recorded => "accounts and payments say what was posted",
            Self::Stated => "statements are the movement of what creditors are owed and owe",
            Self::Reconciled => "bank, book and sub-ledgers agree",
        }
    }
}

macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $invariant:ident;)*) => {
        /// One check of the proof.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Check { $($(#[$doc])* $name,)* }

        impl Check {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads a name.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }

            /// The invariant it is part of.
            pub fn invariant(self) -> Invariant {
                match self { $(Self::$name => Invariant::$invariant,)* }
            }
        }
    };
}

checks! {
    /// Transfers that leave their book, or name no trust account where they move trust.
    TransferBook = "transfer_book", Balanced;
    /// Reversing transfers that are not the exact mirror of what they reverse.
    ReversalMirror = "reversal_mirror", Balanced;
    /// Trust accounts whose assets are not their liabilities.
    TrustAccount = "trust_account", Funded;
    /// Trust accounts that lack money without an open alarm of the amount.
    TrustShortfall = "trust_shortfall", Alarmed;
    /// Balances kept on accounts, bucket by bucket, against what was placed and posted.
    AccountBalance = "account_balance", Recorded;
    /// Payments whose lines are not their sum, amount and commission.
    PaymentLines = "payment_lines", Recorded;
    /// Payments whose transfers are not what they say: through trust, as commission, off the debt.
    PaymentTransfers = "payment_transfers", Recorded;
    /// Entries on a debt whose transfers are not what they say.
    DebtEntry = "debt_entry", Recorded;
    /// Statements that do not open with what the one before carried.
    StatementChain = "statement_chain", Stated;
    /// Statements whose totals are not the sum of their lines.
    StatementLines = "statement_lines", Stated;
    /// Remittances that left trust with another amount.
    StatementRemittance = "statement_remittance", Stated;
    /// Creditors whose last statement, and what was paid on it, are not what the ledgers hold.
    StatementTies = "statement_ties", Stated;
    /// Bank statements that do not reconcile with the book.
    BankReconciliation = "bank_reconciliation", Reconciled;
}

/// Two records that ought to agree and do not.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Finding {
    /// Which check found it.
    pub check: String,
    /// The row.
    pub subject_id: Uuid,
    /// What of it.
    pub detail: String,
    /// The trust account, where the row belongs to one.
    pub trust_account_id: Option<TrustAccountId>,
    /// What the ledger says.
    pub ledger: Money,
    /// What the row says.
    pub record: Money,
    /// How many of this check there are in all.
    pub(crate) total: i64,
}

impl Finding {
    /// A finding that was not made by a query.
    pub fn of(
        check: Check,
        subject: Uuid,
        detail: &str,
        trust: TrustAccountId,
        (ledger, record): (Money, Money),
    ) -> Self {
        Self {
            check: check.name().to_owned(),
            subject_id: subject,
            detail: detail.to_owned(),
            trust_account_id: Some(trust),
            ledger,
            record,
            total: 1,
        }
    }
}
