//! The workspace, where the agency works. Its frame is
//! `templates/workspace/base.html`.

mod account;
mod account_acts;
mod account_payment;
mod accounts;
mod adjustments;
mod alarms;
mod approvals;
mod arrangements;
mod assign;
mod bank_lines;
mod bank_statements;
mod collectors;
mod creditor_payments;
mod creditors;
mod credits;
mod desks;
mod figures;
mod invoices;
mod money;
mod month_end;
mod packet_payments;
mod payments;
mod payouts;
mod plans;
mod reconciliation;
mod remittances;
mod rules;
mod statements;
mod subnav;
mod sweeps;
mod trust;
mod worklist;

use crate::entry::{Entry, Member};
use crate::page::Page;
use actix_web::web::ServiceConfig;
use chrono::NaiveDate;
use domain::{CreditorId, Permission};
use service::Stop;
use service::once::Once;
use std::collections::HashMap;
use uuid::Uuid;

const MENU: [Entry; 13] = [
    Entry { href: "/", label: "Worklist", needs: None },
    Entry { href: "/accounts", label: "Accounts", needs: Some(Permission::AccountRead) },
    Entry { href: "/placements", label: "Placements", needs: Some(Permission::PlacementRead) },
    Entry { href: "/desks", label: "Desks", needs: Some(Permission::DeskRead) },
    Entry { href: "/payments", label: "Payments", needs: Some(Permission::PaymentRead) },
    Entry { href: "/rules", label: "Limits", needs: Some(Permission::ArrangementRead) },
    Entry { href: "/approvals", label: "Approvals", needs: Some(Permission::ApprovalRead) },
    Entry { href: "/month-end", label: "Month end", needs: Some(Permission::RemittanceRead) },
    Entry { href: "/trust", label: "Trust", needs: Some(Permission::TrustRead) },
    Entry { href: "/reports", label: "Reports", needs: Some(Permission::ReportRead) },
    Entry { href: "/creditors", label: "Creditors", needs: Some(Permission::CreditorRead) },
    Entry { href: "/collectors", label: "Collectors", needs: Some(Permission::CollectorRead) },
    Entry { href: "/users", label: "Users", needs: Some(Permission::UserRead) },
];

/// Its pages.
pub fn pages(config: &mut ServiceConfig) {
    config
        .configure(crate::entry::routes)
        .configure(worklist::routes)
        .configure(accounts::routes)
        .configure(account::routes)
        .configure(account_acts::routes)
        .configure(account_payment::routes)
        .configure(arrangements::routes)
        .configure(plans::routes)
        .configure(rules::routes)
        .configure(collectors::routes)
        .configure(desks::routes)
        .configure(assign::routes)
        .configure(payments::routes)
        .configure(packet_payments::routes)
        .configure(adjustments::routes)
        .configure(approvals::routes)
        .configure(credits::routes)
        .configure(money::routes)
        .configure(month_end::routes)
        .configure(statements::routes)
        .configure(remittances::routes)
        .configure(invoices::routes)
        .configure(creditor_payments::routes)
        .configure(sweeps::routes)
        .configure(trust::routes)
        .configure(alarms::routes)
        .configure(bank_statements::routes)
        .configure(bank_lines::routes)
        .configure(reconciliation::routes)
        .configure(payouts::routes)
        .configure(creditors::routes)
        .configure(crate::papers::routes)
        .configure(crate::placing::routes)
        .configure(crate::reports::routes)
        .configure(crate::users::routes);
}

/// The frame of a page of the workspace.
pub(crate) fn frame(member: &Member, title: impl Into<String>) -> Page {
    let mut page = member.page_with(title, &MENU);
    if subnav::is_of_month_end(&page.path) {
        for item in page.menu.iter_mut().filter(|item| item.href == subnav::MONTH_END) {
            item.current = true;
        }
    }
    page
}

/// The key of a form that moves money: two posts of one form are one act.
pub(crate) fn once(member: &Member, form: Uuid, operation: &'static str, asked: &str) -> Once {
    Once {
        principal: member.actor().principal(),
        key: form.to_string(),
        operation,
        fingerprint: service::random::hash(asked),
    }
}

/// What a date field holds: nothing typed is no day, what is no date is an error.
fn day(typed: &str) -> Result<Option<NaiveDate>, chrono::ParseError> {
    let typed = typed.trim();
    if typed.is_empty() { Ok(None) } else { typed.parse().map(Some) }
}

/// The names of creditors on a page of a list.
struct Names(HashMap<CreditorId, (String, String)>);

impl Names {
    async fn of(member: &Member, ids: impl Iterator<Item = CreditorId>) -> Result<Self, Stop> {
        Ok(Self(service::creditors::named(member.app(), member.actor(), ids).await?))
    }

    fn get(&self, id: &CreditorId) -> &str {
        self.0.get(id).map_or("a creditor", |(_, name)| name.as_str())
    }
}
