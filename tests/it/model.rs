//! A plain model of an agency's money runs beside the real service: random histories, and after each
//! step every ledger, every debt and every statement is compared to the cent.
//!
//! The model knows no rule of `domain`: it is sums in variables, written from the words of the trade
//! (DOM-2.5 to DOM-2.8, MON-5 to MON-13), so that an error would have to be made twice.

use crate::till::{Debt, Till, amount, fill, once};
use crate::world::run_here;
use chrono::{Duration, NaiveDate};
use domain::payment::{PaymentKind, PaymentMethod, ReversalReason};
use domain::remittance::{FeePolicy, Period, RemittanceMethod, Terms};
use domain::{CreditorId, Currency, PaymentId, Rate, StaffRole};
use sea_orm::{FromQueryResult, Statement};
use service::actor::Actor;
use service::contracts::{self, NewContract};
use service::creditor_payments::{self, NewCreditorPayment};
use service::creditors::{self, NewCreditor, NewPortfolio};
use service::payments::{self, NewPayment, NewReversal};
use service::remittances::{self, NewIssue, RemittanceFilter, RemittanceRefused};
use service::statements::{self, CloseRefused, NewClose};
use service::sweeps::{self, SweepRefused};
use service::users::Membership;
use service::window::Window;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One payment or return, as the model remembers it.
#[derive(Debug, Clone)]
struct Entry {
    id: PaymentId,
    debt: usize,
    direct: bool,
    /// +1 for money that came, -1 for money that went back.
    sign: i64,
    applied: i64,
    overpaid: i64,
    commission: i64,
    tax: i64,
    available_on: NaiveDate,
    reverses: Option<usize>,
    reversed: bool,
    stated: bool,
}

/// What one creditor's contract says.
#[derive(Debug, Clone, Copy)]
struct Contract {
    gross: bool,
    /// Commission and tax in percent.
    rate: i64,
    tax: i64,
}

#[derive(Debug, Default)]
struct Model {
    contracts: Vec<Contract>,
    /// Balances by their own side: assets as debits, liabilities and revenue as credits.
    trust_cash: i64,
    payable: Vec<i64>,
    earned: i64,
    credit: Vec<i64>,
    op_cash: i64,
    receivable: Vec<i64>,
    revenue: i64,
    tax_payable: i64,
    due_to_trust: i64,
    loss: i64,
    owed: Vec<i64>,
    entries: Vec<Entry>,
    carried: Vec<i64>,
    prepared: Vec<i64>,
    covered_to: Vec<Option<NaiveDate>>,
    /// Open invoices, open credit notes (oldest first), and what lies on account.
    invoices: Vec<Vec<i64>>,
    notes: Vec<Vec<i64>>,
    on_account: Vec<i64>,
}

/// Half away from zero, in whole cents.
fn percent(of: i64, rate: i64) -> i64 {
    (of * rate + 50 * of.signum()) / 100
}

impl Model {
    fn new(contracts: &[Contract], debts: usize, owed: i64) -> Self {
        let n = contracts.len();
        Self {
            contracts: contracts.to_vec(),
            payable: vec![0; n],
            receivable: vec![0; n],
            credit: vec![0; debts],
            owed: vec![owed; debts],
            carried: vec![0; n],
            prepared: vec![0; n],
            covered_to: vec![None; n],
            invoices: vec![Vec::new(); n],
            notes: vec![Vec::new(); n],
            on_account: vec![0; n],
            ..Self::default()
        }
    }

    fn creditor(&self, debt: usize) -> usize {
        debt % self.contracts.len()
    }

    fn pay(
        &mut self,
        debt: usize,
        direct: bool,
        minor: i64,
        available_on: NaiveDate,
        id: PaymentId,
    ) {
        let contract = self.contracts[self.creditor(debt)];
        let applied = minor.min(self.owed[debt]);
        let commission = percent(applied, contract.rate);
        let entry = Entry {
            id,
            debt,
            direct,
            sign: 1,
            applied,
            overpaid: minor - applied,
            commission,
            tax: percent(commission, contract.tax),
            available_on,
            reverses: None,
            reversed: false,
            stated: false,
        };
        self.book(&entry);
        self.entries.push(entry);
    }

    /// Takes back an entry: the exact negative, today.
    fn reverse(&mut self, at: usize, today: NaiveDate, id: PaymentId) {
        self.entries[at].reversed = true;
        let entry = Entry {
            id,
            sign: -self.entries[at].sign,
            available_on: today,
            reverses: Some(at),
            reversed: false,
            stated: false,
            ..self.entries[at].clone()
        };
        self.book(&entry);
        self.entries.push(entry);
    }

    fn book(&mut self, entry: &Entry) {
        let creditor = self.creditor(entry.debt);
        let gross = self.contracts[creditor].gross;
        let s = entry.sign;
        self.owed[entry.debt] -= s * entry.applied;
        if entry.direct {
            self.receivable[creditor] += s * entry.commission;
            self.revenue += s * entry.commission;
            return;
        }
        self.trust_cash += s * (entry.applied + entry.overpaid);
        self.credit[entry.debt] += s * entry.overpaid;
        if gross {
            self.payable[creditor] += s * entry.applied;
            self.receivable[creditor] += s * entry.commission;
            self.revenue += s * entry.commission;
        } else {
            self.payable[creditor] += s * (entry.applied - entry.commission);
            self.earned += s * entry.commission;
        }
    }

    /// What an entry moved in the creditor's part of trust, and what the creditor owes for it.
    fn shares(&self, entry: &Entry) -> (i64, i64) {
        let gross = self.contracts[self.creditor(entry.debt)].gross;
        let s = entry.sign;
        match (entry.direct, gross) {
            (true, _) => (0, s * entry.commission),
            (false, true) => (s * entry.applied, s * entry.commission),
            (false, false) => (s * (entry.applied - entry.commission), 0),
        }
    }

    /// Closes: what is paid out, or nothing where there is nothing to say.
    fn close(&mut self, creditor: usize, end: NaiveDate) -> Option<i64> {
        let mine = |model: &Self, at: usize| {
            model.creditor(model.entries[at].debt) == creditor && !model.entries[at].stated
        };
        let mut paired = Vec::new();
        for at in 0..self.entries.len() {
            let Some(of) = self.entries[at].reverses else { continue };
            if mine(self, at) && mine(self, of) && !paired.contains(&of) && !paired.contains(&at) {
                paired.extend([of, at]);
            }
        }
        let counted: Vec<usize> = (0..self.entries.len())
            .filter(|at| mine(self, *at) && !paired.contains(at))
            .filter(|at| self.entries[*at].available_on <= end)
            .collect();
        let shown: Vec<usize> =
            counted.iter().copied().filter(|at| self.entries[*at].applied > 0).collect();
        let gross = self.contracts[creditor].gross;
        let (mut total, mut apart, mut tax) = (self.carried[creditor], 0, 0);
        for at in &shown {
            let (share, owes) = self.shares(&self.entries[*at]);
            let entry = &self.entries[*at];
            tax += entry.sign * entry.tax;
            total += share;
            let owes = owes + entry.sign * entry.tax;
            if gross { apart += owes } else { total -= owes }
        }
        let used = self.on_account[creditor].min((-total).max(0));
        total += used;
        if shown.is_empty() && self.carried[creditor] == 0 && used == 0 {
            return None;
        }
        for at in counted.iter().chain(&paired) {
            self.entries[*at].stated = true;
        }
        // Tax is owed from now on; what is taken from the creditor's money is the rest of it.
        self.receivable[creditor] += tax;
        self.tax_payable += tax;
        let waiting: i64 = (0..self.entries.len())
            .filter(|at| mine(self, *at))
            .map(|at| self.shares(&self.entries[at]).0)
            .sum();
        let free = self.payable[creditor] - self.prepared[creditor] - waiting;
        let offset = if total >= 0 { free - total } else { free.max(0) };
        self.payable[creditor] -= offset;
        self.earned += offset;
        self.due_to_trust -= offset;
        self.receivable[creditor] -= offset;
        self.on_account[creditor] -= used;
        if apart > 0 {
            let mut open = apart;
            for note in &mut self.notes[creditor] {
                let taken = open.min(*note);
                open -= taken;
                *note -= taken;
            }
            self.notes[creditor].retain(|note| *note > 0);
            if open > 0 {
                self.invoices[creditor].push(open);
            }
        } else if apart < 0 {
            self.notes[creditor].push(-apart);
        }
        self.carried[creditor] = total.min(0);
        self.prepared[creditor] += total.max(0);
        self.covered_to[creditor] = Some(end);
        Some(total.max(0))
    }

    fn lacks(&self) -> i64 {
        let below = |balance: &i64| (-balance).max(0);
        self.payable.iter().map(below).sum::<i64>()
            + self.credit.iter().map(below).sum::<i64>()
            + below(&self.earned)
    }

    fn sweepable(&self) -> i64 {
        let unstated: i64 = self
            .entries
            .iter()
            .filter(|entry| !entry.stated && !entry.direct)
            .filter(|entry| !self.contracts[self.creditor(entry.debt)].gross)
            .map(|entry| entry.sign * entry.commission)
            .sum();
        (self.earned - unstated.max(0)).max(0)
    }

    fn sweep(&mut self, swept: i64) {
        let due = swept.min((-self.due_to_trust).max(0));
        self.earned -= swept;
        self.trust_cash -= swept;
        self.op_cash += swept;
        self.due_to_trust += due;
        self.revenue += swept - due;
    }

    /// Operating fills what lacks.
    fn advance(&mut self) {
        for creditor in 0..self.payable.len() {
            self.advance_creditor(creditor, i64::MAX);
        }
        let agency = (-self.earned).max(0);
        self.earned += agency;
        self.revenue -= agency;
        let mut moved = agency;
        for credit in &mut self.credit {
            let lacks = (-*credit).max(0);
            *credit += lacks;
            self.loss += lacks;
            moved += lacks;
        }
        self.trust_cash += moved;
        self.op_cash -= moved;
    }

    fn advance_creditor(&mut self, creditor: usize, most: i64) {
        let lacks = (-self.payable[creditor]).max(0).min(most);
        self.payable[creditor] += lacks;
        self.receivable[creditor] += lacks;
        self.trust_cash += lacks;
        self.op_cash -= lacks;
    }

    fn creditor_pays(&mut self, creditor: usize, minor: i64) {
        self.op_cash += minor;
        self.receivable[creditor] -= minor;
        let mut left = minor;
        for invoice in &mut self.invoices[creditor] {
            let used = left.min(*invoice);
            *invoice -= used;
            left -= used;
        }
        self.invoices[creditor].retain(|open| *open > 0);
        self.on_account[creditor] += left;
        self.advance_creditor(creditor, minor);
    }
}

/// Random numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % sides
    }

    fn pick(&mut self, of: usize) -> usize {
        usize::try_from(self.roll(u64::try_from(of.max(1)).unwrap())).unwrap()
    }

    fn cents(&mut self, most: u64) -> i64 {
        i64::try_from(1 + self.roll(most)).unwrap()
    }
}

struct Beside {
    till: Arc<Till>,
    second: Actor,
    creditors: Vec<CreditorId>,
    debts: Vec<Debt>,
    model: Model,
}

#[derive(Debug, FromQueryResult)]
struct Balance {
    ledger: String,
    creditor: Option<uuid::Uuid>,
    debtor: Option<uuid::Uuid>,
    minor: i64,
}

const OWED: i64 = 150_000;

impl Beside {
    async fn new(contracts: &[Contract]) -> Self {
        let till = Till::open().await;
        let app = &till.world.app;
        let admin = &till.house.admin;
        let mut creditors = Vec::new();
        for (at, contract) in contracts.iter().enumerate() {
            let new =
                NewCreditor { code: format!("M{at}"), name: format!("Model {at}"), parent: None };
            let id = creditors::create(app, admin, new).await.expect("a creditor").id;
            let portfolio = NewPortfolio { creditor: id, code: "MAIN".into(), name: "Main".into() };
            creditors::add_portfolio(app, admin, portfolio).await.expect("a portfolio");
            let share = |percent: i64| Rate::parse(&format!("0.{percent:02}")).expect("a rate");
            let method =
                if contract.gross { RemittanceMethod::Gross } else { RemittanceMethod::Net };
            let from = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");
            let terms = NewContract {
                remittance: Terms {
                    method,
                    period: Period::Day {},
                    processor_fees: FeePolicy::GrossDeposit,
                    ..Terms::default()
                },
                tax_rate: (contract.tax > 0).then(|| share(contract.tax)),
                ..NewContract::flat(id, from, share(contract.rate))
            };
            contracts::add(app, admin, terms).await.expect("terms");
            creditors.push(id);
        }
        let mut debts = Vec::new();
        for at in 0..contracts.len() * 2 {
            debts.push(till.debt_to(creditors[at % contracts.len()], OWED).await);
        }
        let finance = Membership::Staff(StaffRole::Finance);
        let second = till.world.join(&till.house, "Fay Finance", finance).await;
        let model = Model::new(contracts, debts.len(), OWED);
        Self { till, second, creditors, debts, model }
    }

    async fn today(&self) -> NaiveDate {
        let now = self.till.world.app.clock().now();
        service::clock::date_in("America/New_York", now)
    }

    async fn step(&mut self, dice: &mut Dice) -> String {
        match dice.roll(12) {
            0..=3 => self.pay(dice).await,
            4 | 5 => self.reverse(dice).await,
            6 | 7 => {
                let days = i64::try_from(1 + dice.roll(12)).unwrap();
                self.till.world.wait(Duration::days(days));
                format!("{days} days pass")
            }
            8 => self.close(dice).await,
            9 => self.issue().await,
            10 => self.sweep_or_advance(dice).await,
            _ => self.creditor_pays(dice).await,
        }
    }

    async fn pay(&mut self, dice: &mut Dice) -> String {
        let debt = dice.pick(self.debts.len());
        let (direct, check) = (dice.roll(3) == 0, dice.roll(2) == 0);
        let minor = dice.cents(60_000);
        let today = self.today().await;
        let new = NewPayment {
            account: self.debts[debt].account,
            kind: if direct { PaymentKind::PaidCreditor } else { PaymentKind::PaidAgency },
            method: if check { PaymentMethod::Check } else { PaymentMethod::Cash },
            amount: amount(minor),
            currency: Currency::Usd,
            forwarder_fee: None,
            effective_on: None,
            deposited_on: None,
            memo: None,
            directed: false,
        };
        let app = &self.till.world.app;
        let taken = payments::take(app, &self.till.house.admin, new, &once("take_payment")).await;
        let held = if check && !direct { 10 } else { 0 };
        let available_on = today + Duration::days(held);
        self.model.pay(debt, direct, minor, available_on, taken.expect("taken").value);
        format!("debt {debt} pays {minor}, direct {direct}, check {check}")
    }

    async fn reverse(&mut self, dice: &mut Dice) -> String {
        let open: Vec<usize> =
            (0..self.model.entries.len()).filter(|at| !self.model.entries[*at].reversed).collect();
        if open.is_empty() {
            return "nothing to reverse".into();
        }
        let at = open[dice.pick(open.len())];
        let entry = self.model.entries[at].clone();
        let back = entry.sign < 0;
        let reason = if back { ReversalReason::Reinstated } else { ReversalReason::Bounce };
        let new = NewReversal { payment: entry.id, reason, note: "the bank says so".into() };
        let app = &self.till.world.app;
        let done =
            payments::reverse(app, &self.till.house.admin, new, &once("reverse_payment")).await;
        if back && entry.applied > self.model.owed[entry.debt] {
            let refused = done.expect_err("the debt was paid meanwhile").to_string();
            assert!(refused.contains("paid meanwhile"), "{refused}");
            return format!("{at} cannot count again");
        }
        let today = self.today().await;
        self.model.reverse(at, today, done.expect("reversed").value);
        format!("{at} is reversed, back {back}")
    }

    async fn close(&mut self, dice: &mut Dice) -> String {
        let creditor = dice.pick(self.creditors.len());
        let end = self.today().await.pred_opt().expect("a day");
        if self.model.covered_to[creditor].is_some_and(|covered| covered >= end) {
            return "covered already".into();
        }
        let app = &self.till.world.app;
        let new = NewClose { creditor: self.creditors[creditor], period_end: end, cutoff: None };
        let done = statements::close(app, &self.till.house.admin, new, &once("close")).await;
        let Some(remit) = self.model.close(creditor, end) else {
            assert!(matches!(done, Err(CloseRefused::NothingToShow)), "{done:?}");
            return "nothing to show".into();
        };
        let id = done.expect("closed").value;
        let (_, totals) =
            statements::get(app, &self.till.house.admin, id).await.expect("a statement");
        assert_eq!(totals.remit.minor(), remit);
        assert_eq!(totals.carried.minor(), self.model.carried[creditor]);
        format!("creditor {creditor} is closed to {end}: {remit}")
    }

    async fn issue(&mut self) -> String {
        let app = &self.till.world.app;
        let filter = RemittanceFilter {
            state: Some(domain::remittance::RemittanceState::Prepared),
            ..RemittanceFilter::default()
        };
        let window = Window { after: None, limit: 100 };
        let waiting = remittances::list(app, &self.second, filter, &window).await.expect("a list");
        let mut told = Vec::new();
        for one in waiting.rows {
            let minor = one.row.amount.minor();
            let new = NewIssue { remittance: one.row.id, reference: None, issued_on: None };
            let done = remittances::issue(app, &self.second, new, &once("issue")).await;
            if self.model.trust_cash < minor {
                assert!(matches!(done, Err(RemittanceRefused::TrustCashShort { .. })), "{done:?}");
                continue;
            }
            done.expect("issued");
            let at = self.creditors.iter().position(|id| *id == one.row.creditor_id);
            let creditor = at.expect("a creditor of ours");
            self.model.trust_cash -= minor;
            self.model.payable[creditor] -= minor;
            self.model.prepared[creditor] -= minor;
            told.push(format!("{creditor} gets {minor}"));
        }
        told.join(", ")
    }

    async fn sweep_or_advance(&mut self, dice: &mut Dice) -> String {
        let app = &self.till.world.app;
        if dice.roll(2) == 0 {
            let may = self.model.sweepable();
            let done = sweeps::sweep(app, &self.till.house.admin, None, &once("sweep")).await;
            if may == 0 || may > self.model.trust_cash {
                let refused = done.expect_err("nothing to sweep");
                assert!(!matches!(refused, SweepRefused::Stop(_)), "{refused:?}");
                return "nothing swept".into();
            }
            done.expect("swept");
            self.model.sweep(may);
            return format!("{may} swept");
        }
        let lacks = self.model.lacks();
        let filled = fill(app, &self.till.house.admin).await;
        assert_eq!(filled, lacks, "the alarm says what lacks");
        if lacks == 0 {
            return "nothing lacks".into();
        }
        self.model.advance();
        format!("{lacks} advanced")
    }

    async fn creditor_pays(&mut self, dice: &mut Dice) -> String {
        let creditor = dice.pick(self.creditors.len());
        let minor = dice.cents(20_000);
        let new = NewCreditorPayment {
            creditor: self.creditors[creditor],
            amount: amount(minor),
            currency: Currency::Usd,
            received_on: None,
            reference: None,
            invoices: Vec::new(),
        };
        let app = &self.till.world.app;
        let admin = &self.till.house.admin;
        creditor_payments::enter(app, admin, new, &once("creditor_pays")).await.expect("entered");
        self.model.creditor_pays(creditor, minor);
        format!("creditor {creditor} pays {minor}")
    }

    /// Every ledger of every owner, every debt, and the shortfall.
    async fn compare(&self, told: &str) {
        let mut books: BTreeMap<(String, Option<usize>), i64> = BTreeMap::new();
        let sql = "SELECT m.ledger, m.creditor, m.debtor, sum(m.amount)::bigint AS minor FROM (
                SELECT debit_ledger AS ledger, creditor_id AS creditor, debtor_id AS debtor, amount
                FROM transfer WHERE agency_id = $1
                UNION ALL
                SELECT credit_ledger, creditor_id, debtor_id, -amount FROM transfer WHERE agency_id = $1) m
            GROUP BY 1, 2, 3";
        let agency = self.till.house.id.0;
        let statement =
            Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, [agency.into()]);
        let rows =
            Balance::find_by_statement(statement).all(&self.till.eye).await.expect("balances");
        for row in rows {
            let owner = match row.ledger.as_str() {
                "client_payable" | "client_receivable" => {
                    self.creditors.iter().position(|id| Some(id.0) == row.creditor)
                }
                "debtor_credit" => row.debtor.map(|debtor| {
                    self.debtors().position(|id| id == debtor).expect("a debtor of ours")
                }),
                _ => None,
            };
            *books.entry((row.ledger, owner)).or_insert(0) += row.minor;
        }
        let mut owed = Vec::new();
        for debt in &self.debts {
            owed.push(self.till.owed(debt).await);
        }
        for (what, real, modelled) in self.pairs(&books, &owed) {
            assert_eq!(real, modelled, "{what} after: {told}");
        }
        let proof = service::trust::proof(&self.till.world.app, &self.till.house.admin, None).await;
        let account = &proof.expect("a proof").accounts[0];
        assert!(account.difference.is_zero(), "trust balances after: {told}");
        assert_eq!(account.shortfall.minor(), self.model.lacks(), "the shortfall after: {told}");
    }

    /// What the books say beside what the model says, by name.
    fn pairs(
        &self,
        books: &BTreeMap<(String, Option<usize>), i64>,
        owed: &[i64],
    ) -> Vec<(String, i64, i64)> {
        let of = |ledger: &str, owner| books.get(&(ledger.to_owned(), owner)).copied().unwrap_or(0);
        let model = &self.model;
        let mut pairs = vec![
            ("trust_cash".to_owned(), of("trust_cash", None), model.trust_cash),
            ("agency_earned".to_owned(), -of("agency_earned", None), model.earned),
            ("op_cash".to_owned(), of("op_cash", None), model.op_cash),
            ("commission_revenue".to_owned(), -of("commission_revenue", None), model.revenue),
            ("tax_payable".to_owned(), -of("tax_payable", None), model.tax_payable),
            ("due_to_trust".to_owned(), -of("due_to_trust", None), model.due_to_trust),
            ("operating_loss".to_owned(), of("operating_loss", None), model.loss),
        ];
        for creditor in 0..self.creditors.len() {
            let owner = Some(creditor);
            let payable = -of("client_payable", owner);
            pairs.push((format!("payable {creditor}"), payable, model.payable[creditor]));
            let receivable = of("client_receivable", owner);
            pairs.push((format!("receivable {creditor}"), receivable, model.receivable[creditor]));
        }
        for (debt, owed) in owed.iter().enumerate() {
            let credit = -of("debtor_credit", Some(debt));
            pairs.push((format!("credit {debt}"), credit, model.credit[debt]));
            pairs.push((format!("owed {debt}"), *owed, model.owed[debt]));
        }
        pairs
    }

    fn debtors(&self) -> impl Iterator<Item = uuid::Uuid> {
        use service::actor::Scope;
        self.debts.iter().filter_map(|debt| debt.debtor.debtor()).map(|id| id.0)
    }
}

const NET: Contract = Contract { gross: false, rate: 30, tax: 0 };
const TAXED: Contract = Contract { gross: false, rate: 33, tax: 13 };
const GROSS: Contract = Contract { gross: true, rate: 25, tax: 0 };
const TAXED_GROSS: Contract = Contract { gross: true, rate: 41, tax: 7 };

fn beside(seed: u64, contracts: &'static [Contract]) {
    run_here(async move {
        let mut beside = Beside::new(contracts).await;
        let mut dice = Dice(seed);
        let mut told = format!("seed {seed:#x}");
        for _ in 0..45 {
            let step = beside.step(&mut dice).await;
            told = format!("{told}\n  {step}");
            beside.compare(&told).await;
        }
    });
}

#[test]
fn the_service_and_a_plain_model_agree_on_every_cent_net_and_gross() {
    for seed in [0x5eed_0001, 0x5eed_0002, 0x5eed_0003, 0x5eed_0004] {
        beside(seed, &[NET, GROSS]);
    }
}

#[test]
fn the_service_and_a_plain_model_agree_on_every_cent_with_tax() {
    for seed in [0xa11_0001, 0xa11_0002, 0xa11_0003, 0xa11_0004] {
        beside(seed, &[TAXED, TAXED_GROSS]);
    }
}
