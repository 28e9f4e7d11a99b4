//! Test cards and test bank accounts: one table, documented by Stripe at
//! <https://docs.stripe.com/testing>.

/// How a card behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardBehaviour {
    Succeeds,
    Declines {
        code: &'static str,
        decline_code: Option<&'static str>,
        message: &'static str,
    },
    /// Asks the cardholder to authenticate (3-D Secure).
    Authenticates,
    /// Succeeds, then is disputed for this reason.
    Disputed(&'static str),
    /// Refunds are answered later, well or badly.
    RefundLater {
        succeeds: bool,
    },
}

/// A test card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card {
    pub(crate) number: &'static str,
    pub(crate) label: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) funding: &'static str,
    /// Names such as `pm_card_visa`.
    pub(crate) alias: &'static str,
    pub(crate) behaviour: CardBehaviour,
}

impl Card {
    pub(crate) fn last4(&self) -> &'static str {
        self.number.get(12..).unwrap_or("0000")
    }
}

const fn visa(
    number: &'static str,
    label: &'static str,
    alias: &'static str,
    behaviour: CardBehaviour,
) -> Card {
    Card { number, label, brand: "visa", funding: "credit", alias, behaviour }
}

const fn debit(
    number: &'static str,
    label: &'static str,
    alias: &'static str,
    behaviour: CardBehaviour,
) -> Card {
    Card { number, label, brand: "visa", funding: "debit", alias, behaviour }
}

const fn declines(code: &'static str, message: &'static str) -> CardBehaviour {
    CardBehaviour::Declines { code, decline_code: None, message }
}

const fn refuses(decline_code: &'static str, message: &'static str) -> CardBehaviour {
    CardBehaviour::Declines { code: "card_declined", decline_code: Some(decline_code), message }
}

const DECLINED: &str = "Your card was declined.";

/// Every card the sandbox knows. Other numbers are refused, never guessed.
pub(crate) const CARDS: &[Card] = &[
    Card {
        funding: "debit",
        ..visa(
            "4000056655665556",
            "Visa debit, succeeds",
            "pm_card_visa_debit",
            CardBehaviour::Succeeds,
        )
    },
    visa("4242424242424242", "Visa credit, succeeds", "pm_card_visa", CardBehaviour::Succeeds),
    Card {
        brand: "mastercard",
        ..visa(
            "5555555555554444",
            "Mastercard credit, succeeds",
            "pm_card_mastercard",
            CardBehaviour::Succeeds,
        )
    },
    Card {
        brand: "mastercard",
        funding: "debit",
        ..visa(
            "5200828282828210",
            "Mastercard debit, succeeds",
            "pm_card_mastercard_debit",
            CardBehaviour::Succeeds,
        )
    },
    Card {
        brand: "mastercard",
        funding: "prepaid",
        ..visa(
            "5105105105105100",
            "Mastercard prepaid, succeeds",
            "pm_card_mastercard_prepaid",
            CardBehaviour::Succeeds,
        )
    },
    visa(
        "4000000000000002",
        "Declined",
        "pm_card_chargeDeclined",
        refuses("generic_decline", DECLINED),
    ),
    visa(
        "4000000000009995",
        "Declined: insufficient funds",
        "pm_card_chargeDeclinedInsufficientFunds",
        refuses("insufficient_funds", "Your card has insufficient funds."),
    ),
    visa(
        "4000000000009987",
        "Declined: lost card",
        "pm_card_chargeDeclinedLostCard",
        refuses("lost_card", DECLINED),
    ),
    visa(
        "4000000000009979",
        "Declined: stolen card",
        "pm_card_chargeDeclinedStolenCard",
        refuses("stolen_card", DECLINED),
    ),
    visa(
        "4000000000000069",
        "Declined: expired card",
        "pm_card_chargeDeclinedExpiredCard",
        declines("expired_card", "Your card has expired."),
    ),
    visa(
        "4000000000000127",
        "Declined: wrong security code",
        "pm_card_chargeDeclinedIncorrectCvc",
        declines("incorrect_cvc", "Your card's security code is incorrect."),
    ),
    visa(
        "4000000000000119",
        "Declined: processing error",
        "pm_card_chargeDeclinedProcessingError",
        declines(
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        ),
    ),
    visa(
        "4000000000000341",
        "Attaches, then declined",
        "pm_card_chargeCustomerFail",
        refuses("generic_decline", DECLINED),
    ),
    visa(
        "4000002500003155",
        "Asks for 3-D Secure",
        "pm_card_authenticationRequired",
        CardBehaviour::Authenticates,
    ),
    visa(
        "4000002760003184",
        "Always asks for 3-D Secure",
        "pm_card_authenticationRequiredOnSetup",
        CardBehaviour::Authenticates,
    ),
    visa(
        "4000000000000259",
        "Succeeds, then disputed as fraudulent",
        "pm_card_createDispute",
        CardBehaviour::Disputed("fraudulent"),
    ),
    visa(
        "4000000000002685",
        "Succeeds, then disputed as not received",
        "pm_card_createDisputeProductNotReceived",
        CardBehaviour::Disputed("product_not_received"),
    ),
    visa(
        "4000000000007726",
        "Succeeds; a refund succeeds later",
        "pm_card_refundPending",
        CardBehaviour::RefundLater { succeeds: true },
    ),
    visa(
        "4000000000005126",
        "Succeeds; a refund fails later",
        "pm_card_refundFail",
        CardBehaviour::RefundLater { succeeds: false },
    ),
    // Stripe's own decline cards are all credit cards, which a funding gate refuses before anything
    // else. These debit cards exist in the sandbox only.
    debit(
        "4000056655669995",
        "Debit, declined: insufficient funds",
        "pm_card_sandbox_debitInsufficientFunds",
        refuses("insufficient_funds", "Your card has insufficient funds."),
    ),
    debit(
        "4000056655660002",
        "Debit, declined",
        "pm_card_sandbox_debitDeclined",
        refuses("generic_decline", DECLINED),
    ),
    debit(
        "4000056655663155",
        "Debit, asks for 3-D Secure",
        "pm_card_sandbox_debitAuthenticationRequired",
        CardBehaviour::Authenticates,
    ),
    debit(
        "4000056655660259",
        "Debit, succeeds, then disputed as fraudulent",
        "pm_card_sandbox_debitDispute",
        CardBehaviour::Disputed("fraudulent"),
    ),
    debit(
        "4000056655665126",
        "Debit, succeeds; a refund fails later",
        "pm_card_sandbox_debitRefundFail",
        CardBehaviour::RefundLater { succeeds: false },
    ),
];

/// The card with this number (spaces allowed).
pub(crate) fn card(number: &str) -> Option<&'static Card> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    CARDS.iter().find(|card| card.number == digits)
}

/// The card behind `pm_card_…` or `tok_…`.
pub(crate) fn card_alias(alias: &str) -> Option<&'static Card> {
    let name = alias.strip_prefix("tok_").map(|name| format!("pm_card_{name}"));
    let name = name.as_deref().unwrap_or(alias);
    // Some of Stripe's lists say `pm_card_visa_chargeDeclined`, others `pm_card_chargeDeclined`.
    let name = name.replace("pm_card_visa_charge", "pm_card_charge");
    CARDS.iter().find(|card| card.alias == name)
}

/// How a bank account behaves once debited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BankBehaviour {
    Settles,
    Fails {
        code: &'static str,
        message: &'static str,
    },
    /// Settles, then comes back.
    Returned,
    /// Never gets an answer.
    Stuck,
}

/// A test bank account; the routing number is always 110000000.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bank {
    pub(crate) account: &'static str,
    pub(crate) label: &'static str,
    pub(crate) alias: &'static str,
    pub(crate) behaviour: BankBehaviour,
}

impl Bank {
    pub(crate) fn last4(&self) -> &'static str {
        self.account.get(self.account.len().saturating_sub(4)..).unwrap_or("0000")
    }
}

/// The only routing number of the test bank.
pub(crate) const ROUTING: &str = "110000000";

/// Every bank account the sandbox knows.
pub(crate) const BANKS: &[Bank] = &[
    Bank {
        account: "000123456789",
        label: "Settles after four days",
        alias: "pm_usBankAccount_success",
        behaviour: BankBehaviour::Settles,
    },
    Bank {
        account: "000111111113",
        label: "Fails: account closed",
        alias: "pm_usBankAccount_accountClosed",
        behaviour: BankBehaviour::Fails {
            code: "account_closed",
            message: "The customer's bank account has been closed.",
        },
    },
    Bank {
        account: "000111111116",
        label: "Fails: no such account",
        alias: "pm_usBankAccount_noAccount",
        behaviour: BankBehaviour::Fails {
            code: "no_account",
            message: "The bank account could not be located.",
        },
    },
    Bank {
        account: "000222222227",
        label: "Fails: insufficient funds",
        alias: "pm_usBankAccount_insufficientFunds",
        behaviour: BankBehaviour::Fails {
            code: "insufficient_funds",
            message: "The customer's account has insufficient funds to cover this payment.",
        },
    },
    Bank {
        account: "000333333335",
        label: "Fails: debit not authorized",
        alias: "pm_usBankAccount_debitNotAuthorized",
        behaviour: BankBehaviour::Fails {
            code: "debit_not_authorized",
            message: "The customer has notified their bank that this payment was unauthorized.",
        },
    },
    Bank {
        account: "000555555559",
        label: "Settles, then is returned",
        alias: "pm_usBankAccount_dispute",
        behaviour: BankBehaviour::Returned,
    },
    Bank {
        account: "000000000009",
        label: "Stays in processing",
        alias: "pm_usBankAccount_processing",
        behaviour: BankBehaviour::Stuck,
    },
];

/// The account with this number.
pub(crate) fn bank(account: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.account == account)
}

/// The account behind `pm_usBankAccount_…`.
pub(crate) fn bank_alias(alias: &str) -> Option<&'static Bank> {
    let name = if alias == "pm_usBankAccount" { "pm_usBankAccount_success" } else { alias };
    BANKS.iter().find(|bank| bank.alias == name)
}

/// Either means of payment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instrument {
    Card(&'static Card),
    Bank(&'static Bank),
}

impl Instrument {
    /// The means behind a number; cards have sixteen digits, accounts twelve.
    pub(crate) fn by_number(number: &str) -> Option<Self> {
        card(number).map(Self::Card).or_else(|| bank(number).map(Self::Bank))
    }

    /// The means behind an alias such as `pm_card_visa`.
    pub(crate) fn by_alias(alias: &str) -> Option<Self> {
        card_alias(alias).map(Self::Card).or_else(|| bank_alias(alias).map(Self::Bank))
    }

    /// Stripe's name of the kind of payment method.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Card(_) => "card",
            Self::Bank(_) => "us_bank_account",
        }
    }

    pub(crate) fn number(&self) -> &'static str {
        match self {
            Self::Card(card) => card.number,
            Self::Bank(bank) => bank.account,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decline_table_is_stripes() {
        let told = |number: &str| match card(number).map(|card| card.behaviour) {
            Some(CardBehaviour::Declines { code, decline_code, .. }) => Some((code, decline_code)),
            _ => None,
        };
        assert_eq!(told("4000 0000 0000 0002"), Some(("card_declined", Some("generic_decline"))));
        assert_eq!(told("4000000000009995"), Some(("card_declined", Some("insufficient_funds"))));
        assert_eq!(told("4000000000009987"), Some(("card_declined", Some("lost_card"))));
        assert_eq!(told("4000000000009979"), Some(("card_declined", Some("stolen_card"))));
        assert_eq!(told("4000000000000069"), Some(("expired_card", None)));
        assert_eq!(told("4000000000000127"), Some(("incorrect_cvc", None)));
        assert_eq!(told("4000000000000119"), Some(("processing_error", None)));
        assert_eq!(told("4242424242424242"), None);
    }

    #[test]
    fn the_funding_of_the_two_visa_cards_differs() {
        assert_eq!(card("4242424242424242").map(|card| card.funding), Some("credit"));
        assert_eq!(card("4000056655665556").map(|card| card.funding), Some("debit"));
        assert!(card("4111111111111111").is_none(), "an unknown number is not guessed");
    }
}
