//! Every operation of the document with an id in its path, called by a stranger to the thing: the
//! answer is 404, and reads as for an id that does not exist.

use crate::debts::Debts;
use crate::http::{Api, Person, Reply, Request};
use crate::till::once;
use crate::world::{House, World, run, superuser_url};
use domain::account::Restriction;
use domain::arrangement::Channel;
use domain::commission::Schedule;
use domain::payment::{PaymentKind, PaymentMethod};
use domain::placement::Mapping;
use domain::plan::{Dates, Parts};
use domain::remittance;
use domain::settlement::{Acceptance, DaysRange, MoneyRange, Offered, Tier, TierTerms, Tiers};
use domain::{
    AccountId, Amount, ApprovalId, Buckets, ClientRole, Currency, DebtEntryId, Money, Rate,
    StaffRole,
};
use reqwest::Method;
use serde_json::{Map, Value, json};
use service::accounts::{self, NewContactPoint, NewRestriction, Reach};
use service::adjustments::{self, Adjustment, Terms};
use service::api_keys::{self, NewKey};
use service::approvals::Outcome;
use service::arrangement_rules::{self as rules, Place};
use service::clock::date_in;
use service::close_runs::{self, NewRun};
use service::commission_schedules::{self, NewSchedule, Subject};
use service::contracts;
use service::creditor_payments::{self, NewCreditorPayment};
use service::creditors;
use service::desks::{self, DeskTerms};
use service::invoices::{self, InvoiceFilter};
use service::once::Once;
use service::payments::{self, NewPayment};
use service::placements::mappings;
use service::plans::{self, NewPlan};
use service::promises::{self, NewPromises};
use service::remittances::{self, RemittanceFilter};
use service::settlements::{self, NewOffer};
use service::users::Membership;
use service::window::Window;
use std::collections::BTreeMap;

/// Operations in whose paths nobody of an agency has an id at all.
const OF_THE_PLATFORM: &str = "/v1/platform/";

/// An alarm, a payout and a bank statement with a line, all with one id.
async fn in_trust(house: &House) -> uuid::Uuid {
    let db = sea_orm::Database::connect(superuser_url()).await.expect("a connection");
    let (agency, id) = (house.id.0, uuid::Uuid::now_v7());
    let account = format!("(SELECT id FROM trust_account WHERE agency_id = '{agency}')");
    for sql in [
        format!(
            "INSERT INTO trust_alarm (agency_id, id, trust_account_id, amount, worst, cause, opened_at, seen_at)
             VALUES ('{agency}', '{id}', {account}, 1, 1, '[]', now(), now())"
        ),
        format!(
            "INSERT INTO payout (agency_id, id, trust_account_id, gross, fees, dispute_fees, net, arrived_on,
                 posted_at, entered_by)
             VALUES ('{agency}', '{id}', {account}, 1, 0, 0, 1, current_date, now(), 'test')"
        ),
        format!(
            "INSERT INTO bank_statement (agency_id, id, trust_account_id, format, file_name, file_sha256, position,
                 from_on, to_on, opening, closing, line_count, not_booked, imported_at, imported_by)
             VALUES ('{agency}', '{id}', {account}, 'csv', 'x', '', 0, current_date, current_date, 0, 1, 1, 0,
                 now(), 'test')"
        ),
        format!(
            "INSERT INTO bank_line (agency_id, id, bank_statement_id, trust_account_id, file_line, seq, booked_on,
                 amount, description, names, reversal, state)
             VALUES ('{agency}', '{id}', '{id}', {account}, 1, 0, current_date, 1, '', '[]', false, 'open')"
        ),
    ] {
        sea_orm::ConnectionTrait::execute_unprepared(&db, &sql).await.expect("a row");
    }
    id
}

/// One thing of each kind, for the parameters of paths.
async fn things(world: &World, house: &House) -> BTreeMap<&'static str, String> {
    let creditor = world.creditor(house, "WALLED").await;
    let placed = Debts::of(house, creditor).await.place(1, world.app.clock().now()).await[0];
    let key = NewKey {
        name: "Key".to_owned(),
        permissions: vec![domain::Permission::AccountRead],
        creditor: None,
        expires_at: None,
    };
    let (app, admin) = (&world.app, &house.admin);
    let key = api_keys::create(app, admin, key).await.expect("a key").key;
    let desk = DeskTerms {
        name: "Desk".to_owned(),
        user: None,
        cap: None,
        weight: 1,
        min_balance: None,
        max_balance: None,
    };
    let desk = desks::create(app, admin, desk).await.expect("a desk");
    let reach = Reach::Email("pat@example.org".to_owned());
    let point = NewContactPoint { party: placed.party, reach, consent: None, source: None };
    let point = accounts::add_contact_point(app, admin, placed.account, point).await;
    let cash = NewPayment {
        account: placed.account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Cash,
        amount: Amount::new(Money::from_minor(1_000)).expect("an amount"),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    };
    let payment = payments::take(app, admin, cash, &once("take_payment")).await;
    let payment = payment.expect("a payment").value;
    let (entry, approval) = adjusted(world, house, placed.account).await;
    let agreed = agreements(world, house, placed.account).await;
    let attorney = NewRestriction {
        kind: Restriction::Attorney,
        detail: None,
        reason: "Letter of representation".to_owned(),
    };
    accounts::set_restriction(app, admin, placed.account, None, attorney).await.expect("set");
    let papers = papers(world, house).await;
    let portfolio = creditors::portfolios(app, admin, creditor).await.expect("portfolios")[0].id;
    let mapping = mappings::save(app, admin, creditor, "Usual", &Mapping::default())
        .await
        .expect("a mapping");
    let schedule = NewSchedule {
        subject: Subject::Creditor(creditor),
        effective_on: chrono::NaiveDate::default(),
        schedule: Schedule::flat(Rate::ONE),
    };
    let schedule = commission_schedules::add(app, admin, schedule).await.expect("a schedule");
    let sheet = accounts::find(app, admin, placed.account).await.expect("the account");
    let row = in_trust(house).await;
    let mut things = BTreeMap::from([
        ("creditor_id", creditor.to_string()),
        ("account_id", placed.account.to_string()),
        ("party_id", placed.party.to_string()),
        ("debtor_id", placed.debtor.to_string()),
        ("api_key_id", key.id.to_string()),
        ("portfolio_id", portfolio.to_string()),
        ("desk_id", desk.id.to_string()),
        ("contact_point_id", point.expect("a contact point").id.to_string()),
        ("payment_id", payment.to_string()),
        ("debt_entry_id", entry.to_string()),
        ("approval_id", approval.to_string()),
        ("restriction_id", sheet.restrictions[0].id.to_string()),
        ("schedule_id", schedule.id.to_string()),
        ("placement_id", sheet.account.placement.to_string()),
        ("mapping_id", mapping.id.to_string()),
        ("alarm_id", domain::TrustAlarmId(row).to_string()),
        ("payout_id", domain::PayoutId(row).to_string()),
        ("bank_statement_id", domain::BankStatementId(row).to_string()),
        ("bank_line_id", domain::BankLineId(row).to_string()),
        ("user_id", house.admin.user().expect("a person").to_string()),
    ]);
    things.extend(papers);
    things.extend(agreed);
    things
}

/// The papers of a creditor that is remitted gross: a close run, a statement, a remittance, an invoice
/// and the creditor's payment of it.
async fn papers(world: &World, house: &House) -> BTreeMap<&'static str, String> {
    let (app, admin) = (&world.app, &house.admin);
    let creditor = world.creditor(house, "BILLED").await;
    let (from, rate) = ("2020-01-01".parse().expect("a day"), domain::Rate::parse("0.3"));
    let gross = contracts::NewContract {
        remittance: remittance::Terms {
            method: remittance::RemittanceMethod::Gross,
            processor_fees: remittance::FeePolicy::GrossDeposit,
            period: remittance::Period::Day {},
            ..remittance::Terms::default()
        },
        ..contracts::NewContract::flat(creditor, from, rate.expect("a rate"))
    };
    contracts::add(app, admin, gross).await.expect("terms");
    let account = Debts::of(house, creditor).await.place(1, app.clock().now()).await[0].account;
    let cash = NewPayment {
        account,
        kind: PaymentKind::PaidAgency,
        method: PaymentMethod::Cash,
        amount: Amount::new(Money::from_minor(1_000)).expect("an amount"),
        currency: Currency::Usd,
        forwarder_fee: None,
        effective_on: None,
        deposited_on: None,
        memo: None,
        directed: false,
    };
    payments::take(app, admin, cash, &once("take_payment")).await.expect("a payment");
    let period_end = app.clock().now().date_naive();
    world.wait(chrono::Duration::days(3));
    let new = NewRun { period_end, cutoff: None };
    let run =
        close_runs::open(app, admin, new, &once("open_close_run")).await.expect("a run").value;
    let mut outcomes = close_runs::close(app, admin, run, &[creditor]).await.expect("closed");
    let statement = outcomes.pop().expect("one").result.expect("a statement");
    let window = || Window { after: None, limit: 1 };
    let filter = RemittanceFilter::default();
    let remittances = remittances::list(app, admin, filter, &window()).await.expect("a list");
    let filter = InvoiceFilter::default();
    let invoices = invoices::list(app, admin, filter, &Window { after: None, limit: 1 });
    let paid = NewCreditorPayment {
        creditor,
        amount: Amount::new(Money::from_minor(1)).expect("an amount"),
        currency: Currency::Usd,
        received_on: None,
        reference: None,
        invoices: Vec::new(),
    };
    let paid = creditor_payments::enter(app, admin, paid, &once("enter_creditor_payment")).await;
    BTreeMap::from([
        ("close_run_id", run.to_string()),
        ("statement_id", statement.to_string()),
        ("remittance_id", remittances.rows[0].row.id.to_string()),
        ("invoice_id", invoices.await.expect("a list").rows[0].id.to_string()),
        ("creditor_payment_id", paid.expect("entered").value.to_string()),
    ])
}

/// A promise, an offer and a plan, in this order: a plan leaves no room for the others.
async fn agreements(
    world: &World,
    house: &House,
    account: AccountId,
) -> [(&'static str, String); 3] {
    let (app, admin) = (&world.app, &house.admin);
    let amount = Amount::new(Money::from_minor(3_000)).expect("an amount");
    let today = date_in("America/New_York", app.clock().now());
    let once = |operation: &'static str| Once {
        principal: admin.principal(),
        key: operation.to_owned(),
        operation,
        fingerprint: vec![1],
    };
    let new = NewPromises {
        account,
        promises: vec![(amount, today)],
        currency: Currency::Usd,
        method: PaymentMethod::Cash,
        channel: Channel::Phone,
        colleague: None,
    };
    let promise = promises::take(app, admin, new, &once("take_promises")).await;
    let terms = TierTerms {
        floor: Rate::parse("0.5").expect("a rate"),
        most_parts: 1,
        valid_days: 1,
        acceptance: Acceptance::Collector,
    };
    let every = Tier {
        product: None,
        balance: MoneyRange { from: Money::ZERO, below: None },
        days: DaysRange { from: 0, below: None },
        terms: Some(terms),
    };
    let tiers = (Some(Tiers(vec![every])), None);
    rules::set_tiers(app, admin, Place::Account(account), today, tiers).await.expect("tiers");
    let new = NewOffer {
        account,
        offered: Offered::Floor,
        currency: None,
        parts: 1,
        channel: Channel::Phone,
        ask_because: None,
    };
    let offer = settlements::offer(app, admin, new, &once("offer_settlement")).await;
    let offer = match offer.expect("offered").value {
        settlements::Outcome::Offered(id) => id,
        settlements::Outcome::Asked(id) => panic!("asked {id}"),
    };
    let new = NewPlan {
        accounts: vec![account],
        total: None,
        currency: None,
        down_payment: None,
        dates: Dates::Weekly(today),
        parts: Parts::Number(1),
        channel: Channel::Phone,
        consent: "Agreed".to_owned(),
        colleague: None,
    };
    let plan = plans::make(app, admin, new, &once("make_plan")).await;
    [
        ("promise_id", promise.expect("a promise").value[0].to_string()),
        ("settlement_offer_id", offer.to_string()),
        ("plan_id", plan.expect("a plan").value.to_string()),
    ]
}

/// An adjustment that was made, and one that waits for a second person.
async fn adjusted(world: &World, house: &House, account: AccountId) -> (DebtEntryId, ApprovalId) {
    let less = Adjustment::Decrease(Terms {
        account,
        amounts: Buckets { principal: Money::from_minor(100), ..Buckets::default() },
        effective_on: None,
        reason: "Agreed".to_owned(),
    });
    let collector =
        world.join(house, "Cleo Collector", Membership::Staff(StaffRole::Collector)).await;
    let mut made = (None, None);
    for actor in [&house.admin, &collector] {
        let once = Once {
            principal: actor.principal(),
            key: "adjusted".to_owned(),
            operation: "create_adjustment",
            fingerprint: vec![1],
        };
        let done = adjustments::enter(&world.app, actor, less.clone(), &once).await;
        match done.expect("entered").value {
            Outcome::Done(entry) => made.0 = Some(entry),
            Outcome::Asked(approval) => made.1 = Some(approval),
        }
    }
    (made.0.expect("alone"), made.1.expect("asked"))
}

#[test]
fn what_belongs_to_others_does_not_exist() {
    run(async {
        let world = World::new().await;
        let (house, other, api) = (world.house().await, world.house().await, Api::of(&world).await);
        let things = things(&world, &house).await;
        let elsewhere = world.creditor(&house, "ELSEWHERE").await;
        let their_admin = api.admin(&other).await;
        let client = Membership::Client(elsewhere, ClientRole::Admin);
        let their_client = api.join(&world, &house, client).await;
        let text = api::openapi::text().expect("a document");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let (mut walked, mut holes) = (0, Vec::new());
        for (path, item) in document["paths"].as_object().expect("paths") {
            let ours = path.starts_with("/v1/") && !path.starts_with(OF_THE_PLATFORM);
            if !path.contains('{') || !ours {
                continue;
            }
            for (method, operation) in item.as_object().expect("operations") {
                for stranger in [&their_admin, &their_client] {
                    let call = Call { api: &api, document: &document, stranger, operation };
                    holes.extend(call.compare(method, path, &things).await);
                    walked += 1;
                }
            }
        }
        assert!(walked > 40, "{walked}");
        assert!(holes.is_empty(), "{holes:#?}");
    });
}

struct Call<'a> {
    api: &'a Api,
    document: &'a Value,
    stranger: &'a Person,
    operation: &'a Value,
}

impl Call<'_> {
    /// What is wrong with the answer, if anything.
    async fn compare(
        &self,
        method: &str,
        path: &str,
        things: &BTreeMap<&'static str, String>,
    ) -> Option<String> {
        let foreign = fill(path, |name| things.get(name).cloned());
        let Some(foreign) = foreign else {
            return Some(format!("{path}: make a thing of each id in it"));
        };
        let unknown = fill(path, |name| things.get(name).map(|id| nobodys(id))).expect("filled");
        let (foreign, unknown) =
            (self.send(method, &foreign).await, self.send(method, &unknown).await);
        // Who may not do this to anything gets 403, for any id.
        let hidden = [403, 404].contains(&foreign.status) && foreign.alike() == unknown.alike();
        let told = || format!("{method} {path}: {} against {}", foreign.text, unknown.text);
        (!hidden).then(told)
    }

    async fn send(&self, method: &str, path: &str) -> Reply {
        let body = self.operation["requestBody"]["content"].as_object().and_then(|content| {
            let (media, content) = content.iter().next()?;
            let mut sample = self.sample(&content["schema"]);
            if path.ends_with("/contact-points") {
                sample["email"] = json!("pat@example.org");
            }
            Some((media.as_str(), sample.to_string()))
        });
        let headers = vec![
            ("If-Match", "\"1\"".to_owned()),
            ("Idempotency-Key", uuid::Uuid::now_v7().to_string()),
        ];
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let request = Request { token: Some(&self.stranger.access), headers, body };
        self.api.send(method, path, request).await
    }

    /// A value that fits a schema: its example, else the least that its parts ask for.
    fn sample(&self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            return self.sample(&self.document["components"]["schemas"][name]);
        }
        for stated in
            [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]]
        {
            if !stated.is_null() {
                return stated.clone();
            }
        }
        if let Some(one) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            let named = one.iter().find(|one| one["type"] != "null");
            return named.map_or(Value::Null, |one| self.sample(one));
        }
        if let Some(all) = schema["allOf"].as_array() {
            let mut members = Map::new();
            for part in all {
                members.extend(self.sample(part).as_object().cloned().unwrap_or_default());
            }
            return Value::Object(members);
        }
        match schema["type"].as_str().or(schema["type"][0].as_str()) {
            Some("string") if schema["format"] == "date" => json!("2026-06-01"),
            Some("string") if schema["format"] == "date-time" => json!("2026-06-01T00:00:00Z"),
            Some("string") if schema["format"] == "uuid" => json!(uuid::Uuid::now_v7()),
            Some("string") => json!("x".repeat(
                usize::try_from(schema["minLength"].as_u64().unwrap_or(1)).expect("small")
            )),
            Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            Some("number") => json!(1),
            Some("boolean") => json!(false),
            Some("array") => json!([self.sample(&schema["items"])]),
            _ => self.members(schema),
        }
    }

    fn members(&self, schema: &Value) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let members = required
            .iter()
            .filter_map(Value::as_str)
            .map(|name| (name.to_owned(), self.sample(&schema["properties"][name])));
        Value::Object(members.collect())
    }
}

/// Puts ids into a path; none when one has no thing.
fn fill(path: &str, id: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    for (at, part) in path.split('{').enumerate() {
        if at == 0 {
            filled.push_str(part);
            continue;
        }
        let (name, rest) = part.split_once('}')?;
        filled.push_str(&id(name)?);
        filled.push_str(rest);
    }
    Some(filled)
}

/// A well-formed id of the same kind that nobody has.
fn nobodys(id: &str) -> String {
    let (prefix, _) = id.split_once('_').expect("a prefix");
    format!("{prefix}_01kanq8zv3e8qt1wz1h5r3c9xd")
}
