//! Assembling a statement.

use super::{Documented, Item, Line, Opening, Span, Statement, Totals};
use crate::bucket::{Bucket, Buckets};
use crate::hold::{Holding, counts, is_prior_period};
use crate::id::PaymentId;
use crate::money::{Money, TooLarge};
use crate::payment::PaymentKind;
use crate::remittance::{CommissionBasis, RemittanceMethod, ReturnPolicy, Terms};
use std::collections::{HashMap, HashSet};

/// Makes the statement of one creditor out of everything that no statement has shown yet. The same
/// input makes the same statement, in whatever order the items come.
pub fn assemble(
    items: &[Item],
    terms: &Terms,
    span: Span,
    opening: Opening,
) -> Result<Statement, TooLarge> {
    let mut items: Vec<&Item> = items.iter().filter(|item| item.posted_at <= span.cutoff).collect();
    items.sort_by_key(|item| (item.posted_at, item.payment));
    let matched = if terms.show_matched { HashSet::new() } else { pair(&items) };

    let mut statement = Statement {
        lines: Vec::new(),
        suppressed: Vec::new(),
        delayed: Vec::new(),
        totals: Totals { opening: opening.carried, ..Totals::default() },
    };
    let mut sums = Sums::default();
    for item in items {
        let stamped = (item.payment, item.account);
        let nothing_applied = item.applied.total()?.is_zero();
        if matched.contains(&item.payment) {
            statement.suppressed.push(stamped);
            continue;
        }
        if !counts(item.available_on, true, Holding::Normal, span.end)
            || item.holding == Holding::Blocked
        {
            hold(&mut statement.totals, item)?;
            continue;
        }
        if item.holding == Holding::Delayed {
            statement.delayed.push(item.payment);
            hold(&mut statement.totals, item)?;
            continue;
        }
        if nothing_applied {
            statement.suppressed.push(stamped);
            continue;
        }
        let line = line(item, span)?;
        sums.add(item, &line, terms)?;
        statement.lines.push(line);
    }
    statement.lines.sort_by(|a, b| {
        (a.effective_on, &a.reference, a.posted_on, a.payment).cmp(&(
            b.effective_on,
            &b.reference,
            b.posted_on,
            b.payment,
        ))
    });
    settle(&mut statement.totals, &sums, terms, opening)?;
    Ok(statement)
}

/// Pairs each return with what it takes back where no statement has shown either: neither is printed
/// (domain rule 2.6). What is still on hold pairs too: its return has undone it.
fn pair(items: &[&Item]) -> HashSet<PaymentId> {
    let known: HashMap<PaymentId, &Item> = items.iter().map(|item| (item.payment, *item)).collect();
    let mut paired = HashSet::new();
    for item in items {
        let Some(original) = item.reverses else { continue };
        if known.contains_key(&original)
            && !paired.contains(&original)
            && !paired.contains(&item.payment)
        {
            paired.insert(original);
            paired.insert(item.payment);
        }
    }
    paired
}

fn signed(item: &Item, money: Money) -> Result<Money, TooLarge> {
    if item.kind.is_return() { money.negated() } else { Ok(money) }
}

/// What reached trust for the creditor and the agency: nothing of a direct payment.
fn received(item: &Item) -> Result<Money, TooLarge> {
    if !item.kind.moves_trust() {
        return Ok(Money::ZERO);
    }
    signed(item, item.applied.total()?.minus(item.forwarder_fee)?)
}

fn hold(totals: &mut Totals, item: &Item) -> Result<(), TooLarge> {
    let held = received(item)?;
    if !held.is_zero() {
        totals.held = totals.held.plus(held)?;
        totals.held_count += 1;
    }
    Ok(())
}

fn line(item: &Item, span: Span) -> Result<Line, TooLarge> {
    let mut buckets = Buckets::default();
    for bucket in Bucket::ALL {
        buckets.set(bucket, signed(item, item.applied.get(bucket))?);
    }
    let to_us = received(item)?;
    let direct = if item.kind.moves_trust() { Money::ZERO } else { buckets.total()? };
    let commission = signed(item, item.commission.minus(item.forwarder_fee)?)?;
    let tax = signed(item, item.tax)?;
    Ok(Line {
        payment: item.payment,
        account: item.account,
        reference: item.reference.clone(),
        client_account_number: item.client_account_number.clone(),
        debtor_name: item.debtor_name.clone(),
        kind: item.kind,
        effective_on: item.effective_on,
        posted_on: item.posted_on,
        to_us,
        direct,
        buckets,
        rate: item.rate.map(|rate| rate.to_string()),
        commission,
        tax,
        due_creditor: to_us.minus(commission)?.minus(tax)?,
        balance: item.balance,
        mark: item.mark.clone(),
        prior_period: is_prior_period(item.effective_on, item.posted_on, span.start),
        returned_from: item.reversed_on,
    })
}

/// How what a creditor owes for a payment is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// Out of the creditor's money in trust.
    Offset,
    /// By the invoice for commission.
    Invoice,
    /// By the second invoice.
    DirectInvoice,
}

fn settled(kind: PaymentKind, terms: &Terms) -> Settled {
    let direct = !kind.moves_trust();
    match terms.method {
        RemittanceMethod::Net if direct && !terms.offset_directs => Settled::DirectInvoice,
        RemittanceMethod::Net => Settled::Offset,
        RemittanceMethod::Gross | RemittanceMethod::Combined => Settled::Invoice,
        RemittanceMethod::SeparateDirect if direct => Settled::DirectInvoice,
        RemittanceMethod::SeparateDirect => Settled::Invoice,
    }
}

#[derive(Debug, Default)]
struct Sums {
    to_us: Money,
    direct: Money,
    commission_to_us: Money,
    commission_direct: Money,
    tax: Money,
    /// The creditor's share in trust of what is shown.
    trust: Money,
    /// Owed for it in the operating book and taken from trust now.
    offset: Money,
    /// Shares of returns of what was remitted before (policy credit).
    withheld: Money,
    commission: Documented,
    direct_commission: Documented,
}

impl Sums {
    fn add(&mut self, item: &Item, line: &Line, terms: &Terms) -> Result<(), TooLarge> {
        self.to_us = self.to_us.plus(line.to_us)?;
        self.direct = self.direct.plus(line.direct)?;
        self.tax = self.tax.plus(line.tax)?;
        let sum = if item.kind.moves_trust() {
            &mut self.commission_to_us
        } else {
            &mut self.commission_direct
        };
        *sum = sum.plus(line.commission)?;
        // On a net contract the commission on trust money is out of the creditor's share already.
        let in_trust = item.kind.moves_trust() && item.basis == CommissionBasis::Net;
        let (share, owed) = if in_trust {
            (line.to_us.minus(line.commission)?, Money::ZERO)
        } else {
            (line.to_us, line.commission)
        };
        let mut effect = share;
        match settled(item.kind, terms) {
            Settled::Offset => {
                let now = owed.plus(line.tax)?;
                self.offset = self.offset.plus(now)?;
                effect = effect.minus(now)?;
            }
            Settled::Invoice => add(&mut self.commission, owed, line.tax)?,
            Settled::DirectInvoice => add(&mut self.direct_commission, owed, line.tax)?,
        }
        let after_remittance = item.kind.is_return() && item.reversed_on.is_some();
        if terms.returns == ReturnPolicy::Credit && after_remittance {
            self.withheld = self.withheld.plus(effect)?;
        } else {
            self.trust = self.trust.plus(effect)?;
        }
        Ok(())
    }
}

fn add(to: &mut Documented, net: Money, tax: Money) -> Result<(), TooLarge> {
    to.net = to.net.plus(net)?;
    to.tax = to.tax.plus(tax)?;
    Ok(())
}

/// What the sums come to, and where it goes (domain rule 2.7, money rules 7, 9, 10).
fn settle(
    totals: &mut Totals,
    sums: &Sums,
    terms: &Terms,
    opening: Opening,
) -> Result<(), TooLarge> {
    totals.to_us = sums.to_us;
    totals.direct = sums.direct;
    totals.commission_to_us = sums.commission_to_us;
    totals.commission_direct = sums.commission_direct;
    totals.tax = sums.tax;
    totals.offset_now = sums.offset;
    totals.invoice_commission = sums.commission;
    totals.invoice_direct = sums.direct_commission;
    totals.invoiced_apart = Money::total([
        sums.commission.net,
        sums.commission.tax,
        sums.direct_commission.net,
        sums.direct_commission.tax,
    ])?;
    totals.withheld = sums.withheld;

    let mut total = opening.carried.plus(sums.trust)?;
    let mut aside = opening.open_credit.plus(sums.withheld)?;
    // A return that was itself undone may leave more aside than there is to pay for.
    if aside.is_positive() {
        total = total.plus(aside)?;
        aside = Money::ZERO;
    }
    // What was paid on account fills what is due from the creditor, no more.
    let needed = if total.is_negative() { total.negated()? } else { Money::ZERO };
    let needed = needed.plus(aside.negated()?)?;
    totals.on_account = opening.on_account.min(needed).max(Money::ZERO);
    let to_total =
        if total.is_negative() { totals.on_account.min(total.negated()?) } else { Money::ZERO };
    total = total.plus(to_total)?;
    aside = aside.plus(totals.on_account.minus(to_total)?)?;
    // The open credit is used only against a positive total.
    totals.credit_used = total.max(Money::ZERO).min(aside.negated()?);
    total = total.minus(totals.credit_used)?;
    totals.open_credit = aside.plus(totals.credit_used)?;
    totals.total = total;

    if total.is_negative() {
        match terms.returns {
            ReturnPolicy::Carry | ReturnPolicy::Credit => totals.carried = total,
            ReturnPolicy::Invoice => totals.invoice_deficit = total.negated()?,
        }
    } else if total >= terms.minimum {
        totals.remit = total;
    } else {
        totals.carried = total;
    }
    Ok(())
}
