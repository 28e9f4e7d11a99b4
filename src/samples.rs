//! Placement files with invented debts, of any length: for trying the import and for measuring it.
//!
//! Nobody in them exists: the names are put together, the telephone numbers are of the fictitious 555-01xx block, the mail addresses of
//! example domains (RFC 2606).

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use chrono::{Days, NaiveDate, Utc};

/// Which file to write. The same values make the same bytes.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// Lines, without the header
    #[arg(long, default_value_t = 1_000)]
    pub rows: u64,
    /// Another number makes other people and other debts
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The creditor's code
    #[arg(long, default_value = "SAMPLE")]
    pub client: String,
    /// The portfolio's code
    #[arg(long, default_value = "SAMPLE-1")]
    pub portfolio: String,
    /// The day the file was made; the debts are some months older
    #[arg(long, default_value_t = Utc::now().date_naive())]
    pub as_of: NaiveDate,
}

const FIRST: [&str; 24] = [
    "Alder", "Briony", "Cormac", "Delphine", "Emeric", "Fabian", "Ginevra", "Harlan", "Imara",
    "Jocelin", "Kerensa", "Lucan", "Maribel", "Nerys", "Odalys", "Piran", "Quilla", "Rosamund",
    "Severin", "Tamsin", "Ursule", "Valko", "Wenna", "Yorath",
];
const LAST_HEAD: [&str; 20] = [
    "Ash", "Bram", "Cinder", "Dell", "Elder", "Fen", "Glas", "Hart", "Iron", "Kestrel", "Lark",
    "Moor", "Nether", "Orme", "Pepper", "Quarry", "Rowan", "Sorrel", "Thorn", "Under",
];
const LAST_TAIL: [&str; 20] = [
    "by", "combe", "cote", "croft", "dale", "field", "gate", "grove", "ham", "hay", "hurst", "ley",
    "man", "more", "spur", "stead", "tenby", "ton", "wick", "worth",
];
const STREET: [&str; 12] = [
    "Alder St",
    "Foxglove Way",
    "Granary Ct",
    "Kiln Ln",
    "Lantern Rd",
    "Mill Race",
    "Nutmeg Dr",
    "Orchard Ave",
    "Pepperwood Rd",
    "Quarry Hill",
    "Rosehip Dr",
    "Sawmill Rd",
];
const PLACE: [(&str, &str, &str, &str); 10] = [
    ("Baltimore", "MD", "21201", "410"),
    ("Boston", "MA", "02108", "617"),
    ("Las Vegas", "NV", "89101", "702"),
    ("Los Angeles", "CA", "90012", "213"),
    ("Miami", "FL", "33130", "305"),
    ("Milwaukee", "WI", "53202", "414"),
    ("Minneapolis", "MN", "55401", "612"),
    ("Nashville", "TN", "37203", "615"),
    ("Portland", "OR", "97205", "503"),
    ("Providence", "RI", "02903", "401"),
];

const HEADER: &str = "client_code,portfolio_code,client_account_number,debtor_type,first,last,ssn,\
date_of_birth,address1,city,state,zip,country,phone1,phone1_type,email,email_consent,email_source,\
original_creditor,current_creditor,product,service_or_open_date,last_payment_date,\
last_payment_amount,itemization_date,itemization_date_type,balance_at_itemization,interest_since,\
fees_since,payments_since,credits_since,principal,interest,fees,court_costs,other,placed_balance,\
placement_type,language\n";

/// Writes the file to standard output.
///
/// # Errors
/// When the output is closed.
pub fn write(wanted: &Wanted) -> Result<()> {
    write_to(wanted, BufWriter::with_capacity(1 << 16, io::stdout().lock()))
}

/// Writes the file to `out`.
///
/// # Errors
/// When `out` refuses.
pub fn write_to(wanted: &Wanted, mut out: impl Write) -> Result<()> {
    out.write_all(HEADER.as_bytes())?;
    let mut dice = Dice(wanted.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for row in 1..=wanted.rows {
        write_row(wanted, row, &mut dice, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

fn write_row(wanted: &Wanted, row: u64, dice: &mut Dice, out: &mut impl Write) -> Result<()> {
    let Wanted { seed, client, portfolio, as_of, .. } = wanted;
    let first = dice.one_of(FIRST);
    let last = format!("{}{}", dice.one_of(LAST_HEAD), dice.one_of(LAST_TAIL));
    let (city, state, zip, area) = dice.one_of(PLACE);
    let born = *as_of - Days::new(7_300 + dice.below(20_000));
    let served = *as_of - Days::new(120 + dice.below(500));
    let paid = dice.below(3) == 0;
    let last_payment = served + Days::new(10 + dice.below(80));
    let itemized = if paid { last_payment } else { served };
    let (principal, fees) = (4_000 + dice.below(400_000), dice.one_of([0, 0, 1_500, 2_500]));
    let total = principal + fees;
    write!(out, "{client},{portfolio},{client}-{seed}-{row:07},consumer,{first},{last},")?;
    let (area_no, group, serial) = (row / 989_901 % 100, row / 9_999 % 99 + 1, row % 9_999 + 1);
    write!(out, "8{area_no:02}-{group:02}-{serial:04},{born},")?;
    write!(out, "{} {},{city},{state},{zip},US,", 1 + dice.below(9_999), dice.one_of(STREET))?;
    write!(out, "({area}) 555-01{:02},mobile,", dice.below(100))?;
    let mailbox = format!("{first}.{last}{row}@example.com").to_lowercase();
    write!(out, "{mailbox},Y,creditor,{client} Sample Company,{client} Sample Company,utility,")?;
    write!(out, "{served},")?;
    if paid {
        write!(
            out,
            "{last_payment},{},{itemized},last_payment,",
            Cents(1_000 + dice.below(9_000))
        )?;
    } else {
        write!(out, ",,{itemized},transaction,")?;
    }
    write!(out, "{},0.00,{},0.00,0.00,", Cents(principal), Cents(fees))?;
    write!(out, "{},0.00,{},0.00,0.00,{},", Cents(principal), Cents(fees), Cents(total))?;
    let language = if dice.below(8) == 0 { "es" } else { "en" };
    writeln!(out, "first,{language}")?;
    Ok(())
}

/// Cents, written as dollars.
struct Cents(u64);

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// xorshift64*: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % limit
    }

    fn one_of<T: Copy, const N: usize>(&mut self, all: [T; N]) -> T {
        let chosen = usize::try_from(self.below(u64::try_from(N).unwrap_or(1))).unwrap_or(0);
        // N is never 0, so the cycle always has a next one.
        let mut cycle = all.into_iter().cycle().skip(chosen);
        loop {
            if let Some(found) = cycle.next() {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_wish_makes_the_same_file_and_every_line_is_whole() {
        let wanted = Wanted {
            rows: 500,
            seed: 7,
            client: "ACME".into(),
            portfolio: "P".into(),
            as_of: NaiveDate::from_ymd_opt(2026, 11, 20).unwrap(),
        };
        let (mut once, mut again) = (Vec::new(), Vec::new());
        write_to(&wanted, &mut once).unwrap();
        write_to(&wanted, &mut again).unwrap();
        assert_eq!(once, again);
        let mut reader = csv::Reader::from_reader(once.as_slice());
        let lines: Vec<_> = reader.records().map(|line| line.unwrap()).collect();
        assert_eq!(lines.len(), 500);
        let numbers: std::collections::HashSet<_> =
            lines.iter().map(|line| line.get(2).unwrap().to_owned()).collect();
        assert_eq!(numbers.len(), 500, "an account number came twice");
    }
}
