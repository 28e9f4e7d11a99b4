//! The commission of one payment alone, as the wire has it.

use domain::Currency;
use serde::Deserialize;
use service::payments;
use utoipa::ToSchema;

use crate::Problem;
use crate::money::{WireMoney, WireRate};

/// What the agency keeps of one payment: a rate of what reduces the debt, or an amount.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnCommission {
    /// Either this share,
    rate: Option<WireRate>,
    /// or this amount; zero to the payment.
    amount: Option<WireMoney>,
    /// Why, in your words; the second person reads it.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Agreed with the creditor for this payment"
    )]
    pub note: String,
}

impl OwnCommission {
    /// What was chosen: one of the two.
    pub fn commission(&self, currency: Currency) -> Result<payments::OwnCommission, Problem> {
        match (&self.rate, &self.amount) {
            (Some(rate), None) => {
                Ok(payments::OwnCommission::Rate { rate: rate.rate("/commission/rate")? })
            }
            (None, Some(amount)) => Ok(payments::OwnCommission::Amount {
                amount: amount.any(currency, "/commission/amount")?,
            }),
            (Some(_), Some(_)) | (None, None) => Err(Problem::invalid_field(
                "/commission",
                "rate_or_amount",
                "Give a rate or an amount, and not both.",
            )),
        }
    }
}
