//! The acknowledgment as CSV: the accounts that were made, then every finding, page by page.

use super::{accounts, find, findings};
use crate::exports::{csv_lines, harmless};
use domain::placement::Severity;
use domain::{AccountId, PlacementId, Reference};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::{Fault, Stop};

const HEADER: [&str; 15] = [
    "result",
    "line",
    "client_account_number",
    "agency_reference",
    "name",
    "placed_balance",
    "received_on",
    "current_balance",
    "last_payment_on",
    "last_payment_amount",
    "code",
    "column",
    "value",
    "reason",
    "fix",
];

/// Rows read at a time.
const PAGE: u64 = 1_000;

/// Where the report goes on.
#[derive(Debug, Clone, Copy)]
pub enum ReportPlace {
    /// At its beginning.
    Start,
    /// After this account.
    Accounts(AccountId),
    /// After this finding; none: at the first.
    Findings(Option<(i64, i16)>),
}

/// The next part of the report, and where it goes on; nothing after the last part. Text that a
/// spreadsheet would take for a formula is made harmless by an apostrophe.
pub async fn acknowledgment_csv(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    place: ReportPlace,
) -> Result<(Vec<u8>, Option<ReportPlace>), Stop> {
    match place {
        ReportPlace::Start => {
            find(app, actor, id).await?;
            let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
            let next = account_rows(app, actor, id, None, &mut rows).await?;
            Ok((csv(&rows)?, Some(next)))
        }
        ReportPlace::Accounts(after) => {
            let mut rows = Vec::new();
            let next = account_rows(app, actor, id, Some(after), &mut rows).await?;
            Ok((csv(&rows)?, Some(next)))
        }
        ReportPlace::Findings(after) => {
            let (rows, next) = finding_rows(app, actor, id, after).await?;
            Ok((csv(&rows)?, next))
        }
    }
}

async fn account_rows(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    after: Option<AccountId>,
    rows: &mut Vec<Vec<String>>,
) -> Result<ReportPlace, Stop> {
    let page = accounts(app, actor, id, after, PAGE).await?;
    let next =
        page.last().map_or(ReportPlace::Findings(None), |last| ReportPlace::Accounts(last.id));
    for account in page {
        let reference = account
            .reference
            .parse::<Reference>()
            .map_or(account.reference, |reference| reference.to_string());
        rows.push(vec![
            "accepted".to_owned(),
            String::new(),
            account.client_account_number,
            reference,
            account.debtor_name,
            account.placed_balance.to_decimal(),
            account.placed_on.to_string(),
            account.current_balance.to_decimal(),
            account.last_payment_on.map(|day| day.to_string()).unwrap_or_default(),
            account.last_payment_amount.map(|money| money.to_decimal()).unwrap_or_default(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    Ok(next)
}

async fn finding_rows(
    app: &App,
    actor: &Actor,
    id: PlacementId,
    after: Option<(i64, i16)>,
) -> Result<(Vec<Vec<String>>, Option<ReportPlace>), Stop> {
    let page = findings(app, actor, id, None, after, PAGE).await?;
    let next = page.last().map(|last| ReportPlace::Findings(Some((last.line_no, last.seq))));
    let rows = page
        .into_iter()
        .map(|finding| {
            let result = match finding.severity {
                Severity::Error => "rejected",
                Severity::Warning if finding.code.starts_with("duplicate_") => "duplicate",
                Severity::Warning => "warning",
            };
            vec![
                result.to_owned(),
                finding.line_no.to_string(),
                finding.client_account_number.unwrap_or_default(),
                String::new(),
                finding.debtor_name.unwrap_or_default(),
                finding.balance.map(|money| money.to_decimal()).unwrap_or_default(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                finding.code,
                finding.column_name.unwrap_or_default(),
                finding.value.unwrap_or_default(),
                finding.reason,
                finding.fix.unwrap_or_default(),
            ]
        })
        .collect();
    Ok((rows, next))
}

fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>, Fault> {
    let lines = rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect());
    csv_lines(lines).map_err(|_| Fault::Unexpected("the report could not be written"))
}
