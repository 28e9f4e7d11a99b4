//! The OpenAPI document: collected from the handlers, then finished here, so that each handler says
//! only what is its own and the document still says all: every error, header and bound.

use utoipa::OpenApi;
use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
use utoipa::openapi::{OpenApi as Document, SecurityRequirement};
use utoipa_actix_web::AppExt;

use crate::page::Limit;
use crate::problem::ProblemBody;

mod answers;
mod bounds;

/// A person's access token or a program's API key.
pub const BEARER: &str = "bearer";
/// The access token of the platform's administrator.
pub const PLATFORM: &str = "platform";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Quittance API",
        version = "1.0.0",
        description = "Collection-agency software: placements, accounts, payments, trust ledger. Errors are `application/problem+json` (RFC 9457) with a stable `code`. Lists come \
            in pages with an opaque cursor. What can change carries an `ETag` and asks for it back \
            in `If-Match`. What moves money or contacts a person requires an `Idempotency-Key`. \
            Money is decimal text with a currency, never a number. Ignore members and enum values \
            that you do not know: they are added without notice.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "Quittance", url = "https://github.com/quittance/quittance")
    ),
    servers((url = "/", description = "The production installation that serves this document")),
    components(schemas(ProblemBody, Limit)),
    tags(
        (name = "Sign-in", description = "Access tokens, refresh tokens, one-time links."),
        (name = "Platform", description = "Agencies, for the platform's administrator."),
        (name = "Agency", description = "The agency's own settings and host names."),
        (name = "Users", description = "People who sign in: agency staff and creditors' users."),
        (name = "API keys", description = "Credentials of programs."),
        (name = "Creditors", description = "Who places debts, with portfolios and contract terms."),
        (name = "Placements", description = "Files of debts handed over for collection."),
        (name = "Accounts", description = "Debts, their parties, contact points and timeline."),
        (name = "Desks", description = "Who works which accounts."),
        (name = "Worklist", description = "The next account to work, and what came of it."),
        (name = "Payments", description = "Money that debtors pay."),
        (name = "Arrangements", description = "Promises, payment plans, settlements, and their rules."),
        (name = "Commission", description = "What the agency keeps, by schedule, and how it came about."),
        (name = "Credits", description = "What debtors paid too much, its refund and its move."),
        (name = "Approvals", description = "What one person asks for and another decides."),
        (name = "Recovery", description = "Placed, collected, and the share of the two."),
        (name = "Statements", description = "Statements of creditors, close runs, and what is remitted."),
        (name = "Receivables", description = "Invoices, credit notes, creditors' payments, swept fees."),
        (name = "Trust", description = "The trust ledger: its proof, its alarms, its reconciliation with the bank."),
        (name = "Payouts", description = "What the processor pays out to the trust bank account."),
        (name = "Bank statements", description = "What the bank says of the trust accounts, matched with the book."),
        (name = "Reports", description = "Reports on money, each with the definition of its figures; as JSON or CSV."),
        (name = "Collectors", description = "Collectors' terms, splits of credit, credits and monthly statements."),
        (name = "Gateway", description = "The connection to the payment processor."),
        (name = "Audit", description = "Who did what, when and why."),
    )
)]
struct Base;

/// The document of all routes, finished.
pub fn document() -> Document {
    let app = actix_web::App::new().into_utoipa_app().openapi(Base::openapi());
    let (_, mut document) = app.configure(crate::routes).split_for_parts();
    for server in document.servers.iter_mut().flatten() {
        server.extensions = Some([("x-internal", false)].into_iter().collect());
    }
    let components = document.components.get_or_insert_default();
    answers::declare(components);
    bounds::refer(components);
    for schema in components.schemas.values_mut() {
        bounds::tighten(schema);
    }
    for item in document.paths.paths.values_mut() {
        for (method, operation) in operations_mut(item) {
            finish(&method, operation);
        }
    }
    document
}

/// The document as it is committed and served.
///
/// # Errors
/// None that could be provoked: the document is plain data.
pub fn text() -> serde_json::Result<String> {
    document().to_pretty_json().map(|text| text + "\n")
}

/// The operations of a path with their methods.
pub fn operations(item: &PathItem) -> Vec<(HttpMethod, &Operation)> {
    [
        (HttpMethod::Get, &item.get),
        (HttpMethod::Post, &item.post),
        (HttpMethod::Put, &item.put),
        (HttpMethod::Patch, &item.patch),
        (HttpMethod::Delete, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
    .collect()
}

fn operations_mut(item: &mut PathItem) -> Vec<(HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
    .collect()
}

/// Adds what every operation of its kind has in common.
fn finish(method: &HttpMethod, operation: &mut Operation) {
    // `security(())` on a handler is the empty requirement: open to strangers.
    operation
        .security
        .get_or_insert_with(|| vec![SecurityRequirement::new::<_, [&str; 0], &str>(BEARER, [])]);
    if operation.description.is_none() {
        operation.description.clone_from(&operation.summary);
    }
    answers::add(method, operation);
    bounds::tighten_operation(operation);
}
