//! The client site, where creditors follow the recovery. Its frame is
//! `templates/client/base.html`; its words are English.

mod account;
mod accounts;
mod export;
mod home;
mod payments;
mod portfolios;
mod words;

use crate::entry::{Entry, Member};
use crate::page::Page;
use actix_web::web::{self, ServiceConfig};
use domain::Permission;

/// Rows on one page of a list.
const ROWS: u16 = 50;

const MENU: [Entry; 4] = [
    Entry { href: "/", label: "Home", needs: None },
    Entry { href: "/accounts", label: "Accounts", needs: Some(Permission::AccountRead) },
    Entry { href: "/payments", label: "Payments", needs: Some(Permission::PaymentRead) },
    Entry { href: "/portfolios", label: "Portfolios", needs: Some(Permission::PaymentRead) },
];

/// Its pages.
pub fn pages(config: &mut ServiceConfig) {
    config
        .configure(crate::entry::routes)
        .route("/", web::get().to(home::show_home))
        .route("/accounts", web::get().to(accounts::list_accounts))
        .route("/accounts.csv", web::get().to(accounts::export_accounts))
        .route("/accounts/{account_id}", web::get().to(account::show_account))
        .route("/payments", web::get().to(payments::list_payments))
        .route("/payments.csv", web::get().to(payments::export_payments))
        .route("/portfolios", web::get().to(portfolios::list_portfolios))
        .route("/portfolios/{portfolio_id}", web::get().to(portfolios::show_portfolio));
}

/// The frame of a page of this site.
fn frame(member: &Member, title: impl Into<String>) -> Page {
    member.page_with(title, &MENU)
}

/// The address of a list with some of its questions answered; empty answers are left out.
fn address(path: &str, asked: &[(&str, &str)]) -> String {
    let query: Vec<String> = asked
        .iter()
        .filter(|(_, answer)| !answer.is_empty())
        .map(|(name, answer)| format!("{name}={}", encoded(answer)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Percent-encoding of a value in a query.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_only_what_was_asked() {
        let asked = [("q", "O'Brien & co"), ("state", ""), ("after", "acct_1")];
        assert_eq!(address("/accounts", &asked), "/accounts?q=O%27Brien%20%26%20co&after=acct_1");
        assert_eq!(address("/accounts", &[("q", "")]), "/accounts");
    }
}
