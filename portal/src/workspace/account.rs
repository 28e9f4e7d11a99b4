//! One account on one page (A2): who, what is owed, what may be done, what happened.

use super::account_acts::PROMISED_BY;
use super::account_payment::Entered;
use super::arrangements::Agreements;
use super::frame;
use super::plans::BY_HAND;
use crate::entry::{Member, sentence};
use crate::form::{CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use domain::account::{Disposition, Restriction};
use domain::payment::PaymentMethod;
use domain::{AccountId, Bucket, Permission};
use serde::Deserialize;
use service::accounts::{self, Sheet};
use service::interest::{self, Asked, Payoff};
use service::payments::{self, PaymentFilter, PaymentView};
use service::timeline::{self, Line};
use service::window::Window;
use service::{Kind, Refused};

const LINES: u16 = 50;
const PAYMENTS: u64 = 20;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}", web::get().to(read))
        .route("/accounts/{account}/payoff", web::post().to(fix_payoff));
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
    may_see_splits: bool,
    note: Field,
    amount: Field,
    paid_on: Field,
    memo: Field,
    own_rate: Field,
    own_amount: Field,
    own_why: Field,
    /// The payment that was typed and could not be entered.
    typed: Entered,
    agreements: Agreements,
    /// Where the account bears interest.
    payoff: Option<Payoff>,
    valid_through: Field,
    may_fix: bool,
}

/// For which day a payoff is asked.
#[derive(Debug, Default, Deserialize)]
struct Through {
    #[serde(default)]
    valid_through: String,
}

impl AccountPage {
    fn open_restrictions(&self) -> impl Iterator<Item = &accounts::Restricted> {
        self.sheet.restrictions.iter().filter(|restricted| restricted.lifted_at.is_none())
    }

    fn dispositions(&self) -> &'static [Disposition] {
        Disposition::ALL
    }

    /// How money comes that is entered here.
    fn by_hand(&self) -> [(PaymentMethod, &'static str, &'static str); 4] {
        BY_HAND
    }

    fn promised_by(&self) -> [(PaymentMethod, &'static str); 5] {
        PROMISED_BY
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

async fn read(
    member: Member,
    account: web::Path<String>,
    asked: web::Query<Through>,
) -> Result<HttpResponse, Refusal> {
    let id = account.parse::<AccountId>().map_err(|_| Refusal::NotFound)?;
    let nothing = (Problems::none(), Entered::default());
    show_through(&member, id, &asked.valid_through, nothing).await
}

/// Posts the interest up to today, so that the balance holds it.
async fn fix_payoff(
    member: Member,
    account: web::Path<String>,
    _form: CsrfForm<Through>,
) -> Result<HttpResponse, Refusal> {
    let id = account.parse::<AccountId>().map_err(|_| Refusal::NotFound)?;
    let fixed = interest::fix(member.app(), member.actor(), id, None).await;
    let total = fixed.map_err(|err| refused(&err))?.quote.total;
    member
        .flash(Tone::Done, format!("Interest is posted; {total} pays the account today."))
        .await?;
    Ok(go(format!("/accounts/{id}")))
}

/// The page, with what was wrong with the act that was asked for.
pub(super) async fn show_account(
    member: &Member,
    id: AccountId,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    show_through(member, id, "", (problems, Entered::default())).await
}

/// The page with a payment that was typed and could not be entered.
pub(super) async fn show_payment(
    member: &Member,
    id: AccountId,
    problems: Problems,
    typed: Entered,
) -> Result<HttpResponse, Refusal> {
    show_through(member, id, "", (problems, typed)).await
}

async fn show_through(
    member: &Member,
    id: AccountId,
    through: &str,
    (mut problems, typed): (Problems, Entered),
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let payoff = payoff(member, id, through, &mut problems).await?;
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
        amount: page.field("amount", "Amount").money().class("w8").value(typed.amount.as_str()),
        paid_on: page
            .field("paid_on", "Paid on (today if empty)")
            .kind("date")
            .value(typed.paid_on.as_str())
            .optional(),
        memo: page
            .field("memo", "Check number or memo (optional)")
            .value(typed.memo.as_str())
            .optional(),
        own_rate: page
            .field("own_rate", "Its rate in percent")
            .class("w4")
            .value(typed.own_rate.as_str())
            .optional(),
        own_amount: page
            .field("own_amount", "Or its amount")
            .money()
            .class("w8")
            .value(typed.own_amount.as_str())
            .optional(),
        own_why: page.field("own_why", "Why").value(typed.own_why.as_str()).optional(),
        typed,
        valid_through: page
            .field("valid_through", "Payoff valid through")
            .kind("date")
            .value(through.to_owned()),
        may_fix: member.may(Permission::AdjustmentWrite),
        payoff,
        may_write: member.may(Permission::AccountWrite),
        may_work: member.may(Permission::WorklistWork),
        may_take: member.may(Permission::PaymentTake),
        may_see_payments: member.may(Permission::PaymentRead),
        may_see_splits: member.may(Permission::CollectorRead),
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

/// The payoff of an account that bears interest: through today, or the day that was asked for.
async fn payoff(
    member: &Member,
    id: AccountId,
    through: &str,
    problems: &mut Problems,
) -> Result<Option<Payoff>, Refusal> {
    let day = NaiveDate::parse_from_str(through.trim(), "%Y-%m-%d").ok();
    if day.is_none() && !through.trim().is_empty() {
        problems.add("valid_through", "Write the day as in 2026-12-31");
    }
    let (app, actor) = (member.app(), member.actor());
    let asked = Asked { as_of: None, valid_through: day };
    let found = match interest::payoff(app, actor, id, asked).await {
        Err(err) if err.kind() == Kind::Invalid && day.is_some() => {
            problems.add("valid_through", sentence(&err.to_string()));
            interest::payoff(app, actor, id, Asked::default()).await
        }
        other => other,
    };
    Ok(Some(found.map_err(|err| refused(&err))?).filter(|payoff| payoff.accrues))
}
