//! What restricts work on the account. A flag that cannot be read sets its restriction: it is
//! cheaper to ask the creditor than to call somebody who must not be called.

use super::Reading;
use crate::account::Restriction;
use crate::placement::Column;
use crate::placement::date;
use crate::placement::finding::Code;
use crate::placement::flag::{self, ReadFlag};
use crate::placement::line::{PlacedAttorney, PlacedRestriction};
use chrono::NaiveDate;

/// What is known already when restrictions are decided.
pub(super) struct Asked<'a> {
    pub attorney: Option<&'a PlacedAttorney>,
    pub born_on: Option<NaiveDate>,
    pub consumer_without_itemization: bool,
}

pub(super) fn all(reading: &mut Reading<'_>, asked: &Asked<'_>) -> Vec<PlacedRestriction> {
    let mut all = Vec::new();
    all.extend(bankruptcy(reading));
    all.extend(deceased(reading));
    for (column, restriction) in [
        (Column::IdentityTheft, Restriction::IdentityTheft),
        (Column::Cease, Restriction::Cease),
        (Column::PriorDispute, Restriction::Dispute),
        (Column::Scra, Restriction::Scra),
    ] {
        all.extend(flagged(reading, column, restriction));
    }
    if let Some(attorney) = asked.attorney {
        all.push(set(Restriction::Attorney, attorney.name.clone()));
    }
    if asked.born_on.is_some_and(|born_on| date::is_minor(born_on, reading.rules.today)) {
        reading.note(Code::MinorDebtor, Column::DateOfBirth);
        // The date of birth is a secret of its own; the warning need not repeat it.
        if let Some(finding) = reading.findings.last_mut() {
            finding.value = None;
        }
        all.push(set(Restriction::Minor, None));
    }
    for (column, restriction) in [
        (Column::InconvenientTime, Restriction::InconvenientTime),
        (Column::InconvenientPlace, Restriction::InconvenientPlace),
    ] {
        let said = reading.text(column).filter(|text| !flag::says_none(text));
        all.extend(said.map(|text| set(restriction, Some(text))));
    }
    if asked.consumer_without_itemization {
        all.push(set(Restriction::NoItemization, None));
    }
    let mentioned = reading
        .cell(Column::Notes)
        .text()
        .is_some_and(|notes| flag::notes_mention_restriction(&notes));
    if mentioned {
        reading.note(Code::NotesMention, Column::Notes);
    }
    all
}

fn set(restriction: Restriction, detail: Option<String>) -> PlacedRestriction {
    PlacedRestriction { restriction, detail }
}

fn flagged(
    reading: &mut Reading<'_>,
    column: Column,
    restriction: Restriction,
) -> Option<PlacedRestriction> {
    match flag::read(reading.cell(column)) {
        ReadFlag::No => None,
        ReadFlag::Yes => Some(set(restriction, None)),
        ReadFlag::Unreadable => {
            reading.note(Code::FlagUnreadable, column);
            let said = reading.text(column);
            Some(set(restriction, said))
        }
    }
}

/// Any particulars of a bankruptcy set the restriction, whatever has become of the case: a
/// discharge or dismissal is for a person to read.
fn bankruptcy(reading: &mut Reading<'_>) -> Option<PlacedRestriction> {
    let said = |text: &String| !flag::says_none(text);
    let chapter = reading.code_text(Column::BankruptcyChapter).filter(said);
    let case_no = reading.code_text(Column::BankruptcyCaseNo).filter(said);
    let filed = reading.past_date(Column::BankruptcyFiledDate, Code::DateFuture);
    let status = reading.text(Column::BankruptcyStatus).filter(said);
    if chapter.as_deref().is_some_and(|chapter| !is_chapter(chapter)) {
        reading.note(Code::ChapterUnknown, Column::BankruptcyChapter);
    }
    let parts: Vec<String> = [
        chapter.map(|chapter| format!("chapter {chapter}")),
        case_no.map(|case| format!("case {case}")),
        filed.map(|date| format!("filed {date}")),
        status,
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| set(Restriction::Bankruptcy, Some(parts.join(", "))))
}

fn is_chapter(text: &str) -> bool {
    let text = text.to_lowercase();
    let number = text
        .strip_prefix("chapter")
        .or_else(|| text.strip_prefix("ch."))
        .or_else(|| text.strip_prefix("ch"))
        .unwrap_or(&text);
    matches!(number.trim(), "7" | "9" | "11" | "12" | "13" | "07" | "09")
}

fn deceased(reading: &mut Reading<'_>) -> Option<PlacedRestriction> {
    let on = reading.past_date(Column::DeceasedDate, Code::DateFuture);
    let flagged = flagged(reading, Column::Deceased, Restriction::Deceased);
    let detail = on.map(|date| format!("died {date}"));
    match (flagged, on) {
        (None, None) => None,
        (Some(flagged), _) => Some(set(Restriction::Deceased, detail.or(flagged.detail))),
        (None, Some(_)) => {
            if !reading.cell(Column::Deceased).is_blank() {
                reading.note(Code::FlagContradicted, Column::Deceased);
            }
            Some(set(Restriction::Deceased, detail))
        }
    }
}
