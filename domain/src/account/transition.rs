//! Which status an account gets by what happened to it: the one place that decides.

use super::status::SetBy;
use super::{AccountStatus, Disposition, Restriction, status_on_placement};
use crate::money::Money;

/// An agreement that names the status of its account while it binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// A promise to pay.
    Promise,
    /// A payment plan.
    Plan,
    /// An accepted settlement.
    Settlement,
}

impl Agreement {
    /// The status of an account on which it binds.
    pub fn status(self) -> AccountStatus {
        match self {
            Self::Promise => AccountStatus::Promise,
            Self::Plan => AccountStatus::Plan,
            Self::Settlement => AccountStatus::Settlement,
        }
    }
}

/// What happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// A person chose a status and said why.
    Chosen(AccountStatus),
    /// The result of an action was logged.
    Logged(Disposition),
    /// A restriction was set; it is among those in force.
    Restricted(Restriction),
    /// A restriction was lifted; it is no longer among those in force.
    Lifted(Restriction),
    /// An agreement was made, or binds again.
    Agreed(Agreement),
    /// An agreement was kept or given up, and something is still owed.
    Ended(Agreement),
    /// An agreement was not kept.
    Missed,
    /// Nothing is owed, and the last funds are available (money rule 21).
    PaidInFull,
    /// The settlement is paid, and its funds are available.
    Settled,
    /// A bank took a payment back.
    Bounced,
    /// The bank had not taken it back after all.
    Reinstated,
    /// What was paid is owed again for any other reason.
    OwedAgain,
}

/// What a transition depends on.
#[derive(Debug, Clone, Copy)]
pub struct TransitionFacts<'a> {
    /// Owed after what happened.
    pub owed: Money,
    /// The restrictions in force after what happened.
    pub restrictions: &'a [Restriction],
    /// The creditor has placed the debt of this closed account anew, and that account is open.
    pub placed_again: bool,
}

/// Why an account does not get a status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTransition {
    /// The status may not follow, or is not one that a person sets.
    #[error("an account with the status \"{}\" cannot become \"{}\"", .from.words(), .to.words())]
    NotAllowed {
        /// The present status.
        from: AccountStatus,
        /// The status asked for.
        to: AccountStatus,
        /// Those that a person may choose.
        allowed: Vec<AccountStatus>,
    },
    /// The same debt was placed again meanwhile and is open.
    #[error("the creditor has placed this account again; work the open one")]
    PlacedAgain,
    /// Something is still owed.
    #[error("it is not paid: something is still owed")]
    StillOwed,
}

/// The status of an account after what happened; the same as before where that does not change it.
pub fn transition(
    from: AccountStatus,
    happened: Transition,
    facts: &TransitionFacts<'_>,
) -> Result<AccountStatus, NoTransition> {
    let next = match happened {
        Transition::Chosen(to) => return chosen(from, to, facts),
        Transition::Logged(disposition) => logged(from, disposition, facts),
        Transition::Restricted(kind) => restricted(from, kind, facts),
        Transition::Lifted(kind) => lifted(from, kind, facts),
        Transition::Agreed(agreement) => agreed(from, agreement),
        Transition::Ended(agreement) if from == agreement.status() => AccountStatus::Active,
        Transition::Ended(_) => from,
        Transition::Missed => missed(from),
        Transition::PaidInFull if !facts.owed.is_zero() => return Err(NoTransition::StillOwed),
        Transition::PaidInFull => closed(from, AccountStatus::PaidInFull),
        Transition::Settled => closed(from, AccountStatus::SettledInFull),
        Transition::Bounced => bounced(owed_again(from, facts)),
        Transition::Reinstated if from == AccountStatus::Returned => AccountStatus::Active,
        Transition::Reinstated => from,
        Transition::OwedAgain => owed_again(from, facts),
    };
    // The creditor has placed the debt anew: this account stays closed, whatever came back.
    let reopens = !from.is_open() && next.is_open();
    Ok(if reopens && facts.placed_again { from } else { next })
}

fn chosen(
    from: AccountStatus,
    to: AccountStatus,
    facts: &TransitionFacts<'_>,
) -> Result<AccountStatus, NoTransition> {
    let by_person = to.row().set_by.contains(&SetBy::Person);
    if !from.may_become(to) || !by_person {
        return Err(NoTransition::NotAllowed { from, to, allowed: from.choices() });
    }
    if !from.is_open() && facts.placed_again {
        return Err(NoTransition::PlacedAgain);
    }
    Ok(to)
}

/// A result that means a restriction is named by it; a promise needs an account that takes one.
fn logged(
    from: AccountStatus,
    disposition: Disposition,
    facts: &TransitionFacts<'_>,
) -> AccountStatus {
    let meaning = disposition.meaning();
    match (meaning.restriction, meaning.status) {
        (Some(kind), _) => restricted(from, kind, facts),
        (None, Some(next)) if from.may_become(next) => next,
        (None, _) => from,
    }
}

/// The gravest restriction names the status; a lesser one that came later does not.
fn restricted(
    from: AccountStatus,
    kind: Restriction,
    facts: &TransitionFacts<'_>,
) -> AccountStatus {
    let named = status_on_placement(facts.restrictions);
    let gravest = named == status_on_placement(&[kind]) && named != AccountStatus::New;
    if gravest && from.may_become(named) { named } else { from }
}

/// A status that came with the restriction goes to what the others say, or back to active.
fn lifted(from: AccountStatus, kind: Restriction, facts: &TransitionFacts<'_>) -> AccountStatus {
    let named = status_on_placement(&[kind]);
    if named == AccountStatus::New || from != named {
        return from;
    }
    let left = status_on_placement(facts.restrictions);
    if left == AccountStatus::New { AccountStatus::Active } else { left }
}

/// An agreement names the status of an account that is being worked, or that was closed as paid and
/// whose money was taken back (example E5). A payment that came back is worked as such first.
fn agreed(from: AccountStatus, agreement: Agreement) -> AccountStatus {
    if from != AccountStatus::Returned && follows_agreements(from) {
        agreement.status()
    } else {
        from
    }
}

fn missed(from: AccountStatus) -> AccountStatus {
    if follows_agreements(from) { AccountStatus::Broken } else { from }
}

/// Whether an agreement names the status: what came from outside stays on top of it.
pub(crate) fn follows_agreements(from: AccountStatus) -> bool {
    from.row().takes_agreements || from.is_paid()
}

/// Money that came closes an open account, whatever its status.
fn closed(from: AccountStatus, next: AccountStatus) -> AccountStatus {
    if from.is_open() && from.may_become(next) { next } else { from }
}

fn owed_again(from: AccountStatus, facts: &TransitionFacts<'_>) -> AccountStatus {
    if from.is_paid() && facts.owed.is_positive() { AccountStatus::Active } else { from }
}

fn bounced(reopened: AccountStatus) -> AccountStatus {
    let worked = reopened.row().worked && reopened.may_become(AccountStatus::Returned);
    if worked { AccountStatus::Returned } else { reopened }
}

#[cfg(test)]
mod tests {
    use super::AccountStatus as S;
    use super::Transition as T;
    use super::*;

    const OWED: TransitionFacts<'static> =
        TransitionFacts { owed: Money::from_minor(10_000), restrictions: &[], placed_again: false };
    const PAID: TransitionFacts<'static> = TransitionFacts { owed: Money::ZERO, ..OWED };
    const PLACED_AGAIN: TransitionFacts<'static> = TransitionFacts { placed_again: true, ..OWED };

    /// Every transition that can happen, with the facts under which it happens.
    fn all() -> Vec<(Transition, TransitionFacts<'static>)> {
        let mut all = vec![
            (T::Missed, OWED),
            (T::PaidInFull, PAID),
            (T::Settled, PAID),
            (T::Bounced, OWED),
            (T::Reinstated, OWED),
            (T::OwedAgain, OWED),
        ];
        for agreement in [Agreement::Promise, Agreement::Plan, Agreement::Settlement] {
            all.extend([(T::Agreed(agreement), OWED), (T::Ended(agreement), OWED)]);
        }
        all.extend(Disposition::ALL.iter().map(|one| (T::Logged(*one), OWED)));
        all.extend(Restriction::ALL.iter().map(|one| (T::Lifted(*one), OWED)));
        all.extend(Restriction::ALL.iter().map(|one| (T::Restricted(*one), OWED)));
        all
    }

    #[test]
    fn no_transition_goes_round_the_table() {
        for from in S::ALL {
            for (happened, facts) in all() {
                let to = transition(*from, happened, &facts).unwrap();
                // What is taken back reopens what was closed as paid, into work or an agreement.
                let reopened = from.is_paid() && to.is_open();
                assert!(
                    to == *from || from.may_become(to) || reopened,
                    "{from:?} to {to:?} by {happened:?}"
                );
            }
            for to in S::ALL {
                let chosen = transition(*from, T::Chosen(*to), &OWED);
                assert_eq!(chosen.is_ok(), from.choices().contains(to), "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn what_is_closed_and_placed_again_stays_closed() {
        for from in S::ALL.iter().filter(|from| !from.is_open()) {
            for (happened, facts) in all() {
                let facts = TransitionFacts { placed_again: true, ..facts };
                let to = transition(*from, happened, &facts).unwrap();
                assert!(!to.is_open(), "{from:?} to {to:?} by {happened:?}");
            }
            let chosen = transition(*from, T::Chosen(S::Active), &PLACED_AGAIN);
            assert_eq!(chosen, Err(NoTransition::PlacedAgain));
        }
    }

    #[test]
    fn the_gravest_restriction_names_the_status() {
        use Restriction as R;
        let with = |restrictions| TransitionFacts { restrictions, ..OWED };
        let cases: [(S, T, &[R], S); 7] = [
            (S::Active, T::Restricted(R::Dispute), &[R::Dispute], S::Disputed),
            (S::Disputed, T::Restricted(R::Attorney), &[R::Dispute, R::Attorney], S::Attorney),
            (S::Attorney, T::Restricted(R::Dispute), &[R::Attorney, R::Dispute], S::Attorney),
            (S::Attorney, T::Logged(Disposition::Dispute), &[R::Attorney, R::Dispute], S::Attorney),
            (S::Attorney, T::Lifted(R::Attorney), &[R::Dispute], S::Disputed),
            (S::Disputed, T::Lifted(R::Dispute), &[], S::Active),
            (S::Active, T::Restricted(R::Scra), &[R::Scra], S::Active),
        ];
        for (from, happened, restrictions, to) in cases {
            let got = transition(from, happened, &with(restrictions));
            assert_eq!(got, Ok(to), "{from:?} by {happened:?}");
        }
    }

    #[test]
    fn money_says_paid_and_takes_it_back() {
        let cases = [
            (S::Plan, T::PaidInFull, PAID, Ok(S::PaidInFull)),
            (S::Active, T::PaidInFull, OWED, Err(NoTransition::StillOwed)),
            (S::Settlement, T::Settled, OWED, Ok(S::SettledInFull)),
            (S::PaidInFull, T::Bounced, OWED, Ok(S::Returned)),
            (S::Recalled, T::Bounced, OWED, Ok(S::Recalled)),
            (S::Disputed, T::Bounced, OWED, Ok(S::Disputed)),
            (S::Returned, T::Reinstated, PAID, Ok(S::Active)),
            (S::PaidInFull, T::OwedAgain, OWED, Ok(S::Active)),
            (S::PaidInFull, T::OwedAgain, PLACED_AGAIN, Ok(S::PaidInFull)),
            (S::Returned, T::Agreed(Agreement::Plan), OWED, Ok(S::Returned)),
            (S::SettledInFull, T::Agreed(Agreement::Settlement), OWED, Ok(S::Settlement)),
            (S::Returned, T::Missed, OWED, Ok(S::Broken)),
            (S::Bankruptcy, T::Missed, OWED, Ok(S::Bankruptcy)),
        ];
        for (from, happened, facts, to) in cases {
            assert_eq!(transition(from, happened, &facts), to, "{from:?} by {happened:?}");
        }
    }
}
