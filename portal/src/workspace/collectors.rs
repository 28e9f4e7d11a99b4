//! Collectors: who earns by which terms, the statement of a month with its credits, and who shares
//! them (domain rule 2.12).

use super::figures::in_percent;
use super::frame;
use crate::entry::Member;
use crate::form::{Field, Problems};
use crate::page::{Page, go, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use chrono::NaiveDate;
use domain::collector::{CreditBase, CreditKind};
use domain::recovery::Month;
use domain::{PaymentId, Permission, Rate, UserId};
use serde::Deserialize;
use service::collectors::{self, Collector, CreditLine, MonthStatement, Terms};

mod splits;
mod terms;

use terms::{TermsForm, Typed, terms_words};

/// Lines of a month on one page.
const PAGE: u64 = 100;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/collectors", web::get().to(list));
    // Before the page of one collector, whose address they would be.
    splits::routes(config);
    config
        .route("/collectors/me", web::get().to(own))
        .route("/collectors/{user}", web::get().to(read));
    terms::routes(config);
}

#[derive(Template)]
#[template(path = "workspace/collectors.html")]
struct CollectorsPage {
    page: Page,
    collectors: Vec<Collector>,
}

impl CollectorsPage {
    fn rate(&self, terms: &Terms) -> String {
        format!("{} % of {}", in_percent(terms.rates.usual), base_words(terms.base))
    }
}

#[derive(Template)]
#[template(path = "workspace/collector.html")]
struct CollectorPage {
    page: Page,
    user: UserId,
    month: Month,
    statement: MonthStatement,
    lines: Vec<CreditLine>,
    pager: Pager,
    /// Each version with what it says.
    terms: Vec<(Terms, Vec<String>)>,
    form: Option<TermsForm>,
    may_see_all: bool,
}

impl CollectorPage {
    fn title_of(&self, month: &Month) -> String {
        month.first().format("%B %Y").to_string()
    }

    fn before(&self) -> NaiveDate {
        self.month.back(1).first()
    }

    fn after(&self) -> Option<NaiveDate> {
        self.month.last().succ_opt()
    }

    fn percent(&self, rate: &Rate) -> String {
        in_percent(*rate)
    }

    fn kind(&self, kind: &CreditKind) -> &'static str {
        match kind {
            CreditKind::Earned => "earned",
            CreditKind::ClawBack => "taken back for a return",
        }
    }

    fn base(&self) -> &'static str {
        self.statement.terms.as_ref().map_or("what was paid", |terms| base_words(terms.base))
    }
}

/// What a rate is of.
pub(super) fn base_words(base: CreditBase) -> &'static str {
    match base {
        CreditBase::Payment => "what was paid",
        CreditBase::Commission => "the agency's commission",
    }
}

async fn list(member: Member) -> Result<HttpResponse, Refusal> {
    let found = collectors::list(member.app(), member.actor()).await;
    let collectors = found.map_err(|e| refused(&e))?;
    let page = frame(&member, "Collectors");
    Ok(show(&CollectorsPage { page: page.clone(), collectors }, &page))
}

/// The own month, which needs no right.
async fn own(member: Member) -> Result<HttpResponse, Refusal> {
    let user = member.actor().user().ok_or(Refusal::NotFound)?;
    Ok(go(format!("/collectors/{user}")))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Any day of the month.
    month: String,
    after: String,
}

async fn read(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let user = path.parse::<UserId>().map_err(|_| Refusal::NotFound)?;
    show_collector(&member, user, &asked, (None, Problems::none())).await
}

async fn show_collector(
    member: &Member,
    user: UserId,
    asked: &Asked,
    (typed, problems): (Option<Typed>, Problems),
) -> Result<HttpResponse, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let day = NaiveDate::parse_from_str(asked.month.trim(), "%Y-%m-%d").ok();
    let statement = collectors::statement(app, actor, user, day).await.map_err(|e| refused(&e))?;
    let after = asked.after.parse::<PaymentId>().ok();
    let found = collectors::credits(app, actor, user, day, (after, PAGE + 1)).await;
    let (mut lines, currency) = found.map_err(|e| refused(&e))?;
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = lines.len() > most;
    lines.truncate(most);
    let month = statement.statement.month;
    let here = format!("/collectors/{user}");
    let place = |after: Option<PaymentId>| {
        let mut pairs = vec![("month", month.first().to_string())];
        pairs.extend(after.map(|id| ("after", id.to_string())));
        address(&here, &pairs)
    };
    let next = lines.last().filter(|_| more).map(|line| place(Some(line.credit.payment)));
    let pager = Pager::new(after.map(|_| place(None)), next, format!("{} lines", lines.len()));
    let versions = collectors::terms(app, actor, user).await.map_err(|e| refused(&e))?;
    let page = frame(member, statement.name.clone()).with(problems);
    let form = member.may(Permission::CollectorWrite).then(|| {
        let typed = typed.unwrap_or_else(|| terms::typed_of(versions.first()));
        TermsForm::new(&page, &typed, versions.first())
    });
    let view = CollectorPage {
        terms: versions
            .into_iter()
            .map(|terms| {
                let words = terms_words(&terms, currency);
                (terms, words)
            })
            .collect(),
        may_see_all: member.may(Permission::CollectorRead),
        page: page.clone(),
        user,
        month,
        statement,
        lines,
        pager,
        form,
    };
    Ok(show(&view, &page))
}

/// A field whose name is made at runtime keeps its problem under a name that is known.
fn plain(page: &Page, name: &'static str, label: &str, typed: &Typed) -> Field {
    page.field(name, label).value(typed.get(name).cloned().unwrap_or_default())
}
