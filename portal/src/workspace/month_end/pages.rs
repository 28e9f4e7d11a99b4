//! The pages of a run, one for each step.

use super::super::subnav::{self, Subnav};
use super::super::{Names, frame};
use super::step::{Step, Steps};
use crate::entry::Member;
use crate::form::{Choices, Problems};
use crate::page::{Page, show};
use crate::pager::{Pager, address};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web;
use askama::Template;
use chrono_tz::Tz;
use domain::remittance::RemittanceState;
use domain::{CloseRunId, CreditorId, CreditorPaymentId, Permission, RemittanceId, StatementId};
use serde::Deserialize;
use service::bank_statements::{Day, three_way};
use service::close_runs::{self, Entry, Funds, Progress, SheetRow, Standing, TieOut};
use service::creditors;
use service::remittances::{self, Remittance, RemittanceFilter};
use service::sweeps::{self, Sweepable};
use service::trust;
use service::window::{Part, Window};

/// Creditors on a page of the sheet: each that is due is computed for it.
const SHEET: u16 = 25;
const PAGE: u16 = 50;
/// Creditors to choose from, at most.
const CHOICES: u64 = 500;

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    pub after: Option<String>,
    /// The code after which closing goes on.
    pub closed_to: Option<String>,
}

/// What every page of a run shows.
pub(super) struct Run {
    pub page: Page,
    pub nav: Subnav,
    pub progress: Progress,
    pub zone: Tz,
}

impl Run {
    pub async fn read(member: &Member, id: &str, problems: Problems) -> Result<Self, Refusal> {
        let id = id.parse::<CloseRunId>().map_err(|_| Refusal::NotFound)?;
        let progress = close_runs::progress(member.app(), member.actor(), id).await;
        let progress = progress.map_err(|e| refused(&e))?;
        let page = frame(member, "Month end").with(problems);
        let title = format!("Month end, to {}", page.date(&progress.run.period_end));
        let page = Page { title, ..page };
        Ok(Self { nav: subnav::month_end(&page), page, progress, zone: member.zone() })
    }

    fn id(&self) -> CloseRunId {
        self.progress.run.id
    }

    fn steps(&self, at: Step) -> Steps<'_> {
        Steps { at, progress: &self.progress }
    }

    pub fn is_open(&self) -> bool {
        super::is_open(&self.progress.run)
    }
}

/// Which of the steps a page is.
macro_rules! step_page {
    ($name:ident, $step:ident) => {
        impl $name {
            fn steps(&self) -> Steps<'_> {
                self.run.steps(Step::$step)
            }
        }
    };
}

#[derive(Template)]
#[template(path = "workspace/month_end/cut_off.html")]
struct CutOffPage {
    page: Page,
    run: Run,
}
step_page!(CutOffPage, CutOff);

pub async fn begin(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let run = Run::read(&member, &path, Problems::none()).await?;
    let page = run.page.clone();
    Ok(show(&CutOffPage { page: page.clone(), run }, &page))
}

#[derive(Template)]
#[template(path = "workspace/month_end/funds.html")]
struct FundsPage {
    page: Page,
    run: Run,
    funds: Vec<Funds>,
}
step_page!(FundsPage, Funds);

pub async fn funds(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let run = Run::read(&member, &path, Problems::none()).await?;
    let funds = close_runs::funds(member.app(), member.actor(), run.id()).await;
    let page = run.page.clone();
    Ok(show(&FundsPage { page: page.clone(), run, funds: funds.map_err(|e| refused(&e))? }, &page))
}

#[derive(Template)]
#[template(path = "workspace/month_end/fees.html")]
struct FeesPage {
    page: Page,
    run: Run,
    rows: Vec<SheetRow>,
    pager: Pager,
}
step_page!(FeesPage, Fees);

pub async fn fees(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let run = Run::read(&member, &path, Problems::none()).await?;
    let (rows, pager) = sheet(&member, run.id(), "fees", asked.into_inner().after).await?;
    let page = run.page.clone();
    Ok(show(&FeesPage { page: page.clone(), run, rows, pager }, &page))
}

/// A page of the sheet, and the links under it.
async fn sheet(
    member: &Member,
    run: CloseRunId,
    step: &str,
    after: Option<String>,
) -> Result<(Vec<SheetRow>, Pager), Refusal> {
    let window = Window { after: after.clone(), limit: SHEET };
    let found = close_runs::sheet(member.app(), member.actor(), run, &window).await;
    let Part { rows, more } = found.map_err(|e| refused(&e))?;
    let place = |after: Option<&str>| {
        let pairs: Vec<_> = after.map(|code| ("after", code.to_owned())).into_iter().collect();
        address(&format!("/month-end/{run}/{step}"), &pairs)
    };
    let next = rows.last().filter(|_| more).map(|row| place(Some(&row.creditor.code)));
    let pager = Pager::new(after.map(|_| place(None)), next, format!("{} creditors", rows.len()));
    Ok((rows, pager))
}

#[derive(Template)]
#[template(path = "workspace/month_end/tie_out.html")]
struct TieOutPage {
    page: Page,
    run: Run,
    tie: TieOut,
    /// The bank's side on the run's day; none: the reader may not see it.
    bank: Option<Vec<Day>>,
    names: Names,
    entries: Vec<Entry>,
}
step_page!(TieOutPage, TieOut);

impl TieOutPage {
    /// Where the paper behind an entry can be read.
    fn href(&self, entry: &Entry) -> Option<String> {
        let id = entry.source_id;
        match (entry.payment_id, entry.source_type.as_str()) {
            (Some(payment), _) => Some(format!("/payments/{payment}")),
            (None, "statement") => Some(format!("/statements/{}", StatementId(id))),
            (None, "remittance") => Some(format!("/remittances/{}", RemittanceId(id))),
            (None, "creditor_payment") => {
                Some(format!("/creditor-payments/{}", CreditorPaymentId(id)))
            }
            (None, _) => None,
        }
    }
}

pub async fn tie_out(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let run = Run::read(&member, &path, Problems::none()).await?;
    let (app, actor) = (member.app(), member.actor());
    let summary = close_runs::summary(app, actor, run.id()).await.map_err(|e| refused(&e))?;
    let tie = summary.tie_out;
    let untied: Vec<CreditorId> = tie.untied.iter().map(|one| one.creditor).collect();
    let entries = if untied.is_empty() {
        Vec::new()
    } else {
        close_runs::entries(app, actor, &untied).await.map_err(|e| refused(&e))?
    };
    let names = Names::of(&member, untied.iter().copied()).await;
    let page = run.page.clone();
    let view = TieOutPage {
        bank: bank(&member, &run).await?,
        names: names.map_err(|e| refused(&e))?,
        tie,
        entries,
        run,
        page: page.clone(),
    };
    Ok(show(&view, &page))
}

/// What the bank says of the run's last day, account by account.
async fn bank(member: &Member, run: &Run) -> Result<Option<Vec<Day>>, Refusal> {
    if !member.may(Permission::TrustRead) {
        return Ok(None);
    }
    let (app, actor, on) = (member.app(), member.actor(), run.progress.run.period_end);
    let mut days = Vec::new();
    for account in trust::accounts(app, actor).await.map_err(|e| refused(&e))? {
        let found = three_way::report(app, actor, account.id, (on, on)).await;
        days.extend(found.map_err(|e| refused(&e))?.1);
    }
    Ok(Some(days))
}

#[derive(Template)]
#[template(path = "workspace/month_end/close.html")]
struct ClosePage {
    page: Page,
    run: Run,
    rows: Vec<SheetRow>,
    pager: Pager,
    may_close: bool,
    /// The code after which closing goes on.
    closed_to: String,
    /// Who may be closed by name, whenever somebody likes.
    others: Vec<(CreditorId, String)>,
}
step_page!(ClosePage, Close);

impl ClosePage {
    /// How many statements there are, and how many there will be.
    fn share(&self) -> (i64, i64) {
        let done = self.run.progress.figures.statements;
        let due = i64::try_from(self.run.progress.due).unwrap_or(i64::MAX);
        (done, done.saturating_add(due))
    }
}

pub async fn close(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    show_close(&member, &path, asked.into_inner(), Problems::none()).await
}

pub(super) async fn show_close(
    member: &Member,
    id: &str,
    asked: Asked,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let run = Run::read(member, id, problems).await?;
    let (rows, pager) = sheet(member, run.id(), "close", asked.after).await?;
    let page = run.page.clone();
    let may_close = run.is_open() && member.may(Permission::RemittanceWrite);
    let closed_to = asked.closed_to.unwrap_or_default();
    let others = if may_close { others(member).await? } else { Vec::new() };
    let view = ClosePage { page: page.clone(), run, rows, pager, may_close, closed_to, others };
    Ok(show(&view, &page))
}

async fn others(member: &Member) -> Result<Vec<(CreditorId, String)>, Refusal> {
    let all = creditors::list(member.app(), member.actor(), None, CHOICES).await;
    let all = all.map_err(|e| refused(&e))?.into_iter();
    Ok(all.map(|row| (row.id, format!("{}, {}", row.name, row.code))).collect())
}

#[derive(Template)]
#[template(path = "workspace/month_end/approve.html")]
struct ApprovePage {
    page: Page,
    run: Run,
    remittances: Vec<Remittance>,
    pager: Pager,
    me: uuid::Uuid,
    may_approve: bool,
}
step_page!(ApprovePage, Approve);

pub async fn approve(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let run = Run::read(&member, &path, Problems::none()).await?;
    let after = asked.into_inner().after;
    let state = Some(RemittanceState::Prepared);
    let (remittances, pager) = paid(&member, run.id(), "approve", state, after).await?;
    let page = run.page.clone();
    let view = ApprovePage {
        page: page.clone(),
        run,
        remittances,
        pager,
        me: member.actor().principal(),
        may_approve: member.may(Permission::ApprovalDecide),
    };
    Ok(show(&view, &page))
}

#[derive(Template)]
#[template(path = "workspace/month_end/issue.html")]
struct IssuePage {
    page: Page,
    run: Run,
    remittances: Vec<Remittance>,
    pager: Pager,
}
step_page!(IssuePage, Issue);

pub async fn issue(
    member: Member,
    path: web::Path<String>,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Refusal> {
    let run = Run::read(&member, &path, Problems::none()).await?;
    let after = asked.into_inner().after;
    let state = Some(RemittanceState::Issued);
    let (remittances, pager) = paid(&member, run.id(), "issue", state, after).await?;
    let page = run.page.clone();
    Ok(show(&IssuePage { page: page.clone(), run, remittances, pager }, &page))
}

/// The remittances of a run in one state.
async fn paid(
    member: &Member,
    run: CloseRunId,
    step: &str,
    state: Option<RemittanceState>,
    after: Option<String>,
) -> Result<(Vec<Remittance>, Pager), Refusal> {
    let after = after.and_then(|after| after.parse().ok());
    let filter = RemittanceFilter { state, run: Some(run), ..RemittanceFilter::default() };
    let window = Window { after, limit: PAGE };
    let found = remittances::list(member.app(), member.actor(), filter, &window).await;
    let Part { rows, more } = found.map_err(|e| refused(&e))?;
    let here = format!("/month-end/{run}/{step}");
    let next = rows.last().filter(|_| more);
    let next = next.map(|row| address(&here, &[("after", row.row.id.to_string())]));
    let first = after.map(|_| here.clone());
    let shown = format!("{} remittances", rows.len());
    Ok((rows, Pager::new(first, next, shown)))
}

#[derive(Template)]
#[template(path = "workspace/month_end/lock.html")]
struct LockPage {
    page: Page,
    run: Run,
    ties: bool,
    sweepable: Sweepable,
    sweep: Option<Choices>,
}
step_page!(LockPage, Lock);

pub async fn lock(member: Member, path: web::Path<String>) -> Result<HttpResponse, Refusal> {
    show_lock(&member, &path, Problems::none()).await
}

pub(super) async fn show_lock(
    member: &Member,
    id: &str,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let run = Run::read(member, id, problems).await?;
    let (app, actor) = (member.app(), member.actor());
    let summary = close_runs::summary(app, actor, run.id()).await.map_err(|e| refused(&e))?;
    let sweepable = sweeps::preview(app, actor).await.map_err(|e| refused(&e))?;
    let page = run.page.clone();
    let ties = summary.tie_out.holds();
    let ask = run.is_open() && ties && member.may(Permission::RemittanceWrite);
    let earned = page.money(&sweepable.amount);
    let choices = page
        .choices("sweep", "What happens with the fees that were earned?")
        .option("yes", format!("Sweep {earned} from trust to operating"))
        .option("no", "Leave them in trust for now");
    let sweep = ask.then_some(choices);
    Ok(show(&LockPage { page: page.clone(), run, ties, sweepable, sweep }, &page))
}
