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

/// The month end and the papers that come of it.
pub fn month_end(page: &Page) -> Subnav {
    let items = [
        ("/month-end", "Close runs"),
        ("/statements", "Statements"),
        ("/remittances", "Remittances"),
        ("/invoices", "Invoices"),
        ("/receivables", "Receivables"),
        ("/creditor-payments", "Creditor payments"),
        ("/sweeps", "Sweeps"),
        ("/money", "Overview"),
    ];
    marked("Month end", page, &items)
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
    let within = |href: &str| {
        let rest = page.path.strip_prefix(href);
        rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && href != "/trust"))
    };
    let items =
        items.iter().map(|(href, label)| MenuItem { href, label, current: within(href) }).collect();
    Subnav { label, items }
}
