use super::*;

#[test]
fn a_closed_account_is_neither_worked_nor_contacted_nor_paid_by_itself() {
    for status in AccountStatus::ALL.iter().filter(|s| !s.is_open()) {
        let row = status.row();
        assert!(!row.worked && !row.contactable && !row.accepts_payments && !row.takes_agreements);
        assert!(status.may_become(AccountStatus::Active));
        assert!(!status.may_become(AccountStatus::Promise));
    }
}

#[test]
fn a_status_leads_where_the_table_of_the_trade_says() {
    use AccountStatus as S;
    assert!(S::New.may_become(S::Active) && S::New.may_become(S::Hold));
    assert!(S::Promise.may_become(S::Broken) && !S::Bankruptcy.may_become(S::Broken));
    assert!(S::Disputed.may_become(S::ClosedDispute));
    assert!(!S::Disputed.may_become(S::Promise), "a disputed debt is not promised");
    assert!(S::Hold.may_become(S::New), "a hold gives back what was before");
    assert!(S::Legal.may_become(S::Judgment) && !S::Promise.may_become(S::Judgment));
    assert!(!S::Bankruptcy.may_become(S::Promise), "the stay");
    assert_eq!(S::Recalled.choices(), vec![S::Active], "reopened, with a reason");
}

#[test]
fn the_table_holds_together() {
    for from in AccountStatus::ALL {
        let row = from.row();
        assert!(!row.set_by.is_empty(), "{from:?} comes from somewhere");
        assert!(!from.may_become(*from));
        assert!(row.next.iter().any(|set| !set.is_empty()), "{from:?} leads somewhere");
        assert!(!row.takes_agreements || row.accepts_payments, "{from:?}");
        assert!(!row.worked || row.contactable, "{from:?} is worked");
        // What is worked is reached from what was placed, and every open account can be closed.
        for to in AccountStatus::ALL.iter().filter(|to| !to.is_open()) {
            assert_eq!(from.may_become(*to), from.is_open(), "{from:?} to {to:?}");
        }
        for status in AccountStatus::ALL.iter().filter(|to| **to != AccountStatus::New) {
            let reached = AccountStatus::ALL.iter().any(|before| before.may_become(*status));
            assert!(reached, "{status:?} is reached");
        }
    }
    assert_eq!(AccountStatus::codes(|row| row.phase == Phase::Paid), ["PIF", "SIF"]);
    assert_eq!(AccountStatus::codes(|row| row.phase == Phase::Withdrawn), ["CRC", "CER", "CDU"]);
    assert_eq!(AccountStatus::codes(|row| row.phase != Phase::Open).len(), 12);
    assert_eq!(
        AccountStatus::codes(|row| row.interest_stops.is_some()),
        [
            "PLN", "SET", "DSP", "BKY", "DEC", "CRC", "CBK", "CDC", "CDP", "CEX", "CSB", "CSO",
            "CER", "CFR", "CDU"
        ]
    );
}

#[test]
fn what_money_or_an_agreement_says_is_never_typed() {
    for from in AccountStatus::ALL {
        for to in from.choices() {
            assert!(!to.is_paid(), "{from:?} to {to:?}");
            assert!(
                !matches!(
                    to,
                    AccountStatus::Promise | AccountStatus::Plan | AccountStatus::Settlement
                ),
                "{from:?} to {to:?}"
            );
            assert!(!matches!(to, AccountStatus::Broken | AccountStatus::Returned));
        }
    }
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

#[test]
fn what_is_entered_as_a_status_alone_stands_on_the_account_too() {
    use Restriction as R;
    assert_eq!(standing_on(AccountStatus::Attorney, &[]), [R::Attorney]);
    assert_eq!(standing_on(AccountStatus::Fraud, &[R::Scra]), [R::IdentityTheft, R::Scra]);
    assert_eq!(standing_on(AccountStatus::Active, &[]), []);
    assert_eq!(R::codes(|row| row.interest_stops.is_some()), ["bankruptcy", "deceased", "dispute"]);
}
