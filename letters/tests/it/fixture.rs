//! A creditor's statement and invoice as they might be: figures that add up, names of many kinds.

use chrono::{Days, NaiveDate};
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::payment::PaymentKind;
use domain::remittance::RemittanceMethod;
use domain::statement::{Line, Totals};
use domain::{AccountId, Buckets, Currency, Money, PaymentId, Rate};
use letters::{Billed, InvoiceLetter, NamedDocument, Party, StatementHead, StatementLetter};
use uuid::Uuid;

const NAMES: [&str; 8] = [
    "Nguyễn, Thị Minh Khai",
    "Ñíguez Peña, José Ángel",
    "O'Brien-Fitzgerald, Maximiliana Konstantina",
    "Smith, Ann",
    "Łukasiewicz, Żaneta",
    "Παπαδόπουλος, Γιώργος",
    "Müller & Söhne GmbH",
    "Johnson, Bartholomew",
];

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

pub fn cents(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn agency() -> Party {
    Party {
        name: "Harbor Recovery Services, LLC".to_owned(),
        code: None,
        address: ["200 Harbor Street, Suite 410", "Portland, OR 97204", "(503) 555-0142"]
            .map(str::to_owned)
            .to_vec(),
    }
}

fn creditor() -> Party {
    Party {
        name: "Cascade Community Hospital".to_owned(),
        code: Some("CASC01".to_owned()),
        address: ["Patient Accounts", "1400 Mill Road", "Eugene, OR 97401"]
            .map(str::to_owned)
            .to_vec(),
    }
}

/// A line for each number: mostly payments to the agency, every fourth one direct, every ninth a
/// return of what an earlier statement showed.
fn line(at: u64) -> Result<Line, domain::money::TooLarge> {
    let returned = at % 9 == 8;
    let direct = at % 4 == 3;
    let kind = match (direct, returned) {
        (false, false) => PaymentKind::PaidAgency,
        (false, true) => PaymentKind::PaidAgencyReturn,
        (true, false) => PaymentKind::PaidCreditor,
        (true, true) => PaymentKind::PaidCreditorReturn,
    };
    let amount = i64::try_from(at * 7_919 % 90_000 + 1_500).unwrap_or_default();
    let paid = cents(if returned { -amount } else { amount });
    let rate = if at.is_multiple_of(3) { "0.333333" } else { "0.25" };
    let commission = Rate::parse(rate).unwrap_or(Rate::ZERO).of(paid)?;
    let tax = Rate::parse("0.05").unwrap_or(Rate::ZERO).of(commission)?;
    let (to_us, paid_direct) = if direct { (Money::ZERO, paid) } else { (paid, Money::ZERO) };
    let effective = day("2026-01-02") + Days::new(at % 28);
    let name = usize::try_from(at).ok().and_then(|at| NAMES.get(at % NAMES.len()));
    Ok(Line {
        payment: PaymentId(Uuid::from_u64_pair(1, at)),
        account: AccountId(Uuid::from_u64_pair(2, at)),
        reference: format!("QK{:07}-{}", 4_100_000 + at * 37, at % 10),
        client_account_number: format!("MRN-2025-{:06}", 880_000 + at),
        debtor_name: name.copied().unwrap_or_default().to_owned(),
        kind,
        effective_on: effective,
        posted_on: effective + Days::new(at % 3),
        to_us,
        direct: paid_direct,
        buckets: Buckets::default(),
        rate: (at % 11 != 10).then(|| rate.to_owned()),
        commission,
        tax,
        due_creditor: to_us.minus(commission)?.minus(tax)?,
        balance: if at % 5 == 1 { Money::ZERO } else { cents(123_456 + amount) },
        mark: match at % 10 {
            1 => Some("PIF".to_owned()),
            6 => Some("SIF".to_owned()),
            _ => None,
        },
        prior_period: at % 13 == 5,
        returned_from: returned.then_some(41),
    })
}

/// A net statement of so many lines, with an opening, something on hold and an invoice.
pub fn statement(lines: u64) -> Result<StatementLetter, domain::money::TooLarge> {
    let lines = (0..lines).map(line).collect::<Result<Vec<_>, _>>()?;
    let mut totals =
        Totals { opening: cents(12_500), held: cents(8_050), held_count: 2, ..Totals::default() };
    for line in &lines {
        totals.to_us = totals.to_us.plus(line.to_us)?;
        totals.direct = totals.direct.plus(line.direct)?;
        totals.tax = totals.tax.plus(line.tax)?;
        let sum = if line.kind.moves_trust() {
            &mut totals.commission_to_us
        } else {
            &mut totals.commission_direct
        };
        *sum = sum.plus(line.commission)?;
    }
    totals.total = totals
        .opening
        .plus(totals.to_us)?
        .minus(totals.commission_to_us)?
        .minus(totals.commission_direct)?
        .minus(totals.tax)?;
    totals.remit = totals.total.max(Money::ZERO);
    totals.carried = totals.total.min(Money::ZERO);
    let head = StatementHead {
        agency: agency(),
        creditor: creditor(),
        number: 42,
        dated: day("2026-02-01"),
        period_start: Some(day("2026-01-01")),
        period_end: day("2026-01-31"),
        method: RemittanceMethod::Net,
        currency: Currency::Usd,
        trust_account: Some("Client Trust, ending 4417".to_owned()),
        documents: vec![NamedDocument {
            kind: InvoiceKind::Invoice,
            purpose: InvoicePurpose::DirectCommission,
            number: 17,
            amount: cents(4_321),
            due_on: day("2026-03-03"),
        }],
        notes: Vec::new(),
    };
    Ok(StatementLetter { head, lines, totals })
}

/// An invoice for commission, partly paid.
pub fn invoice() -> InvoiceLetter {
    InvoiceLetter {
        kind: InvoiceKind::Invoice,
        purpose: InvoicePurpose::Commission,
        agency: agency(),
        creditor: creditor(),
        number: 17,
        issued_on: day("2026-02-01"),
        due_on: day("2026-03-03"),
        currency: Currency::Usd,
        statement: Some(42),
        billed: vec![
            Billed {
                description: "Commission on what we collected in January 2026".to_owned(),
                net: cents(123_450),
                tax: cents(6_173),
            },
            Billed {
                description: "Commission on payments to you directly in January 2026".to_owned(),
                net: cents(-10_000),
                tax: cents(-500),
            },
        ],
        net: cents(113_450),
        tax: cents(5_673),
        amount: cents(119_123),
        applied: vec![letters::Applied {
            description: "Your payment, check 1042".to_owned(),
            on: day("2026-02-14"),
            amount: cents(50_000),
        }],
        how_to_pay: vec![
            "Please make checks payable to Harbor Recovery Services, LLC (operating account) and \
             write the invoice's number on them. Do not deduct this from remittances; those are \
             paid from trust."
                .to_owned(),
        ],
        notes: Vec::new(),
    }
}
