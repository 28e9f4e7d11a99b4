//! Which schedule applies (domain rule 2.5, order of evaluation).

names! {
    /// Where the schedule of a payment comes from; the first that has one decides.
    Level {
        /// Chosen for this payment by two people.
        Payment = "payment";
        /// The account's own.
        Account = "account";
        /// The portfolio's.
        Portfolio = "portfolio";
        /// The creditor's, or that of the nearest creditor above it.
        Creditor = "creditor";
        /// The agency's default.
        Agency = "agency";
    }
}

/// What each level has, in force on the payment's effective date (money rule 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels<T> {
    /// Chosen for this payment.
    pub payment: Option<T>,
    /// Of the account.
    pub account: Option<T>,
    /// Of the portfolio.
    pub portfolio: Option<T>,
    /// Of the creditor and those above it in the tree, the nearest first.
    pub creditors: Vec<T>,
    /// Of the agency.
    pub agency: Option<T>,
}

/// None at any level.
impl<T> Default for Levels<T> {
    fn default() -> Self {
        Self { payment: None, account: None, portfolio: None, creditors: Vec::new(), agency: None }
    }
}

/// The schedule that applies and its level: payment override, account, portfolio, nearest
/// creditor, agency. None when no level has one.
pub fn resolve<T>(levels: Levels<T>) -> Option<(Level, T)> {
    let Levels { payment, account, portfolio, creditors, agency } = levels;
    [
        (Level::Payment, payment),
        (Level::Account, account),
        (Level::Portfolio, portfolio),
        (Level::Creditor, creditors.into_iter().next()),
        (Level::Agency, agency),
    ]
    .into_iter()
    .find_map(|(level, schedule)| schedule.map(|schedule| (level, schedule)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_level_that_has_a_schedule_decides() {
        let mut levels = Levels {
            payment: Some("payment"),
            account: Some("account"),
            portfolio: Some("portfolio"),
            creditors: vec!["branch", "head office"],
            agency: Some("agency"),
        };
        assert_eq!(resolve(levels.clone()), Some((Level::Payment, "payment")));
        levels.payment = None;
        assert_eq!(resolve(levels.clone()), Some((Level::Account, "account")));
        levels.account = None;
        assert_eq!(resolve(levels.clone()), Some((Level::Portfolio, "portfolio")));
        levels.portfolio = None;
        assert_eq!(resolve(levels.clone()), Some((Level::Creditor, "branch")));
        levels.creditors.remove(0);
        assert_eq!(resolve(levels.clone()), Some((Level::Creditor, "head office")));
        levels.creditors.clear();
        assert_eq!(resolve(levels.clone()), Some((Level::Agency, "agency")));
        levels.agency = None;
        assert_eq!(resolve(levels), None);
        assert_eq!(resolve(Levels::<&str>::default()), None);
    }
}
