//! Accounts on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use domain::account::{AccountStatus, Restriction};
use domain::party::{ContactPointKind, PartyKind, PartyRole};
use domain::worklist::WorkClass;
use domain::{
    AccountId, Bucket, Buckets, ContactPointId, CreditorId, Currency, DebtorId, DeskId, PartyId,
    PlacementId, PortfolioId, RestrictionId,
};
use serde::Serialize;
use service::accounts;
use utoipa::ToSchema;

use super::decisions::AccountDecisions;
use crate::money::WireMoney;

/// An account: one debt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    id: AccountId,
    /// The agency's reference, which letters show and debtors type.
    #[schema(max_length = 40, example = "7K3M-9QX2-4T8D-N")]
    reference: String,
    creditor_id: CreditorId,
    #[schema(max_length = 200, example = "Acme Medical Group")]
    creditor_name: String,
    portfolio_id: PortfolioId,
    placement_id: PlacementId,
    /// Whose it is; accounts of one debtor form a packet.
    debtor_id: DebtorId,
    #[schema(max_length = 400, example = "Jane Doe")]
    debtor_name: String,
    /// The creditor's own number of it.
    #[schema(max_length = 100, example = "MED-10023")]
    client_account_number: String,
    status: AccountStatus,
    status_changed_at: DateTime<Utc>,
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
    /// All that is owed.
    balance: WireMoney,
    /// What is owed, by bucket.
    buckets: WireBuckets,
    /// All that was placed.
    placed: WireMoney,
    placed_on: NaiveDate,
    #[schema(required = true)]
    last_payment_on: Option<NaiveDate>,
    #[schema(required = true)]
    last_payment: Option<WireMoney>,
    /// How it is worked; only the agency's people see this.
    #[schema(required = true)]
    work: Option<Work>,
}

/// A balance by bucket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Buckets)]
pub(crate) struct WireBuckets {
    principal: WireMoney,
    interest: WireMoney,
    fees: WireMoney,
    /// Court costs.
    costs: WireMoney,
    other: WireMoney,
}

/// How an account is worked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Work {
    #[schema(required = true)]
    desk_id: Option<DeskId>,
    #[schema(required = true, max_length = 80)]
    desk_name: Option<String>,
    class: WorkClass,
    /// When it is due; none: it may not be worked.
    #[schema(required = true)]
    due_at: Option<DateTime<Utc>>,
    /// How often it was left without a result.
    #[schema(minimum = 0)]
    lapses: i32,
}

/// An account with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountSheet {
    #[serde(flatten)]
    account: Account,
    /// What kind of debt it is.
    #[schema(max_length = 200, example = "medical")]
    product: String,
    #[schema(max_length = 400)]
    original_creditor: String,
    #[schema(max_length = 400)]
    current_creditor: String,
    service_on: NaiveDate,
    #[schema(required = true)]
    charge_off_on: Option<NaiveDate>,
    /// The balance on the itemization date and what happened since (Reg F 1006.34(c)(2)).
    #[schema(required = true)]
    itemization: Option<Itemization>,
    #[schema(max_items = 100)]
    parties: Vec<Party>,
    #[schema(max_items = 1000)]
    contact_points: Vec<ContactPoint>,
    /// Lifted ones too, newest first.
    #[schema(max_items = 1000)]
    restrictions: Vec<AccountRestriction>,
    /// The other accounts of the same debtor that the caller may see.
    #[schema(max_items = 50)]
    packet: Vec<Account>,
    /// The statuses that may follow; empty for a creditor's user.
    #[schema(max_items = 40)]
    allowed_statuses: Vec<AccountStatus>,
    /// Whether the debtor may be called, and may pay; none for a creditor's user.
    #[schema(required = true)]
    decisions: Option<AccountDecisions>,
}

/// How the balance came to be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Itemization {
    on: NaiveDate,
    balance: WireMoney,
    interest: WireMoney,
    fees: WireMoney,
    payments: WireMoney,
    credits: WireMoney,
}

/// A party to the debt; numbers and dates that identify it are masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Party {
    id: PartyId,
    role: PartyRole,
    kind: PartyKind,
    #[schema(max_length = 400, example = "Jane Doe")]
    name: String,
    #[schema(required = true, max_length = 100)]
    relationship: Option<String>,
    /// The last four digits, where a social security number is on file.
    #[schema(required = true, max_length = 4, pattern = "^[0-9]{4}$")]
    ssn_last4: Option<String>,
    has_tax_id: bool,
    has_birth_date: bool,
}

/// A way to reach a party.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactPoint {
    id: ContactPointId,
    party_id: PartyId,
    kind: ContactPointKind,
    /// The number (E.164), the e-mail address, or the address on one line.
    #[schema(max_length = 1000, example = "+14155550123")]
    value: String,
    /// `mobile`, `home`, `work`, `unknown`.
    #[schema(required = true, max_length = 10)]
    phone_type: Option<String>,
    /// Whether the debtor agreed to be reached there; none: not known.
    #[schema(required = true)]
    consent: Option<bool>,
    #[schema(required = true, max_length = 200)]
    source: Option<String>,
    /// Known not to work.
    bad: bool,
}

/// What restricts the work on an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountRestriction {
    id: RestrictionId,
    kind: Restriction,
    /// Where it came from.
    #[schema(max_length = 100)]
    source: String,
    set_at: DateTime<Utc>,
    #[schema(required = true)]
    lifted_at: Option<DateTime<Utc>>,
}

impl From<accounts::Account> for Account {
    fn from(it: accounts::Account) -> Self {
        let currency = it.currency;
        Self {
            balance: WireMoney::new(it.owed(), currency),
            placed: WireMoney::new(it.placed_total(), currency),
            buckets: buckets(&it.balance, currency),
            id: it.id,
            reference: it.reference,
            creditor_id: it.creditor,
            creditor_name: it.creditor_name,
            portfolio_id: it.portfolio,
            placement_id: it.placement,
            debtor_id: it.debtor,
            debtor_name: it.debtor_name,
            client_account_number: it.client_account_number,
            status: it.status,
            status_changed_at: it.status_changed_at,
            closed_at: it.closed_at,
            placed_on: it.placed_on,
            last_payment_on: it.last_payment_on,
            last_payment: it.last_payment_amount.map(|money| WireMoney::new(money, currency)),
            work: it.work.map(|work| Work {
                desk_id: work.desk,
                desk_name: work.desk_name,
                class: work.class,
                due_at: work.due_at,
                lapses: work.lapses,
            }),
        }
    }
}

/// Amounts by bucket on the wire.
pub(crate) fn buckets(balance: &Buckets, currency: Currency) -> WireBuckets {
    let of = |bucket| WireMoney::new(balance.get(bucket), currency);
    WireBuckets {
        principal: of(Bucket::Principal),
        interest: of(Bucket::Interest),
        fees: of(Bucket::Fees),
        costs: of(Bucket::Costs),
        other: of(Bucket::Other),
    }
}

impl From<accounts::Sheet> for AccountSheet {
    fn from(it: accounts::Sheet) -> Self {
        let currency = it.account.currency;
        let money = |money| WireMoney::new(money, currency);
        Self {
            product: it.product,
            original_creditor: it.original_creditor,
            current_creditor: it.current_creditor,
            service_on: it.service_on,
            charge_off_on: it.charge_off_on,
            itemization: it.itemization.map(|it| Itemization {
                on: it.on,
                balance: money(it.balance),
                interest: money(it.interest),
                fees: money(it.fees),
                payments: money(it.payments),
                credits: money(it.credits),
            }),
            parties: it.parties.into_iter().map(Party::from).collect(),
            contact_points: it.contact_points.into_iter().map(ContactPoint::from).collect(),
            restrictions: it.restrictions.into_iter().map(AccountRestriction::from).collect(),
            packet: it.packet.into_iter().map(Account::from).collect(),
            allowed_statuses: it.allowed_statuses,
            decisions: it.decisions.map(AccountDecisions::from),
            account: it.account.into(),
        }
    }
}

impl From<accounts::Party> for Party {
    fn from(it: accounts::Party) -> Self {
        Self {
            id: it.id,
            role: it.role,
            kind: it.kind,
            name: it.name,
            relationship: it.relationship,
            ssn_last4: it.ssn_last4,
            has_tax_id: it.has_tax_id,
            has_birth_date: it.has_birth_date,
        }
    }
}

impl From<accounts::ContactPoint> for ContactPoint {
    fn from(it: accounts::ContactPoint) -> Self {
        Self {
            id: it.id,
            party_id: it.party,
            kind: it.kind,
            value: it.value,
            phone_type: it.phone_type,
            consent: it.consent,
            source: it.source,
            bad: it.bad,
        }
    }
}

impl From<accounts::Restricted> for AccountRestriction {
    fn from(it: accounts::Restricted) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            source: it.source,
            set_at: it.set_at,
            lifted_at: it.lifted_at,
        }
    }
}
