//! The one reader of what stands on accounts. Whether somebody may pay or be contacted is decided from
//! it by `domain::compliance`; nobody else reads restrictions in force.

use super::owed_on;
use chrono::{DateTime, Utc};
use domain::account::{AccountStatus, Agreement, Restriction};
use domain::compliance::{
    Attempt, Case, ContactFacts, Decision, InForce, Medium, Payer, Paying, Purpose, may_contact,
    may_pay,
};
use domain::{AccountId, Money, RestrictionId, zone};
use entity::{account, contact_point, restriction};
use kernel::db::Tx;
use kernel::stop::Fault;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, raw_sql,
};
use serde_json::Value;
use uuid::Uuid;

/// A restriction with its dates.
#[derive(Debug, Clone)]
pub struct Restricted {
    /// Its id.
    pub id: RestrictionId,
    /// What it is.
    pub kind: Restriction,
    /// Particulars.
    pub detail: Option<Value>,
    /// `user`, `api_key`, `placement`.
    pub source: String,
    /// Since when.
    pub set_at: DateTime<Utc>,
    /// Until when.
    pub lifted_at: Option<DateTime<Utc>>,
}

/// What may be done with an account now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// Whether the debtor may be called to collect.
    pub contact: Decision,
    /// Whether the debtor may pay on the site.
    pub pay: Decision,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    restrictions: Option<Value>,
    in_flight: Money,
    least_part: Money,
    blocks_credit_cards: bool,
}

/// What is known about one account.
pub async fn case(tx: &Tx, row: &account::Model) -> Result<Case, Fault> {
    let found = cases(tx, std::slice::from_ref(row)).await?.pop();
    found.ok_or(Fault::Unexpected("no case of an account"))
}

/// What is known about accounts, in their order, in one trip.
pub async fn cases(tx: &Tx, rows: &[account::Model]) -> Result<Vec<Case>, Fault> {
    let agency = tx.agency();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let found = Row::find_by_statement(raw_sql!(
        Postgres,
        r#"SELECT x.id, g.min_part_payment AS least_part, g.blocks_credit_cards,
               (SELECT jsonb_agg(jsonb_build_object('kind', r.kind, 'since', r.set_at) ORDER BY r.set_at, r.id)
                FROM restriction r
                WHERE r.agency_id = {agency} AND r.account_id = x.id AND r.lifted_at IS NULL) AS restrictions,
               (SELECT coalesce(sum(p.amount), 0) FROM payment p
                WHERE p.agency_id = {agency} AND p.account_id = x.id AND p.state = 'processing')::bigint AS in_flight
           FROM agency g CROSS JOIN unnest({ids}::uuid[]) WITH ORDINALITY AS x (id, place)
           WHERE g.id = {agency}
           ORDER BY x.place"#
    ))
    .all(tx)
    .await?;
    rows.iter().zip(found).map(|(row, facts)| of(row, facts)).collect()
}

fn of(row: &account::Model, facts: Row) -> Result<Case, Fault> {
    if row.id.0 != facts.id {
        return Err(Fault::Unexpected("the case of another account"));
    }
    let restrictions: Option<Vec<InForce>> =
        facts.restrictions.map(serde_json::from_value).transpose()?;
    Ok(Case {
        status: row.status,
        restrictions: restrictions.unwrap_or_default(),
        owed: owed_on(row),
        in_flight: facts.in_flight,
        least_part: facts.least_part,
        blocks_credit_cards: facts.blocks_credit_cards,
        agreement: agreement(row.status),
    })
}

/// An agreement that binds names the status, unless something from outside stands on top of it; then
/// it is suspended and permits nothing.
pub fn agreement(status: AccountStatus) -> Option<Agreement> {
    [Agreement::Promise, Agreement::Plan, Agreement::Settlement]
        .into_iter()
        .find(|agreement| agreement.status() == status)
}

/// The restrictions in force on an account.
pub async fn restrictions_on(tx: &Tx, account: AccountId) -> Result<Vec<Restriction>, Fault> {
    let rows = restriction::in_agency(tx.agency())
        .filter(restriction::Column::AccountId.eq(account))
        .filter(restriction::Column::LiftedAt.is_null())
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.kind).collect())
}

/// The restrictions of an account, lifted ones too, newest first.
pub(super) async fn ever(tx: &Tx, account: AccountId) -> Result<Vec<Restricted>, Fault> {
    let rows = restriction::in_agency(tx.agency())
        .filter(restriction::Column::AccountId.eq(account))
        .order_by_desc(restriction::Column::Id)
        .all(tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Restricted {
            id: row.id,
            kind: row.kind,
            detail: row.detail,
            source: row.source,
            set_at: row.set_at,
            lifted_at: row.lifted_at,
        })
        .collect())
}

/// What may be done with an account now, for its page and the API.
pub(super) async fn decisions(tx: &Tx, row: &account::Model) -> Result<Decisions, Fault> {
    let case = case(tx, row).await?;
    let known = contact_facts(tx, row).await?;
    let call = Attempt { medium: Medium::Phone, purpose: Purpose::Collect, at: tx.now() };
    Ok(Decisions { contact: may_contact(&case, &known, &call), pay: may_pay(&case, &on_site()) })
}

/// A payment of the debtor's own choice on the site, whatever the amount.
pub fn on_site() -> Paying {
    Paying { payer: Payer::Debtor, amount: None, directed: true, funding: None }
}

/// Where the debtor may be, by every address that is not known to be bad.
async fn contact_facts(tx: &Tx, row: &account::Model) -> Result<ContactFacts, Fault> {
    let states: Vec<Option<String>> = contact_point::Entity::find()
        .select_only()
        .column(contact_point::Column::State)
        .filter(contact_point::Column::AgencyId.eq(tx.agency()))
        .filter(contact_point::Column::AccountId.eq(row.id))
        .filter(contact_point::Column::State.is_not_null())
        .filter(contact_point::Column::Bad.eq(false))
        .into_tuple()
        .all(tx)
        .await?;
    let mut zones = Vec::new();
    for zone in states.into_iter().flatten().filter_map(|state| zone::of_state(&state)) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    Ok(ContactFacts { zones, consent: None })
}
