use super::*;
use crate::account::Agreement;
use crate::money::Amount;
use chrono::TimeZone;

const OWED: Money = Money::from_minor(30_000);

fn open() -> Case {
    Case {
        status: AccountStatus::Active,
        restrictions: Vec::new(),
        owed: OWED,
        in_flight: Money::ZERO,
        least_part: Money::from_minor(2_500),
        blocks_credit_cards: true,
        agreement: None,
    }
}

fn with(kind: Restriction) -> Case {
    let since = Utc.with_ymd_and_hms(2026, 1, 5, 12, 0, 0).unwrap();
    Case { restrictions: vec![InForce { kind, since }], ..open() }
}

fn paying(payer: Payer) -> Paying {
    Paying { payer, amount: None, directed: payer == Payer::Debtor, funding: None }
}

fn agreed(case: Case) -> Case {
    Case { agreement: Some(Agreement::Plan), ..case }
}

/// The first rule that prohibits.
fn barred(decision: &Decision) -> Option<Rule> {
    decision.blocking().next().map(|one| one.rule)
}

#[test]
fn who_may_pay_on_what_stands_on_an_account() {
    use Restriction as R;
    // Restriction; the debtor on the site; money that came; a stored way to pay.
    let table = [
        (R::Bankruptcy, Some(Rule::Stay), Some(Rule::Stay), Some(Rule::Stay)),
        (
            R::IdentityTheft,
            Some(Rule::IdentityTheft),
            Some(Rule::IdentityTheft),
            Some(Rule::IdentityTheft),
        ),
        (R::Minor, Some(Rule::Minor), Some(Rule::Minor), Some(Rule::Minor)),
        (R::Dispute, None, Some(Rule::PayDisputed), Some(Rule::PayDisputed)),
        (R::Deceased, None, None, Some(Rule::Deceased)),
        (R::Attorney, None, None, Some(Rule::Attorney)),
        (R::Cease, None, None, Some(Rule::Cease)),
        (R::Hold, None, None, Some(Rule::Hold)),
        (R::NoItemization, None, None, Some(Rule::NoItemization)),
        (R::Scra, None, None, None),
        (R::InconvenientTime, None, None, None),
        (R::InconvenientPlace, None, None, None),
    ];
    assert_eq!(table.len(), R::ALL.len());
    for (kind, debtor, received, charged) in table {
        let case = agreed(with(kind));
        assert_eq!(barred(&may_pay(&case, &paying(Payer::Debtor))), debtor, "{kind:?}");
        assert_eq!(barred(&may_pay(&case, &paying(Payer::Received))), received, "{kind:?}");
        assert_eq!(barred(&may_pay(&case, &paying(Payer::Charged))), charged, "{kind:?}");
        assert_eq!(debtor.is_some(), kind.stops_payments(), "{kind:?}");
    }
}

#[test]
fn a_status_bars_what_its_row_says() {
    for status in AccountStatus::ALL {
        let case = agreed(Case { status: *status, ..open() });
        let debtor = may_pay(&case, &paying(Payer::Debtor));
        assert_eq!(debtor.is_blocked(), !status.row().accepts_payments, "{status:?}");
        // Late payments on a closed account are accepted; only law stops money that came.
        let directed = Paying { directed: true, ..paying(Payer::Received) };
        let law = matches!(status, AccountStatus::Bankruptcy | AccountStatus::Fraud);
        assert_eq!(may_pay(&case, &directed).is_blocked(), law, "{status:?}");
        assert!(
            may_pay(&case, &paying(Payer::Charged)).is_allowed() == status.row().takes_agreements,
            "{status:?}"
        );
    }
}

#[test]
fn the_debtor_pays_no_more_than_is_owed_and_no_less_than_the_agency_takes() {
    let case = Case { in_flight: Money::from_minor(10_000), ..open() };
    let amount = |minor| Amount::new(Money::from_minor(minor)).unwrap();
    let cases = [
        (20_000, None),
        (20_001, Some(Rule::OverBalance)),
        (2_500, None),
        (2_499, Some(Rule::BelowMinimum)),
    ];
    for (minor, rule) in cases {
        let pays = Paying { amount: Some(amount(minor)), ..paying(Payer::Debtor) };
        assert_eq!(barred(&may_pay(&case, &pays)), rule, "{minor}");
        let came = Paying { payer: Payer::Received, ..pays };
        assert_eq!(barred(&may_pay(&case, &came)), None, "what came is booked: {minor}");
    }
    // The rest of a debt is taken although it is less than the least part.
    let rest = Case { owed: Money::from_minor(30), ..open() };
    let pays = Paying { amount: Some(amount(30)), ..paying(Payer::Debtor) };
    assert!(may_pay(&rest, &pays).is_allowed());
    let paid = Case { owed: Money::ZERO, ..open() };
    assert_eq!(barred(&may_pay(&paid, &paying(Payer::Debtor))), Some(Rule::NothingOwed));
}

#[test]
fn a_stored_way_to_pay_needs_an_agreement_and_no_credit_card() {
    let charged = paying(Payer::Charged);
    assert_eq!(barred(&may_pay(&open(), &charged)), Some(Rule::NoAgreement));
    assert!(may_pay(&agreed(open()), &charged).is_allowed());
    let credit = Paying { funding: Some(Funding::Credit), ..charged };
    assert_eq!(barred(&may_pay(&agreed(open()), &credit)), Some(Rule::Funding));
    let takes = Case { blocks_credit_cards: false, ..agreed(open()) };
    assert!(may_pay(&takes, &credit).is_allowed());
}

#[test]
fn who_is_represented_or_asked_us_to_stop_may_pay_and_is_not_asked_to() {
    for kind in [Restriction::Attorney, Restriction::Cease] {
        let decision = may_pay(&with(kind), &paying(Payer::Debtor));
        assert!(decision.is_allowed() && decision.obligations.contains(&Obligation::DoNotAsk));
    }
    let estate = may_pay(&with(Restriction::Deceased), &paying(Payer::Debtor));
    assert_eq!(estate.obligations, [Obligation::AddressEstate]);
}

#[test]
fn every_finding_is_given_and_not_only_the_first() {
    let mut case = with(Restriction::Bankruptcy);
    case.restrictions.extend(with(Restriction::Cease).restrictions);
    case.owed = Money::ZERO;
    let decision = may_pay(&case, &paying(Payer::Debtor));
    let rules: Vec<Rule> = decision.findings.iter().map(|one| one.rule).collect();
    assert_eq!(rules, [Rule::Stay, Rule::Cease, Rule::NothingOwed]);
}

fn call(hour: u32) -> Attempt {
    let at = Utc.with_ymd_and_hms(2026, 6, 9, hour, 0, 0).unwrap();
    Attempt { medium: Medium::Phone, purpose: Purpose::Collect, at }
}

fn in_new_york() -> ContactFacts {
    ContactFacts { zones: vec![chrono_tz::America::New_York], consent: None }
}

#[test]
fn nothing_is_green_that_was_not_decided() {
    for medium in Medium::ALL {
        for purpose in [Purpose::Collect, Purpose::Answer, Purpose::Required] {
            let attempt = Attempt { medium: *medium, purpose, ..call(16) };
            let decision = may_contact(&open(), &in_new_york(), &attempt);
            assert!(matches!(decision.outcome, Outcome::Needs(_)), "{medium:?} {purpose:?}");
        }
    }
    let Outcome::Needs(needs) = may_contact(&open(), &in_new_york(), &call(16)).outcome else {
        panic!("a call needs answers");
    };
    assert_eq!(needs, [Need::Location, Need::Frequency, Need::StateLaw]);
}

#[test]
fn who_may_not_be_contacted_to_collect() {
    use Restriction as R;
    let table = [
        (R::Bankruptcy, Some(Rule::Stay)),
        (R::IdentityTheft, Some(Rule::IdentityTheft)),
        (R::Attorney, Some(Rule::Attorney)),
        (R::Cease, Some(Rule::Cease)),
        (R::Dispute, Some(Rule::Disputed)),
        (R::Hold, Some(Rule::Hold)),
        (R::NoItemization, Some(Rule::NoItemization)),
        // Somebody else is contacted instead.
        (R::Deceased, None),
        (R::Minor, None),
        (R::InconvenientTime, None),
        (R::InconvenientPlace, None),
        (R::Scra, None),
    ];
    assert_eq!(table.len(), R::ALL.len());
    for (kind, rule) in table {
        let decision = may_contact(&with(kind), &in_new_york(), &call(16));
        assert_eq!(barred(&decision), rule, "{kind:?}");
        assert!(!decision.is_allowed());
    }
    // An attorney, a cease or a dispute by the status alone bars as the restriction does.
    for (status, rule) in [
        (AccountStatus::Attorney, Rule::Attorney),
        (AccountStatus::Cease, Rule::Cease),
        (AccountStatus::Disputed, Rule::Disputed),
        (AccountStatus::PendingRecall, Rule::Recall),
        (AccountStatus::PaidInFull, Rule::Closed),
    ] {
        let case = Case { status, ..open() };
        assert_eq!(barred(&may_contact(&case, &in_new_york(), &call(16))), Some(rule));
    }
    let paid = Case { owed: Money::ZERO, ..open() };
    let decision = may_contact(&paid, &in_new_york(), &call(16));
    assert_eq!(barred(&decision), Some(Rule::NothingOwed));
}

#[test]
fn at_night_nobody_is_called_and_the_morning_is_told() {
    // 10:34 UTC is 6:34 in New York.
    let early = Attempt { at: Utc.with_ymd_and_hms(2026, 6, 9, 10, 34, 0).unwrap(), ..call(0) };
    let decision = may_contact(&open(), &in_new_york(), &early);
    assert_eq!(barred(&decision), Some(Rule::Time));
    let eight = Utc.with_ymd_and_hms(2026, 6, 9, 12, 0, 1).unwrap();
    assert_eq!(decision.next_allowed, Some(eight));
    // Two addresses: the later morning counts, and the earlier evening.
    let both = ContactFacts {
        zones: vec![chrono_tz::America::New_York, chrono_tz::America::Los_Angeles],
        consent: None,
    };
    let noon = may_contact(&open(), &both, &call(14));
    let west = Utc.with_ymd_and_hms(2026, 6, 9, 15, 0, 1).unwrap();
    assert_eq!(noon.next_allowed, Some(west));
    let late = Attempt { at: Utc.with_ymd_and_hms(2026, 6, 10, 1, 0, 0).unwrap(), ..call(0) };
    assert!(may_contact(&open(), &both, &late).is_blocked(), "nine at night in New York");
    let letter = Attempt { medium: Medium::Mail, ..early };
    assert!(!may_contact(&open(), &in_new_york(), &letter).is_blocked(), "a letter has no hour");
    // Something else that does not end by itself: no time is given.
    let ceased = may_contact(&with(Restriction::Cease), &in_new_york(), &early);
    assert_eq!(ceased.next_allowed, None);
}

#[test]
fn a_refused_way_is_not_used_and_the_rest_needs_a_permission() {
    let refused = ContactFacts { consent: Some(false), ..in_new_york() };
    for medium in Medium::ALL {
        let attempt = Attempt { medium: *medium, ..call(16) };
        assert_eq!(barred(&may_contact(&open(), &refused, &attempt)), Some(Rule::Refused));
    }
    let mail = Attempt { medium: Medium::Email, ..call(16) };
    let decision = may_contact(&open(), &in_new_york(), &mail);
    assert!(decision.obligations.contains(&Obligation::OptOut));
    assert!(
        matches!(&decision.outcome, Outcome::Needs(needs) if needs.contains(&Need::ElectronicBasis))
    );
}

#[test]
fn adding_a_restriction_never_frees() {
    let payers = [Payer::Debtor, Payer::Received, Payer::Charged];
    for one in Restriction::ALL {
        for other in Restriction::ALL {
            let mut both = agreed(with(*one));
            both.restrictions.extend(with(*other).restrictions);
            for payer in payers {
                let before = may_pay(&agreed(with(*one)), &paying(payer));
                assert!(!before.is_blocked() || may_pay(&both, &paying(payer)).is_blocked());
            }
            let before = may_contact(&with(*one), &in_new_york(), &call(16));
            let after = may_contact(&both, &in_new_york(), &call(16));
            assert!(!before.is_blocked() || after.is_blocked(), "{one:?} and {other:?}");
        }
    }
}
