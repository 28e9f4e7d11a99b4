//! Everything about one account that a page or the API shows of it.

use super::case::{self, Decisions, Restricted};
use super::{Account, get, show, show_all, within};
use chrono::NaiveDate;
use domain::account::AccountStatus;
use domain::party::{ContactPointKind, PartyKind, PartyRole};
use domain::{AccountId, ContactPointId, Money, PartyId, Permission};
use entity::{account, contact_point, party};
use kernel::actor::{Actor, DbRole, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::vault;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

/// Accounts of a packet that are shown beside one of them.
const PACKET_SHOWN: u64 = 50;

/// An account with all that belongs to it.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The account.
    pub account: Account,
    /// What kind of debt it is.
    pub product: String,
    /// To whom it was owed first.
    pub original_creditor: String,
    /// To whom it is owed now.
    pub current_creditor: String,
    /// The day of service or opening.
    pub service_on: NaiveDate,
    /// The day of charge-off.
    pub charge_off_on: Option<NaiveDate>,
    /// The itemization of Reg F 1006.34(c)(2), where it is known.
    pub itemization: Option<Itemization>,
    /// The parties.
    pub parties: Vec<Party>,
    /// The ways to reach them.
    pub contact_points: Vec<ContactPoint>,
    /// Restrictions, lifted ones too, newest first.
    pub restrictions: Vec<Restricted>,
    /// The other accounts of the same debtor that the reader may see.
    pub packet: Vec<Account>,
    /// The statuses that may follow; empty for a creditor's user, who cannot change it.
    pub allowed_statuses: Vec<AccountStatus>,
    /// What may be done with it now; none for a creditor's user.
    pub decisions: Option<Decisions>,
}

/// The balance on the itemization date and what happened since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Itemization {
    /// The itemization date.
    pub on: NaiveDate,
    /// The balance on it.
    pub balance: Money,
    /// Interest since.
    pub interest: Money,
    /// Fees since.
    pub fees: Money,
    /// Payments since.
    pub payments: Money,
    /// Credits since.
    pub credits: Money,
}

/// A party, masked.
#[derive(Debug, Clone)]
pub struct Party {
    /// Its id.
    pub id: PartyId,
    /// What it is to the debt.
    pub role: PartyRole,
    /// Person or business.
    pub kind: PartyKind,
    /// The whole name.
    pub name: String,
    /// Relationship to the debtor.
    pub relationship: Option<String>,
    /// The last four digits of the SSN, where one is on file.
    pub ssn_last4: Option<String>,
    /// Whether a tax id is on file.
    pub has_tax_id: bool,
    /// Whether a date of birth is on file.
    pub has_birth_date: bool,
}

/// A way to reach a party.
#[derive(Debug, Clone)]
pub struct ContactPoint {
    /// Its id.
    pub id: ContactPointId,
    /// Whose.
    pub party: PartyId,
    /// Of which kind.
    pub kind: ContactPointKind,
    /// The number (E.164), e-mail address, or the address on one line.
    pub value: String,
    /// `mobile`, `home`, `work`, `unknown`.
    pub phone_type: Option<String>,
    /// Whether the debtor agreed to be reached there; none: not known.
    pub consent: Option<bool>,
    /// Where it came from.
    pub source: Option<String>,
    /// Known not to work.
    pub bad: bool,
}

/// Reads an account with all that belongs to it.
///
/// # Errors
/// [`Stop::NotFound`] for one that does not exist or that the actor does not reach.
pub async fn find(app: &App, actor: &Actor, id: AccountId) -> Result<Sheet, Stop> {
    actor.require(Permission::AccountRead)?;
    let tx = app.begin(actor).await?;
    let row = get(&tx, actor, id).await?;
    let sheet = Sheet {
        account: show(&tx, actor, row.clone()).await?,
        product: row.product.clone(),
        original_creditor: row.original_creditor.clone(),
        current_creditor: row.current_creditor.clone(),
        service_on: row.service_on,
        charge_off_on: row.charge_off_on,
        itemization: itemization(&row),
        parties: parties(app, &tx, id).await?,
        contact_points: contact_points(&tx, id).await?,
        restrictions: case::ever(&tx, id).await?,
        packet: packet(&tx, actor, &row).await?,
        allowed_statuses: match actor.role() {
            DbRole::Agency => row.status.choices(),
            DbRole::Creditor | DbRole::Debtor => Vec::new(),
        },
        decisions: match actor.role() {
            DbRole::Agency => Some(case::decisions(&tx, &row).await?),
            DbRole::Creditor | DbRole::Debtor => None,
        },
    };
    tx.commit().await?;
    Ok(sheet)
}

fn itemization(row: &account::Model) -> Option<Itemization> {
    Some(Itemization {
        on: row.itemization_on?,
        balance: row.itemized_balance?,
        interest: row.interest_since?,
        fees: row.fees_since?,
        payments: row.payments_since?,
        credits: row.credits_since?,
    })
}

async fn parties(app: &App, tx: &Tx, account: AccountId) -> Result<Vec<Party>, Fault> {
    let rows = party::in_agency(tx.agency())
        .filter(party::Column::AccountId.eq(account))
        .order_by_asc(party::Column::Id)
        .all(tx)
        .await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let ssn_last4 = match row.ssn.as_deref() {
            None => None,
            Some(sealed) => {
                let keys = app.vault().keys(tx, tx.agency()).await?;
                let whole = keys.open(vault::SSN, row.id.0, sealed)?;
                whole.len().checked_sub(4).and_then(|at| whole.get(at..)).map(str::to_owned)
            }
        };
        shown.push(Party {
            id: row.id,
            role: row.role,
            kind: row.kind,
            name: name(&row),
            relationship: row.relationship,
            ssn_last4,
            has_tax_id: row.tax_id.is_some(),
            has_birth_date: row.birth_date.is_some(),
        });
    }
    Ok(shown)
}

fn name(row: &party::Model) -> String {
    if let Some(business) = &row.business_name {
        return business.clone();
    }
    [&row.first_name, &row.middle_name, &row.last_name, &row.suffix]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

async fn contact_points(tx: &Tx, account: AccountId) -> Result<Vec<ContactPoint>, Fault> {
    let rows = contact_point::in_agency(tx.agency())
        .filter(contact_point::Column::AccountId.eq(account))
        .order_by_asc(contact_point::Column::Id)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(ContactPoint::from).collect())
}

impl From<contact_point::Model> for ContactPoint {
    fn from(row: contact_point::Model) -> Self {
        let value = row.value.unwrap_or_else(|| {
            let region = [row.state, row.zip].into_iter().flatten().collect::<Vec<_>>().join(" ");
            [row.address1, row.address2, row.city, Some(region), row.country]
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ")
        });
        Self {
            id: row.id,
            party: row.party_id,
            kind: row.kind,
            value,
            phone_type: row.phone_type,
            consent: row.consent,
            source: row.source,
            bad: row.bad,
        }
    }
}

/// The other accounts of the debtor; a creditor's user sees its own creditors' only.
async fn packet(tx: &Tx, actor: &Actor, row: &account::Model) -> Result<Vec<Account>, Fault> {
    let others = within(tx, actor)
        .filter(account::Column::DebtorId.eq(row.debtor_id))
        .filter(account::Column::Id.ne(row.id))
        .order_by_asc(account::Column::Id)
        .limit(PACKET_SHOWN)
        .all(tx)
        .await?;
    show_all(tx, actor, &others).await
}
