//! One payment for all accounts of a debtor (A4): how it would be spread, and its entry.

use super::account_acts::account;
use super::arrangements::once;
use super::figures::{amount, day, money_of};
use super::frame;
use super::plans::BY_HAND;
use crate::entry::{Member, sentence};
use crate::form::{Choices, CsrfForm, Field, Problems};
use crate::page::{Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use askama::Template;
use domain::account::{AccountStatus, Restriction};
use domain::{AccountId, Money, Permission};
use service::accounts::{self, Account, Sheet};
use service::payments::{self, NewPacketPayment, SpreadPreview, SpreadStrategy};
use service::{Kind, Refused};
use std::collections::HashMap;

pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/accounts/{account}/packet-payment", web::get().to(plan))
        .route("/accounts/{account}/packet-payment", web::post().to(take));
}

/// What was typed; `of_<account>` is what the debtor chose for one of them.
type Typed = HashMap<String, String>;

/// One account of the packet.
struct Part {
    account: Account,
    /// Disputed accounts get nothing (15 USC 1692h).
    disputed: bool,
    chosen: String,
    /// What it would get.
    gets: Option<Money>,
}

#[derive(Template)]
#[template(path = "workspace/packet_payment.html")]
struct PacketPaymentPage {
    page: Page,
    id: AccountId,
    debtor: String,
    parts: Vec<Part>,
    amount: Field,
    method: Choices,
    strategy: Choices,
    paid_on: Field,
    memo: Field,
    directed: bool,
    /// What goes along to the entry.
    typed: Vec<(String, String)>,
    preview: Option<SpreadPreview>,
}

async fn plan(
    member: Member,
    path: web::Path<String>,
    typed: web::Query<Typed>,
) -> Result<HttpResponse, Refusal> {
    member.require(Permission::PaymentTake)?;
    let packet = Packet::of(&member, &path).await?;
    let typed = typed.into_inner();
    if typed.is_empty() {
        return packet.page(&member, &typed, (Problems::none(), None));
    }
    let new = match packet.payment(&member, &typed) {
        Ok(new) => new,
        Err(problems) => return packet.page(&member, &typed, (problems, None)),
    };
    match payments::preview_for_packet(member.app(), member.actor(), &new).await {
        Ok(preview) => packet.page(&member, &typed, (Problems::none(), Some(preview))),
        Err(err) => packet.refuse(&member, &typed, &err),
    }
}

async fn take(
    member: Member,
    path: web::Path<String>,
    form: CsrfForm<Typed>,
) -> Result<HttpResponse, Refusal> {
    let packet = Packet::of(&member, &path).await?;
    let typed = form.fields;
    let new = match packet.payment(&member, &typed) {
        Ok(new) => new,
        Err(problems) => return packet.page(&member, &typed, (problems, None)),
    };
    let once = once(&member, &form.form_id, "workspace_take_packet_payment", &new);
    match payments::take_for_packet(member.app(), member.actor(), new, &once).await {
        Ok(taken) => {
            let words = format!("The payment was posted on {} accounts.", taken.value.parts.len());
            member.flash(Tone::Done, words).await?;
            Ok(go(format!("/accounts/{}", packet.id)))
        }
        Err(err) => packet.refuse(&member, &typed, &err),
    }
}

/// An account and the others of its debtor.
struct Packet {
    id: AccountId,
    debtor: String,
    accounts: Vec<(Account, bool)>,
}

impl Packet {
    async fn of(member: &Member, path: &web::Path<String>) -> Result<Self, Refusal> {
        let id = account(path)?;
        let (app, actor) = (member.app(), member.actor());
        let sheet = accounts::find(app, actor, id).await.map_err(|e| refused(&e))?;
        let mut all = Vec::with_capacity(sheet.packet.len() + 1);
        for other in &sheet.packet {
            let other = accounts::find(app, actor, other.id).await.map_err(|e| refused(&e))?;
            all.push((is_disputed(&other), other.account));
        }
        all.push((is_disputed(&sheet), sheet.account.clone()));
        let open = all.into_iter().filter(|(_, one)| one.status.is_open());
        let mut accounts: Vec<_> = open.map(|(disputed, one)| (one, disputed)).collect();
        accounts.sort_by_key(|(one, _)| (one.placed_on, one.id));
        Ok(Self { id, debtor: sheet.account.debtor_name, accounts })
    }

    /// The payment that was typed, or what is wrong with it.
    fn payment(&self, member: &Member, typed: &Typed) -> Result<NewPacketPayment, Problems> {
        let one = |name: &str| typed.get(name).map(|text| text.trim()).unwrap_or_default();
        let currency = member.front().currency;
        let mut problems = Problems::none();
        let money = amount(one("amount"), currency);
        if money.is_none() {
            problems.add("amount", "Write the amount as in 125.00");
        }
        let method = BY_HAND.into_iter().find(|(_, name, _)| *name == one("method"));
        if method.is_none() {
            problems.add("method", "Choose how it came");
        }
        let strategy = match one("strategy") {
            "oldest_first" => Some(SpreadStrategy::OldestFirst),
            "highest_rate_first" => Some(SpreadStrategy::HighestRateFirst),
            "pro_rata" => Some(SpreadStrategy::ProRata),
            "chosen" => self.chosen(typed, currency).map(SpreadStrategy::Chosen),
            _ => None,
        };
        if strategy.is_none() {
            let words = match one("strategy") {
                "chosen" => "Write what the debtor chose for each account as in 125.00",
                _ => "Choose how it is spread",
            };
            problems.add("strategy", words);
        }
        let effective_on = day(one("paid_on"));
        if effective_on.is_none() && !one("paid_on").is_empty() {
            problems.add("paid_on", "Choose the day");
        }
        let debtor = self.accounts.first().map(|(one, _)| one.debtor);
        match (debtor, money, method, strategy, problems.is_empty()) {
            (Some(debtor), Some(amount), Some((method, _, _)), Some(strategy), true) => {
                Ok(NewPacketPayment {
                    debtor,
                    method,
                    amount,
                    currency,
                    strategy,
                    directed: typed.contains_key("directed"),
                    effective_on,
                    deposited_on: None,
                    memo: Some(one("memo").to_owned()).filter(|memo| !memo.is_empty()),
                })
            }
            (None, _, _, _, true) => {
                Err(Problems::one("amount", "No account of the debtor is open"))
            }
            (_, _, _, _, _) => Err(problems),
        }
    }

    /// What the debtor chose for each account; none: something is no amount.
    fn chosen(&self, typed: &Typed, currency: domain::Currency) -> Option<Vec<(AccountId, Money)>> {
        let said = self.accounts.iter().filter_map(|(one, _)| {
            let text = typed.get(&field_of(one.id)).map(|text| text.trim()).unwrap_or_default();
            (!text.is_empty()).then(|| money_of(text, currency).map(|money| (one.id, money)))
        });
        said.collect()
    }

    fn refuse(
        &self,
        member: &Member,
        typed: &Typed,
        err: &impl Refused,
    ) -> Result<HttpResponse, Refusal> {
        match err.kind() {
            Kind::Invalid | Kind::Conflict | Kind::Stale => {
                let problems = Problems::one("strategy", sentence(&self.named(&err.to_string())));
                self.page(member, typed, (problems, None))
            }
            Kind::NotFound
            | Kind::Forbidden
            | Kind::Unauthenticated
            | Kind::TooMany
            | Kind::Unavailable
            | Kind::Fault => Err(refused(err)),
        }
    }

    /// A refusal names accounts by id; a person knows them by reference.
    fn named(&self, words: &str) -> String {
        let named = |words: String, (one, _): &(Account, bool)| {
            words.replace(&one.id.to_string(), &one.reference)
        };
        self.accounts.iter().fold(words.to_owned(), named)
    }

    fn page(
        &self,
        member: &Member,
        typed: &Typed,
        (problems, preview): (Problems, Option<SpreadPreview>),
    ) -> Result<HttpResponse, Refusal> {
        let one = |name: &str| typed.get(name).cloned().unwrap_or_default();
        let page = frame(member, "One payment for several accounts").with(problems);
        let gets = |id| {
            let parts = preview.iter().flat_map(|preview| &preview.parts);
            parts.clone().find(|(part, _)| *part == id).map(|(_, money)| *money)
        };
        let parts = self.accounts.iter().map(|(account, disputed)| Part {
            disputed: *disputed,
            chosen: one(&field_of(account.id)),
            gets: gets(account.id),
            account: account.clone(),
        });
        let method = page.choices("method", "How it came");
        let method =
            BY_HAND.into_iter().fold(method, |all, (_, name, words)| all.option(name, words));
        let mut along: Vec<_> = typed
            .clone()
            .into_iter()
            .filter(|(name, _)| name != "csrf" && name != "form_id")
            .collect();
        along.sort();
        let view = PacketPaymentPage {
            parts: parts.collect(),
            amount: page.field("amount", "Amount").money().class("w8").value(one("amount")),
            method: method.chosen(one("method")),
            strategy: page
                .choices("strategy", "How it is spread")
                .option("oldest_first", "The oldest placed first")
                .option("highest_rate_first", "The highest interest rate first")
                .option("pro_rata", "In proportion to what is owed, to the cent")
                .option("chosen", "As the debtor chose: the amounts in the table")
                .chosen(one("strategy")),
            paid_on: page
                .field("paid_on", "Paid on (today if empty)")
                .kind("date")
                .value(one("paid_on"))
                .optional(),
            memo: page
                .field("memo", "Check number or memo (optional)")
                .value(one("memo"))
                .optional(),
            directed: typed.contains_key("directed"),
            id: self.id,
            debtor: self.debtor.clone(),
            typed: along,
            page: page.clone(),
            preview,
        };
        Ok(show(&view, &page))
    }
}

fn field_of(id: AccountId) -> String {
    format!("of_{id}")
}

fn is_disputed(sheet: &Sheet) -> bool {
    let open = sheet.restrictions.iter().filter(|one| one.lifted_at.is_none());
    sheet.account.status == AccountStatus::Disputed
        || open.into_iter().any(|one| one.kind == Restriction::Dispute)
}
