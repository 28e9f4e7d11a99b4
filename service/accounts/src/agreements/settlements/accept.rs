//! Accepting an offer: its terms are frozen then, and it is used once (domain rule 2.10).

use super::{AcceptRefused, Offer, end, lock, read};
use crate::accounts::work::Due;
use crate::agreements::installments::{self, Of, signed, unsigned};
use crate::agreements::{
    Agreeing, Ended, Ground, end_all, follow, lock_ground, may_arrange, nothing_open,
};
use domain::plan::Dates;
use domain::settlement::{self, Accepted, Consent, OfferState, status_after};
use domain::timeline::TimelineKind;
use domain::{Amount, Permission, SettlementOfferId};
use entity::settlement_offer;
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, Set};
use serde_json::{Value, json};
use terms::arrangement_rules;
use uuid::Uuid;

/// How an offer is accepted for a debtor.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// Which offer.
    pub offer: SettlementOfferId,
    /// In how many parts.
    pub parts: u32,
    /// When they are due.
    pub dates: Dates,
    /// How the debtor agreed, in the agent's words.
    pub consent: String,
    /// Who agreed for the creditor and how, where the tier asks for it; only a supervisor records it.
    pub creditor_approval: Option<String>,
}

/// Accepts an offer on the debtor's behalf.
///
/// # Errors
/// `offer_not_open` for whoever comes second, `offer_expired` after the debtor's local midnight.
pub async fn accept(
    app: &App,
    actor: &Actor,
    new: Acceptance,
    once: &Once,
) -> Result<Answer<SettlementOfferId>, AcceptRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let note = domain::reason(&new.consent).ok_or(AcceptRefused::NoConsent)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let account = read(&tx, new.offer).await?.account_id;
    let ground = lock_ground(&tx, account).await?;
    let row = lock(&tx, new.offer, None).await?;
    let mut agreeing = Agreeing::of(&tx, actor, None).await?;
    if new.creditor_approval.is_some() {
        if agreeing.acceptance != settlement::Acceptance::Supervisor {
            return Err(AcceptRefused::NotSupervisor);
        }
        agreeing.acceptance = settlement::Acceptance::Client;
    }
    let consent = json!({"note": note, "recorded_by": actor.signature().name,
        "creditor_approval": new.creditor_approval});
    let parts = (new.parts, new.dates);
    take(&tx, ground, row, &agreeing, parts, (consent, None)).await?;
    once.keep(&tx, &new.offer).await?;
    tx.commit().await?;
    Ok(Answer::first(new.offer))
}

/// Freezes the terms of a locked offer on a locked account.
pub(super) async fn take(
    tx: &Tx,
    ground: Ground,
    row: Offer,
    agreeing: &Agreeing,
    (parts, dates): (u32, Dates),
    (consent, form_id): (Value, Option<Uuid>),
) -> Result<(), AcceptRefused> {
    let rules =
        arrangement_rules::in_force(tx, &ground.account, agreeing.role, ground.today).await?;
    let asked = Consent {
        parts,
        dates,
        by: agreeing.acceptance,
        grace_days: rules.merged.limits.plan_grace(),
        now: tx.now(),
    };
    let accepted = settlement::accept(&terms(&row)?, row.state, ground.owed, asked)?;
    nothing_open(tx, ground.account.id).await?;
    may_arrange(tx, &ground).await?;
    let account = ground.account;
    others_void(tx, &account, row.id).await?;
    end_all(tx, &account, Ended { why: "replaced by a settlement", all: false }).await?;
    let (id, version) = (row.id, row.version);
    let mut changed: settlement_offer::ActiveModel = row.into();
    changed.state = Set(OfferState::Accepted);
    changed.accepted_at = Set(Some(accepted.accepted_at));
    changed.accepted_by = Set(Some(accepted.accepted_by));
    changed.accepted_by_name = Set(Some(tx.signature().name.clone()));
    changed.parts = Set(Some(signed(parts)));
    changed.grace_days = Set(Some(signed(accepted.grace_days)));
    changed.consent = Set(Some(consent));
    changed.form_id = Set(form_id);
    changed.version = Set(version + 1);
    changed.update(tx).await?;
    let (debtor, creditor) = (account.debtor_id, Some(account.creditor_id));
    installments::write(tx, Of::Offer(id), debtor, creditor, &accepted.parts).await?;
    let words = format!(
        "Settlement accepted: {} for {}, in {parts} part(s)",
        accepted.total.money().to_display(ground.currency),
        accepted.balance.to_display(ground.currency)
    );
    let detail = json!({"offer": id, "total": accepted.total.money().to_decimal(), "parts": parts});
    timeline::record(tx, (&account).into(), TimelineKind::SettlementAccepted, words, Some(detail))
        .await?;
    audit::write(
        tx,
        audit::Entry {
            action: "settlement_offer.accept",
            subject_type: "settlement_offer",
            subject_id: Some(id.0),
            before: Some(json!({"state": OfferState::Offered})),
            after: Some(json!({"state": OfferState::Accepted, "parts": parts,
                "accepted_by": accepted.accepted_by, "first_due": accepted.parts.first().map(|p| p.due)})),
            reason: None,
        },
    )
    .await?;
    let status = status_after(OfferState::Accepted, account.status);
    follow(tx, account, status, Due::AsBefore, "a settlement was accepted").await?;
    Ok(())
}

/// An offer as the rules know it.
pub(super) fn terms(row: &Offer) -> Result<settlement::Offer, Fault> {
    let total = Amount::new(row.total).map_err(|_| Fault::Unexpected("an empty offer"))?;
    Ok(settlement::Offer {
        balance: row.balance,
        total,
        floor: row.floor,
        most_parts: unsigned(row.most_parts),
        acceptance: row.acceptance,
        last_day: row.last_day,
        expires_at: row.expires_at,
    })
}

/// An accepted offer as the rules know it.
pub(super) async fn snapshot(tx: &Tx, row: &Offer) -> Result<Accepted, Fault> {
    let rows = installments::of_offer(tx, row.id).await?;
    let half = Fault::Unexpected("an accepted offer without its terms");
    let (Some(accepted_at), Some(accepted_by), Some(grace)) =
        (row.accepted_at, row.accepted_by, row.grace_days)
    else {
        return Err(half);
    };
    Ok(Accepted {
        balance: row.balance,
        total: terms(row)?.total,
        parts: installments::schedule_of(&rows)?,
        accepted_at,
        accepted_by,
        grace_days: unsigned(grace),
    })
}

/// The other open offers of an account are annulled when one is accepted.
async fn others_void(
    tx: &Tx,
    account: &entity::account::Model,
    accepted: SettlementOfferId,
) -> Result<(), Stop> {
    let others = settlement_offer::in_agency(tx.agency())
        .filter(settlement_offer::Column::AccountId.eq(account.id))
        .filter(settlement_offer::Column::State.eq(OfferState::Offered))
        .filter(settlement_offer::Column::Id.ne(accepted))
        .all(tx)
        .await?;
    for other in others {
        end(tx, account, other, OfferState::Void, "another offer was accepted").await?;
    }
    Ok(())
}
