//! The client site, where creditors follow the recovery. Its frame is
//! `templates/client/base.html`; its words are English.

mod account;
mod accounts;
mod home;
mod invoices;
mod payments;
mod portfolios;
mod statement;
mod statements;
mod words;

use crate::entry::{Entry, Member};
use crate::page::Page;
use actix_web::web::{self, ServiceConfig};
use domain::Permission;

/// Rows on one page of a list.
const ROWS: u16 = 50;

const MENU: [Entry; 8] = [
    Entry { href: "/", label: "Home", needs: None },
    Entry { href: "/accounts", label: "Accounts", needs: Some(Permission::AccountRead) },
    Entry { href: "/payments", label: "Payments", needs: Some(Permission::PaymentRead) },
    Entry { href: "/portfolios", label: "Portfolios", needs: Some(Permission::PaymentRead) },
    Entry { href: "/statements", label: "Statements", needs: Some(Permission::RemittanceRead) },
    Entry { href: "/reports", label: "Reports", needs: Some(Permission::ReportRead) },
    Entry { href: "/placements", label: "Placements", needs: Some(Permission::PlacementRead) },
    Entry { href: "/users", label: "Users", needs: Some(Permission::UserRead) },
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
        .route("/portfolios.{ending:csv|xlsx}", web::get().to(portfolios::export_portfolios))
        .route("/portfolios/{portfolio_id}", web::get().to(portfolios::show_portfolio))
        .route("/statements", web::get().to(statements::list_statements))
        .route("/statements/{statement_id}", web::get().to(statement::show_statement))
        .route("/invoices", web::get().to(invoices::list_invoices))
        .configure(crate::papers::routes)
        .configure(crate::placing::routes)
        .configure(crate::reports::routes)
        .configure(crate::users::routes);
}

/// The frame of a page of this site.
pub(crate) fn frame(member: &Member, title: impl Into<String>) -> Page {
    member.page_with(title, &MENU)
}
