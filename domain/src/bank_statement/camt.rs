//! Reading camt.053, the bank-to-customer statement of ISO 20022.

use super::element::{Element, Node, Source, Tag};
use super::fault::{Fault, Faults, Unreadable, text_of};
use super::{BankLine, BankStatement, MAX_LINES};
use crate::money::{Currency, Money};
use chrono::NaiveDate;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.";
const VERSIONS: std::ops::RangeInclusive<u8> = 2..=8;

/// Reads every statement of a camt.053 file, versions 02 to 08. Only booked entries become lines;
/// the sign is that of `CdtDbtInd`, for a reversal too. Opening is `OPBD`, or `PRCD` where a bank
/// sends only that; closing is `CLBD`.
///
/// # Errors
/// [`Unreadable`]: the file as a whole, or every place that cannot be read with line and element.
pub fn read_camt(bytes: &[u8], currency: Currency) -> Result<Vec<BankStatement>, Unreadable> {
    let mut source = Source::new(text_of(bytes)?);
    let Node::Start(document) = source.next_node()? else {
        return Err(Unreadable::NotCamt { namespace: String::new() });
    };
    check_namespace(&document)?;
    let prefix = document.prefix;
    let mut reading =
        Reading { currency, faults: Faults::default(), lines: 0, statements: Vec::new() };
    let mut path = vec![document.name];
    while !document.is_empty && !path.is_empty() {
        let tag = match source.next_node()? {
            Node::Start(tag) => tag,
            Node::End => {
                path.pop();
                continue;
            }
            Node::Eof => break,
        };
        let here: Vec<&str> = path.iter().map(String::as_str).collect();
        let ours = tag.prefix == prefix && tag.namespaces.is_empty();
        match (here.as_slice(), tag.name.as_str()) {
            (["Document"], "BkToCstmrStmt") if ours && !tag.is_empty => path.push(tag.name),
            (["Document", "BkToCstmrStmt"], "Stmt") if ours => {
                reading.begin();
                if !tag.is_empty {
                    path.push(tag.name);
                }
            }
            (["Document", "BkToCstmrStmt", "Stmt"], _) if ours => {
                let element = source.read_whole(tag)?;
                reading.take(&element)?;
            }
            (_, _) => {
                source.read_whole(tag)?;
            }
        }
    }
    if !matches!(source.next_node()?, Node::Eof) {
        return Err(Unreadable::NoStatement);
    }
    reading.end()
}

fn check_namespace(document: &Tag) -> Result<(), Unreadable> {
    let own = document.namespaces.iter().find(|(prefix, _)| *prefix == document.prefix);
    let namespace = own.map(|(_, name)| name.as_str()).unwrap_or_default();
    let version = namespace.strip_prefix(NAMESPACE).and_then(|version| version.parse().ok());
    let fits = version.is_some_and(|version: u8| VERSIONS.contains(&version));
    if document.name == "Document" && fits {
        return Ok(());
    }
    Err(Unreadable::NotCamt { namespace: namespace.chars().take(200).collect() })
}

/// The statements as they are read.
struct Reading {
    currency: Currency,
    faults: Faults,
    lines: usize,
    statements: Vec<Building>,
}

struct Building {
    statement: BankStatement,
    /// The previous closing balance, which stands for the opening one where there is none.
    previous: Option<Money>,
    /// The days of the balances, for statements that do not say their period.
    opened_on: Option<NaiveDate>,
    closed_on: Option<NaiveDate>,
}

impl Reading {
    fn begin(&mut self) {
        self.statements.push(Building {
            statement: BankStatement {
                account: None,
                number: None,
                currency: self.currency,
                from: None,
                to: None,
                opening: None,
                closing: None,
                lines: Vec::new(),
                not_booked: 0,
            },
            previous: None,
            opened_on: None,
            closed_on: None,
        });
    }

    /// Takes one child of `Stmt`.
    fn take(&mut self, element: &Element) -> Result<(), Unreadable> {
        let Some(building) = self.statements.last_mut() else { return Ok(()) };
        let place = Place { element, currency: self.currency };
        let taken = match element.name.as_str() {
            "Id" => {
                building.statement.number = Some(element.text.trim().to_owned());
                Ok(())
            }
            "FrToDt" => place.period(building),
            "Acct" => place.account(building),
            "Bal" => place.balance(building),
            "Ntry" => {
                self.lines += 1;
                if self.lines > MAX_LINES {
                    return Err(Unreadable::TooManyLines);
                }
                place.entry(building)
            }
            _ => Ok(()),
        };
        if let Err(fault) = taken {
            self.faults.push(fault);
        }
        Ok(())
    }

    fn end(self) -> Result<Vec<BankStatement>, Unreadable> {
        self.faults.refuse_any()?;
        if self.statements.is_empty() {
            return Err(Unreadable::NoStatement);
        }
        Ok(self.statements.into_iter().map(Building::end).collect())
    }
}

impl Building {
    fn end(self) -> BankStatement {
        let mut statement = self.statement;
        statement.opening = statement.opening.or(self.previous);
        let booked = || statement.lines.iter().map(|line| line.booked_on);
        let (first, last) = (booked().min(), booked().max());
        statement.from = statement.from.or(first).or(self.opened_on);
        statement.to = statement.to.or(self.closed_on).or(last);
        // A stable sort: entries of one day stay as the bank writes them.
        statement.lines.sort_by_key(|line| line.booked_on);
        statement
    }
}

/// An element and what its amounts must be in.
struct Place<'a> {
    element: &'a Element,
    currency: Currency,
}

impl Place<'_> {
    fn period(&self, building: &mut Building) -> Result<(), Fault> {
        building.statement.from = self.day(&["FrDtTm"])?;
        building.statement.to = self.day(&["ToDtTm"])?;
        Ok(())
    }

    fn account(&self, building: &mut Building) -> Result<(), Fault> {
        let element = self.element;
        if let Some(currency) = element.text_at(&["Ccy"]) {
            self.check_currency(&["Ccy"], Some(currency))?;
        }
        building.statement.account = element
            .text_at(&["Id", "IBAN"])
            .or_else(|| element.text_at(&["Id", "Othr", "Id"]))
            .map(str::to_owned);
        Ok(())
    }

    fn balance(&self, building: &mut Building) -> Result<(), Fault> {
        let kind = self.element.text_at(&["Tp", "CdOrPrtry", "Cd"]).unwrap_or_default();
        if !matches!(kind, "OPBD" | "PRCD" | "CLBD") {
            return Ok(());
        }
        let (amount, day) = (self.amount()?, self.day(&["Dt"])?);
        let statement = &mut building.statement;
        let slot = match kind {
            "OPBD" => {
                building.opened_on = day;
                &mut statement.opening
            }
            "PRCD" => &mut building.previous,
            _ => {
                building.closed_on = day;
                &mut statement.closing
            }
        };
        match slot.replace(amount) {
            None => Ok(()),
            Some(_) => Err(self.fault(
                &["Tp"],
                "balance_twice",
                &format!("The statement has the balance {kind} twice."),
            )),
        }
    }

    fn entry(&self, building: &mut Building) -> Result<(), Fault> {
        let entry = self.element;
        // Up to version 05 the status is a text, from 06 on a code inside.
        let status = entry.text_at(&["Sts", "Cd"]).or_else(|| entry.text_at(&["Sts"]));
        match status {
            Some("BOOK") => {}
            Some(_) => {
                building.statement.not_booked += 1;
                return Ok(());
            }
            None => return Err(self.missing(&["Sts"])),
        }
        let booked_on = self.day(&["BookgDt"])?.ok_or_else(|| self.missing(&["BookgDt"]))?;
        building.statement.lines.push(BankLine {
            line: entry.line,
            booked_on,
            valued_on: self.day(&["ValDt"])?,
            amount: self.amount()?,
            text: texts(entry).join("; "),
            references: references(entry),
            reversal: matches!(entry.text_at(&["RvslInd"]), Some("true" | "1")),
            balance: None,
        });
        Ok(())
    }

    /// `Amt` with the sign of `CdtDbtInd`.
    fn amount(&self) -> Result<Money, Fault> {
        let amount = self.element.at(&["Amt"]).ok_or_else(|| self.missing(&["Amt"]))?;
        self.check_currency(&["Amt"], amount.currency.as_deref())?;
        let money = read_amount(amount.text.trim()).ok_or_else(|| {
            self.fault(&["Amt"], "amount_malformed", "This is no amount with up to two decimals.")
        })?;
        match self.element.text_at(&["CdtDbtInd"]) {
            Some("CRDT") => Ok(money),
            Some("DBIT") => money
                .negated()
                .map_err(|e| self.fault(&["Amt"], "amount_too_large", &e.to_string())),
            Some(_) | None => {
                Err(self.fault(&["CdtDbtInd"], "direction_malformed", "Expected CRDT or DBIT."))
            }
        }
    }

    fn check_currency(&self, path: &[&str], found: Option<&str>) -> Result<(), Fault> {
        let expected = self.currency.code();
        match found {
            Some(code) if code == expected => Ok(()),
            Some(code) => Err(self.fault(
                path,
                "currency_mismatch",
                &format!("The currency is {code:?}, the account is in {expected}."),
            )),
            None => Err(self.fault(path, "currency_missing", "The amount has no currency.")),
        }
    }

    /// A day, as a date or with a time; none when the element is not there.
    fn day(&self, path: &[&str]) -> Result<Option<NaiveDate>, Fault> {
        let Some(found) = self.element.at(path) else { return Ok(None) };
        let text = found
            .text_at(&["Dt"])
            .or_else(|| found.text_at(&["DtTm"]))
            .unwrap_or_else(|| found.text.trim());
        let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
        let ends = rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-']);
        match day.parse() {
            Ok(day) if ends => Ok(Some(day)),
            Ok(_) | Err(_) => {
                Err(self.fault(path, "date_malformed", "This is no date such as 2026-01-31."))
            }
        }
    }

    fn missing(&self, path: &[&str]) -> Fault {
        self.fault(path, "element_missing", "A required element is missing.")
    }

    fn fault(&self, path: &[&str], code: &'static str, reason: &str) -> Fault {
        let line = self.element.at(path).map_or(self.element.line, |found| found.line);
        let column = format!("{}/{}", self.element.name, path.join("/"));
        Fault { line, column, code, reason: reason.to_owned() }
    }
}

/// `1250`, `1250.5`, `1250.00`: no sign, no exponent, nothing beyond the cent.
fn read_amount(text: &str) -> Option<Money> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() > 15 {
        return None;
    }
    format!("{whole}{fraction:0<2}").parse().ok().map(Money::from_minor)
}

/// Every reference of an entry, its own first, each once.
fn references(entry: &Element) -> Vec<String> {
    let mut found: Vec<&str> =
        ["AcctSvcrRef", "NtryRef"].iter().filter_map(|name| entry.text_at(&[name])).collect();
    for details in entry.all("NtryDtls").flat_map(|details| details.all("TxDtls")) {
        for refs in details.all("Refs") {
            found.extend(refs.children.iter().map(|reference| reference.text.trim()));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found
        .into_iter()
        .filter(|text| !text.is_empty() && *text != "NOTPROVIDED" && seen.insert(*text))
        .map(str::to_owned)
        .collect()
}

/// What the bank and the payer write about an entry.
fn texts(entry: &Element) -> Vec<&str> {
    let mut found: Vec<&str> = entry.text_at(&["AddtlNtryInf"]).into_iter().collect();
    for details in entry.all("NtryDtls").flat_map(|details| details.all("TxDtls")) {
        for remittance in details.all("RmtInf") {
            found.extend(remittance.all("Ustrd").map(|it| it.text.trim()));
        }
        found.extend(details.text_at(&["AddtlTxInf"]));
    }
    found.retain(|text| !text.is_empty());
    found
}

#[cfg(test)]
mod tests;
