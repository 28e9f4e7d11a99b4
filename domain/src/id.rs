//! Ids: one type per thing, so that a swapped id does not compile.
//!
//! On the wire an id is its prefix and 26 base-32 digits (`acct_01ksz…`); in the database a UUID.
//! Ids are UUID version 7: they sort by the time of their making, and the next cannot be guessed.

use crate::base32;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that starts with \"{prefix}_\"")]
pub struct NotAnId {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the wire form starts with, before the underscore.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", Self::PREFIX, base32::encode_u128(self.0.as_u128()))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(base32::decode_u128)
                    .map(|n| Self(Uuid::from_u128(n)))
                    .ok_or(NotAnId { prefix: Self::PREFIX })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "db")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-7][0-9a-hjkmnp-tv-z]{25}$")))
                    .min_length(Some($prefix.len() + 27))
                    .max_length(Some($prefix.len() + 27))
                    .examples([serde_json::Value::String(
                        concat!($prefix, "_01kanq8zv3e8qt1wz1h5r3c9xd").to_owned(),
                    )])
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

ids! {
    /// A collection agency: the tenant.
    AgencyId = "agcy";
    /// A platform administrator, who creates agencies.
    PlatformAdminId = "padm";
    /// A person who signs in: agency staff or a creditor's user.
    UserId = "user";
    /// A server-side session of one of the sites.
    SessionId = "sess";
    /// A family of rotating refresh tokens: one sign-in at the API.
    TokenFamilyId = "tfam";
    /// An API key.
    ApiKeyId = "akey";
    /// A client of the agency that places debts.
    CreditorId = "crdt";
    /// One version of a creditor's contract terms.
    ContractId = "cntr";
    /// A creditor's portfolio of accounts.
    PortfolioId = "port";
    /// One placement file (or API upload) of a creditor.
    PlacementId = "plac";
    /// A saved column mapping of a creditor.
    MappingId = "cmap";
    /// One debt.
    AccountId = "acct";
    /// A person or business that owes; the accounts of one debtor form a packet.
    DebtorId = "debt";
    /// A party to one account: primary debtor, co-debtor, guarantor, attorney.
    PartyId = "prty";
    /// An address, phone number or e-mail address of a party.
    ContactPointId = "cpnt";
    /// A restriction on an account (attorney, bankruptcy, cease, …).
    RestrictionId = "rstr";
    /// A line of an account's timeline.
    TimelineEntryId = "tmln";
    /// A desk: the owner of a queue.
    DeskId = "desk";
    /// A payment.
    PaymentId = "pay";
    /// One transaction in the ledger: the transfers that post together.
    TxnId = "txn";
    /// One transfer between two ledgers.
    TransferId = "xfer";
    /// A trust bank account of the agency.
    TrustAccountId = "trst";
    /// An agency's account at the payment gateway.
    GatewayAccountId = "gwac";
    /// One journalled call to the payment gateway.
    GatewayCallId = "gwcl";
    /// One event received from the payment gateway.
    GatewayEventId = "gwev";
    /// A mail to be sent.
    MailId = "mail";
    /// A background job.
    JobId = "job";
    /// A line of the audit trail.
    AuditId = "audt";
    /// A debtor's attempt to sign in: factors checked, code sent.
    ChallengeId = "chal";
    /// A one-time link (invitation, password reset).
    InviteId = "invt";
    /// One version of a commission schedule.
    ScheduleId = "csch";
    /// An entry that changes a debt without money: interest, charge, adjustment, write-off.
    DebtEntryId = "dent";
    /// A use of a debtor's credit: refunded, or moved to another debt.
    CreditUseId = "cuse";
    /// Something that two people do together.
    ApprovalId = "appr";
    /// A month-end (or other) close run.
    CloseRunId = "crun";
    /// A closed statement of a creditor.
    StatementId = "stmt";
    /// What is paid to a creditor for a statement.
    RemittanceId = "rmit";
    /// An invoice or a credit note to a creditor.
    InvoiceId = "invc";
    /// Money that a creditor paid to the agency.
    CreditorPaymentId = "cpay";
    /// The use of a creditor's payment or of a credit note for an invoice.
    InvoiceApplicationId = "iapp";
    /// Earned fees moved from trust to operating.
    SweepId = "swep";
    /// A payout of the processor to the trust bank account.
    PayoutId = "pout";
    /// Trust lacks money.
    TrustAlarmId = "alrm";
    /// Operating money put into trust.
    AdvanceId = "advn";
    /// A promise to pay.
    PromiseId = "prom";
    /// A payment plan.
    PlanId = "plan";
    /// One installment of a payment plan.
    InstallmentId = "inst";
    /// An offer to settle a debt for less than its balance.
    SettlementOfferId = "offr";
    /// An imported statement of the bank.
    BankStatementId = "bstm";
    /// A line of a bank's statement.
    BankLineId = "blin";
    /// A line of a payout that nothing in the books stands for.
    PayoutFindingId = "pofd";
    /// The trust balances at one instant.
    TrustCheckpointId = "tchk";
    /// One version of the limits of promises and plans at one level.
    ArrangementLimitId = "alim";
    /// One version of the settlement tiers at one level.
    SettlementTierId = "stir";
    /// One version of a collector's terms.
    CollectorTermsId = "ctrm";
    /// One version of a split of collectors' credit.
    CollectorSplitId = "cspl";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_refuses_another_prefix() {
        let id = AccountId(Uuid::from_u128(0x0193_5f00_7b3c_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string().parse::<AccountId>(), Ok(id));
        assert!(id.to_string().parse::<PaymentId>().is_err());
        assert!("acct_".parse::<AccountId>().is_err());
    }
}
