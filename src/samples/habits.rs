//! What spreadsheets do to a file on its way: unusual, and legal all the same. Every line can be placed.

use std::io::{self, Write};

use chrono::NaiveDate;

use super::{Dice, Line};

const DATES: [&str; 7] = [
    "date_of_birth",
    "service_or_open_date",
    "last_payment_date",
    "charge_off_date",
    "first_delinquency_date",
    "last_charge_date",
    "itemization_date",
];
const AMOUNTS: [&str; 12] = [
    "last_payment_amount",
    "balance_at_itemization",
    "interest_since",
    "fees_since",
    "payments_since",
    "credits_since",
    "principal",
    "interest",
    "fees",
    "court_costs",
    "other",
    "placed_balance",
];

/// The habits, with dice of their own.
pub(super) struct Habits(Dice);

impl Habits {
    pub(super) fn new(seed: u64) -> Self {
        Self(Dice(seed.wrapping_mul(0xD1B5_4A32_D192_ED03) | 1))
    }

    /// Something that is no line of a debt, now and then: skipped with a warning.
    pub(super) fn interrupt(&mut self, header: &str, out: &mut impl Write) -> io::Result<()> {
        match self.0.below(200) {
            0 => writeln!(out),
            // Two files pasted one below the other.
            1 => writeln!(out, "{header}"),
            _ => Ok(()),
        }
    }

    /// One habit, on every second line.
    pub(super) fn spoil(&mut self, line: &mut Line) {
        match self.0.below(24) {
            0 => line.rewrite(|name| DATES.contains(&name), month_first),
            1 => line.rewrite(|name| AMOUNTS.contains(&name), grouped),
            2 => line.rewrite(|name| AMOUNTS.contains(&name), |cell| Some(format!("${cell}"))),
            // Zero is left empty.
            3 => line.rewrite(
                |name| matches!(name, "interest" | "fees" | "court_costs" | "other"),
                |cell| (cell == "0.00").then(String::new),
            ),
            4 => line.rewrite(|_| true, |cell| Some(format!("  {cell} "))),
            5 => line.rewrite(
                |name| matches!(name, "first" | "last" | "business_name" | "city"),
                |cell| Some(cell.to_uppercase()),
            ),
            6 => line.rewrite(
                |name| matches!(name, "ssn" | "tax_id"),
                |cell| Some(cell.replace('-', "")),
            ),
            // A ZIP that was taken for a number.
            7 => line.rewrite(
                |name| name == "zip",
                |cell| Some(cell.trim_start_matches('0').to_owned()),
            ),
            8 => line.rewrite(|name| name == "state", |cell| Some(cell.to_lowercase())),
            // An account number that should not be taken for one.
            9 => line.rewrite(
                |name| name == "client_account_number",
                |cell| Some(format!("=\"{cell}\"")),
            ),
            10 => line.rewrite(|name| name == "email", |_| Some("n/a".to_owned())),
            11 => line.rewrite(|name| name == "phone1", |_| Some("call after 5".to_owned())),
            _ => {}
        }
    }
}

fn month_first(cell: &str) -> Option<String> {
    let day: NaiveDate = cell.parse().ok()?;
    Some(day.format("%m/%d/%Y").to_string())
}

/// `12345.67` as `12,345.67`.
fn grouped(cell: &str) -> Option<String> {
    let (whole, cents) = cell.split_once('.')?;
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    Some(format!("{out}.{cents}"))
}
