//! Step 2: what each column means. Guessed from the headers, remembered from the creditor's last
//! file, decided by a person.

use super::Step;
use crate::entry::Member;
use crate::form::{CsrfForm, Problems};
use crate::page::{Page, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::{HttpResponse, web};
use askama::Template;
use domain::placement::amount::DecimalMark;
use domain::placement::date::DateOrder;
use domain::placement::mapping::{ConstantValue, Encoding, MappedColumn, Separator, header_key};
use domain::placement::{Column, Mapping, PlacementState};
use domain::{CreditorId, Permission, PlacementId};
use service::Refused;
use service::placements::{self, NotTaken, Placement, Preview, mappings};
use std::collections::BTreeMap;

/// The name under which the columns of the last file are remembered.
const LAST: &str = "Last file";

/// Columns that may be the same for the whole file, so that no column of it is needed.
const CONSTANTS: [(Column, &str, &str); 4] = [
    (Column::DebtorType, "Debtor type", "consumer or business"),
    (Column::Product, "Product", "such as medical, credit_card, utility"),
    (Column::OriginalCreditor, "Original creditor", "the name, as debtors know it"),
    (Column::CurrentCreditor, "Current creditor", "the name, as debtors know it"),
];

#[derive(Template)]
#[template(path = "placing/columns.html")]
struct ColumnsPage {
    page: Page,
    step: Step,
    placement: Placement,
    columns: Vec<FileColumn>,
    constants: Vec<Constant>,
    options: Vec<Options>,
    header_line: u32,
}

/// One column of the file.
struct FileColumn {
    /// The name of its field.
    field: String,
    header: String,
    samples: Vec<String>,
    meaning: Option<Column>,
}

struct Constant {
    field: String,
    label: &'static str,
    hint: &'static str,
    value: String,
}

/// How the file is written: one question with its answers.
struct Options {
    field: &'static str,
    label: &'static str,
    answers: Vec<(&'static str, &'static str, bool)>,
}

impl ColumnsPage {
    fn all(&self) -> &'static [Column] {
        Column::ALL
    }
}

/// The columns as they were remembered or guessed.
pub async fn ask_columns(member: Member, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let placement = mine(&member, &id).await?;
    if !open(placement.state) {
        return Ok(go(format!("/placements/{}", placement.id)));
    }
    let remembered = remembered(&member, placement.creditor).await?;
    let reading = Mapping { columns: Vec::new(), constants: Vec::new(), ..remembered.clone() };
    let (reading, looked) = match look(&member, placement.id, &reading).await? {
        Ok(preview) => (reading, Ok(preview)),
        // The last file was written in another way: begin anew.
        Err(_) => (Mapping::default(), look(&member, placement.id, &Mapping::default()).await?),
    };
    let mapping =
        Mapping { columns: remembered.columns, constants: remembered.constants, ..reading };
    show_form(&member, placement, &mapping, looked, Problems::none())
}

/// Takes the columns and has the file checked; or reads the file in another way and asks again.
pub async fn take_columns(
    member: Member,
    id: web::Path<String>,
    form: CsrfForm<BTreeMap<String, String>>,
) -> Result<HttpResponse, Refusal> {
    let placement = mine(&member, &id).await?;
    let said = form.fields;
    let reading = reading(&said);
    let looked = look(&member, placement.id, &reading).await?;
    let headers = looked.as_ref().map(|preview| preview.headers.clone()).unwrap_or_default();
    let mapping = mapping(reading, &headers, &said);
    if said.get("act").is_some_and(|act| act == "read") {
        return show_form(&member, placement, &mapping, looked, Problems::none());
    }
    let checked =
        placements::recheck(member.app(), member.actor(), placement.id, mapping.clone()).await;
    match checked {
        Ok(checked) => {
            let saved =
                mappings::save(member.app(), member.actor(), placement.creditor, LAST, &mapping);
            if let Err(refusal) = saved.await {
                tracing::warn!(code = refusal.code(), "the columns of a file are not remembered");
            }
            Ok(go(format!("/placements/{}", checked.id)))
        }
        Err(NotTaken::Stop(stop)) => Err(refused(&stop)),
        Err(refusal @ NotTaken::Begun(_)) => Err(refused(&refusal)),
        Err(other) => {
            let problems = Problems::one("columns", other.to_string());
            show_form(&member, placement, &mapping, looked, problems)
        }
    }
}

/// Whether the columns may still be said.
fn open(state: PlacementState) -> bool {
    match state {
        PlacementState::Received | PlacementState::Checked => true,
        PlacementState::Checking
        | PlacementState::Committing
        | PlacementState::Committed
        | PlacementState::Refused
        | PlacementState::Canceled => false,
    }
}

async fn mine(member: &Member, id: &str) -> Result<Placement, Refusal> {
    let id: PlacementId = id.parse().map_err(|_| Refusal::NotFound)?;
    let placement =
        placements::find(member.app(), member.actor(), id).await.map_err(|e| refused(&e))?;
    member.require(Permission::PlacementWrite)?;
    Ok(placement)
}

/// The first lines, or why they cannot be read in this way.
async fn look(
    member: &Member,
    id: PlacementId,
    reading: &Mapping,
) -> Result<Result<Preview, String>, Refusal> {
    match placements::look(member.app(), member.actor(), id, reading).await {
        Ok(preview) => Ok(Ok(preview)),
        Err(NotTaken::Stop(stop)) => Err(refused(&stop)),
        Err(other) => Ok(Err(other.to_string())),
    }
}

async fn remembered(member: &Member, creditor: CreditorId) -> Result<Mapping, Refusal> {
    let saved = mappings::list(member.app(), member.actor(), Some(creditor), None, 100).await;
    let saved = saved.map_err(|e| refused(&e))?;
    let last = saved.into_iter().find(|saved| saved.name == LAST);
    Ok(last.map(|saved| saved.mapping).unwrap_or_default())
}

/// How the file is to be read, by the form.
fn reading(said: &BTreeMap<String, String>) -> Mapping {
    let answer = |field: &str| said.get(field).map_or("", |text| text.trim());
    Mapping {
        date_order: match answer("date_order") {
            "day_month_year" => DateOrder::DayMonthYear,
            "year_month_day" => DateOrder::YearMonthDay,
            _ => DateOrder::MonthDayYear,
        },
        decimal_mark: match answer("decimal_mark") {
            "comma" => DecimalMark::Comma,
            _ => DecimalMark::Point,
        },
        encoding: match answer("encoding") {
            "windows-1252" => Encoding::Windows1252,
            _ => Encoding::Utf8,
        },
        separator: match answer("separator") {
            "comma" => Some(Separator::Comma),
            "semicolon" => Some(Separator::Semicolon),
            "tab" => Some(Separator::Tab),
            "pipe" => Some(Separator::Pipe),
            _ => None,
        },
        header_line: answer("header_line").parse().unwrap_or(1),
        trailer: answer("trailer") == "yes",
        ..Mapping::default()
    }
}

/// The whole mapping: how the file is read, and what the form says of each header.
fn mapping(reading: Mapping, headers: &[String], said: &BTreeMap<String, String>) -> Mapping {
    let columns = headers
        .iter()
        .enumerate()
        .filter_map(|(at, header)| {
            let column = Column::parse(said.get(&format!("c{at}"))?)?;
            // A canonical header stands for itself.
            let itself = Column::parse(header) == Some(column);
            (!itself).then(|| MappedColumn { header: header.clone(), column })
        })
        .collect();
    let constants = CONSTANTS
        .iter()
        .filter_map(|(column, ..)| {
            let value = said.get(&format!("k_{}", column.name()))?.trim();
            (!value.is_empty()).then(|| ConstantValue { column: *column, value: value.to_owned() })
        })
        .collect();
    Mapping { columns, constants, ..reading }
}

fn show_form(
    member: &Member,
    placement: Placement,
    mapping: &Mapping,
    looked: Result<Preview, String>,
    mut problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let preview = looked.unwrap_or_else(|why| {
        problems.add("header_line", why);
        Preview { headers: Vec::new(), guesses: Vec::new(), rows: Vec::new(), missing: None }
    });
    let page = member.frame("What do the columns mean?").with(problems);
    let view = ColumnsPage {
        step: Step::Columns,
        columns: columns(mapping, &preview),
        constants: constants(mapping),
        options: options(mapping),
        header_line: mapping.header_line,
        placement,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

fn columns(mapping: &Mapping, preview: &Preview) -> Vec<FileColumn> {
    let said = |header: &str, columns: &[MappedColumn]| {
        let key = header_key(header);
        columns.iter().find(|mapped| header_key(&mapped.header) == key).map(|mapped| mapped.column)
    };
    let mut taken: Vec<Column> = Vec::new();
    let mut column = |at: usize, header: &String| {
        let meaning = said(header, &mapping.columns)
            .or_else(|| Column::parse(header))
            .or_else(|| said(header, &preview.guesses))
            .filter(|column| !taken.contains(column));
        taken.extend(meaning);
        let samples =
            preview.rows.iter().filter_map(|row| row.get(at)).filter(|text| !text.is_empty());
        FileColumn {
            field: format!("c{at}"),
            header: header.clone(),
            samples: samples.take(3).map(|text| short(text)).collect(),
            meaning,
        }
    };
    preview.headers.iter().enumerate().map(|(at, header)| column(at, header)).collect()
}

fn short(text: &str) -> String {
    let start: String = text.chars().take(32).collect();
    if start.len() < text.len() { format!("{start}\u{2026}") } else { start }
}

fn constants(mapping: &Mapping) -> Vec<Constant> {
    let value = |column: Column| {
        let known = mapping.constants.iter().find(|constant| constant.column == column);
        known.map(|constant| constant.value.clone()).unwrap_or_default()
    };
    CONSTANTS
        .iter()
        .map(|(column, label, hint)| Constant {
            field: format!("k_{}", column.name()),
            label,
            hint,
            value: value(*column),
        })
        .collect()
}

fn options(mapping: &Mapping) -> Vec<Options> {
    let (dates, mark) = (mapping.date_order, mapping.decimal_mark);
    let (encoding, separator) = (mapping.encoding, mapping.separator);
    let separated = |by: Option<Separator>| separator == by;
    vec![
        Options {
            field: "date_order",
            label: "Dates are written",
            answers: vec![
                ("month_day_year", "month/day/year, or ISO", dates == DateOrder::MonthDayYear),
                ("day_month_year", "day/month/year, or ISO", dates == DateOrder::DayMonthYear),
                ("year_month_day", "year/month/day, or ISO", dates == DateOrder::YearMonthDay),
            ],
        },
        Options {
            field: "decimal_mark",
            label: "Amounts are written",
            answers: vec![
                ("point", "1,234.56", mark == DecimalMark::Point),
                ("comma", "1.234,56", mark == DecimalMark::Comma),
            ],
        },
        Options {
            field: "separator",
            label: "Fields are separated by",
            answers: vec![
                ("", "whatever the header shows", separated(None)),
                ("comma", "commas", separated(Some(Separator::Comma))),
                ("semicolon", "semicolons", separated(Some(Separator::Semicolon))),
                ("tab", "tabs", separated(Some(Separator::Tab))),
                ("pipe", "vertical bars", separated(Some(Separator::Pipe))),
            ],
        },
        Options {
            field: "encoding",
            label: "Letters are encoded as",
            answers: vec![
                ("utf-8", "UTF-8", encoding == Encoding::Utf8),
                ("windows-1252", "Windows-1252", encoding == Encoding::Windows1252),
            ],
        },
        Options {
            field: "trailer",
            label: "The last line",
            answers: vec![
                ("", "is an account", !mapping.trailer),
                ("yes", "holds control totals (TRAILER,\u{2026})", mapping.trailer),
            ],
        },
    ]
}

/// The column in words: `client_account_number` as `Client account number`.
fn words(column: &Column) -> String {
    let plain = column.name().replace('_', " ");
    let mut chars = plain.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_the_form_says_becomes_a_mapping() {
        let headers = ["Acct #", "last", "Ins"].map(str::to_owned);
        let said = said(&[
            ("c0", "client_account_number"),
            ("c1", "last"),
            ("c2", ""),
            ("k_product", " medical "),
            ("k_debtor_type", ""),
            ("separator", "semicolon"),
            ("header_line", "3"),
        ]);
        let mapping = mapping(reading(&said), &headers, &said);
        assert_eq!(mapping.columns.len(), 1, "a canonical header needs no word");
        assert_eq!(mapping.columns[0].column, Column::ClientAccountNumber);
        assert_eq!(mapping.constants.len(), 1);
        assert_eq!((mapping.separator, mapping.header_line), (Some(Separator::Semicolon), 3));
    }

    #[test]
    fn a_person_wins_over_what_is_remembered_and_that_over_a_guess() {
        let mapped =
            |header: &str, column| vec![MappedColumn { header: header.to_owned(), column }];
        let mapping = Mapping { columns: mapped("ACCT #", Column::Notes), ..Mapping::default() };
        let preview = Preview {
            headers: vec!["Acct #".to_owned(), "Bal".to_owned()],
            guesses: [
                mapped("Acct #", Column::ClientAccountNumber),
                mapped("Bal", Column::Principal),
            ]
            .concat(),
            rows: vec![vec!["A-1".to_owned(), "5.00".to_owned()]],
            missing: None,
        };
        let meanings: Vec<_> =
            columns(&mapping, &preview).into_iter().map(|column| column.meaning).collect();
        assert_eq!(meanings, [Some(Column::Notes), Some(Column::Principal)]);
    }
}
