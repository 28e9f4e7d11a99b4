//! From which date interest accrues.

use chrono::{Days, NaiveDate};

/// What makes interest start (domain rule 2.9). The date that it names is itself excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InterestStartRule))]
pub enum StartRule {
    /// The charge-off.
    ChargeOff {},
    /// The last payment before the placement.
    LastPayment {},
    /// The placement.
    Placement {},
    /// So many days after the service.
    Service {
        /// Days after the service.
        #[cfg_attr(feature = "openapi", schema(maximum = 3650))]
        days: u16,
    },
    /// The judgment.
    Judgment {},
    /// A date of the agreement.
    Explicit {
        /// The date.
        on: NaiveDate,
    },
}

/// The dates of an account from which interest may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountDates {
    /// When the creditor charged the debt off.
    pub charged_off_on: Option<NaiveDate>,
    /// The last payment before the placement. Later payments do not move the start.
    pub last_paid_on: Option<NaiveDate>,
    /// When it was placed.
    pub placed_on: Option<NaiveDate>,
    /// When the service was rendered.
    pub served_on: Option<NaiveDate>,
    /// When judgment was entered.
    pub adjudged_on: Option<NaiveDate>,
}

impl StartRule {
    /// The start date. None where the account lacks the date: nothing accrues then, because a
    /// start that nobody can show is not permitted by the agreement (FDCPA 1692f(1)).
    pub fn resolve(self, dates: &AccountDates) -> Option<NaiveDate> {
        match self {
            Self::ChargeOff {} => dates.charged_off_on,
            Self::LastPayment {} => dates.last_paid_on,
            Self::Placement {} => dates.placed_on,
            Self::Service { days } => dates.served_on?.checked_add_days(Days::new(u64::from(days))),
            Self::Judgment {} => dates.adjudged_on,
            Self::Explicit { on } => Some(on),
        }
    }
}
