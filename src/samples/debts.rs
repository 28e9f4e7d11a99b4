//! The debts of five kinds of creditors, as each of them would write them down.

use chrono::{Days, NaiveDate};

use super::columns::{CARD, COMMERCIAL, HOSPITAL, RENT, UTILITY};
use super::{Cents, Dice, Line, Wanted};

/// Whose debts a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A hospital's: guarantors, children among the patients
    Hospital,
    /// A bank's charged-off cards
    Card,
    /// Final bills of a utility
    Utility,
    /// A landlord's, after the tenant moved out: deposits, damages, co-tenants
    Rent,
    /// Invoices to businesses
    Commercial,
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

const TRADE: [&str; 8] =
    ["Bakery", "Builders", "Dairy", "Farms", "Foundry", "Freight", "Nursery", "Tile"];
const FORM: [&str; 5] = ["Inc.", "LLC", "LP", "Co.", "Corp"];

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Hospital, Self::Card, Self::Utility, Self::Rent, Self::Commercial];

    fn product(self) -> &'static str {
        match self {
            Self::Hospital => "medical",
            Self::Card => "card",
            Self::Utility => "utility",
            Self::Rent => "rent",
            Self::Commercial => "commercial",
        }
    }

    /// The columns of its files.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Hospital => &HOSPITAL,
            Self::Card => &CARD,
            Self::Utility => &UTILITY,
            Self::Rent => &RENT,
            Self::Commercial => &COMMERCIAL,
        }
    }
}

/// What everybody's debt is made of.
struct Debt {
    principal: u64,
    interest: u64,
    fees: u64,
    other: u64,
}

/// Fills the cells of one line. The same dice make the same debt.
pub(super) fn fill(line: &mut Line, wanted: &Wanted, row: u64, dice: &mut Dice) {
    let Wanted { seed, client, portfolio, as_of, kind, .. } = wanted;
    line.set("client_code", client);
    line.set("portfolio_code", portfolio);
    line.set("client_account_number", format_args!("{client}-{seed}-{row:07}"));
    let first = dice.one_of(FIRST);
    let last = format!("{}{}", dice.one_of(LAST_HEAD), dice.one_of(LAST_TAIL));
    let (city, state, zip, area) = dice.one_of(PLACE);
    let born = *as_of - Days::new(7_300 + dice.below(20_000));
    let served = *as_of - Days::new(120 + dice.below(500));
    let paid = dice.below(3) == 0;
    let last_payment = served + Days::new(10 + dice.below(80));
    let mut debt = Debt {
        principal: 4_000 + dice.below(400_000),
        interest: 0,
        fees: dice.one_of([0, 0, 1_500, 2_500]),
        other: 0,
    };
    person(line, row, (first, &last), born);
    let street = format!("{} {}", 1 + dice.below(9_999), dice.one_of(STREET));
    for (column, value) in
        [("address1", street.as_str()), ("city", city), ("state", state), ("zip", zip)]
    {
        line.set(column, value);
    }
    line.set("country", "US");
    line.set("phone1", format_args!("({area}) 555-01{:02}", dice.below(100)));
    line.set("phone1_type", "mobile");
    line.set("email", format!("{first}.{last}{row}@example.com").to_lowercase());
    line.set("email_consent", "Y");
    line.set("email_source", "creditor");
    for column in ["original_creditor", "current_creditor"] {
        line.set(column, format_args!("{client} Sample Company"));
    }
    line.set("product", kind.product());
    line.set("service_or_open_date", served);
    if paid {
        line.set("last_payment_date", last_payment);
        line.set("last_payment_amount", Cents(1_000 + dice.below(9_000)));
    }
    let itemized = match kind {
        Kind::Utility | Kind::Commercial if paid => (last_payment, "last_payment"),
        Kind::Utility | Kind::Commercial => (served, "transaction"),
        Kind::Hospital => hospital(line, dice, (first, &last), born, *as_of, served),
        Kind::Card => card(line, dice, &mut debt, served),
        Kind::Rent => rent(line, dice, &mut debt, served),
    };
    if *kind == Kind::Commercial {
        business(line, dice, row, &last);
    }
    owed(line, &debt, itemized, dice, *kind);
    line.set("placement_type", "first");
    line.set("language", if dice.below(8) == 0 { "es" } else { "en" });
}

fn person(line: &mut Line, row: u64, (first, last): (&str, &str), born: NaiveDate) {
    let (area_no, group, serial) = (row / 989_901 % 100, row / 9_999 % 99 + 1, row % 9_999 + 1);
    line.set("debtor_type", "consumer");
    line.set("first", first);
    line.set("last", last);
    line.set("ssn", format_args!("8{area_no:02}-{group:02}-{serial:04}"));
    line.set("date_of_birth", born);
}

/// Buckets, their sum, and the itemization that leads to it; a landlord's deposit is a credit since.
fn owed(line: &mut Line, debt: &Debt, itemized: (NaiveDate, &str), dice: &mut Dice, kind: Kind) {
    let Debt { principal, interest, fees, other } = *debt;
    let total = principal + interest + fees + other;
    let deposit =
        if kind == Kind::Rent { dice.below(2) * (20_000 + dice.below(80_000)) } else { 0 };
    line.set("itemization_date", itemized.0);
    line.set("itemization_date_type", itemized.1);
    line.set("balance_at_itemization", Cents(total - fees + deposit));
    line.set("interest_since", Cents(0));
    line.set("fees_since", Cents(fees));
    line.set("payments_since", Cents(0));
    line.set("credits_since", Cents(deposit));
    for (column, cents) in [
        ("principal", principal),
        ("interest", interest),
        ("fees", fees),
        ("court_costs", 0),
        ("other", other),
        ("placed_balance", total),
    ] {
        line.set(column, Cents(cents));
    }
}

/// A patient is their own guarantor, or a child with a parent.
fn hospital(
    line: &mut Line,
    dice: &mut Dice,
    (first, last): (&str, &str),
    born: NaiveDate,
    as_of: NaiveDate,
    served: NaiveDate,
) -> (NaiveDate, &'static str) {
    let child = dice.below(30) == 0;
    if child {
        line.set("date_of_birth", as_of - Days::new(1_500 + dice.below(4_000)));
        line.set("notes", "Emergency room visit, \"walk-in\"; parent present");
    } else {
        line.set("date_of_birth", born);
    }
    line.set("guarantor_first", if child { dice.one_of(FIRST) } else { first });
    line.set("guarantor_last", last);
    line.set("guarantor_relationship", if child { "parent" } else { "self" });
    (served, "transaction")
}

/// Opened years ago, delinquent, charged off half a year later with the interest of that time.
fn card(
    line: &mut Line,
    dice: &mut Dice,
    debt: &mut Debt,
    served: NaiveDate,
) -> (NaiveDate, &'static str) {
    let delinquent = served - Days::new(100 + dice.below(100));
    let charged_off = served;
    debt.interest = debt.principal / 5;
    debt.fees = 0;
    line.set("service_or_open_date", delinquent - Days::new(700 + dice.below(2_500)));
    line.set("first_delinquency_date", delinquent);
    line.set("charge_off_date", charged_off);
    line.set("last_charge_date", delinquent - Days::new(20));
    line.set("last_payment_date", delinquent - Days::new(10 + dice.below(25)));
    line.set("last_payment_amount", Cents(2_500 + dice.below(9_000)));
    line.set("document_refs", format_args!("statement-{}.pdf", dice.below(1_000_000)));
    (charged_off, "charge_off")
}

/// Damages beside the rent, and every fourth with a second tenant.
fn rent(
    line: &mut Line,
    dice: &mut Dice,
    debt: &mut Debt,
    served: NaiveDate,
) -> (NaiveDate, &'static str) {
    debt.other = dice.one_of([0, 15_000, 32_050]);
    if dice.below(4) == 0 {
        line.set("co_debtor_first", dice.one_of(FIRST));
        line.set(
            "co_debtor_last",
            format_args!("{}{}", dice.one_of(LAST_HEAD), dice.one_of(LAST_TAIL)),
        );
        line.set("notes", "Both tenants signed the lease");
    }
    (served + Days::new(30), "last_statement")
}

/// A business instead of a person.
fn business(line: &mut Line, dice: &mut Dice, row: u64, last: &str) {
    line.set("debtor_type", "business");
    line.set("business_name", format_args!("{last} {} {}", dice.one_of(TRADE), dice.one_of(FORM)));
    line.set("tax_id", format_args!("00-{:07}", row % 10_000_000));
    line.set("phone1_type", "work");
    line.set("document_refs", format_args!("INV-{}.pdf", 10_000 + dice.below(90_000)));
}
