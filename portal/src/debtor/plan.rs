//! The plan builder (D11): how much or how often, the whole schedule, and agreeing to it.

use super::draft::{Draft, PlanWish};
use super::{Nothing, debtor, hub};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::Visit;
use actix_web::HttpResponse;
use askama::Template;
use chrono::NaiveDate;
use domain::arrangement::Channel;
use domain::plan::{Dates, Frequency, Installment, Parts, PlanRefusal};
use domain::{Amount, Money};
use service::debtor_hub::Hub;
use service::plans::{self, NewPlan, PlanRefused, Preview};
use sha2::{Digest, Sha256};

/// What is offered on the site; an agent may agree to other dates.
const OFTEN: [(Frequency, &str); 4] = [
    (Frequency::Weekly, "plan-weekly"),
    (Frequency::Biweekly, "plan-biweekly"),
    (Frequency::SemiMonthly, "plan-semi-monthly"),
    (Frequency::Monthly, "plan-monthly"),
];

#[derive(Template)]
#[template(path = "debtor/plan.html")]
struct BuilderPage {
    page: Page,
    hub: Hub,
    how: Choices,
    amount: Field,
    number: Field,
    often: Choices,
    first: Field,
    /// The plan that the answers make, where they make one that may be agreed to.
    preview: Option<Preview>,
    /// The answers make none because each payment would be too small.
    too_small: bool,
}

#[derive(Template)]
#[template(path = "debtor/plan_check.html")]
struct CheckPage {
    page: Page,
    hub: Hub,
    rows: Vec<Installment>,
    total: Money,
    often: String,
    terms: String,
}

/// `GET /plan`
pub async fn builder(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some(hub) = planning(&visit).await? else { return Ok(go("/accounts")) };
    let wish = Draft::of(&visit).plan.unwrap_or_default();
    let preview = match asked(&hub, &wish) {
        Err(_) => None,
        Ok(new) => match plans::preview_for(visit.app(), &debtor(&visit)?, &new).await {
            Ok(preview) => Some(preview).filter(|preview| preview.refusals.is_empty()),
            Err(refusal) => return not_now(&visit, &hub, &refusal).await,
        },
    };
    Ok(ask(&visit, hub, &wish, preview, (Problems::none(), false)))
}

/// `POST /plan`: shows the plan that the answers make.
pub async fn preview(visit: Visit, form: CsrfForm<PlanWish>) -> Result<HttpResponse, Refusal> {
    let Some(hub) = planning(&visit).await? else { return Ok(go("/accounts")) };
    let wish = form.fields;
    let new = match asked(&hub, &wish) {
        Ok(new) => new,
        Err(missing) => {
            let mut problems = Problems::none();
            for (field, key) in missing {
                problems.add(field, visit.loc().t(key));
            }
            return Ok(ask(&visit, hub, &wish, None, (problems, false)));
        }
    };
    match plans::preview_for(visit.app(), &debtor(&visit)?, &new).await {
        Ok(preview) if preview.refusals.is_empty() => {
            Draft { plan: Some(wish), ..Draft::of(&visit) }.keep(&visit).await?;
            Ok(go("/plan#schedule"))
        }
        Ok(preview) => {
            let told = told(&visit, &preview, &wish);
            Ok(ask(&visit, hub, &wish, None, told))
        }
        Err(refusal) => not_now(&visit, &hub, &refusal).await,
    }
}

/// `GET /plan/check`
pub async fn check(visit: Visit) -> Result<HttpResponse, Refusal> {
    let Some(hub) = planning(&visit).await? else { return Ok(go("/accounts")) };
    let wish = Draft::of(&visit).plan.unwrap_or_default();
    let Ok(new) = asked(&hub, &wish) else { return Ok(go("/plan")) };
    match plans::preview_for(visit.app(), &debtor(&visit)?, &new).await {
        Ok(preview) if preview.refusals.is_empty() => {
            let page = visit.page(visit.loc().t("plan-check-title"));
            let view = CheckPage {
                terms: terms(&page, &preview),
                often: page.t(often_key(&new)),
                total: preview.total,
                rows: preview.rows,
                page: page.clone(),
                hub,
            };
            Ok(show(&view, &page))
        }
        Ok(_) => Ok(go("/plan")),
        Err(refusal) => not_now(&visit, &hub, &refusal).await,
    }
}

/// `POST /plan/check`: agrees.
pub async fn agree(visit: Visit, form: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    let account = Draft::of(&visit).account;
    let Some(hub) = planning(&visit).await? else {
        // The same form again: the plan is made, and its page says so.
        return Ok(go(account.map_or("/accounts".to_owned(), |id| format!("/accounts/{id}/plan"))));
    };
    let wish = Draft::of(&visit).plan.unwrap_or_default();
    let Ok(new) = asked(&hub, &wish) else { return Ok(go("/plan")) };
    let debtor = debtor(&visit)?;
    let shown = match plans::preview_for(visit.app(), &debtor, &new).await {
        Ok(preview) => terms(&visit.page(""), &preview),
        Err(refusal) => return not_now(&visit, &hub, &refusal).await,
    };
    let text = Sha256::digest(shown.as_bytes()).into();
    match plans::agree(visit.app(), &debtor, new, form.form_id, text).await {
        Ok(_) => {
            Draft { plan: None, ..Draft::of(&visit) }.keep(&visit).await?;
            visit.flash(Tone::Done, visit.loc().t("plan-agreed")).await?;
            Ok(go(format!("/accounts/{}/plan", hub.line.id)))
        }
        Err(PlanRefused::Limits(..) | PlanRefused::FormReused) => Ok(go("/plan")),
        Err(refusal) => not_now(&visit, &hub, &refusal).await,
    }
}

/// The account that the plan is for, while one may be made.
async fn planning(visit: &Visit) -> Result<Option<Hub>, Refusal> {
    debtor(visit)?;
    let Some(account) = Draft::of(visit).account else { return Ok(None) };
    let hub = hub::find(visit, &account.to_string()).await?;
    let open = hub::may_arrange(visit, &hub).await?;
    Ok(open.then_some(hub))
}

async fn not_now(visit: &Visit, hub: &Hub, refusal: &PlanRefused) -> Result<HttpResponse, Refusal> {
    if let PlanRefused::Stop(stop) = refusal {
        return Err(refused(stop));
    }
    visit.flash(Tone::Note, visit.loc().t("plan-not-now")).await?;
    Ok(go(format!("/accounts/{}", hub.line.id)))
}

/// Reads the answers; what is missing or cannot be read, by field.
fn asked(hub: &Hub, wish: &PlanWish) -> Result<NewPlan, Vec<(&'static str, &'static str)>> {
    let mut missing = Vec::new();
    let parts = match wish.how.as_str() {
        "amount" => super::pay::read(wish.amount.trim())
            .and_then(|money| Amount::new(money).ok())
            .map(Parts::Amount)
            .ok_or(("amount", "plan-amount-bad")),
        "number" => wish
            .number
            .trim()
            .parse()
            .ok()
            .filter(|number| (1..=1_000).contains(number))
            .map(Parts::Number)
            .ok_or(("number", "plan-number-bad")),
        _ => Err(("how", "plan-how-bad")),
    };
    let often = OFTEN.into_iter().map(|(often, _)| often).find(|often| often.name() == wish.often);
    let first = NaiveDate::parse_from_str(wish.first.trim(), "%Y-%m-%d").ok();
    if let Err(problem) = &parts {
        missing.push(*problem);
    }
    if often.is_none() {
        missing.push(("often", "plan-often-bad"));
    }
    if first.is_none() {
        missing.push(("first", "plan-first-bad"));
    }
    let dates = often.zip(first).and_then(|(often, first)| Dates::regular(often, first));
    match (parts, dates) {
        (Ok(parts), Some(dates)) => Ok(NewPlan {
            accounts: vec![hub.line.id],
            total: None,
            currency: None,
            down_payment: None,
            dates,
            parts,
            channel: Channel::Site,
            consent: String::new(),
            colleague: None,
        }),
        (_, _) => Err(missing),
    }
}

fn often_key(new: &NewPlan) -> &'static str {
    let often = new.dates.frequency();
    OFTEN.into_iter().find(|(known, _)| *known == often).map_or("plan-monthly", |(_, key)| key)
}

/// Every refusal at the field that can mend it, with its number.
fn told(visit: &Visit, preview: &Preview, wish: &PlanWish) -> (Problems, bool) {
    let loc = visit.loc();
    let parts = if wish.how == "number" { "number" } else { "amount" };
    let least = loc.money(&least(preview));
    let (mut problems, mut too_small) = (Problems::none(), false);
    for refusal in &preview.refusals {
        let (field, words) = match refusal {
            PlanRefusal::BelowMinPayment { .. } => {
                too_small = true;
                (parts, loc.ta("plan-small", &[("least", &least)]))
            }
            PlanRefusal::TooManyInstallments { most, .. } => {
                too_small = true;
                (parts, loc.ta("plan-many", &[("most", most), ("least", &least)]))
            }
            PlanRefusal::TermTooLong { most, .. } => {
                too_small = true;
                (parts, loc.ta("plan-long", &[("most", most)]))
            }
            PlanRefusal::StartsTooLate { latest, .. } => {
                ("first", loc.ta("plan-late", &[("date", &loc.date(latest))]))
            }
            PlanRefusal::StartsInThePast { .. } => ("first", loc.t("plan-past")),
            PlanRefusal::FrequencyNotAllowed { .. } => ("often", loc.t("plan-often-not")),
            PlanRefusal::BelowMinDownPayment { least, .. } => {
                (parts, loc.ta("plan-down", &[("least", &loc.money(least))]))
            }
            PlanRefusal::OverBalance { .. } | PlanRefusal::Schedule(_) => {
                (parts, loc.t("plan-no-parts"))
            }
        };
        if problems.of(field).is_none() {
            problems.add(field, words);
        }
    }
    (problems, too_small)
}

/// The smallest payment that the limits allow: no less than they say, and enough to be done within
/// the most payments.
fn least(preview: &Preview) -> Money {
    let by_number = preview.most.filter(|most| *most > 0).map_or(0, |most| {
        let most = i64::from(most);
        preview.total.minor().saturating_add(most - 1) / most
    });
    preview.least.max(Money::from_minor(by_number))
}

/// What is agreed to. The hash of exactly this text is stored.
fn terms(page: &Page, preview: &Preview) -> String {
    let grace = preview.limits.plan_grace();
    let rows: Vec<String> = preview
        .rows
        .iter()
        .map(|row| format!("{}: {}", page.date(&row.due), page.money(&row.amount.money())))
        .collect();
    let intro = page.ta(
        "plan-terms",
        &[("agency", &page.agency.own_name), ("grace", &grace), ("n", &preview.rows.len())],
    );
    format!("{intro} {}", page.ta("plan-terms-rows", &[("rows", &rows.join("; "))]))
}

fn ask(
    visit: &Visit,
    hub: Hub,
    wish: &PlanWish,
    preview: Option<Preview>,
    (problems, too_small): (Problems, bool),
) -> HttpResponse {
    let page = visit.page(visit.loc().t("plan-title")).with(problems);
    let how = page
        .choices("how", page.t("plan-how"))
        .option("amount", page.t("plan-by-amount"))
        .option("number", page.t("plan-by-number"))
        .chosen(wish.how.as_str());
    let mut often = page.choices("often", page.t("plan-often"));
    for (frequency, key) in OFTEN {
        often = often.option(frequency.name(), page.t(key));
    }
    let amount = page.field("amount", page.t("plan-amount")).money().class("w8").optional();
    let number = page.field("number", page.t("plan-number")).digits().class("w4").optional();
    let first = page.field("first", page.t("plan-first")).hint(page.t("plan-first-hint"));
    let view = BuilderPage {
        how,
        amount: amount.value(wish.amount.as_str()),
        number: number.value(wish.number.as_str()),
        often: often.chosen(wish.often.as_str()),
        first: first.kind("date").class("w16").value(wish.first.as_str()),
        page: page.clone(),
        hub,
        preview,
        too_small,
    };
    show(&view, &page)
}
