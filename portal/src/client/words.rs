//! What the codes of the trade mean, in the words of a creditor's page.

use domain::account::{AccountStatus, Restriction};
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::remittance::RemittanceState;

/// A status in plain words: the class of its tag, its name, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct StatusWords {
    /// `ok`, `warn`, `bad`, `quiet`.
    pub tone: &'static str,
    /// The name.
    pub name: &'static str,
    /// What it means for the creditor.
    pub means: &'static str,
}

/// A status in plain words.
pub fn status(status: AccountStatus) -> StatusWords {
    let (tone, means) = match status {
        AccountStatus::New => ("quiet", "Placed; the first notice is on its way."),
        AccountStatus::Active => ("quiet", "We are working this account."),
        AccountStatus::Promise => ("ok", "The debtor has promised a payment."),
        AccountStatus::Plan => ("ok", "The debtor is paying in instalments."),
        AccountStatus::Settlement => ("ok", "A settlement is agreed and not paid yet."),
        AccountStatus::Broken => ("warn", "A promise or a plan was not kept."),
        AccountStatus::Returned => ("warn", "The bank returned a payment."),
        AccountStatus::Disputed => ("warn", "The debtor disputes the debt; work has paused."),
        AccountStatus::Complaint => ("warn", "There is a complaint; work has paused."),
        AccountStatus::Cease => ("warn", "The debtor asked us to stop contacting them."),
        AccountStatus::Attorney => ("warn", "An attorney represents the debtor."),
        AccountStatus::Hold => ("warn", "On hold; nobody is contacted."),
        AccountStatus::Bankruptcy => ("bad", "The debtor is bankrupt; collection has stopped."),
        AccountStatus::Deceased => ("bad", "The debtor has died."),
        AccountStatus::Fraud => ("bad", "Fraud or identity theft is reported."),
        AccountStatus::Legal => ("quiet", "With an attorney for legal action."),
        AccountStatus::Judgment => ("quiet", "A court has given judgment."),
        AccountStatus::Forwarded => ("quiet", "Another agency works it for us."),
        AccountStatus::PendingRecall => ("quiet", "You asked for it back; it is being closed."),
        AccountStatus::PaidInFull => ("ok", "Closed: the debt is paid."),
        AccountStatus::SettledInFull => ("ok", "Closed: the settlement is paid."),
        AccountStatus::Recalled => ("quiet", "Closed: you took it back."),
        AccountStatus::ClosedBankruptcy => ("quiet", "Closed because of bankruptcy."),
        AccountStatus::ClosedDeceased => ("quiet", "Closed because the debtor has died."),
        AccountStatus::ClosedDispute => ("quiet", "Closed: the dispute was right."),
        AccountStatus::Exhausted => ("quiet", "Closed: all efforts are exhausted."),
        AccountStatus::SmallBalance => ("quiet", "Closed: the balance is too small to work."),
        AccountStatus::StatuteExpired => ("quiet", "Closed: the statute of limitations has run."),
        AccountStatus::PlacedInError => ("quiet", "Closed: it was placed in error."),
        AccountStatus::ClosedFraud => ("quiet", "Closed because of fraud or identity theft."),
        AccountStatus::Duplicate => ("quiet", "Closed: the debt was placed twice."),
    };
    StatusWords { tone, name: status.words(), means }
}

/// What a restriction means for the creditor.
pub fn restriction(kind: Restriction) -> &'static str {
    match kind {
        Restriction::Bankruptcy => "Bankruptcy: nobody is asked to pay.",
        Restriction::Deceased => "The debtor has died.",
        Restriction::IdentityTheft => "Identity theft is reported: nobody is asked to pay.",
        Restriction::Attorney => {
            "An attorney represents the debtor; only the attorney is contacted."
        }
        Restriction::Cease => "The debtor asked us to stop contacting them.",
        Restriction::Dispute => "The debt is disputed; work pauses until it is verified.",
        Restriction::Scra => "The debtor is on active duty (SCRA).",
        Restriction::Minor => "The debtor is a minor: nobody is asked to pay.",
        Restriction::InconvenientTime => "The debtor named times that are inconvenient.",
        Restriction::InconvenientPlace => "The debtor named places that are inconvenient.",
        Restriction::NoItemization => {
            "The itemization is missing: nobody is contacted until you send it."
        }
        Restriction::Hold => "On hold.",
    }
}

/// Who got the money, or gave it back.
pub fn payment(kind: PaymentKind, reason: Option<ReversalReason>) -> &'static str {
    match (kind, reason) {
        (PaymentKind::PaidAgency, _) => "Paid to the agency",
        (PaymentKind::PaidCreditor, _) => "Paid to you directly",
        (PaymentKind::PaidForwarder, _) => "Paid to a forwarder",
        (
            PaymentKind::PaidAgencyReturn
            | PaymentKind::PaidCreditorReturn
            | PaymentKind::PaidForwarderReturn,
            reason,
        ) => match reason {
            Some(ReversalReason::Bounce) => "Returned by the bank",
            Some(ReversalReason::Refund) => "Given back to the payer",
            Some(ReversalReason::Correction | ReversalReason::Reinstated) | None => "Corrected",
        },
    }
}

/// Who got the money of a statement's line, or gave it back.
pub fn line(kind: PaymentKind) -> &'static str {
    match kind {
        PaymentKind::PaidAgency => "Paid to the agency",
        PaymentKind::PaidCreditor => "Paid to you directly",
        PaymentKind::PaidForwarder => "Paid to a forwarder",
        PaymentKind::PaidAgencyReturn => "Returned, was paid to the agency",
        PaymentKind::PaidCreditorReturn => "Returned, was paid to you",
        PaymentKind::PaidForwarderReturn => "Returned, was paid to a forwarder",
    }
}

/// An invoice or credit note by its number.
pub fn bill(kind: InvoiceKind, number: i64) -> String {
    match kind {
        InvoiceKind::Invoice => format!("Invoice {number}"),
        InvoiceKind::CreditNote => format!("Credit note {number}"),
    }
}

/// What an invoice or credit note is for.
pub fn purpose(purpose: InvoicePurpose) -> &'static str {
    match purpose {
        InvoicePurpose::Commission => "Commission",
        InvoicePurpose::DirectCommission => "Commission on payments to you directly",
        InvoicePurpose::Deficit => "Statement below zero",
    }
}

/// Where a payment to the creditor stands: the class of its tag, and words.
pub fn remittance(state: RemittanceState) -> (&'static str, &'static str) {
    match state {
        RemittanceState::Prepared => ("quiet", "Being paid out"),
        RemittanceState::Issued => ("ok", "Paid"),
        RemittanceState::Voided => ("warn", "Came back"),
    }
}

/// How the money came.
pub fn method(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Online => "Online",
        PaymentMethod::Card => "Card",
        PaymentMethod::Ach => "Bank debit",
        PaymentMethod::Check => "Check",
        PaymentMethod::Cash => "Cash",
        PaymentMethod::Wire => "Wire",
        PaymentMethod::MoneyOrder => "Money order",
        PaymentMethod::DebtorCredit => "Credit of the debtor",
    }
}
