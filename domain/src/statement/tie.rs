//! Whether a statement and the ledger say the same (domain rule 2.8, invariant 5, as money rule 6
//! reads it), and what the close moves between the two books.

use super::Totals;
use crate::money::{Money, TooLarge};

/// What the books hold of one creditor when a statement is made, before anything of it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledgers {
    /// `CLIENT_PAYABLE`: the creditor's money in trust.
    pub payable: Money,
    /// Of it, what earlier statements promised and nobody has paid out yet.
    pub prepared: Money,
    /// Of it, the shares of payments that this statement does not show and no other did: on hold,
    /// blocked, posted later.
    pub waiting_payable: Money,
    /// `CLIENT_RECEIVABLE`: what the creditor owes in the operating book.
    pub receivable: Money,
    /// Of it, what payments made that this statement does not show.
    pub waiting_receivable: Money,
    /// Of it, what stands on open invoices.
    pub open_invoices: Money,
    /// What stands on open credit notes: owed to the creditor.
    pub open_credit_notes: Money,
    /// What the creditor paid on account.
    pub on_account: Money,
}

/// Both sides of invariant (5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Tie {
    /// The creditor's money in trust that is this statement's to give.
    pub trust: Money,
    /// What the creditor owes that may be taken from it; below zero: the agency owes.
    pub offsettable: Money,
    /// What the statement says: carried, remitted, and returns kept as a credit.
    pub stated: Money,
}

/// Compares a statement with the ledger. Tax counts as recognised, what is invoiced now as no longer
/// to be offset.
pub fn tie(ledgers: &Ledgers, totals: &Totals) -> Result<Tie, TooLarge> {
    let trust = ledgers.payable.minus(ledgers.prepared)?.minus(ledgers.waiting_payable)?;
    let invoices = ledgers.open_invoices.minus(ledgers.open_credit_notes)?;
    let invoiced_now = totals.invoiced_apart.plus(totals.invoice_deficit)?;
    let unused = ledgers.on_account.minus(totals.on_account)?;
    let offsettable = ledgers
        .receivable
        .plus(totals.tax)?
        .minus(ledgers.waiting_receivable)?
        .minus(invoices)?
        .minus(invoiced_now)?
        .plus(unused)?;
    let stated = Money::total([totals.carried, totals.remit, totals.open_credit])?;
    Ok(Tie { trust, offsettable, stated })
}

impl Tie {
    /// What the ledger makes of it.
    pub fn booked(self) -> Result<Money, TooLarge> {
        self.trust.minus(self.offsettable)
    }

    /// Whether both sides are the same.
    pub fn holds(self) -> bool {
        self.booked() == Ok(self.stated)
    }

    /// What the close takes from the creditor's money in trust for what the creditor owes (money
    /// rule 7). Below zero where commission that was taken before is given back and the remittance
    /// needs it: it leaves the agency's share.
    pub fn offset(self, remit: Money) -> Result<Money, TooLarge> {
        let taken = self.trust.max(Money::ZERO).min(self.offsettable.max(Money::ZERO));
        let left = self.trust.minus(taken)?;
        let short = remit.is_positive() && left < remit;
        if short { taken.minus(remit.minus(left)?) } else { Ok(taken) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    /// E1: March, with the check of 200.00 on hold.
    #[test]
    fn a_net_month_ties_and_offsets_its_direct_commission() {
        let ledgers = Ledgers {
            payable: of(65_333),
            waiting_payable: of(14_000),
            receivable: of(7_500),
            ..Ledgers::default()
        };
        let totals = Totals { remit: of(43_833), ..Totals::default() };
        let tie = tie(&ledgers, &totals).unwrap();
        assert!(tie.holds(), "{tie:?}");
        assert_eq!(tie.offset(totals.remit), Ok(of(7_500)));
    }

    /// E2: April and May; the advance for the return stands among what may be offset.
    #[test]
    fn a_gross_month_offsets_the_advance_and_leaves_the_invoice() {
        let april = Ledgers { receivable: of(12_333), ..Ledgers::default() };
        let totals =
            Totals { carried: of(-13_333), invoiced_apart: of(-1_000), ..Totals::default() };
        let at_april = tie(&april, &totals).unwrap();
        assert!(at_april.holds(), "{at_april:?}");
        assert_eq!(at_april.offset(Money::ZERO), Ok(Money::ZERO));
        let may = Ledgers {
            payable: of(50_000),
            receivable: of(27_333),
            open_credit_notes: of(1_000),
            ..Ledgers::default()
        };
        let totals = Totals { remit: of(36_667), invoiced_apart: of(15_000), ..Totals::default() };
        let at_may = tie(&may, &totals).unwrap();
        assert!(at_may.holds(), "{at_may:?}");
        assert_eq!(at_may.offset(totals.remit), Ok(of(13_333)));
    }

    #[test]
    fn what_is_promised_already_and_what_lies_on_account_is_not_this_statements() {
        let ledgers = Ledgers {
            payable: of(50_000),
            prepared: of(43_000),
            receivable: of(-2_000),
            on_account: of(2_000),
            ..Ledgers::default()
        };
        let tie = tie(&ledgers, &Totals { remit: of(7_000), ..Totals::default() }).unwrap();
        assert!(tie.holds(), "{tie:?}");
        assert_eq!(tie.offset(of(7_000)), Ok(Money::ZERO));
    }

    /// A direct payment bounced at the creditor after its commission was offset and swept.
    #[test]
    fn commission_that_is_given_back_leaves_the_agencys_share() {
        let ledgers = Ledgers { receivable: of(-7_500), ..Ledgers::default() };
        let tie = tie(&ledgers, &Totals { remit: of(7_500), ..Totals::default() }).unwrap();
        assert!(tie.holds(), "{tie:?}");
        assert_eq!(tie.offset(of(7_500)), Ok(of(-7_500)));
    }

    /// What trust lacks after a return that was billed comes from operating, by an advance: where
    /// nothing is remitted, no share of the agency's fills it.
    #[test]
    fn a_billed_deficit_is_left_to_the_advance() {
        let ledgers = Ledgers { payable: of(-16_333), ..Ledgers::default() };
        let tie = tie(&ledgers, &Totals { invoice_deficit: of(16_333), ..Totals::default() });
        let tie = tie.unwrap();
        assert!(tie.holds(), "{tie:?}");
        assert_eq!(tie.offset(Money::ZERO), Ok(Money::ZERO));
    }

    #[test]
    fn a_cent_that_nobody_stated_is_seen() {
        let ledgers = Ledgers { payable: of(7_001), ..Ledgers::default() };
        let tie = tie(&ledgers, &Totals { remit: of(7_000), ..Totals::default() }).unwrap();
        assert!(!tie.holds());
        assert_eq!(tie.booked(), Ok(of(7_001)));
    }
}
