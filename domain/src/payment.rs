//! A payment: its type, its method, and the states it goes through.

names! {
    /// Who received the money (domain rule 2.5). The suffix R of the trade is [`PaymentKind::reversed`].
    PaymentKind {
        /// PU: paid to the agency, into trust.
        PaidAgency = "paid_agency";
        /// PC: paid to the creditor directly; no trust cash.
        PaidCreditor = "paid_creditor";
        /// PA: paid to a forwarder, who keeps a fee and remits the rest into trust.
        PaidForwarder = "paid_forwarder";
        /// PUR: return of a PU.
        PaidAgencyReturn = "paid_agency_return";
        /// PCR: return of a PC.
        PaidCreditorReturn = "paid_creditor_return";
        /// PAR: return of a PA.
        PaidForwarderReturn = "paid_forwarder_return";
    }
}

impl PaymentKind {
    /// The trade's code.
    pub fn code(self) -> &'static str {
        match self {
            Self::PaidAgency => "PU",
            Self::PaidCreditor => "PC",
            Self::PaidForwarder => "PA",
            Self::PaidAgencyReturn => "PUR",
            Self::PaidCreditorReturn => "PCR",
            Self::PaidForwarderReturn => "PAR",
        }
    }

    /// The type that undoes this one.
    pub fn reversed(self) -> Self {
        match self {
            Self::PaidAgency => Self::PaidAgencyReturn,
            Self::PaidCreditor => Self::PaidCreditorReturn,
            Self::PaidForwarder => Self::PaidForwarderReturn,
            Self::PaidAgencyReturn => Self::PaidAgency,
            Self::PaidCreditorReturn => Self::PaidCreditor,
            Self::PaidForwarderReturn => Self::PaidForwarder,
        }
    }

    /// Whether the money went through the agency's trust account.
    pub fn moves_trust(self) -> bool {
        match self {
            Self::PaidAgency
            | Self::PaidForwarder
            | Self::PaidAgencyReturn
            | Self::PaidForwarderReturn => true,
            Self::PaidCreditor | Self::PaidCreditorReturn => false,
        }
    }

    /// Whether it takes back an earlier payment.
    pub fn is_return(self) -> bool {
        match self {
            Self::PaidAgencyReturn | Self::PaidCreditorReturn | Self::PaidForwarderReturn => true,
            Self::PaidAgency | Self::PaidCreditor | Self::PaidForwarder => false,
        }
    }
}

names! {
    /// How the money came.
    PaymentMethod {
        /// Card or bank account at the payment gateway, not yet known which.
        Online = "online";
        /// Card.
        Card = "card";
        /// Bank debit.
        Ach = "ach";
        /// Paper check.
        Check = "check";
        /// Cash.
        Cash = "cash";
        /// Wire transfer.
        Wire = "wire";
        /// Money order.
        MoneyOrder = "money_order";
        /// A credit of the same debtor, from what was overpaid on another debt.
        DebtorCredit = "debtor_credit";
    }
}

impl PaymentMethod {
    /// The method in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Online => "Online",
            Self::Card => "Card",
            Self::Ach => "Bank debit",
            Self::Check => "Check",
            Self::Cash => "Cash",
            Self::Wire => "Wire",
            Self::MoneyOrder => "Money order",
            Self::DebtorCredit => "Credit of the debtor",
        }
    }
}

names! {
    /// Why a payment was reversed (domain rule 2.6): only a bounce blames the debtor.
    ReversalReason {
        /// The bank or the card network took the money back.
        Bounce = "bounce";
        /// Entered wrongly: wrong account, wrong amount, entered twice.
        Correction = "correction";
        /// Given back to the payer.
        Refund = "refund";
        /// The return itself is undone: a chargeback was won, a refund failed, a return was an error.
        /// The money counts again, by a new posting, available at once (money rule 13).
        Reinstated = "reinstated";
    }
}

names! {
    /// The states of a payment.
    PaymentState {
        /// Written down; nothing asked of the gateway yet, or the answer is not known yet.
        Created = "created";
        /// The gateway's payment page is open for the payer.
        SessionOpen = "session_open";
        /// The bank is working on it; the money is not here yet.
        Processing = "processing";
        /// Paid and posted to the ledger.
        Succeeded = "succeeded";
        /// Paid, then taken back.
        Reversed = "reversed";
        /// Refused; no money moved.
        Failed = "failed";
        /// The payment page expired; no money moved.
        Expired = "expired";
        /// Given up by the payer or replaced; no money moved.
        Canceled = "canceled";
    }
}

impl PaymentState {
    /// The state in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Created => "Started",
            Self::SessionOpen => "Payment page open",
            Self::Processing => "With the bank",
            Self::Succeeded => "Paid",
            Self::Reversed => "Reversed",
            Self::Failed => "Failed",
            Self::Expired => "Expired",
            Self::Canceled => "Canceled",
        }
    }

    /// Whether the step is one that a payment may take. Money that has arrived is never
    /// un-arrived by a late message: from `Succeeded` only a reversal leads on. A session that we
    /// gave up on may still turn out paid, so `Expired`, `Canceled` and `Failed` accept success.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Created | Self::SessionOpen => match next {
                Self::SessionOpen => self == Self::Created,
                Self::Processing
                | Self::Succeeded
                | Self::Failed
                | Self::Expired
                | Self::Canceled => true,
                Self::Created | Self::Reversed => false,
            },
            Self::Processing => matches!(next, Self::Succeeded | Self::Failed | Self::Canceled),
            Self::Failed | Self::Expired | Self::Canceled => {
                matches!(next, Self::Processing | Self::Succeeded)
            }
            Self::Succeeded => matches!(next, Self::Reversed),
            Self::Reversed => false,
        }
    }

    /// Whether the payer or the bank may still bring it to an end.
    pub fn is_open(self) -> bool {
        match self {
            Self::Created | Self::SessionOpen | Self::Processing => true,
            Self::Succeeded | Self::Reversed | Self::Failed | Self::Expired | Self::Canceled => {
                false
            }
        }
    }
}

names! {
    /// Where a payment was started.
    PaymentSource {
        /// By the debtor on the debtor site.
        Portal = "portal";
        /// By a member of the staff in the workspace.
        Staff = "staff";
        /// Through the API.
        Api = "api";
        /// By the payment gateway: a return or a chargeback.
        Gateway = "gateway";
    }
}

#[cfg(test)]
mod tests;
