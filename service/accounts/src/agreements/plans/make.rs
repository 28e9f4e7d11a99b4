//! Making a plan: by an agent with the debtor, or by the debtor on the site.

use super::{Plan, PlanRefused};
use crate::accounts::work::Due;
use crate::agreements::installments::{self, Of, signed};
use crate::agreements::{
    Agreeing, Ended, Ground, end_all, follow, ground, lock_all, may_arrange, nothing_open,
};
use domain::arrangement::Channel;
use domain::limits::{Explained, Limits};
use domain::plan::{
    Dates, DownPayment, Installment, Parts, PlanKind, PlanRefusal, PlanState, Proposal, check,
    schedule, status_after,
};
use domain::timeline::TimelineKind;
use domain::{AccountId, Amount, Currency, Money, Permission, PlanId, UserId};
use entity::{account, plan, plan_account};
use kernel::actor::{Actor, Debtor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::once::{Answer, Once};
use kernel::random;
use kernel::stop::{Fault, Stop};
use kernel::timeline;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use terms::arrangement_rules;
use uuid::Uuid;

/// A plan to be made.
#[derive(Debug, Clone)]
pub struct NewPlan {
    /// The debts it pays: one, or several of one debtor's packet.
    pub accounts: Vec<AccountId>,
    /// What it pays in all; what is owed unless told.
    pub total: Option<Amount>,
    /// In which currency; the books' unless told.
    pub currency: Option<Currency>,
    /// What is paid at once.
    pub down_payment: Option<DownPayment>,
    /// When.
    pub dates: Dates,
    /// How much each time, or how often.
    pub parts: Parts,
    /// How it was agreed.
    pub channel: Channel,
    /// How the debtor consented, in the agent's words.
    pub consent: String,
    /// The colleague who spoke with the debtor, where a supervisor takes over.
    pub colleague: Option<UserId>,
}

/// What a plan would be.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The schedule; empty where there is none.
    pub rows: Vec<Installment>,
    /// What it pays in all.
    pub total: Money,
    /// What is owed on its debts.
    pub balance: Money,
    /// The currency.
    pub currency: Currency,
    /// Every limit that it does not keep; empty: it may be made.
    pub refusals: Vec<PlanRefusal>,
    /// The limits behind the refusals, each with its value and the level that set it.
    pub behind: Vec<Explained>,
    /// The smallest installment that would be allowed.
    pub least: Money,
    /// The most installments that would be allowed.
    pub most: Option<u32>,
    /// The limits themselves.
    pub limits: Limits,
}

/// A plan that keeps, or does not keep, to the limits.
struct Proposed {
    grounds: Vec<Ground>,
    preview: Preview,
}

/// Shows what a plan would be, and everything that keeps it from being made. Writes nothing.
pub async fn preview(app: &App, actor: &Actor, new: &NewPlan) -> Result<Preview, PlanRefused> {
    actor.require_agency(Permission::ArrangementRead)?;
    let tx = app.begin(actor).await?;
    let agreeing = Agreeing::of(&tx, actor, new.colleague).await?;
    let rows = found(&tx, new, false).await?;
    let proposed = propose(&tx, &agreeing, rows, new).await?;
    tx.commit().await?;
    Ok(proposed.preview)
}

/// The same for a debtor on the site.
pub async fn preview_for(
    app: &App,
    debtor: &Debtor,
    new: &NewPlan,
) -> Result<Preview, PlanRefused> {
    let tx = owned(app, debtor, new).await?;
    let rows = found(&tx, new, false).await?;
    let proposed = propose(&tx, &Agreeing::debtor(debtor), rows, new).await?;
    tx.commit().await?;
    Ok(proposed.preview)
}

/// Makes a plan under the limits of whoever agrees. Pending promises are replaced by it.
///
/// # Errors
/// [`PlanRefused::Limits`] with every limit that is not kept; nothing is written then.
pub async fn make(
    app: &App,
    actor: &Actor,
    new: NewPlan,
    once: &Once,
) -> Result<Answer<PlanId>, PlanRefused> {
    actor.require_agency(Permission::ArrangementWrite)?;
    let note = domain::reason(&new.consent).ok_or(PlanRefused::NoConsent)?;
    let tx = app.begin(actor).await?;
    if let Some(answer) = once.claim(&tx).await? {
        return Ok(Answer::again(answer));
    }
    let agreeing = Agreeing::of(&tx, actor, new.colleague).await?;
    let rows = found(&tx, &new, true).await?;
    let proposed = propose(&tx, &agreeing, rows, &new).await?;
    let consent = json!({"note": note, "recorded_by": actor.signature().name});
    let id = write(&tx, &agreeing, proposed, &new, (consent, None)).await?;
    once.keep(&tx, &id).await?;
    tx.commit().await?;
    Ok(Answer::first(id))
}

/// Makes the plan that a debtor agreed to on the site. The same form twice is one plan. `shown` is the
/// SHA-256 of the text that was agreed to.
pub async fn agree(
    app: &App,
    debtor: &Debtor,
    new: NewPlan,
    form_id: Uuid,
    shown: [u8; 32],
) -> Result<PlanId, PlanRefused> {
    let tx = owned(app, debtor, &new).await?;
    let rows = found(&tx, &new, true).await?;
    if let Some(known) = by_form(&tx, form_id).await? {
        let same = known.debtor_id == debtor.id();
        return if same { Ok(known.id) } else { Err(PlanRefused::FormReused) };
    }
    let agreeing = Agreeing::debtor(debtor);
    let proposed = propose(&tx, &agreeing, rows, &new).await?;
    let consent = json!({"sha256": hex(&shown), "at": tx.now()});
    let id = write(&tx, &agreeing, proposed, &new, (consent, Some(form_id))).await?;
    tx.commit().await?;
    Ok(id)
}

async fn owned(app: &App, debtor: &Debtor, new: &NewPlan) -> Result<Tx, PlanRefused> {
    let first = new.accounts.first().ok_or(Stop::NotFound("account"))?;
    Ok(crate::agreements::of_debtor(app, debtor, *first).await?)
}

async fn by_form(tx: &Tx, form: Uuid) -> Result<Option<Plan>, Stop> {
    Ok(plan::in_agency(tx.agency()).filter(plan::Column::FormId.eq(form)).one(tx).await?)
}

/// The debts of the plan, locked in the order of their ids where it is to be made.
async fn found(tx: &Tx, new: &NewPlan, locked: bool) -> Result<Vec<account::Model>, PlanRefused> {
    let mut ids = new.accounts.clone();
    ids.sort_unstable();
    ids.dedup();
    let rows =
        if locked { lock_all(tx, &ids).await? } else { super::accounts_of(tx, &ids).await? };
    if rows.len() != ids.len() || rows.is_empty() {
        return Err(Stop::NotFound("account").into());
    }
    let debtor = rows.first().map(|row| row.debtor_id);
    if rows.iter().any(|row| Some(row.debtor_id) != debtor) {
        return Err(PlanRefused::OtherDebtor);
    }
    Ok(rows)
}

/// Weighs a proposal. Over several debts the limits of each apply, and all that is refused is told once.
async fn propose(
    tx: &Tx,
    agreeing: &Agreeing,
    rows: Vec<account::Model>,
    new: &NewPlan,
) -> Result<Proposed, PlanRefused> {
    let mut grounds = Vec::with_capacity(rows.len());
    for row in rows {
        let ground = ground(tx, row).await?;
        nothing_open(tx, ground.account.id).await?;
        may_arrange(tx, &ground).await?;
        grounds.push(ground);
    }
    let first = grounds.first().ok_or(Stop::NotFound("account"))?;
    let (currency, today) = (first.currency, first.today);
    if new.currency.is_some_and(|wanted| wanted != currency) {
        return Err(PlanRefused::WrongCurrency(currency));
    }
    let balance: Money = grounds.iter().map(|ground| ground.owed).sum();
    let whole = Amount::new(balance).map_err(|_| Fault::Unexpected("nothing is owed"))?;
    let total = new.total.unwrap_or(whole);
    let proposal = Proposal {
        total,
        down_payment: new.down_payment,
        dates: new.dates.clone(),
        parts: new.parts,
    };
    let mut refusals: Vec<PlanRefusal> = Vec::new();
    let mut behind: Vec<Explained> = Vec::new();
    let mut strictest: Option<(Money, Option<u32>, Limits)> = None;
    for ground in &grounds {
        let rules = arrangement_rules::in_force(tx, &ground.account, agreeing.role, today).await?;
        let merged = rules.merged;
        let limits = &merged.limits;
        for refusal in check(limits, &proposal, balance, today).err().into_iter().flatten() {
            for limit in merged.behind(refusal.limits()) {
                if !behind.contains(&limit) {
                    behind.push(limit);
                }
            }
            if !refusals.contains(&refusal) {
                refusals.push(refusal);
            }
        }
        let least = limits
            .plan_minimums(balance, total.money())
            .map_err(|_| Fault::Unexpected("limits that do not fit"))?;
        strictest = Some(match strictest {
            None => (least.payment, least.installments, merged.limits),
            Some((payment, most, kept)) => {
                let most = [most, least.installments].into_iter().flatten().min();
                (payment.max(least.payment), most, kept)
            }
        });
    }
    let (least, most, limits) = strictest.unwrap_or((Money::ZERO, None, Limits::default()));
    let rows = schedule(&proposal).unwrap_or_default();
    let total = total.money();
    let preview = Preview { rows, total, balance, currency, refusals, behind, least, most, limits };
    Ok(Proposed { grounds, preview })
}

async fn write(
    tx: &Tx,
    agreeing: &Agreeing,
    proposed: Proposed,
    new: &NewPlan,
    (consent, form_id): (Value, Option<Uuid>),
) -> Result<PlanId, PlanRefused> {
    let Proposed { grounds, preview } = proposed;
    if !preview.refusals.is_empty() {
        return Err(PlanRefused::Limits(preview.refusals, preview.behind));
    }
    let first = grounds.first().ok_or(Stop::NotFound("account"))?;
    let (debtor, creditor) = (first.account.debtor_id, first.account.creditor_id);
    let one_creditor = grounds.iter().all(|ground| ground.account.creditor_id == creditor);
    let creditor = one_creditor.then_some(creditor);
    let id = PlanId(random::uuid());
    plan::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        debtor_id: Set(debtor),
        creditor_id: Set(creditor),
        kind: Set(PlanKind::Promise),
        state: Set(PlanState::Active),
        frequency: Set(new.dates.frequency()),
        total: Set(preview.total),
        balance: Set(preview.balance),
        agreed_on: Set(first.today),
        grace_days: Set(signed(preview.limits.plan_grace())),
        limits: Set(serde_json::to_value(&preview.limits).map_err(Fault::from)?),
        channel: Set(new.channel),
        consent: Set(consent),
        form_id: Set(form_id),
        made_at: Set(tx.now()),
        made_by: Set(agreeing.by),
        made_by_name: Set(agreeing.by_name.clone()),
        approved_by: Set(agreeing.supervisor.as_ref().map(|(id, _)| *id)),
        approved_by_name: Set(agreeing.supervisor.as_ref().map(|(_, name)| name.clone())),
        paused_on: Set(None),
        pause_days: Set(None),
        suspended_at: Set(None),
        broken_on: Set(None),
        ended_at: Set(None),
        end_reason: Set(None),
        version: Set(1),
    }
    .insert(tx)
    .await?;
    let debts = grounds.iter().map(|ground| plan_account::ActiveModel {
        agency_id: Set(tx.agency()),
        plan_id: Set(id),
        account_id: Set(ground.account.id),
        creditor_id: Set(ground.account.creditor_id),
        debtor_id: Set(debtor),
        balance: Set(ground.owed),
        open: Set(true),
    });
    plan_account::Entity::insert_many(debts).exec_without_returning(tx).await?;
    installments::write(tx, Of::Plan(id), debtor, creditor, &preview.rows).await?;
    bound(tx, grounds, id, &preview).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "plan.make",
            subject_type: "plan",
            subject_id: Some(id.0),
            after: Some(json!({
                "accounts": new.accounts, "total": preview.total.to_decimal(),
                "installments": preview.rows.len(), "made_by": agreeing.by_name,
                "approved_by": agreeing.supervisor.as_ref().map(|(_, name)| name),
            })),
            ..audit::Entry::default()
        },
    )
    .await?;
    Ok(id)
}

/// Replaces the promises of the debts, tells their timelines, and gives them the plan's status.
async fn bound(tx: &Tx, grounds: Vec<Ground>, id: PlanId, preview: &Preview) -> Result<(), Stop> {
    let words = format!(
        "Payment plan of {} agreed: {} payments",
        preview.total.to_display(preview.currency),
        preview.rows.len()
    );
    for ground in grounds {
        let row = ground.account;
        end_all(tx, &row, Ended { why: "replaced by a payment plan", all: false }).await?;
        let detail = json!({"plan": id, "total": preview.total.to_decimal()});
        timeline::record(tx, (&row).into(), TimelineKind::PlanMade, words.clone(), Some(detail))
            .await?;
        let status = status_after(PlanState::Active, false, row.status);
        follow(tx, row, status, Due::AsBefore, "a payment plan was agreed").await?;
    }
    Ok(())
}

/// The digits of a hash.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
