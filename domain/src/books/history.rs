//! Random histories of an agency's money, over the pure rules alone: whatever happens, and in
//! whatever order, every book balances, trust is backed to the cent, statements tie to the ledger,
//! and an advance fills exactly what lacks (domain rule 2.8, invariants 1 to 6).

use super::*;
use crate::allocation::{AllocationOrder, allocate};
use crate::bucket::{Bucket, Buckets};
use crate::hold::{Hold, Holding};
use crate::id::{AccountId, PaymentId};
use crate::ledger::{Book, Side};
use crate::payment::{PaymentKind, PaymentMethod};
use crate::posting::{Arrival, Shares, Transfer, post, reverse};
use crate::rate::Rate;
use crate::remittance::{RemittanceMethod, ReturnPolicy, Terms};
use crate::statement::{Item, Opening, Span, assemble};
use chrono::{DateTime, Days, NaiveDate, TimeZone, Utc};
use proptest::prelude::*;
use std::collections::HashMap;
use uuid::Uuid;

/// What may happen.
#[derive(Debug, Clone)]
enum Event {
    Pay { account: usize, kind: u8, method: u8, minor: i64 },
    Reverse { of: usize },
    Wait { days: u64 },
    Close { creditor: usize },
    Remit,
    Sweep,
    Advance,
    CreditorPays { creditor: usize, minor: i64 },
    RefundCredit { debtor: usize, minor: i64 },
    Payout { fee: i64 },
    Hold { of: usize, holding: u8 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let one = prop_oneof![
        6 => (0_usize..4, 0_u8..3, 0_u8..4, 1_i64..60_000)
            .prop_map(|(account, kind, method, minor)| Event::Pay { account, kind, method, minor }),
        3 => any::<usize>().prop_map(|of| Event::Reverse { of }),
        3 => (1_u64..25).prop_map(|days| Event::Wait { days }),
        3 => (0_usize..2).prop_map(|creditor| Event::Close { creditor }),
        2 => Just(Event::Remit),
        1 => Just(Event::Sweep),
        1 => Just(Event::Advance),
        1 => (0_usize..2, 1_i64..40_000)
            .prop_map(|(creditor, minor)| Event::CreditorPays { creditor, minor }),
        1 => (0_usize..4, 1_i64..5_000)
            .prop_map(|(debtor, minor)| Event::RefundCredit { debtor, minor }),
        1 => (0_i64..500).prop_map(|fee| Event::Payout { fee }),
        1 => (any::<usize>(), 0_u8..3).prop_map(|(of, holding)| Event::Hold { of, holding }),
    ];
    proptest::collection::vec(one, 1..60)
}

fn contracts() -> impl Strategy<Value = Vec<(Terms, i64, i64)>> {
    let methods = prop::sample::select(RemittanceMethod::ALL);
    let returns = prop::sample::select(ReturnPolicy::ALL);
    let one =
        (methods, returns, any::<bool>(), any::<bool>(), 0_i64..5_000, 0_i64..=100, 0_i64..=20);
    let one =
        one.prop_map(|(method, returns, offset_directs, show_matched, minimum, rate, tax)| {
            let minimum = Money::from_minor(minimum);
            let terms = Terms {
                method,
                returns,
                offset_directs,
                show_matched,
                minimum,
                ..Terms::default()
            };
            (terms, rate, tax)
        });
    proptest::collection::vec(one, 2..=2)
}

struct Posted {
    item: Item,
    transfers: Vec<Transfer>,
    account: usize,
    reversed: bool,
    stated: bool,
    in_clearing: bool,
}

#[derive(Default, Clone, Copy)]
struct Documents {
    /// Open invoices less open credit notes.
    open: i64,
    on_account: i64,
}

struct World {
    day: NaiveDate,
    contracts: Vec<(Terms, i64, i64)>,
    /// Debits less credits, by ledger, creditor and debtor.
    books: HashMap<(Ledger, Option<CreditorId>, Option<DebtorId>), i64>,
    /// What the bank says: every movement of the trust account, added up beside the books.
    bank: i64,
    owed: Vec<Buckets>,
    placed: Vec<i64>,
    payments: Vec<Posted>,
    openings: Vec<Opening>,
    numbers: Vec<i64>,
    covered: Vec<NaiveDate>,
    documents: Vec<Documents>,
    to_remit: Vec<(usize, i64)>,
    serial: u128,
}

const FIRST: &str = "2025-01-01";

impl World {
    fn new(contracts: Vec<(Terms, i64, i64)>) -> Self {
        let first: NaiveDate = FIRST.parse().unwrap();
        let debt = |n: i64| Buckets {
            principal: Money::from_minor(40_000 + n * 7_001),
            interest: Money::from_minor(3_003),
            fees: Money::from_minor(n * 111),
            ..Buckets::default()
        };
        let owed: Vec<Buckets> = (0..4).map(debt).collect();
        Self {
            day: first,
            contracts,
            books: HashMap::new(),
            bank: 0,
            placed: owed.iter().map(|debt| debt.total().unwrap().minor()).collect(),
            owed,
            payments: Vec::new(),
            openings: vec![Opening::default(); 2],
            numbers: vec![0; 2],
            covered: vec![first.pred_opt().unwrap(); 2],
            documents: vec![Documents::default(); 2],
            to_remit: Vec::new(),
            serial: 0,
        }
    }

    fn creditor(index: usize) -> CreditorId {
        CreditorId(Uuid::from_u128(1 + u128::try_from(index).unwrap()))
    }

    fn debtor(index: usize) -> DebtorId {
        DebtorId(Uuid::from_u128(1 + u128::try_from(index).unwrap()))
    }

    fn id(&mut self) -> Uuid {
        self.serial += 1;
        Uuid::from_u128(self.serial)
    }

    fn entry(&mut self, ledger: Ledger, owner: Owner, minor: i64) {
        let key = match (ledger, owner) {
            (Ledger::ClientPayable | Ledger::ClientReceivable, Owner::Creditor(id)) => {
                (ledger, Some(id), None)
            }
            (Ledger::DebtorCredit, Owner::Debtor(id)) => (ledger, None, Some(id)),
            _ => (ledger, None, None),
        };
        *self.books.entry(key).or_insert(0) += minor;
        if ledger == Ledger::TrustCash {
            self.bank += minor;
        }
    }

    fn run(&mut self, moves: &[Move]) {
        for one in moves {
            let owner = match (one.creditor, one.debtor) {
                (Some(id), _) => Owner::Creditor(id),
                (None, Some(id)) => Owner::Debtor(id),
                (None, None) => Owner::Agency,
            };
            self.entry(one.debit, owner, one.amount.minor());
            self.entry(one.credit, owner, -one.amount.minor());
        }
    }

    fn transfer(&mut self, transfers: &[Transfer], account: usize) {
        let (creditor, debtor) = (Self::creditor(account % 2), Self::debtor(account));
        for one in transfers {
            for (ledger, minor) in
                [(one.debit, one.amount.minor()), (one.credit, -one.amount.minor())]
            {
                let owner = if ledger == Ledger::DebtorCredit {
                    Owner::Debtor(debtor)
                } else {
                    Owner::Creditor(creditor)
                };
                self.entry(ledger, owner, minor);
            }
        }
    }

    /// The balance of a ledger by its own side.
    fn balance(&self, ledger: Ledger, creditor: Option<CreditorId>) -> i64 {
        let sum: i64 = self
            .books
            .iter()
            .filter(|((of, whose, _), _)| {
                *of == ledger && (creditor.is_none() || *whose == creditor)
            })
            .map(|(_, minor)| minor)
            .sum();
        match ledger.side() {
            Side::Asset => sum,
            Side::Liability => -sum,
        }
    }

    fn lacking(&self) -> Vec<Lacking> {
        let mut lacking: Vec<Lacking> = self
            .books
            .iter()
            .filter(|((ledger, ..), minor)| {
                ledger.book() == Book::Trust && ledger.side() == Side::Liability && **minor > 0
            })
            .map(|((ledger, creditor, debtor), minor)| Lacking {
                ledger: *ledger,
                owner: match (creditor, debtor) {
                    (Some(id), _) => Owner::Creditor(*id),
                    (None, Some(id)) => Owner::Debtor(*id),
                    (None, None) => Owner::Agency,
                },
                amount: Money::from_minor(*minor),
            })
            .collect();
        lacking.sort_by_key(|one| (one.ledger, format!("{:?}", one.owner)));
        lacking
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Pay { account, kind, method, minor } => {
                self.pay(*account, *kind, *method, *minor);
            }
            Event::Reverse { of } => self.reverse(*of),
            Event::Wait { days } => self.day = self.day + Days::new(*days),
            Event::Close { creditor } => self.close(*creditor),
            Event::Remit => {
                for (creditor, minor) in std::mem::take(&mut self.to_remit) {
                    self.run(&remit(Self::creditor(creditor), Money::from_minor(minor)));
                }
            }
            Event::Sweep => self.sweep(),
            Event::Advance => {
                let lacking = self.lacking();
                self.run(&advance(&lacking));
                assert!(self.lacking().is_empty(), "an advance fills what lacks");
            }
            Event::CreditorPays { creditor, minor } => {
                self.run(&creditor_pays(Self::creditor(*creditor), Money::from_minor(*minor)));
                let documents = &mut self.documents[*creditor];
                let applied = (*minor).min(documents.open.max(0));
                documents.open -= applied;
                documents.on_account += minor - applied;
            }
            Event::RefundCredit { debtor, minor } => {
                let has = -self
                    .books
                    .get(&(Ledger::DebtorCredit, None, Some(Self::debtor(*debtor))))
                    .copied()
                    .unwrap_or(0);
                let amount = (*minor).min(has);
                if amount > 0 {
                    let amount = Money::from_minor(amount);
                    self.run(&refund_credit(Self::debtor(*debtor), amount, Ledger::TrustCash));
                }
            }
            Event::Payout { fee } => self.pay_out(*fee),
            Event::Hold { of, holding } => {
                let holding = Holding::ALL[usize::from(*holding)];
                let count = self.payments.len().max(1);
                if let Some(posted) = self.payments.get_mut(of % count)
                    && !posted.stated
                {
                    posted.item.holding = holding;
                }
            }
        }
    }

    fn pay(&mut self, account: usize, kind: u8, method: u8, minor: i64) {
        let (terms, rate, tax) = self.contracts[account % 2].clone();
        let kind = [PaymentKind::PaidAgency, PaymentKind::PaidCreditor, PaymentKind::PaidForwarder]
            [usize::from(kind)];
        let method =
            [PaymentMethod::Card, PaymentMethod::Check, PaymentMethod::Cash, PaymentMethod::Wire]
                [usize::from(method)];
        let amount = Amount::new(Money::from_minor(minor)).unwrap();
        let owed = self.owed[account];
        let split = allocate(amount, &owed, AllocationOrder::USUAL).unwrap();
        let rate = Rate::new(rust_decimal::Decimal::new(rate, 2)).unwrap();
        let mut commission = Buckets::default();
        for bucket in Bucket::ALL {
            commission.set(bucket, rate.of(split.applied.get(bucket)).unwrap());
        }
        let total = commission.total().unwrap();
        let third = Money::from_minor(total.minor() / 3);
        let fee = if kind == PaymentKind::PaidForwarder { third } else { Money::ZERO };
        let arrival = Arrival { kind, method, amount, forwarder_fee: fee };
        let shares = Shares { commission, basis: terms.method.basis() };
        let posting = post(arrival, &owed, &split, &shares).unwrap();
        self.transfer(&posting.transfers, account);
        self.owed[account] = posting.owed;
        let available_on =
            if kind.moves_trust() { Hold::of(method).available_on(self.day) } else { self.day };
        let tax = Rate::new(rust_decimal::Decimal::new(tax, 2)).unwrap();
        let item = Item {
            payment: PaymentId(self.id()),
            account: AccountId(Uuid::from_u128(u128::try_from(account).unwrap())),
            reference: format!("R{account}"),
            client_account_number: format!("C{account}"),
            debtor_name: "Ann Lee".to_owned(),
            kind,
            effective_on: self.day,
            posted_at: self.now(),
            posted_on: self.day,
            available_on,
            holding: Holding::Normal,
            applied: split.applied,
            forwarder_fee: fee,
            commission: total,
            tax: tax.of(total).unwrap(),
            rate: Some(rate),
            basis: terms.method.basis(),
            reverses: None,
            reversed_on: None,
            balance: posting.owed.total().unwrap(),
            mark: None,
        };
        self.payments.push(Posted {
            item,
            transfers: posting.transfers,
            account,
            reversed: false,
            stated: false,
            in_clearing: kind.moves_trust() && method == PaymentMethod::Card,
        });
    }

    fn now(&self) -> DateTime<Utc> {
        // Later events of a day are later.
        let seconds = i64::try_from(self.serial).unwrap();
        Utc.from_utc_datetime(&self.day.and_hms_opt(6, 0, 0).unwrap())
            + chrono::Duration::seconds(seconds)
    }

    /// Reverses a payment, or a return: then the money counts again, if the debt is still there.
    fn reverse(&mut self, of: usize) {
        let open: Vec<usize> =
            (0..self.payments.len()).filter(|at| !self.payments[*at].reversed).collect();
        let Some(at) = open.get(of % open.len().max(1)).copied() else { return };
        let account = self.payments[at].account;
        let item = self.payments[at].item.clone();
        let back = item.kind.is_return();
        let mut owed = self.owed[account];
        for bucket in Bucket::ALL {
            let part = item.applied.get(bucket);
            let part = if back { part.negated().unwrap() } else { part };
            owed.set(bucket, owed.get(bucket).plus(part).unwrap());
        }
        if Bucket::ALL.iter().any(|bucket| owed.get(*bucket).is_negative()) {
            return;
        }
        self.owed[account] = owed;
        let transfers = reverse(&self.payments[at].transfers);
        self.transfer(&transfers, account);
        self.payments[at].reversed = true;
        let number = self.numbers[account % 2];
        let item = Item {
            payment: PaymentId(self.id()),
            kind: item.kind.reversed(),
            effective_on: self.day,
            posted_at: self.now(),
            posted_on: self.day,
            available_on: self.day,
            holding: Holding::Normal,
            reverses: Some(item.payment),
            reversed_on: self.payments[at].stated.then_some(number),
            ..item
        };
        let in_clearing = transfers
            .iter()
            .any(|t| t.debit == Ledger::ProcessorClearing || t.credit == Ledger::ProcessorClearing);
        let posted =
            Posted { item, transfers, account, reversed: false, stated: false, in_clearing };
        self.payments.push(posted);
    }

    /// Closes what has ended since the last statement, and holds the statement against the books.
    fn close(&mut self, creditor: usize) {
        let end = self.day.pred_opt().unwrap();
        if end <= self.covered[creditor] {
            return;
        }
        let (terms, ..) = self.contracts[creditor].clone();
        let id = Self::creditor(creditor);
        let span =
            Span { start: self.covered[creditor].succ_opt().unwrap(), end, cutoff: self.now() };
        let items: Vec<Item> = self
            .payments
            .iter()
            .filter(|posted| posted.account % 2 == creditor && !posted.stated)
            .map(|posted| posted.item.clone())
            .collect();
        let opening = Opening {
            on_account: Money::from_minor(self.documents[creditor].on_account),
            ..self.openings[creditor]
        };
        let made = assemble(&items, &terms, span, opening).unwrap();
        let totals = made.totals;
        let before: i64 = self.balance(Ledger::ClientPayable, Some(id));
        if terms.returns == ReturnPolicy::Invoice
            && totals.invoice_deficit.is_positive()
            && before < 0
        {
            // What trust lacks is advanced before a deficit is billed.
            return;
        }
        let stamped: Vec<PaymentId> = made
            .lines
            .iter()
            .map(|line| line.payment)
            .chain(made.suppressed.iter().map(|(payment, _)| *payment))
            .collect();
        let owed_apart: i64 = {
            let apart = [totals.invoice_commission, totals.invoice_direct];
            apart.iter().map(|doc| doc.net.minor() + doc.tax.minor()).sum()
        };
        self.run(&recognise_tax(id, totals.tax));
        let rest = |world: &Self, ledger: fn(Ledger) -> bool| -> i64 {
            world
                .payments
                .iter()
                .filter(|p| {
                    p.account % 2 == creditor && !p.stated && !stamped.contains(&p.item.payment)
                })
                .flat_map(|p| &p.transfers)
                .map(|t| {
                    let minor = t.amount.minor();
                    i64::from(ledger(t.debit)) * minor - i64::from(ledger(t.credit)) * minor
                })
                .sum()
        };
        let payable = self.balance(Ledger::ClientPayable, Some(id))
            + rest(self, |ledger| ledger == Ledger::ClientPayable);
        // Statements that were closed and not yet paid out have reserved their money.
        let spoken: i64 =
            self.to_remit.iter().filter(|(of, _)| *of == creditor).map(|(_, m)| m).sum();
        let payable = payable - spoken;
        let documents = self.documents[creditor];
        let used = totals.on_account.minor();
        let receivable = self.balance(Ledger::ClientReceivable, Some(id))
            - rest(self, |ledger| ledger == Ledger::ClientReceivable)
            - documents.open
            + (documents.on_account - used)
            - owed_apart;
        let says = totals.remit.minor() + totals.carried.minor() + totals.open_credit.minor()
            - totals.invoice_deficit.minor();
        assert_eq!(says, payable - receivable, "a statement ties to the ledger (5): {made:?}");
        assert!(totals.remit.is_zero() || totals.carried.is_zero());
        assert!(!totals.open_credit.is_positive() && totals.on_account <= opening.on_account);

        let now = payable.min(receivable).max(0);
        self.run(&offset(id, Money::from_minor(now)));
        self.documents[creditor] = Documents {
            open: documents.open + owed_apart + totals.invoice_deficit.minor(),
            on_account: documents.on_account - used,
        };
        if totals.remit.is_positive() {
            self.to_remit.push((creditor, totals.remit.minor()));
        }
        self.numbers[creditor] += 1;
        let number = self.numbers[creditor];
        for posted in &mut self.payments {
            if stamped.contains(&posted.item.payment) {
                posted.stated = true;
            }
            if made.delayed.contains(&posted.item.payment) {
                posted.item.holding = Holding::Normal;
            }
            if !posted.stated && posted.item.reverses.is_some_and(|of| stamped.contains(&of)) {
                posted.item.reversed_on = Some(number);
            }
        }
        self.openings[creditor] = Opening {
            carried: totals.carried,
            open_credit: totals.open_credit,
            on_account: Money::ZERO,
        };
        self.covered[creditor] = end;
    }

    fn sweep(&mut self) {
        let unstated: i64 = self
            .payments
            .iter()
            .filter(|posted| !posted.stated)
            .flat_map(|posted| &posted.transfers)
            .map(|t| {
                i64::from(t.credit == Ledger::AgencyEarned) * t.amount.minor()
                    - i64::from(t.debit == Ledger::AgencyEarned) * t.amount.minor()
            })
            .sum();
        let earned = Money::from_minor(self.balance(Ledger::AgencyEarned, None));
        let amount = sweepable(earned, Money::from_minor(unstated)).unwrap();
        let due = Money::from_minor(-self.balance(Ledger::DueToTrust, None));
        let split = split_sweep(amount, due).unwrap();
        self.run(&super::sweep(split));
    }

    fn pay_out(&mut self, fee: i64) {
        let gross: i64 = self.balance(Ledger::ProcessorClearing, None);
        let mut fees = PayoutFees::default();
        let of = self.payments.iter().filter(|posted| posted.in_clearing).count();
        if of == 0 && gross == 0 {
            return;
        }
        fees.add(self.contracts[0].0.processor_fees, Money::from_minor(fee)).unwrap();
        for posted in &mut self.payments {
            posted.in_clearing = false;
        }
        self.run(&payout(Money::from_minor(gross), fees).unwrap());
    }

    fn check(&self) {
        for book in [Book::Trust, Book::Operating, Book::Memorandum] {
            let sum: i64 = self
                .books
                .iter()
                .filter(|((ledger, ..), _)| ledger.book() == book)
                .map(|(_, minor)| minor)
                .sum();
            assert_eq!(sum, 0, "{book:?} balances (invariants 1 and 2)");
        }
        assert_eq!(self.balance(Ledger::TrustCash, None), self.bank, "bank and books (6)");
        let liabilities: i64 = self
            .books
            .iter()
            .filter(|((l, ..), _)| l.book() == Book::Trust && l.side() == Side::Liability)
            .map(|(_, minor)| -minor)
            .sum();
        let lacking: i64 = self.lacking().iter().map(|one| one.amount.minor()).sum();
        let owed_to_somebody: i64 = self
            .books
            .iter()
            .filter(|((l, ..), minor)| {
                l.book() == Book::Trust && l.side() == Side::Liability && **minor < 0
            })
            .map(|(_, minor)| -minor)
            .sum();
        assert_eq!(owed_to_somebody - lacking, liabilities, "a shortfall is what lacks (3)");
        for (account, owed) in self.owed.iter().enumerate() {
            let paid: i64 = self
                .payments
                .iter()
                .filter(|posted| posted.account == account)
                .map(|posted| {
                    let applied = posted.item.applied.total().unwrap().minor();
                    if posted.item.kind.is_return() { -applied } else { applied }
                })
                .sum();
            assert_eq!(owed.total().unwrap().minor(), self.placed[account] - paid, "debt (4)");
        }
    }
}

proptest! {
    #[test]
    fn every_invariant_holds_after_every_event(contracts in contracts(), events in events()) {
        let mut world = World::new(contracts);
        for event in &events {
            world.happen(event);
            world.check();
        }
        // At last everything is advanced: no owner's money covers another's.
        world.happen(&Event::Advance);
        world.check();
    }
}
