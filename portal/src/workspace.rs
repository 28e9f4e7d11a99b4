//! The workspace, where the agency works. Its frame is
//! `templates/workspace/base.html`.

mod account;
mod account_acts;
mod account_payment;
mod accounts;
mod adjustments;
mod approvals;
mod arrangements;
mod assign;
mod collectors;
mod creditors;
mod credits;
mod desks;
mod figures;
mod packet_payments;
mod payments;
mod plans;
mod rules;
mod trust;
mod worklist;

use crate::entry::{Entry, Member};
use crate::page::Page;
use actix_web::web::ServiceConfig;
use domain::Permission;

const MENU: [Entry; 12] = [
    Entry { href: "/", label: "Worklist", needs: None },
    Entry { href: "/accounts", label: "Accounts", needs: Some(Permission::AccountRead) },
    Entry { href: "/placements", label: "Placements", needs: Some(Permission::PlacementRead) },
    Entry { href: "/desks", label: "Desks", needs: Some(Permission::DeskRead) },
    Entry { href: "/payments", label: "Payments", needs: Some(Permission::PaymentRead) },
    Entry { href: "/rules", label: "Limits", needs: Some(Permission::ArrangementRead) },
    Entry { href: "/approvals", label: "Approvals", needs: Some(Permission::ApprovalRead) },
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
        .configure(trust::routes)
        .configure(creditors::routes)
        .configure(crate::placing::routes)
        .configure(crate::reports::routes)
        .configure(crate::users::routes);
}

/// The frame of a page of the workspace.
pub(crate) fn frame(member: &Member, title: impl Into<String>) -> Page {
    member.page_with(title, &MENU)
}
