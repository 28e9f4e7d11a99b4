use super::*;
use crate::money::Money;

#[test]
fn a_closed_account_is_neither_worked_nor_contacted_nor_paid_by_itself() {
    for status in AccountStatus::ALL.iter().filter(|s| !s.is_open()) {
        let flags = status.flags();
        assert!(!flags.workable && !flags.contactable && !flags.accepts_payments);
        assert!(status.may_become(AccountStatus::Active));
        assert!(!status.may_become(AccountStatus::Promise));
    }
}

#[test]
fn a_status_leads_where_the_table_of_the_trade_says() {
    use AccountStatus as S;
    let owed = Money::from_minor(10_000);
    let from = |status: S| status.allowed_next(owed);
    assert!(from(S::New).contains(&S::Active) && from(S::New).contains(&S::Hold));
    assert!(from(S::Promise).contains(&S::Broken) && !from(S::Active).contains(&S::Broken));
    assert!(from(S::Disputed).contains(&S::ClosedDispute));
    assert!(!from(S::Disputed).contains(&S::Promise), "a disputed debt is not promised");
    assert!(from(S::Hold).contains(&S::New), "a hold gives back what was before");
    assert!(from(S::Legal).contains(&S::Judgment) && !from(S::Promise).contains(&S::Judgment));
    assert!(!from(S::Bankruptcy).contains(&S::Promise), "the stay");
    assert_eq!(from(S::Recalled), vec![S::Active], "reopened, with a reason");
    assert!(!from(S::Active).contains(&S::PaidInFull), "not while something is owed");
    assert!(S::Active.allowed_next(Money::ZERO).contains(&S::PaidInFull));
}

#[test]
fn bankruptcy_may_come_at_any_open_account() {
    for status in AccountStatus::ALL.iter().filter(|s| s.is_open()) {
        let stayed = matches!(status, AccountStatus::Bankruptcy | AccountStatus::PendingRecall);
        assert_eq!(status.may_become(AccountStatus::Bankruptcy), !stayed, "{status:?}");
    }
}

#[test]
fn the_first_restriction_of_the_list_names_the_status() {
    use Restriction as R;
    assert_eq!(status_on_placement(&[R::Dispute, R::Bankruptcy]), AccountStatus::Bankruptcy);
    assert_eq!(status_on_placement(&[R::Cease, R::Dispute]), AccountStatus::Cease);
    assert_eq!(status_on_placement(&[R::Scra]), AccountStatus::New);
}

#[test]
fn codes_read_back() {
    for d in Disposition::ALL {
        assert_eq!(Disposition::parse(d.code()), Some(*d));
    }
    for s in AccountStatus::ALL {
        assert_eq!(AccountStatus::parse(s.code()), Some(*s));
    }
}
