//! What is owed: buckets, dates, the itemization, interest, judgment.

use super::{LineAmounts, Reading};
use crate::bucket::Bucket;
use crate::money::Money;
use crate::placement::Column;
use crate::placement::amount;
use crate::placement::finding::{Code, Finding};
use crate::placement::line::{
    DebtDates, DebtorType, InterestTerms, Itemization, ItemizationDateType, PlacedJudgment,
    PlacementType,
};

const BUCKETS: [(Bucket, Column); 5] = [
    (Bucket::Principal, Column::Principal),
    (Bucket::Interest, Column::Interest),
    (Bucket::Fees, Column::Fees),
    (Bucket::Costs, Column::CourtCosts),
    (Bucket::Other, Column::Other),
];

/// The buckets; a blank one is nothing, but principal is required.
pub(super) fn amounts(reading: &mut Reading<'_>) -> LineAmounts {
    let mut amounts = LineAmounts::default();
    for (bucket, column) in BUCKETS {
        match amount::read(reading.cell(column), reading.rules.decimal_mark) {
            Ok(Some(money)) => amounts.buckets.set(bucket, money),
            Ok(None) if column == Column::Principal => {
                reading.note(Code::RequiredMissing, column);
            }
            Ok(None) => {}
            Err(code) => {
                amounts.unreadable = true;
                reading.note(code, column);
            }
        }
    }
    amounts
}

/// The sum of the buckets, which `placed_balance` must repeat where it is given.
pub(super) fn placed_balance(reading: &mut Reading<'_>, amounts: &LineAmounts) -> Option<Money> {
    let stated = reading.money(Column::PlacedBalance);
    if amounts.unreadable || reading.cell(Column::Principal).is_blank() {
        return None;
    }
    let Ok(sum) = amounts.buckets.total() else {
        reading.note(Code::AmountTooLarge, Column::Principal);
        return None;
    };
    if sum.is_zero() {
        reading.note(Code::ZeroBalance, Column::Principal);
        return None;
    }
    if let Some(stated) = stated.filter(|stated| *stated != sum) {
        let reason = format!("The buckets add up to {sum}, placed_balance says {stated}.");
        let shown = stated.to_decimal();
        reading.findings.push(
            Finding::of_value(Code::BalanceMismatch, Column::PlacedBalance, Some(&shown))
                .because(reason),
        );
        return None;
    }
    Some(sum)
}

/// The days of the debt's life; none may be in the future.
pub(super) fn dates(reading: &mut Reading<'_>) -> Option<DebtDates> {
    let mut past = |column| reading.past_date(column, Code::DateFuture);
    let service_or_open = past(Column::ServiceOrOpenDate);
    let charge_off = past(Column::ChargeOffDate);
    let first_delinquency = past(Column::FirstDelinquencyDate);
    let last_payment = past(Column::LastPaymentDate);
    let last_charge = past(Column::LastChargeDate);
    if reading.cell(Column::ServiceOrOpenDate).is_blank() {
        reading.note(Code::RequiredMissing, Column::ServiceOrOpenDate);
    }
    Some(DebtDates {
        service_or_open: service_or_open?,
        charge_off,
        first_delinquency,
        last_payment,
        last_charge,
    })
}

/// The itemization. For a consumer debt it adds up to the cent (Reg F 1006.34(c)(2)(viii)); where
/// it is missing the account is placed and nobody is contacted.
pub(super) fn itemization(
    reading: &mut Reading<'_>,
    debtor: Option<DebtorType>,
    placed: Option<Money>,
) -> Option<Itemization> {
    let on = reading.past_date(Column::ItemizationDate, Code::ItemizationFuture);
    let kind = itemization_kind(reading);
    let balance = reading.money(Column::BalanceAtItemization);
    let [interest, fees, payments, credits] =
        [Column::InterestSince, Column::FeesSince, Column::PaymentsSince, Column::CreditsSince]
            .map(|column| reading.money(column).unwrap_or(Money::ZERO));
    let nothing_since = [interest, fees, payments, credits].iter().all(|money| money.is_zero());
    let columns =
        [Column::ItemizationDate, Column::ItemizationDateType, Column::BalanceAtItemization];
    let blank = columns.iter().filter(|column| reading.cell(**column).is_blank()).count();
    if debtor != Some(DebtorType::Business) && blank > 0 {
        let code = if blank == columns.len() && nothing_since {
            Code::ItemizationMissing
        } else {
            Code::ItemizationIncomplete
        };
        let column = columns.into_iter().find(|column| reading.cell(*column).is_blank());
        reading.note(code, column.unwrap_or(Column::ItemizationDate));
    }
    let sum = balance.and_then(|balance| {
        let plus = balance.plus(interest).and_then(|sum| sum.plus(fees)).ok()?;
        plus.minus(payments).and_then(|sum| sum.minus(credits)).ok()
    });
    if debtor != Some(DebtorType::Business)
        && let (Some(sum), Some(placed)) = (sum, placed)
        && sum != placed
    {
        let reason = format!("The itemization adds up to {sum}, the placed balance is {placed}.");
        reading.note(Code::ItemizationMismatch, Column::BalanceAtItemization);
        if let Some(finding) = reading.findings.last_mut() {
            finding.reason = reason.into();
        }
        return None;
    }
    Some(Itemization { on: on?, kind: kind?, balance: balance?, interest, fees, payments, credits })
}

fn itemization_kind(reading: &mut Reading<'_>) -> Option<ItemizationDateType> {
    let text = reading.code_text(Column::ItemizationDateType)?;
    let kind = ItemizationDateType::read(&text);
    if kind.is_none() {
        reading.note(Code::UnknownCode, Column::ItemizationDateType);
    }
    kind
}

/// The interest terms; unless rate, start and authority are all there nothing accrues.
pub(super) fn interest(reading: &mut Reading<'_>) -> Option<InterestTerms> {
    let rate = reading.rate(Column::InterestRate);
    let starts_on = reading.date(Column::InterestStartDate);
    let authority = reading.text(Column::InterestAuthority);
    let asked = rate.is_some_and(|rate| rate > crate::rate::Rate::ZERO)
        || rate.is_none() && (starts_on.is_some() || authority.is_some());
    match (rate, starts_on, authority) {
        (Some(rate), Some(starts_on), Some(authority)) => {
            Some(InterestTerms { rate, starts_on, authority })
        }
        _ => {
            if asked {
                reading.note(Code::InterestNotAccrued, Column::InterestRate);
            }
            None
        }
    }
}

/// The judgment, where any of its columns is filled.
pub(super) fn judgment(reading: &mut Reading<'_>) -> Option<PlacedJudgment> {
    let judgment = PlacedJudgment {
        on: reading.past_date(Column::JudgmentDate, Code::DateFuture),
        amount: reading.money(Column::JudgmentAmount),
        rate: reading.rate(Column::JudgmentRate),
        case_no: reading.code_text(Column::JudgmentCaseNo),
        court: reading.text(Column::JudgmentCourt),
    };
    let some = judgment.on.is_some()
        || judgment.amount.is_some()
        || judgment.case_no.is_some()
        || judgment.court.is_some();
    some.then_some(judgment)
}

/// First, when nothing is said.
pub(super) fn placement_type(reading: &mut Reading<'_>) -> Option<PlacementType> {
    let Some(text) = reading.code_text(Column::PlacementType) else {
        return Some(PlacementType::First);
    };
    let kind = PlacementType::read(&text);
    if kind.is_none() {
        reading.note(Code::UnknownCode, Column::PlacementType);
    }
    kind
}
