use super::*;
use crate::account::Restriction as R;
use crate::placement::line::DebtorType;
use crate::placement::mapping::GivenWithUpload;
use proptest::prelude::*;

const GOOD: [(Column, &str); 26] = [
    (Column::ClientCode, "FERNBANK"),
    (Column::PortfolioCode, "FB-1"),
    (Column::ClientAccountNumber, "FE41-000001"),
    (Column::DebtorType, "consumer"),
    (Column::First, "Kerensa"),
    (Column::Last, "Greshmore"),
    (Column::Ssn, "895-82-8946"),
    (Column::DateOfBirth, "1983-07-24"),
    (Column::Address1, "2600 Granary Ct"),
    (Column::City, "Milwaukee"),
    (Column::State, "WI"),
    (Column::Zip, "53202"),
    (Column::Phone1, "(414) 555-0122"),
    (Column::Phone1Type, "work"),
    (Column::Phone1Consent, "N"),
    (Column::Email, "k@example.com"),
    (Column::OriginalCreditor, "Fernbank Card Services, N.A."),
    (Column::CurrentCreditor, "Fernbank Card Services, N.A."),
    (Column::Product, "card"),
    (Column::ServiceOrOpenDate, "2016-05-03"),
    (Column::ItemizationDate, "2025-12-01"),
    (Column::ItemizationDateType, "charge_off"),
    (Column::BalanceAtItemization, "1,279.39"),
    (Column::Principal, "1023.51"),
    (Column::Interest, "255.88"),
    (Column::PlacedBalance, "$1,279.39"),
];

/// Judges the good line with some values changed.
fn judged(changes: &[(Column, &str)]) -> Verdict {
    let header: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
    let given = GivenWithUpload { portfolio: false };
    let layout = Mapping::default().layout(&header, given).unwrap();
    let mut record = vec![Cell::Blank; Column::COUNT];
    for (column, value) in GOOD.iter().chain(changes) {
        record[column.index()] = Cell::Text(value);
    }
    check(&record, &layout, &rules())
}

fn rules() -> Rules {
    Rules::of(&Mapping::default(), "2026-11-21".parse().unwrap(), false)
}

fn placed(changes: &[(Column, &str)]) -> (PlacedLine, Vec<Code>) {
    let verdict = judged(changes);
    let Verdict::Placed(line, findings) = verdict else { panic!("{changes:?} gave {verdict:?}") };
    (*line, findings.iter().map(|f| f.code).collect())
}

fn rejected(changes: &[(Column, &str)]) -> Vec<(Code, Option<Column>)> {
    let verdict = judged(changes);
    let Verdict::Rejected(_, findings) = verdict else { panic!("{changes:?} gave {verdict:?}") };
    findings.iter().filter(|f| f.rejects()).map(|f| (f.code, f.column)).collect()
}

fn restrictions(changes: &[(Column, &str)]) -> (Vec<R>, Vec<Code>) {
    let (line, codes) = placed(changes);
    (line.restrictions.iter().map(|r| r.restriction).collect(), codes)
}

#[test]
fn a_clean_line_is_placed_without_a_word() {
    let (line, codes) = placed(&[]);
    assert_eq!(codes, []);
    assert_eq!(line.placed_balance, Money::from_minor(127_939));
    assert_eq!(line.debtor.kind, DebtorType::Consumer);
    assert_eq!(line.debtor.address.country, "US");
    assert!(line.restrictions.is_empty() && line.interest.is_none() && line.judgment.is_none());
    assert_eq!(line.debtor.phones[0].consent, Some(false));
    assert_eq!(line.itemization.unwrap().balance, line.placed_balance);
}

#[test]
fn what_rejects_a_line_names_its_column() {
    use Column as C;
    for (column, value, code) in [
        (C::ClientAccountNumber, "", Code::RequiredMissing),
        (C::ClientAccountNumber, "4.11E+15", Code::AccountNumberScientific),
        (C::DebtorType, "", Code::RequiredMissing),
        (C::DebtorType, "alien", Code::UnknownCode),
        (C::Last, " ", Code::NameMissing),
        (C::OriginalCreditor, "", Code::RequiredMissing),
        (C::CurrentCreditor, "", Code::RequiredMissing),
        (C::Product, "", Code::RequiredMissing),
        (C::PortfolioCode, "", Code::RequiredMissing),
        (C::Principal, "", Code::RequiredMissing),
        (C::Principal, "1O23.51", Code::AmountLetters),
        (C::Principal, "-1023.51", Code::AmountNegative),
        (C::Interest, "(255.88)", Code::AmountNegative),
        (C::Fees, "1.005", Code::AmountDecimals),
        (C::CourtCosts, "1,00.00", Code::AmountGrouping),
        (C::LastPaymentAmount, "ten", Code::AmountLetters),
        (C::PlacedBalance, "1279.38", Code::BalanceMismatch),
        (C::BalanceAtItemization, "1279.40", Code::ItemizationMismatch),
        (C::ItemizationDate, "2026-11-22", Code::ItemizationFuture),
        (C::ItemizationDateType, "whenever", Code::UnknownCode),
        (C::ServiceOrOpenDate, "", Code::RequiredMissing),
        (C::ServiceOrOpenDate, "2026-11-22", Code::DateFuture),
        (C::ServiceOrOpenDate, "2025-02-30", Code::DateImpossible),
        (C::ServiceOrOpenDate, "45000", Code::DateSerial),
        (C::ChargeOffDate, "2027-01-01", Code::DateFuture),
        (C::LastPaymentDate, "2027-01-01", Code::DateFuture),
        (C::DateOfBirth, "07/24/2083", Code::DateFuture),
        (C::DateOfBirth, "13/24/1983", Code::DateImpossible),
        (C::State, "ZZ", Code::UnknownState),
        (C::Country, "Atlantis", Code::UnknownCountry),
        (C::GuarantorState, "ZZ", Code::UnknownState),
        (C::InterestRate, "nine", Code::RateMalformed),
        (C::JudgmentDate, "2027-01-01", Code::DateFuture),
        (C::PlacementType, "ninth", Code::UnknownCode),
        (C::BankruptcyFiledDate, "someday", Code::DateMalformed),
    ] {
        assert_eq!(rejected(&[(column, value)]), [(code, Some(column))], "{value:?}");
    }
    for column in [C::InterestSince, C::FeesSince, C::PaymentsSince, C::CreditsSince] {
        let mismatch = (Code::ItemizationMismatch, Some(C::BalanceAtItemization));
        assert_eq!(rejected(&[(column, "0.01")]), [mismatch]);
    }
    let long = "x".repeat(256);
    assert_eq!(rejected(&[(C::Last, &long)]), [(Code::TextTooLong, Some(C::Last))]);
    let huge = "x".repeat(64 * 1024 + 1);
    assert_eq!(rejected(&[(C::Notes, &huge)]), [(Code::FieldTooLong, Some(C::Notes))]);
}

#[test]
fn a_line_tells_everything_wrong_with_it_at_once() {
    let codes = rejected(&[
        (Column::Principal, "1O.00"),
        (Column::State, "ZZ"),
        (Column::ServiceOrOpenDate, "soon"),
    ]);
    assert_eq!(codes.len(), 3, "{codes:?}");
}

#[test]
fn nothing_owed_is_nothing_to_place() {
    let zero = [
        (Column::Principal, "0.00"),
        (Column::Interest, ""),
        (Column::PlacedBalance, ""),
        (Column::BalanceAtItemization, "0.00"),
    ];
    assert_eq!(rejected(&zero), [(Code::ZeroBalance, Some(Column::Principal))]);
}

#[test]
fn what_is_optional_and_bad_is_dropped_with_a_warning() {
    use Column as C;
    for (column, value, code) in [
        (C::Phone1, "555-0122", Code::PhoneDropped),
        (C::Phone1Type, "carrier pigeon", Code::PhoneTypeUnknown),
        (C::Phone1Consent, "maybe", Code::ConsentUnreadable),
        (C::Email, "none", Code::EmailDropped),
        (C::Ssn, "123", Code::SsnDropped),
        (C::TaxId, "123", Code::TaxIdDropped),
        (C::Zip, "N/A", Code::ZipDropped),
        (C::Zip, "2118", Code::ZipRestored),
        (C::Address1, "UNKNOWN", Code::AddressPlaceholder),
        (C::Address1, "", Code::AddressMissing),
        (C::DateOfBirth, "7/24/83", Code::DateTwoDigitYear),
        (C::InterestRate, "9", Code::InterestNotAccrued),
        (C::InterestAuthority, "contract", Code::InterestNotAccrued),
        (C::Language, "Klingon", Code::LanguageUnknown),
        (C::Notes, "PT DECEASED", Code::NotesMention),
    ] {
        assert_eq!(placed(&[(column, value)]).1, [code], "{value:?}");
    }
    assert!(placed(&[(C::Address1, "UNKNOWN")]).0.debtor.address.bad);
    assert!(placed(&[(C::Zip, "N/A")]).0.debtor.address.bad);
    assert_eq!(placed(&[(C::Phone1Consent, "maybe")]).0.debtor.phones[0].consent, Some(false));
    let owed = [
        (C::InterestRate, "0.09"),
        (C::InterestStartDate, "2025-12-01"),
        (C::InterestAuthority, "contract"),
    ];
    assert_eq!(placed(&owed).1, [Code::RateFraction]);
}

#[test]
fn without_an_itemization_the_account_is_placed_and_nobody_is_contacted() {
    use Column as C;
    let missing =
        [(C::ItemizationDate, ""), (C::ItemizationDateType, ""), (C::BalanceAtItemization, "")];
    assert_eq!(restrictions(&missing), (vec![R::NoItemization], vec![Code::ItemizationMissing]));
    assert_eq!(
        restrictions(&[(C::ItemizationDate, "")]),
        (vec![R::NoItemization], vec![Code::ItemizationIncomplete])
    );
    let business: Vec<_> = missing.into_iter().chain([(C::DebtorType, "business")]).collect();
    assert_eq!(restrictions(&business), (vec![], vec![]));
}

#[test]
fn restrictions_stand_before_the_first_call() {
    use Column as C;
    for (column, value, restriction) in [
        (C::Deceased, "Y", R::Deceased),
        (C::DeceasedDate, "2025-01-01", R::Deceased),
        (C::Cease, "yes", R::Cease),
        (C::PriorDispute, "1", R::Dispute),
        (C::IdentityTheft, "TRUE", R::IdentityTheft),
        (C::Scra, "Y", R::Scra),
        (C::AttorneyName, "Wren & Wren", R::Attorney),
        (C::AttorneyPhone, "(414) 555-0100", R::Attorney),
        (C::BankruptcyChapter, "13", R::Bankruptcy),
        (C::BankruptcyCaseNo, "26-10001", R::Bankruptcy),
        (C::InconvenientTime, "before 10", R::InconvenientTime),
        (C::InconvenientPlace, "work", R::InconvenientPlace),
    ] {
        assert_eq!(restrictions(&[(column, value)]), (vec![restriction], vec![]), "{value}");
    }
    for column in [C::Deceased, C::Cease, C::PriorDispute, C::IdentityTheft, C::Scra] {
        for value in ["maybe", "X"] {
            let (set, codes) = restrictions(&[(column, value)]);
            assert_eq!((set.len(), codes), (1, vec![Code::FlagUnreadable]), "{value}");
        }
    }
    assert_eq!(
        restrictions(&[(C::Deceased, "N"), (C::DeceasedDate, "2025-01-01")]),
        (vec![R::Deceased], vec![Code::FlagContradicted])
    );
    assert_eq!(
        restrictions(&[(C::BankruptcyChapter, "maybe")]),
        (vec![R::Bankruptcy], vec![Code::ChapterUnknown])
    );
    assert_eq!(restrictions(&[(C::AttorneyName, "none"), (C::Cease, "N")]), (vec![], vec![]));
}

#[test]
fn every_restriction_is_kept_side_by_side() {
    let (mut set, _) = restrictions(&[
        (Column::Cease, "Y"),
        (Column::BankruptcyChapter, "7"),
        (Column::Deceased, "Y"),
    ]);
    set.sort_by_key(|r| r.code());
    assert_eq!(set, [R::Bankruptcy, R::Cease, R::Deceased]);
    assert_eq!(
        crate::account::status_on_placement(&set),
        crate::account::AccountStatus::Bankruptcy
    );
}

#[test]
fn a_minor_is_restricted_and_the_guarantor_is_the_second_party() {
    let guarantor = [
        (Column::DateOfBirth, "2016-11-23"),
        (Column::GuarantorFirst, "Hollis"),
        (Column::GuarantorLast, "Vallencourt"),
        (Column::GuarantorRelationship, "parent"),
    ];
    let (line, codes) = placed(&guarantor);
    assert_eq!(codes, [Code::MinorDebtor]);
    assert_eq!(line.restrictions[0].restriction, R::Minor);
    assert_eq!(line.guarantor.unwrap().first.as_deref(), Some("Hollis"));
    let itself: Vec<_> =
        guarantor.into_iter().chain([(Column::GuarantorRelationship, "Self")]).collect();
    assert!(placed(&itself).0.guarantor.is_none());
}

#[test]
fn text_that_looks_like_an_attack_stays_as_it_came() {
    for text in ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP TABLE account; --"] {
        let (line, _) = placed(&[(Column::Last, text), (Column::Notes, text)]);
        assert_eq!(line.debtor.last.as_deref(), Some(text));
        assert_eq!(line.notes.as_deref(), Some(text));
    }
}

#[test]
fn no_finding_shows_a_social_security_number() {
    let Verdict::Placed(_, findings) = judged(&[(Column::Ssn, "000-12-3456")]) else { panic!() };
    assert_eq!(findings[0].value.as_deref(), Some("*****3456"));
    let Verdict::Rejected(_, findings) = judged(&[(Column::ServiceOrOpenDate, "895-82-8946")])
    else {
        panic!()
    };
    assert_eq!(findings[0].value.as_deref(), Some("*****8946"));
}

#[test]
fn dollars_of_a_rejected_line_count_as_far_as_they_can_be_read() {
    let amounts = |changes: &[(Column, &str)]| {
        let Verdict::Rejected(amounts, _) = judged(changes) else { panic!("{changes:?}") };
        amounts
    };
    let read = amounts(&[(Column::State, "ZZ")]);
    assert_eq!((read.buckets.principal.minor(), read.unreadable), (102_351, false));
    let half = amounts(&[(Column::Interest, "2S5.88")]);
    assert_eq!((half.buckets.principal.minor(), half.unreadable), (102_351, true));
}

#[test]
fn a_line_of_another_width_is_rejected() {
    let header: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
    let given = GivenWithUpload { portfolio: false };
    let layout = Mapping::default().layout(&header, given).unwrap();
    let code = |record: &[Cell<'_>]| {
        let Verdict::Rejected(amounts, findings) = check(record, &layout, &rules()) else {
            panic!("{record:?}")
        };
        assert!(amounts.unreadable);
        findings[0].code
    };
    let cells = vec![Cell::Text("FE41-000001"); Column::COUNT + 1];
    assert_eq!(code(&cells[..3]), Code::TooFewFields);
    assert_eq!(code(&cells), Code::TooManyFields);
}

proptest! {
    #[test]
    fn no_record_panics(fields in proptest::collection::vec(".{0,40}", 0..120)) {
        let header: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        let given = GivenWithUpload { portfolio: true };
        let layout = Mapping::default().layout(&header, given).unwrap();
        let mut record: Vec<Cell<'_>> = fields.iter().map(|f| Cell::Text(f)).collect();
        let _ = check(&record, &layout, &rules());
        record.resize(Column::COUNT, Cell::Number(1e300));
        let _ = check(&record, &layout, &rules());
    }

    #[test]
    fn one_wild_value_never_panics_and_is_judged(at in 0..Column::COUNT, value in ".*") {
        let verdict = judged(&[(Column::ALL[at], &value)]);
        prop_assert!(!matches!(verdict, Verdict::Trailer) || at == 0);
    }
}
