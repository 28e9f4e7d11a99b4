//! Entries that change a debt without money, in the transaction of their cause.

use crate::interest::{self, Around};
use chrono::NaiveDate;
use domain::debt_entry::{BadChange, DebtEntryKind, changed};
use domain::posting::change_debt;
use domain::{Buckets, DebtEntryId, PaymentId};
use entity::{account, debt_entry};
use kernel::audit;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use ledger::Cause;
use sea_orm::{ActiveModelTrait, Set};
use serde_json::json;
use uuid::Uuid;

/// An entry to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewEntry<'a> {
    /// Why the debt changes.
    pub kind: DebtEntryKind,
    /// Signed change of what is owed, by bucket.
    pub change: Buckets,
    /// The day on which it counts for interest.
    pub effective_on: NaiveDate,
    /// In a person's words.
    pub reason: &'a str,
    /// The payment that caused it.
    pub payment: Option<PaymentId>,
    /// The settlement, plan or other row that caused it.
    pub cause: Option<Uuid>,
    /// The entry that it undoes.
    pub reverses: Option<DebtEntryId>,
    /// The second person, where there was one.
    pub approved_by: Option<String>,
}

/// Why an entry is not made; the caller's own refusal says it to the person.
#[derive(Debug, thiserror::Error)]
pub enum NotEntered {
    /// The change does not fit what is owed.
    #[error(transparent)]
    BadChange(#[from] BadChange),
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(NotEntered);

/// Makes the entry: the row, its memorandum transfers, the account's buckets, the audit line; on an
/// account that bears interest, what that needs before or after it. Answers the account as it is
/// afterwards. The account is locked by the caller.
pub(crate) async fn enter(
    tx: &Tx,
    account: account::Model,
    new: NewEntry<'_>,
) -> Result<(DebtEntryId, account::Model), NotEntered> {
    let by = tx.signature().name.clone();
    enter_for(tx, account, new, by).await
}

/// Makes an entry that another than the actor of the transaction asked for.
pub(crate) async fn enter_for(
    tx: &Tx,
    account: account::Model,
    new: NewEntry<'_>,
    by: String,
) -> Result<(DebtEntryId, account::Model), NotEntered> {
    match interest::around_entry(tx, &account, &new).await? {
        Around::Nothing => write(tx, account, new, None, by).await,
        Around::Before(needed) => {
            let account = needed.write(tx, account).await?;
            write(tx, account, new, None, by).await
        }
        Around::After(needed) => {
            let (id, account) = write(tx, account, new, None, by).await?;
            Ok((id, needed.write(tx, account).await?))
        }
    }
}

/// Writes one entry as it stands. `interest_on`: up to which day interest is posted with it.
pub(crate) async fn write(
    tx: &Tx,
    account: account::Model,
    new: NewEntry<'_>,
    interest_on: Option<NaiveDate>,
    by: String,
) -> Result<(DebtEntryId, account::Model), NotEntered> {
    let owed = crate::accounts::owed(&account);
    let after = changed(&owed, &new.change)?;
    let id = DebtEntryId(random::uuid());
    debt_entry::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        account_id: Set(account.id),
        creditor_id: Set(account.creditor_id),
        debtor_id: Set(account.debtor_id),
        kind: Set(new.kind),
        principal: Set(new.change.principal),
        interest: Set(new.change.interest),
        fees: Set(new.change.fees),
        costs: Set(new.change.costs),
        other: Set(new.change.other),
        effective_on: Set(new.effective_on),
        entered_at: Set(tx.now()),
        posted_at: Set(tx.now()),
        reason: Set(new.reason.to_owned()),
        payment_id: Set(new.payment),
        cause_id: Set(new.cause),
        reverses_id: Set(new.reverses),
        entered_by: Set(by),
        approved_by: Set(new.approved_by.clone()),
    }
    .insert(tx)
    .await?;
    let cause = Cause {
        source_type: "debt_entry",
        source_id: id.0,
        effect: "post",
        effective_on: new.effective_on,
    };
    let transfers = change_debt(&new.change, new.kind.contra())
        .map_err(|_| Fault::Unexpected("an entry that does not fit"))?;
    ledger::write_debt(tx, cause, &account, &transfers).await?;
    let version = account.version;
    let account_id = account.id;
    let mut row: account::ActiveModel = account.into();
    row.principal = Set(after.principal);
    row.interest = Set(after.interest);
    row.fees = Set(after.fees);
    row.costs = Set(after.costs);
    row.other = Set(after.other);
    if let Some(day) = interest_on {
        row.interest_posted_on = Set(Some(day));
    }
    row.version = Set(version + 1);
    let account = row.update(tx).await?;
    audit::write(
        tx,
        audit::Entry {
            action: "debt_entry.post",
            subject_type: "account",
            subject_id: Some(account_id.0),
            before: Some(json!({"owed": owed})),
            after: Some(json!({"owed": after, "entry": id, "kind": new.kind.code()})),
            reason: Some(new.reason.to_owned()),
        },
    )
    .await?;
    Ok((id, account))
}
