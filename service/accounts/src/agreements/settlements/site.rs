//! Settlements as the debtor meets them on the site: what was offered, what the policy would offer,
//! and agreeing to one.

use super::accept::{take, terms};
use super::offer::{propose, tier, write};
use super::{AcceptRefused, Offer, OfferRefused, lock};
use crate::agreements::installments;
use crate::agreements::plans::hex;
use crate::agreements::{Agreeing, ground, lock_ground, may_arrange, nothing_open};
use chrono::NaiveDate;
use domain::arrangement::Channel;
use domain::plan::Dates;
use domain::settlement::{self, Acceptance, OfferRefusal, OfferState, Offered};
use domain::{AccountId, Money, SettlementOfferId};
use entity::{account, installment, settlement_offer};
use kernel::actor::{Debtor, Scope};
use kernel::app::App;
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use terms::arrangement_rules;
use uuid::Uuid;

/// What a debtor may agree to.
#[derive(Debug, Clone)]
pub struct SiteOffer {
    /// The stored offer; none: what the policy offers to whoever asks.
    pub id: Option<SettlementOfferId>,
    /// What is owed.
    pub balance: Money,
    /// What settles it.
    pub total: Money,
    /// In at most how many parts.
    pub most_parts: u32,
    /// The last day on which it may be accepted, where the debtor lives; the first part is due by then.
    pub last_day: NaiveDate,
}

/// What a debtor agrees to.
#[derive(Debug, Clone)]
pub struct Choice {
    /// On which debt.
    pub account: AccountId,
    /// Which offer; none: what the policy offers.
    pub offer: Option<SettlementOfferId>,
    /// What the page said it costs: an offer that changed meanwhile is not taken.
    pub total: Money,
    /// In how many parts, one each month.
    pub parts: u32,
    /// The day of the first part.
    pub first_on: NaiveDate,
}

/// What a debtor may agree to now, the cheapest first: open offers that no person has to look at, and
/// the policy's own where it is cheaper or none is open. Empty while something binds or stops the debt.
pub async fn choices(
    app: &App,
    debtor: &Debtor,
    account: AccountId,
) -> Result<Vec<SiteOffer>, Stop> {
    let tx = crate::agreements::of_debtor(app, debtor, account).await?;
    let row = account::Entity::find_by_id((tx.agency(), account)).one(&tx).await?;
    let ground = ground(&tx, row.ok_or(Stop::NotFound("account"))?).await?;
    if nothing_open(&tx, account).await.is_err() || may_arrange(&tx, &ground).await.is_err() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for offer in open(&tx, account).await? {
        let known = terms(&offer)?;
        let stands = !known.has_expired(tx.now()) && known.balance == ground.owed;
        if stands && known.acceptance == Acceptance::Auto {
            found.push(shown(Some(offer.id), &known));
        }
    }
    let role = Agreeing::debtor(debtor).role;
    let rules = arrangement_rules::in_force(&tx, &ground.account, role, ground.today).await?;
    if let Some(tier) = tier(&tx, &ground, &rules).filter(|t| t.acceptance == Acceptance::Auto)
        && let Ok(made) = propose(&tx, &ground, &rules, Offered::Floor, tier.most_parts)
        && found.iter().all(|one| made.total.money() < one.total)
    {
        found.push(shown(None, &made));
    }
    tx.commit().await?;
    found.sort_by_key(|one| one.total);
    Ok(found)
}

fn shown(id: Option<SettlementOfferId>, offer: &settlement::Offer) -> SiteOffer {
    SiteOffer {
        id,
        balance: offer.balance,
        total: offer.total.money(),
        most_parts: offer.most_parts,
        last_day: offer.last_day,
    }
}

async fn open(tx: &Tx, account: AccountId) -> Result<Vec<Offer>, Fault> {
    Ok(settlement_offer::in_agency(tx.agency())
        .filter(settlement_offer::Column::AccountId.eq(account))
        .filter(settlement_offer::Column::State.eq(OfferState::Offered))
        .order_by_asc(settlement_offer::Column::Id)
        .all(tx)
        .await?)
}

/// Agrees to a settlement on the site. The same form twice is one agreement. `text` is the SHA-256 of
/// what was agreed to.
pub async fn agree(
    app: &App,
    debtor: &Debtor,
    choice: Choice,
    form_id: Uuid,
    text: [u8; 32],
) -> Result<SettlementOfferId, AcceptRefused> {
    let tx = crate::agreements::of_debtor(app, debtor, choice.account).await?;
    let ground = lock_ground(&tx, choice.account).await?;
    let known = settlement_offer::in_agency(tx.agency())
        .filter(settlement_offer::Column::FormId.eq(form_id))
        .one(&tx)
        .await?;
    if let Some(known) = known {
        let same = known.debtor_id == debtor.id();
        return if same { Ok(known.id) } else { Err(AcceptRefused::FormReused) };
    }
    let agreeing = Agreeing::debtor(debtor);
    let row = match choice.offer {
        Some(id) => {
            let row = lock(&tx, id, None).await?;
            if row.debtor_id != debtor.id() || row.account_id != choice.account {
                return Err(Stop::NotFound("settlement offer").into());
            }
            row
        }
        None => {
            nothing_open(&tx, choice.account).await?;
            may_arrange(&tx, &ground).await?;
            let rules =
                arrangement_rules::in_force(&tx, &ground.account, agreeing.role, ground.today)
                    .await?;
            let most = tier(&tx, &ground, &rules).map_or(1, |tier| tier.most_parts);
            let made = propose(&tx, &ground, &rules, Offered::Floor, most)?;
            let id = write(&tx, &ground, &rules, &made, &agreeing, Channel::Site).await.map_err(
                |err| match err {
                    OfferRefused::Stop(stop) => AcceptRefused::Stop(stop),
                    OfferRefused::Offer(_)
                    | OfferRefused::WrongCurrency(_)
                    | OfferRefused::NoReason
                    | OfferRefused::NoPerson
                    | OfferRefused::NotYours(_)
                    | OfferRefused::NotNow(_)
                    | OfferRefused::Once(_) => {
                        Fault::Unexpected("an offer that was made and refused").into()
                    }
                },
            )?;
            lock(&tx, id, None).await?
        }
    };
    if row.total != choice.total {
        let (floor, offered) = (row.total, choice.total);
        return Err(OfferRefusal::BelowFloor { floor, offered }.into());
    }
    let consent = json!({"sha256": hex(&text), "at": tx.now()});
    let id = row.id;
    let parts = (choice.parts, Dates::Monthly(choice.first_on));
    take(&tx, ground, row, &agreeing, parts, (consent, Some(form_id))).await?;
    tx.commit().await?;
    Ok(id)
}

/// The accepted settlement of a debt with its parts, read under the debtor's own role.
pub async fn of_debtor(
    app: &App,
    debtor: &Debtor,
    account: AccountId,
) -> Result<Option<(Offer, Vec<installment::Model>)>, Stop> {
    let tx = app.begin(debtor).await?;
    let row = settlement_offer::in_agency(debtor.agency())
        .filter(settlement_offer::Column::DebtorId.eq(debtor.id()))
        .filter(settlement_offer::Column::AccountId.eq(account))
        .filter(settlement_offer::Column::State.eq(OfferState::Accepted))
        .one(&tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let rows = installments::of_offer(&tx, row.id).await?;
    tx.commit().await?;
    Ok(Some((row, rows)))
}
