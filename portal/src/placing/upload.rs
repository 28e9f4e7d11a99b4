//! Step 1: the file, where it belongs, and the creditor's control totals.

use super::Step;
use crate::csrf;
use crate::entry::Member;
use crate::form::Problems;
use crate::page::{Page, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::broken;
use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use domain::agency::CreditorStatus;
use domain::placement::{Manifest, Mapping};
use domain::{CreditorId, Currency, Money, Permission, PortfolioId};
use futures_util::TryStreamExt;
use service::Refused;
use service::creditors;
use service::placements::{self, NotTaken, Order, Spool, SpoolError, Spooled};
use std::collections::BTreeMap;

/// Creditors and portfolios to choose from, at most.
const CHOICES: u64 = 50;
/// Bytes of a field that is no file.
const FIELD: usize = 4 * 1024;
/// The sums of the control totals, in the order of the form.
const SUMS: [(&str, &str); 5] = [
    ("principal", "Principal"),
    ("interest", "Interest"),
    ("fees", "Fees"),
    ("court_costs", "Court costs"),
    ("other", "Other"),
];

#[derive(Template)]
#[template(path = "placing/upload.html")]
struct UploadPage {
    page: Page,
    step: Step,
    places: Vec<Place>,
    typed: BTreeMap<String, String>,
}

/// Where the accounts may go.
struct Place {
    /// A portfolio, or a creditor whose file names the portfolio line by line.
    value: String,
    name: String,
    chosen: bool,
}

impl UploadPage {
    fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    fn sums(&self) -> &'static [(&'static str, &'static str)] {
        &SUMS
    }
}

/// The form.
pub async fn ask_file(member: Member) -> Result<HttpResponse, Refusal> {
    member.require(Permission::PlacementWrite)?;
    show_form(&member, BTreeMap::new(), Problems::none()).await
}

/// Takes the file and goes on to its columns.
pub async fn take_file(
    member: Member,
    request: HttpRequest,
    parts: Multipart,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::PlacementWrite)?;
    let Received { typed, file } = receive(&member, &request, parts).await?;
    let (file_name, spooled) = match file {
        Some(Ok(file)) => file,
        Some(Err(why)) => {
            return show_form(&member, typed, Problems::one("file", why)).await;
        }
        None => {
            let words = "Choose a file: CSV or XLSX, with one line for each account.";
            return show_form(&member, typed, Problems::one("file", words)).await;
        }
    };
    let order = match order(&member, &typed, file_name).await? {
        Ok(order) => order,
        Err(problems) => return show_form(&member, typed, problems).await,
    };
    match placements::receive(member.app(), member.actor(), order, spooled).await {
        Ok(placement) => Ok(go(format!("/placements/{}/columns", placement.id))),
        Err(refusal @ NotTaken::Manifest(_)) => {
            show_form(&member, typed, Problems::one("row_count", refusal.to_string())).await
        }
        Err(NotTaken::Stop(stop)) => Err(refused(&stop)),
        Err(other) => {
            tracing::info!(code = other.code(), "a placement file is not taken in");
            show_form(&member, typed, Problems::one("file", other.to_string())).await
        }
    }
}

/// What came with the form.
struct Received {
    typed: BTreeMap<String, String>,
    file: Option<Result<(String, Spooled), String>>,
}

/// Reads the parts as they come. The form's seal is its first field: nothing of a forged post is
/// kept, and the file goes to disk, not to memory.
async fn receive(
    member: &Member,
    request: &HttpRequest,
    mut parts: Multipart,
) -> Result<Received, Refusal> {
    let mut received = Received { typed: BTreeMap::new(), file: None };
    let mut sealed = false;
    while let Some(mut part) = parts.try_next().await.map_err(|_| Refusal::Unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name =
            part.content_disposition().and_then(|it| it.get_filename()).map(str::to_owned);
        if name == "file" {
            if !sealed {
                return Err(Refusal::ForeignForm);
            }
            let file_name = base_name(&file_name.unwrap_or_default());
            let mut spool = Spool::new().map_err(broken)?;
            let mut trouble = None;
            while let Some(bytes) = part.try_next().await.map_err(|_| Refusal::Unreadable)? {
                // What follows a refusal is read and dropped, so that the browser gets the answer.
                if trouble.is_none() {
                    trouble = spool.push(&bytes).err();
                }
            }
            let spooled = trouble.map_or_else(|| spool.finish(), Err);
            received.file = match spooled {
                Ok(spooled) => Some(Ok((file_name, spooled))),
                Err(SpoolError::Refused(_)) if file_name.is_empty() => None,
                Err(SpoolError::Refused(why)) => Some(Err(why.to_string())),
                Err(SpoolError::Fault(fault)) => return Err(broken(fault)),
            };
            continue;
        }
        let mut value = Vec::new();
        while let Some(bytes) = part.try_next().await.map_err(|_| Refusal::Unreadable)? {
            value.extend_from_slice(&bytes);
            if value.len() > FIELD {
                return Err(Refusal::TooLarge);
            }
        }
        let value = String::from_utf8(value).map_err(|_| Refusal::Unreadable)?;
        if name == "csrf" {
            csrf::check(request, member, &value)?;
            sealed = true;
        } else {
            received.typed.insert(name, value);
        }
    }
    if sealed { Ok(received) } else { Err(Refusal::ForeignForm) }
}

/// Some browsers send the whole path.
fn base_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned()
}

async fn order(
    member: &Member,
    typed: &BTreeMap<String, String>,
    file_name: String,
) -> Result<Result<Order, Problems>, Refusal> {
    let into = typed.get("into").map_or("", String::as_str);
    let place = match (into.parse::<PortfolioId>(), into.parse::<CreditorId>()) {
        (Ok(portfolio), _) => owner_of(member, portfolio).await?.map(|it| (it, Some(portfolio))),
        (Err(_), Ok(creditor)) => Some((creditor, None)),
        (Err(_), Err(_)) => None,
    };
    let Some((creditor, portfolio)) = place else {
        return Ok(Err(Problems::one("into", "Choose where these accounts belong.")));
    };
    Ok(manifest(typed, &file_name).map(|manifest| Order {
        creditor,
        portfolio,
        file_name,
        mapping: Mapping::default(),
        manifest,
    }))
}

async fn owner_of(member: &Member, portfolio: PortfolioId) -> Result<Option<CreditorId>, Refusal> {
    let of = service::recovery::Of { portfolio: Some(portfolio), ..Default::default() };
    let rows = service::recovery::portfolios(member.app(), member.actor(), of, None, 1).await;
    Ok(rows.map_err(|e| refused(&e))?.into_iter().next().map(|row| row.creditor))
}

/// The control totals, when any is given; what is blank is zero, and a blank total is the sum.
fn manifest(
    typed: &BTreeMap<String, String>,
    file_name: &str,
) -> Result<Option<Manifest>, Problems> {
    let given = |name: &str| typed.get(name).map_or("", |text| text.trim());
    let named = SUMS.iter().map(|(name, _)| *name);
    if named.chain(["row_count", "total"]).all(|name| given(name).is_empty()) {
        return Ok(None);
    }
    let mut problems = Problems::none();
    let row_count = given("row_count").replace(',', "").parse().ok();
    if row_count.is_none() {
        problems.add("row_count", "Give the number of lines as well, such as 2418.");
    }
    let mut sums = Vec::new();
    for (name, label) in SUMS {
        match dollars(given(name)) {
            Some(sum) => sums.push(sum),
            None => {
                problems.add(name, format!("Write {label} in dollars and cents, such as 845.00."))
            }
        }
    }
    let all = Money::total(sums.iter().copied()).ok();
    let total = if given("total").is_empty() { all } else { dollars(given("total")) };
    if total.is_none() {
        problems.add("total", "Write the total in dollars and cents, such as 845.00.");
    }
    match (row_count, sums.as_slice(), total) {
        (Some(row_count), [principal, interest, fees, court_costs, other], Some(total)) => {
            Ok(Some(Manifest {
                file: Some(file_name.to_owned()),
                row_count,
                principal: principal.to_decimal(),
                interest: interest.to_decimal(),
                fees: fees.to_decimal(),
                court_costs: court_costs.to_decimal(),
                other: other.to_decimal(),
                total: total.to_decimal(),
            }))
        }
        _ => Err(problems),
    }
}

/// What a person writes: `$1,250.00`, `1250`, nothing.
fn dollars(text: &str) -> Option<Money> {
    let plain = text.replace([',', '$', ' '], "");
    match plain.as_str() {
        "" => Some(Money::ZERO),
        whole if !whole.contains('.') => Money::parse(&format!("{whole}.00"), Currency::Usd).ok(),
        exact => Money::parse(exact, Currency::Usd).ok(),
    }
}

async fn show_form(
    member: &Member,
    typed: BTreeMap<String, String>,
    problems: Problems,
) -> Result<HttpResponse, Refusal> {
    let chosen = typed.get("into").map_or("", String::as_str);
    let places = places(member, chosen).await?;
    let page = member.frame("Place accounts").with(problems);
    Ok(show(&UploadPage { page: page.clone(), step: Step::File, places, typed }, &page))
}

async fn places(member: &Member, chosen: &str) -> Result<Vec<Place>, Refusal> {
    let (app, actor) = (member.app(), member.actor());
    let creditors = creditors::list(app, actor, None, CHOICES).await.map_err(|e| refused(&e))?;
    let mut places = Vec::new();
    for creditor in creditors {
        if creditor.status != CreditorStatus::Active {
            continue;
        }
        let portfolios =
            creditors::portfolios(app, actor, creditor.id).await.map_err(|e| refused(&e))?;
        places.extend(portfolios.into_iter().map(|row| Place {
            value: row.id.to_string(),
            name: format!("{}: {}", creditor.name, row.name),
            chosen: false,
        }));
        places.push(Place {
            value: creditor.id.to_string(),
            name: format!("{}: each line names its portfolio", creditor.name),
            chosen: false,
        });
    }
    let only = places.len() <= 2;
    for (at, place) in places.iter_mut().enumerate() {
        place.chosen = if chosen.is_empty() { only && at == 0 } else { place.value == chosen };
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn control_totals_are_optional_and_read_as_people_write_them() {
        assert!(manifest(&typed(&[]), "a.csv").unwrap().is_none());
        let fields = [("row_count", "2,418"), ("principal", "$1,204,551.20"), ("fees", "10")];
        let read = manifest(&typed(&fields), "a.csv").unwrap().expect("a manifest");
        assert_eq!((read.row_count, read.total.as_str()), (2418, "1204561.20"));
        assert_eq!(read.interest, "0.00");
        let wrong = manifest(&typed(&[("total", "much")]), "a.csv").unwrap_err();
        assert!(wrong.of("total").is_some() && wrong.of("row_count").is_some());
    }

    #[test]
    fn a_path_becomes_a_name() {
        assert_eq!(base_name("C:\\files\\nov 18.csv"), "nov 18.csv");
    }
}
