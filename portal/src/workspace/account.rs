//! One account on one page (A2): who, what is owed, what may be done, what happened.

use super::arrangements::Agreements;
use super::frame;
use crate::entry::Member;
use crate::form::{Field, Problems};
use crate::page::{Page, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::account::{Disposition, Restriction};
use domain::{AccountId, Bucket, Permission};
use service::accounts::{self, Sheet};
use service::payments::{self, PaymentFilter, PaymentView};
use service::timeline::{self, Line};
use service::window::Window;

const LINES: u16 = 50;
const PAYMENTS: u64 = 20;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/accounts/{account}", web::get().to(read));
}

#[derive(Template)]
#[template(path = "workspace/account.html")]
struct AccountPage {
    page: Page,
    sheet: Sheet,
    payments: Vec<PaymentView>,
    lines: Vec<Line>,
    zone: Tz,
    now: DateTime<Utc>,
    may_write: bool,
    may_work: bool,
    may_take: bool,
    may_see_payments: bool,
    note: Field,
    amount: Field,
    paid_on: Field,
    memo: Field,
    agreements: Agreements,
}

impl AccountPage {
    fn open_restrictions(&self) -> impl Iterator<Item = &accounts::Restricted> {
        self.sheet.restrictions.iter().filter(|restricted| restricted.lifted_at.is_none())
    }

    /// Whether work on the account is stopped, and by what.
    fn stops(&self) -> Vec<&'static str> {
        let kinds = self.open_restrictions().map(|restricted| restricted.kind);
        let mut stops: Vec<&str> =
            kinds.filter(|kind| kind.stops_work()).map(Restriction::words).collect();
        if !self.sheet.account.status.flags().contactable {
            stops.push(self.sheet.account.status.words());
        }
        stops
    }

    fn dispositions(&self) -> &'static [Disposition] {
        Disposition::ALL
    }

    fn restrictions(&self) -> &'static [Restriction] {
        Restriction::ALL
    }

    fn buckets(&self) -> [Bucket; 5] {
        Bucket::ALL
    }

    fn in_hand(&self) -> Option<DateTime<Utc>> {
        let lease = self.sheet.account.work.as_ref().and_then(|work| work.lease);
        lease.map(|(_, until)| until).filter(|until| *until > self.now)
    }
}

async fn read(member: Member, account: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let id = account.parse::<AccountId>().map_err(|_| Refusal::NotFound)?;
    show_account(&member, id, Problems::none()).await
}

/// The page, with what was wrong with the act that was asked for.
pub(super) async fn show_account(
    member: &Member,
    id: AccountId,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
    let window = Window { after: None, limit: LINES };
    let lines = timeline::list(app, actor, id, window).await.map_err(|e| refused(&e))?;
    let filter = PaymentFilter { account: Some(id), limit: PAYMENTS, ..PaymentFilter::default() };
    let payments = if member.may(Permission::PaymentRead) {
        payments::list(app, actor, filter).await.map_err(|e| refused(&e))?.rows
    } else {
        Vec::new()
    };
    let agreements = Agreements::of(member, id).await?;
    let page = frame(member, sheet.account.debtor_name.clone()).with(problems);
    let view = AccountPage {
        note: page.field("text", "Note").lines(),
        amount: page.field("amount", "Amount").money().class("w8"),
        paid_on: page.field("paid_on", "Paid on (today if empty)").kind("date").optional(),
        memo: page.field("memo", "Check number or memo (optional)").optional(),
        may_write: member.may(Permission::AccountWrite),
        may_work: member.may(Permission::WorklistWork),
        may_take: member.may(Permission::PaymentTake),
        may_see_payments: member.may(Permission::PaymentRead),
        zone: member.zone(),
        now: app.clock().now(),
        page: page.clone(),
        sheet,
        payments,
        agreements,
        lines: lines.rows,
    };
    Ok(show(&view, &page))
}
