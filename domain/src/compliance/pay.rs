//! May money be taken on an account (domain rules 2.2, 2.4 and 2.10).

use super::case::Case;
use super::{Decision, Effect, Evidence, Finding, Obligation, Rule};
use crate::account::Restriction;
use crate::money::Amount;

/// By whom money is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payer {
    /// The debtor, who pays of his own accord on the site.
    Debtor,
    /// A person enters money that came, by post or to the creditor.
    Received,
    /// The agency charges a way to pay that the debtor stored, on an agreed day.
    Charged,
}

/// How it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Funding {
    /// A credit card.
    Credit,
    /// A debit or prepaid card.
    Debit,
    /// From a bank account.
    Bank,
}

/// Money that is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paying {
    /// By whom.
    pub payer: Payer,
    /// How much; none: whether anything may be paid at all.
    pub amount: Option<Amount>,
    /// The debtor chose this debt (15 USC 1692h).
    pub directed: bool,
    /// How; none: not known yet.
    pub funding: Option<Funding>,
}

/// Whether money may be taken on an account.
///
/// Money that came is another matter than money that is asked for: what a person enters was paid
/// already, so that only law stops it; the debtor's own page takes no more than is owed; a stored way
/// to pay is charged only while nothing at all stands on the account.
pub fn may_pay(case: &Case, paying: &Paying) -> Decision {
    let mut found = by_status(case, paying.payer);
    let mut obligations = Vec::new();
    for kind in case.standing() {
        found.extend(by_restriction(case, kind, paying));
        obligations.extend(obligation(kind));
    }
    found.extend(by_amount(case, paying));
    if paying.funding == Some(Funding::Credit) && case.blocks_credit_cards {
        found.push(Finding::new(Rule::Funding, Effect::Prohibit, []));
    }
    if paying.payer == Payer::Charged && case.agreement.is_none() {
        found.push(Finding::new(Rule::NoAgreement, Effect::Prohibit, []));
    }
    Decision::of(found, obligations)
}

/// What the status says beyond the restrictions that it stands for.
fn by_status(case: &Case, payer: Payer) -> Vec<Finding> {
    let Some(rule) = Rule::of_status(case.status) else { return Vec::new() };
    let accepts = case.status.row().accepts_payments;
    let effect = match payer {
        // A late payment is accepted and goes by the rule of the tail (domain rule 2.4).
        Payer::Received => Effect::Warn,
        Payer::Debtor if accepts => Effect::Warn,
        Payer::Debtor | Payer::Charged => Effect::Prohibit,
    };
    vec![Finding::new(rule, effect, [Evidence::Status(case.status)])]
}

fn by_restriction(case: &Case, kind: Restriction, paying: &Paying) -> Option<Finding> {
    let charged = paying.payer == Payer::Charged;
    // A stored way to pay is charged only while nothing stands on the account; who pays of his own
    // accord, or has paid, may.
    let unasked = if charged { Effect::Prohibit } else { Effect::Warn };
    let (rule, effect) = match kind {
        Restriction::Bankruptcy => (Rule::Stay, Effect::Prohibit),
        Restriction::IdentityTheft => (Rule::IdentityTheft, Effect::Prohibit),
        Restriction::Minor => (Rule::Minor, Effect::Prohibit),
        // A timely dispute stops agreed charges as well, until verification is sent.
        Restriction::Dispute if paying.directed && !charged => (Rule::PayDisputed, Effect::Warn),
        Restriction::Dispute => (Rule::PayDisputed, Effect::Prohibit),
        Restriction::Deceased => (Rule::Deceased, unasked),
        Restriction::Attorney => (Rule::Attorney, unasked),
        Restriction::Cease => (Rule::Cease, unasked),
        Restriction::Hold => (Rule::Hold, unasked),
        Restriction::Scra => (Rule::Scra, Effect::Warn),
        Restriction::NoItemization => (Rule::NoItemization, unasked),
        // These are about reaching somebody.
        Restriction::InconvenientTime | Restriction::InconvenientPlace => return None,
    };
    let set = case.restrictions.iter().any(|one| one.kind == kind);
    let evidence = if set { Evidence::Restriction(kind) } else { Evidence::Status(case.status) };
    Some(Finding::new(rule, effect, [evidence]))
}

fn obligation(kind: Restriction) -> Option<Obligation> {
    match kind {
        Restriction::Attorney | Restriction::Cease => Some(Obligation::DoNotAsk),
        Restriction::Deceased => Some(Obligation::AddressEstate),
        Restriction::Dispute => Some(Obligation::MarkDisputed),
        Restriction::Bankruptcy
        | Restriction::IdentityTheft
        | Restriction::Minor
        | Restriction::Scra
        | Restriction::InconvenientTime
        | Restriction::InconvenientPlace
        | Restriction::NoItemization
        | Restriction::Hold => None,
    }
}

fn by_amount(case: &Case, paying: &Paying) -> Vec<Finding> {
    let (payable, least) = (case.payable(), case.least());
    // What came and is more than is owed becomes the debtor's credit (domain rule 2.10).
    let effect = match paying.payer {
        Payer::Received => Effect::Warn,
        Payer::Debtor | Payer::Charged => Effect::Prohibit,
    };
    let mut found = Vec::new();
    if payable.is_zero() {
        found.push(Finding::new(Rule::NothingOwed, effect, [Evidence::Payable(payable)]));
    }
    let Some(amount) = paying.amount.map(Amount::money) else { return found };
    if amount > payable {
        found.push(Finding::new(Rule::OverBalance, effect, [Evidence::Payable(payable)]));
    }
    if amount < least && paying.payer == Payer::Debtor {
        found.push(Finding::new(Rule::BelowMinimum, effect, [Evidence::Least(least)]));
    }
    found
}
