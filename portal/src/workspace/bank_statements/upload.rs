//! Importing a statement: the file, how it is written, and which column is what.

use super::super::frame;
use super::super::subnav::{self, Subnav};
use crate::csrf;
use crate::entry::Member;
use crate::form::{Choices, Field, Problems, Select};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused, told};
use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use domain::bank_statement::{
    AmountColumns, ColumnRef, CsvMapping, Delimiter, MAX_BYTES, PositiveIs, Unreadable,
};
use domain::placement::amount::DecimalMark;
use domain::placement::date::DateOrder;
use domain::{Currency, Money, Permission, TrustAccountId};
use futures_util::TryStreamExt;
use service::bank_statements::{self, ImportRefused, NewStatement, Written};
use service::trust::{self, TrustAccount};
use std::collections::BTreeMap;

/// Bytes of a field that is no file.
const FIELD: usize = 4 * 1024;

#[derive(Template)]
#[template(path = "workspace/bank_statement_new.html")]
struct UploadPage {
    page: Page,
    nav: Subnav,
    account: Option<Select>,
    format: Choices,
    columns: Vec<Field>,
    written: Vec<Select>,
    balances: Vec<Field>,
    /// Whether somebody has filled in the part about CSV files.
    is_csv: bool,
    /// Lines that cannot be read.
    faults: Vec<String>,
}

/// What came with the form; the file's bytes apart.
#[derive(Default)]
struct Received {
    typed: BTreeMap<String, String>,
    file: Option<(String, Vec<u8>)>,
    too_large: bool,
}

impl Received {
    fn get(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", |text| text.trim())
    }
}

pub async fn ask(member: Member) -> Result<HttpResponse, Refusal> {
    member.require(Permission::TrustWrite)?;
    let mut usual = Received::default();
    for (name, value) in [("date", "Date"), ("amount", "Amount"), ("description", "Description")] {
        usual.typed.insert(name.to_owned(), value.to_owned());
    }
    show_form(&member, &usual, Problems::none(), Vec::new()).await
}

pub async fn take(
    member: Member,
    request: HttpRequest,
    parts: Multipart,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::TrustWrite)?;
    let mut received = receive(&member, &request, parts).await?;
    let mut problems = Problems::none();
    let file = received.file.take();
    if received.too_large {
        problems.add("file", "The file is larger than 64 MB. Ask the bank for a shorter period.");
    } else if file.is_none() {
        problems.add("file", "Choose the file that the bank gave you");
    }
    let written = written(&received, member.front().currency, &mut problems);
    let (Some((file_name, bytes)), Some(written), true) = (file, written, problems.is_empty())
    else {
        return show_form(&member, &received, problems, Vec::new()).await;
    };
    let trust_account = received.get("account").parse::<TrustAccountId>().ok();
    let new = NewStatement { trust_account, file_name, written, bytes };
    match bank_statements::import(member.app(), member.actor(), new).await {
        Ok(ids) => {
            member.flash(Tone::Done, "Imported; what could be matched is matched.").await?;
            match ids.as_slice() {
                [only] => Ok(go(format!("/trust/bank-statements/{only}"))),
                _ => Ok(go("/trust/bank-statements")),
            }
        }
        Err(err) => {
            let field = match &err {
                ImportRefused::NoBalances
                | ImportRefused::DoesNotAddUp { .. }
                | ImportRefused::DoesNotFollow { .. } => "opening",
                ImportRefused::Unreadable(Unreadable::NoColumn { .. }) => "date",
                ImportRefused::Unreadable(_)
                | ImportRefused::ImportedBefore(_)
                | ImportRefused::Overlaps { .. }
                | ImportRefused::NoDays
                | ImportRefused::BrokenBalance { .. }
                | ImportRefused::WrongCurrency(_)
                | ImportRefused::TooLarge
                | ImportRefused::Stop(_) => "file",
            };
            // camt.053 has its own balances and columns: the fields of CSV are not on its part.
            let field = if received.get("format") == "camt053" { "file" } else { field };
            let faults = faults(&err);
            show_form(&member, &received, Problems::one(field, told(&err)?), faults).await
        }
    }
}

/// The lines that cannot be read, each with its place and what to do.
fn faults(err: &ImportRefused) -> Vec<String> {
    match err {
        ImportRefused::Unreadable(Unreadable::Faults { faults, .. }) => {
            faults.iter().map(|fault| crate::entry::sentence(&fault.to_string())).collect()
        }
        ImportRefused::Unreadable(_)
        | ImportRefused::ImportedBefore(_)
        | ImportRefused::Overlaps { .. }
        | ImportRefused::NoBalances
        | ImportRefused::NoDays
        | ImportRefused::DoesNotAddUp { .. }
        | ImportRefused::BrokenBalance { .. }
        | ImportRefused::DoesNotFollow { .. }
        | ImportRefused::WrongCurrency(_)
        | ImportRefused::TooLarge
        | ImportRefused::Stop(_) => Vec::new(),
    }
}

/// Reads the parts as they come. The form's seal is its first field: nothing of a forged post is kept.
async fn receive(
    member: &Member,
    request: &HttpRequest,
    mut parts: Multipart,
) -> Result<Received, Refusal> {
    let mut received = Received::default();
    let mut sealed = false;
    while let Some(mut part) = parts.try_next().await.map_err(|_| Refusal::Unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = name == "file";
        if is_file && !sealed {
            return Err(Refusal::ForeignForm);
        }
        let named = part.content_disposition().and_then(|it| it.get_filename()).map(str::to_owned);
        let most = if is_file { MAX_BYTES } else { FIELD };
        let mut bytes = Vec::new();
        while let Some(some) = part.try_next().await.map_err(|_| Refusal::Unreadable)? {
            // What follows a refusal is read and dropped, so that the browser gets the answer.
            if bytes.len() + some.len() > most {
                if !is_file {
                    return Err(Refusal::TooLarge);
                }
                received.too_large = true;
            } else {
                bytes.extend_from_slice(&some);
            }
        }
        if is_file {
            let named = named.unwrap_or_default();
            let named = named.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned();
            received.file = (!named.is_empty()).then_some((named, bytes));
            continue;
        }
        let value = String::from_utf8(bytes).map_err(|_| Refusal::Unreadable)?;
        if name == "csrf" {
            csrf::check(request, member, &value)?;
            sealed = true;
        } else {
            received.typed.insert(name, value);
        }
    }
    if sealed { Ok(received) } else { Err(Refusal::ForeignForm) }
}

fn written(received: &Received, currency: Currency, problems: &mut Problems) -> Option<Written> {
    match received.get("format") {
        "camt053" => Some(Written::Camt053),
        "csv" => {
            let mapping = Box::new(mapping(received, problems)?);
            let opening = balance(received, "opening", currency, problems);
            let closing = balance(received, "closing", currency, problems);
            Some(Written::Csv { mapping, opening, closing })
        }
        _ => {
            problems.add("format", "Choose how the file is written");
            None
        }
    }
}

/// A column by its number from 1, or by its name in the header.
fn column(typed: &str) -> Option<ColumnRef> {
    match (typed, typed.parse::<u16>()) {
        ("", _) => None,
        (_, Ok(number)) => Some(ColumnRef::Number(number)),
        (name, Err(_)) => Some(ColumnRef::Name(name.to_owned())),
    }
}

fn mapping(received: &Received, problems: &mut Problems) -> Option<CsvMapping> {
    let of = |name: &str| column(received.get(name));
    let date = of("date");
    if date.is_none() {
        problems.add("date", "Name the column with the day of booking");
    }
    let amount = match (of("amount"), of("debit"), of("credit")) {
        (Some(column), None, None) => {
            let positive_is =
                PositiveIs::parse(received.get("positive_is")).unwrap_or(PositiveIs::Credit);
            Some(AmountColumns::Signed { column, positive_is })
        }
        (None, Some(debit), Some(credit)) => Some(AmountColumns::Split { debit, credit }),
        (_, _, _) => {
            let words = "Name either the one column with the amount, or the two with what went out and what came in";
            problems.add("amount", words);
            None
        }
    };
    let skip_lines = match received.get("skip_lines") {
        "" => Some(0),
        lines => lines.parse().ok(),
    };
    if skip_lines.is_none() {
        problems.add("skip_lines", "Write a number of lines, such as 3");
    }
    let description = received.get("description").split(',').map(str::trim);
    Some(CsvMapping {
        skip_lines: skip_lines?,
        header: received.get("header") != "no",
        delimiter: Delimiter::parse(received.get("delimiter")).unwrap_or(Delimiter::Comma),
        date: date?,
        date_order: match received.get("date_order") {
            "day" => DateOrder::DayMonthYear,
            "year" => DateOrder::YearMonthDay,
            _ => DateOrder::MonthDayYear,
        },
        value_date: None,
        amount: amount?,
        decimal_mark: match received.get("decimal_mark") {
            "comma" => DecimalMark::Comma,
            _ => DecimalMark::Point,
        },
        description: description.filter_map(column).collect(),
        reference: of("reference"),
        balance: of("balance"),
    })
}

/// A balance; it may be below zero.
fn balance(
    received: &Received,
    name: &'static str,
    currency: Currency,
    problems: &mut Problems,
) -> Option<Money> {
    let typed = received.get(name);
    if typed.is_empty() {
        return None;
    }
    let plain = typed.replace([',', '$', ' '], "");
    let exact = if plain.contains('.') { plain } else { format!("{plain}.00") };
    let read = Money::parse(&exact, currency).ok();
    if read.is_none() {
        problems.add(name, "Write the balance as in 12500.00");
    }
    read
}

async fn show_form(
    member: &Member,
    received: &Received,
    problems: Problems,
    faults: Vec<String>,
) -> Result<HttpResponse, Refusal> {
    let accounts = trust::accounts(member.app(), member.actor()).await.map_err(|e| refused(&e))?;
    let page = frame(member, "Import a bank statement").with(problems);
    let field = |name: &'static str, label: &'static str| {
        page.field(name, label).class("w16").value(received.get(name)).optional()
    };
    let select = |name: &'static str, label: &'static str, options: &[(&str, &str)]| {
        let list = page.select(name, label).chosen(received.get(name));
        options.iter().fold(list, |list, (value, words)| list.option(*value, *words))
    };
    let view = UploadPage {
        nav: subnav::trust(member, &page),
        account: account(&page, &accounts, received),
        format: page
            .choices("format", "How is the file written?")
            .explained("csv", "CSV", "One line for each booking; say below what its columns mean")
            .explained("camt053", "camt.053", "ISO 20022 XML; nothing more is needed")
            .chosen(received.get("format")),
        columns: vec![
            field("date", "Day of booking"),
            field("amount", "Amount with its sign")
                .hint("Empty where what went out and what came in have a column each."),
            field("debit", "What went out"),
            field("credit", "What came in"),
            field("description", "Text").hint("Several columns with commas between them."),
            field("reference", "Reference or check number"),
            field("balance", "Balance after the line"),
        ],
        written: vec![
            select("header", "First line", &[("yes", "Names the columns"), ("no", "Is a booking")]),
            select(
                "delimiter",
                "Values are separated by",
                &[("comma", "Commas"), ("semicolon", "Semicolons"), ("tab", "Tabs"), ("pipe", "|")],
            ),
            select(
                "date_order",
                "Dates",
                &[
                    ("month", "Month, day, year"),
                    ("day", "Day, month, year"),
                    ("year", "Year first"),
                ],
            ),
            select("decimal_mark", "Cents after", &[("point", "A point"), ("comma", "A comma")]),
            select(
                "positive_is",
                "An amount without minus",
                &[("credit", "Came in"), ("debit", "Went out")],
            ),
        ],
        balances: vec![
            field("skip_lines", "Lines before the names of the columns").class("w4"),
            field("opening", "Balance before the first line").money(),
            field("closing", "Balance after the last line").money(),
        ],
        is_csv: received.get("format") != "camt053",
        faults,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

/// The trust account, where there is more than one.
fn account(page: &Page, accounts: &[TrustAccount], received: &Received) -> Option<Select> {
    let list = page.select("account", "Trust account").chosen(received.get("account"));
    let several = accounts.len() > 1;
    several.then(|| {
        accounts.iter().fold(list, |list, one| list.option(one.id.to_string(), one.name.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(fields: &[(&str, &str)]) -> Received {
        let typed = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Received { typed, ..Received::default() }
    }

    #[test]
    fn columns_go_by_number_or_by_name_and_the_amount_by_one_or_two() {
        let mut problems = Problems::none();
        let split =
            [("date", "1"), ("debit", "Out"), ("credit", "In"), ("description", "3, Payee")];
        let read = mapping(&received(&split), &mut problems).expect("a mapping");
        assert_eq!(read.date, ColumnRef::Number(1));
        assert_eq!(read.description, [ColumnRef::Number(3), ColumnRef::Name("Payee".to_owned())]);
        assert!(matches!(read.amount, AmountColumns::Split { .. }) && problems.is_empty());
        let both = [("date", "1"), ("amount", "2"), ("debit", "3"), ("skip_lines", "few")];
        assert!(mapping(&received(&both), &mut problems).is_none());
        assert!(problems.of("amount").is_some() && problems.of("skip_lines").is_some());
    }

    #[test]
    fn a_balance_may_be_below_zero_and_never_a_guess() {
        let mut problems = Problems::none();
        let fields = received(&[("opening", "-1,250"), ("closing", "1e3")]);
        let of = |name, problems: &mut Problems| balance(&fields, name, Currency::Usd, problems);
        assert_eq!(of("opening", &mut problems), Some(Money::from_minor(-125_000)));
        assert_eq!(of("closing", &mut problems), None);
        assert!(problems.of("closing").is_some() && problems.of("opening").is_none());
    }
}
