//! Offering a settlement; below the floor only with a second person (domain rule 2.10, checklist 65).

use super::OfferRefused;
use crate::agreements::installments::signed;
use crate::agreements::{Agreeing, Ground, lock_ground, may_arrange, nothing_open};
use chrono::Duration;
use domain::approval::{ApprovalState, BelowFloor, Deed};
use domain::arrangement::Channel;
use domain::settlement::{
    self, Ask, DaysRange, MoneyRange, Offer, OfferRefusal, OfferState, Offered, Tier, TierTerms,
    Tiers,
};
use domain::timeline::TimelineKind;
use domain::{AccountId, ApprovalId, Currency, Money, Permission, Rate, SettlementOfferId};
use entity::{approval, settlement_offer};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::approvals;
use kernel::audit;
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::jobs::{self, Job};
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::Fault;
use kernel::timeline;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;
use terms::arrangement_rules::{self, Rules};

/// A settlement to be offered.
#[derive(Debug, Clone)]
pub struct NewOffer {
    /// Of which debt.
    pub account: AccountId,
    /// What settles it.
    pub offered: Offered,
    /// In which currency an amount is; the books' unless told.
    pub currency: Option<Currency>,
    /// In at most how many parts.
    pub parts: u32,
    /// How it is offered.
    pub channel: Channel,
    /// Below the floor: why a second person should approve it; none: then it is refused.
    pub ask_because: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is offered.
    Offered(SettlementOfferId),
    /// It is below the floor, and a second person was asked.
    Asked(ApprovalId),
}

/// Offers a settlement under the tiers in force.
///
/// # Errors
/// `below_floor` with floor and offer, unless a second person is to be asked.
pub async fn offer(
    app: &App,
    actor: &Actor,
    new: NewOffer,
    once: &Once,
) -> Result<Answer<Outcome>, OfferRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let ground = lock_ground(&tx, new.account).await?;
    nothing_open(&tx, new.account).await?;
    may_arrange(&tx, &ground).await?;
    if new.currency.is_some_and(|wanted| wanted != ground.currency) {
        return Err(OfferRefused::WrongCurrency(ground.currency));
    }
    let agreeing = Agreeing::of(&tx, actor, None).await?;
    let rules =
        arrangement_rules::in_force(&tx, &ground.account, agreeing.role, ground.today).await?;
    let outcome = match propose(&tx, &ground, &rules, new.offered, new.parts) {
        Ok(made) => {
            Outcome::Offered(write(&tx, &ground, &rules, &made, &agreeing, new.channel).await?)
        }
        Err(OfferRefusal::BelowFloor { floor, offered }) => {
            below(&tx, actor, (&ground, &rules), &agreeing, &new, (floor, offered)).await?
        }
        Err(refusal) => return Err(refusal.into()),
    };
    once.keep(&tx, &outcome).await?;
    tx.commit().await?;
    Ok(Answer::first(outcome))
}

/// Weighs an offer under the rules in force.
pub(super) fn propose(
    tx: &Tx,
    ground: &Ground,
    rules: &Rules,
    offered: Offered,
    parts: u32,
) -> Result<Offer, OfferRefusal> {
    settlement::propose(&rules.table(), &ask(tx, ground, rules.client_floor, offered, parts))
}

/// The tier that the debt is in.
pub(super) fn tier(tx: &Tx, ground: &Ground, rules: &Rules) -> Option<TierTerms> {
    let ask = ask(tx, ground, None, Offered::Floor, 1);
    let table = rules.table();
    table.find(ask.balance, ask.days_since_placement, ask.product).and_then(|tier| tier.terms)
}

fn ask<'a>(
    tx: &Tx,
    ground: &'a Ground,
    client_floor: Option<Rate>,
    offered: Offered,
    parts: u32,
) -> Ask<'a> {
    let today = tx.now().with_timezone(&ground.zone).date_naive();
    let placed = ground.account.placed_on;
    Ask {
        balance: ground.owed,
        days_since_placement: u32::try_from(ground.today.signed_duration_since(placed).num_days())
            .unwrap_or(0),
        product: &ground.account.product,
        client_floor,
        offered,
        parts,
        today,
        zone: ground.zone,
    }
}

/// Below the floor: whoever may do it alone by the agency's authority does, else another is asked.
async fn below(
    tx: &Tx,
    actor: &Actor,
    (ground, rules): (&Ground, &Rules),
    agreeing: &Agreeing,
    new: &NewOffer,
    (floor, offered): (Money, Money),
) -> Result<Outcome, OfferRefused> {
    let refusal = OfferRefusal::BelowFloor { floor, offered };
    let released = ground.owed.minus(offered).map_err(|_| Fault::Unexpected("too large"))?;
    let authority = kernel::agency::own(tx).await?.authority.unwrap_or_default();
    if authority.alone(Deed::SettlementBelowFloor, agreeing.role, released) {
        let made = lowered(tx, ground, rules, offered, new.parts)?;
        let id = write(tx, ground, rules, &made, agreeing, new.channel).await?;
        return Ok(Outcome::Offered(id));
    }
    let Some(why) = &new.ask_because else { return Err(refusal.into()) };
    let why = domain::reason(why).ok_or(OfferRefused::NoReason)?;
    let requester = actor.user().ok_or(OfferRefused::NoPerson)?;
    // What would be refused for another reason is refused now, not by whoever approves it.
    lowered(tx, ground, rules, offered, new.parts)?;
    let request =
        BelowFloor { account: new.account, total: offered, parts: new.parts, channel: new.channel };
    let request = approvals::Request::SettlementBelowFloor(request);
    let id = ApprovalId(random::uuid());
    approval::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        deed: Set(Deed::SettlementBelowFloor),
        subject_type: Set("account".to_owned()),
        subject_id: Set(new.account.0),
        account_id: Set(Some(new.account)),
        creditor_id: Set(Some(ground.account.creditor_id)),
        // What is given up, which is what a second person's limit is about.
        amount: Set(released),
        request: Set(serde_json::to_value(&request).map_err(Fault::from)?),
        state: Set(ApprovalState::Pending),
        requested_by: Set(requester.0),
        requested_name: Set(actor.signature().name),
        requested_at: Set(tx.now()),
        note: Set(why.clone()),
        decided_by: Set(None),
        decided_name: Set(None),
        decided_at: Set(None),
        decision_note: Set(None),
        result_id: Set(None),
        version: Set(1),
    }
    .insert(tx)
    .await?;
    let words = format!(
        "Approval asked: settle for {} (floor {}): {why}",
        offered.to_display(ground.currency),
        floor.to_display(ground.currency)
    );
    let detail =
        json!({"approval": id, "offered": offered.to_decimal(), "floor": floor.to_decimal()});
    timeline::record(
        tx,
        (&ground.account).into(),
        TimelineKind::ApprovalAsked,
        words,
        Some(detail),
    )
    .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "approval.ask",
            subject_type: "approval",
            subject_id: Some(id.0),
            after: Some(json!({"deed": Deed::SettlementBelowFloor, "account": new.account,
                "offered": offered.to_decimal(), "floor": floor.to_decimal()})),
            reason: Some(why),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(Outcome::Asked(id))
}

/// The same offer as if the floor allowed it; all other terms of the tier hold.
pub(super) fn lowered(
    tx: &Tx,
    ground: &Ground,
    rules: &Rules,
    offered: Money,
    parts: u32,
) -> Result<Offer, OfferRefusal> {
    let terms = tier(tx, ground, rules);
    let everything = Tier {
        product: None,
        balance: MoneyRange { from: Money::ZERO, below: None },
        days: DaysRange { from: 0, below: None },
        terms: terms.map(|terms| TierTerms { floor: Rate::ZERO, ..terms }),
    };
    let no_such_parts = |_| OfferRefusal::NoSuchParts { offered, parts };
    let amount = domain::Amount::new(offered).map_err(no_such_parts)?;
    let ask = ask(tx, ground, None, Offered::Amount(amount), parts);
    settlement::propose(&Tiers(vec![everything]), &ask)
}

/// Writes an offer, and wakes up when its last day is over.
pub(super) async fn write(
    tx: &Tx,
    ground: &Ground,
    rules: &Rules,
    made: &Offer,
    agreeing: &Agreeing,
    channel: Channel,
) -> Result<SettlementOfferId, OfferRefused> {
    let account = &ground.account;
    let id = SettlementOfferId(random::uuid());
    let level = rules.tiers.as_ref().map(|(level, _)| *level);
    let floor = rules
        .client_floor
        .into_iter()
        .chain(tier(tx, ground, rules).map(|terms| terms.floor))
        .max()
        .map_or(Ok(made.floor), |share| share.of(ground.owed))
        .map_err(|_| Fault::Unexpected("too large"))?;
    let terms = json!({
        "tier": tier(tx, ground, rules), "level": level,
        "client_floor": rules.client_floor.map(|floor| floor.to_string()),
        "on": date_in(&ground.time_zone, tx.now()), "zone": ground.zone.name(),
    });
    settlement_offer::Entity::insert(settlement_offer::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        account_id: Set(account.id),
        creditor_id: Set(account.creditor_id),
        debtor_id: Set(account.debtor_id),
        code: Set(code(id)),
        balance: Set(made.balance),
        total: Set(made.total.money()),
        floor: Set(floor),
        most_parts: Set(signed(made.most_parts)),
        acceptance: Set(made.acceptance),
        last_day: Set(made.last_day),
        expires_at: Set(made.expires_at),
        state: Set(OfferState::Offered),
        channel: Set(channel),
        terms: Set(terms),
        offered_at: Set(tx.now()),
        offered_by: Set(agreeing.by),
        offered_by_name: Set(agreeing.by_name.clone()),
        approved_by: Set(agreeing.supervisor.as_ref().map(|(id, _)| *id)),
        approved_by_name: Set(agreeing.supervisor.as_ref().map(|(_, name)| name.clone())),
        accepted_at: Set(None),
        accepted_by: Set(None),
        accepted_by_name: Set(None),
        parts: Set(None),
        grace_days: Set(None),
        consent: Set(None),
        form_id: Set(None),
        write_off_id: Set(None),
        suspended_at: Set(None),
        ended_at: Set(None),
        end_reason: Set(None),
        version: Set(1),
    })
    .exec_without_returning(tx)
    .await?;
    let over = made.expires_at + Duration::seconds(1);
    jobs::enqueue_at(tx, Job::ExpireOffer { offer: id }, over).await?;
    let words = format!(
        "Settlement offered: {} for {}, until {}",
        made.total.money().to_display(ground.currency),
        made.balance.to_display(ground.currency),
        made.last_day
    );
    let detail =
        json!({"offer": id, "total": made.total.money().to_decimal(), "parts": made.most_parts});
    timeline::record(tx, account.into(), TimelineKind::SettlementOffered, words, Some(detail))
        .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "settlement_offer.make",
            subject_type: "settlement_offer",
            subject_id: Some(id.0),
            after: Some(json!({
                "account": account.id, "balance": made.balance.to_decimal(),
                "total": made.total.money().to_decimal(), "floor": floor.to_decimal(),
                "offered_by": agreeing.by_name,
                "approved_by": agreeing.supervisor.as_ref().map(|(_, name)| name),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(id)
}

/// Eight digits that a person can read out: the random end of the id.
fn code(id: SettlementOfferId) -> String {
    let text = id.to_string().to_uppercase();
    let digits: Vec<char> = text.chars().rev().take(8).collect();
    digits.into_iter().rev().collect()
}
