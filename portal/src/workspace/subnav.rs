//! The pages that belong together under one entry of the menu, which stays short.

use crate::entry::Member;
use crate::page::{MenuItem, Page};
use askama::Template;
use askama::filters::HtmlSafe;
use domain::Permission;

/// The list of them above a page; prints itself: `{{ nav }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/subnav.html")]
pub struct Subnav {
    label: &'static str,
    items: Vec<MenuItem>,
}

impl HtmlSafe for Subnav {}

/// The entry of the menu under which the papers of a month end stand.
pub const MONTH_END: &str = "/month-end";

const OF_MONTH_END: [(&str, &str); 8] = [
    (MONTH_END, "Close runs"),
    ("/statements", "Statements"),
    ("/remittances", "Remittances"),
    ("/invoices", "Invoices"),
    ("/receivables", "Receivables"),
    ("/creditor-payments", "Creditor payments"),
    ("/sweeps", "Sweeps"),
    ("/money", "Overview"),
];

/// Whether a page is one of them: each has an address of its own, as in the API.
pub fn is_of_month_end(path: &str) -> bool {
    OF_MONTH_END.iter().any(|(href, _)| within(path, href))
}

/// The month end and the papers that come of it.
pub fn month_end(page: &Page) -> Subnav {
    marked("Month end", page, &OF_MONTH_END)
}

/// The trust account: what it holds, what the bank says, what is lacking.
pub fn trust(member: &Member, page: &Page) -> Subnav {
    let items = [
        ("/trust", "Proof"),
        ("/trust/alarms", "Alarms"),
        ("/trust/bank-statements", "Bank statements"),
        ("/trust/exceptions", "To work"),
        ("/trust/reconciliation", "Reconciliation"),
        ("/trust/payouts", "Payouts"),
    ];
    let mut nav = marked("Trust", page, &items);
    if member.may(Permission::RemittanceRead) {
        nav.items.push(MenuItem { href: "/sweeps", label: "Sweeps", current: false });
    }
    nav
}

fn marked(label: &'static str, page: &Page, items: &[(&'static str, &'static str)]) -> Subnav {
    let items = items
        .iter()
        .map(|(href, label)| MenuItem { href, label, current: within(&page.path, href) })
        .collect();
    Subnav { label, items }
}

/// The proof is one page, and above all others of its part.
fn within(path: &str, href: &str) -> bool {
    let rest = path.strip_prefix(href);
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && href != "/trust"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_stand_under_the_month_end_and_bank_lines_do_not() {
        for path in ["/month-end/run_1/close", "/statements", "/invoices/inv_1", "/sweeps"] {
            assert!(is_of_month_end(path), "{path}");
        }
        for path in ["/", "/trust", "/trust/bank-statements", "/statementsx", "/payments/pay_1"] {
            assert!(!is_of_month_end(path), "{path}");
        }
    }
}
