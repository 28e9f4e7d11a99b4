//! An account goes to another debtor: its credit goes with it.

use super::balance;
use domain::books::Move;
use domain::ledger::Ledger;
use domain::{Amount, DebtorId, Money};
use entity::account;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::Stop;
use ledger::Cause;

/// Moves the credit of an account from the debtor it had to the one it has. Trust holds it for
/// nobody in between, which is what `unidentified` is for.
pub async fn follow_debtor(tx: &Tx, account: &account::Model, from: DebtorId) -> Result<(), Stop> {
    let credit = balance::of(tx, account.id).await?;
    let (amount, from, to) = if credit.credit.is_negative() {
        let lacking = credit.credit.negated().unwrap_or(Money::ZERO);
        (lacking, account.debtor_id, from)
    } else {
        (credit.credit, from, account.debtor_id)
    };
    let Ok(amount) = Amount::new(amount) else { return Ok(()) };
    let (held, nobodys) = (Ledger::DebtorCredit, Ledger::Unidentified);
    let of = |debit, credit, debtor| Move {
        debit,
        credit,
        amount,
        creditor: None,
        debtor: Some(debtor),
    };
    let moves = [of(held, nobodys, from), of(nobodys, held, to)];
    let cause = Cause {
        source_type: "account_link",
        source_id: random::uuid(),
        effect: "post",
        effective_on: kernel::agency::today(tx).await?,
    };
    ledger::write_of(tx, cause, credit.trust_account, Some(account.id), &moves).await?;
    Ok(())
}
