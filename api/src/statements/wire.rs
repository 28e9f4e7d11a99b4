//! Statements as the API shows them.

use chrono::{DateTime, NaiveDate, Utc};
use domain::invoice::{InvoiceKind, InvoicePurpose};
use domain::payment::PaymentKind;
use domain::remittance::RemittanceMethod;
use domain::statement::{Line, Tie, Totals};
use domain::{
    AccountId, CloseRunId, ContractId, CreditorId, Currency, InvoiceId, Money, PaymentId,
    StatementId,
};
use serde::Serialize;
use service::statements::{Bill, Draft, Facts, Preview};
use utoipa::ToSchema;

use crate::money::{WireMoney, WireRate};

/// A closed statement of a creditor: its head and its sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    id: StatementId,
    /// Gapless within the agency.
    #[schema(minimum = 1)]
    number: i64,
    creditor_id: CreditorId,
    /// The creditor's code at the close.
    #[schema(max_length = 40)]
    creditor_code: String,
    /// The creditor's name at the close.
    #[schema(max_length = 200)]
    creditor_name: String,
    /// The agency's name at the close.
    #[schema(max_length = 200)]
    agency_name: String,
    contract_id: ContractId,
    /// The close run that made it; null where it was closed by itself.
    #[schema(required = true)]
    close_run_id: Option<CloseRunId>,
    method: RemittanceMethod,
    period_start: NaiveDate,
    period_end: NaiveDate,
    /// The day after the last one covered.
    dated: NaiveDate,
    /// What was posted later waits for the next statement.
    cutoff: DateTime<Utc>,
    /// Lines shown; pairs of a payment and its return that nobody ever saw are not.
    #[schema(minimum = 0)]
    line_count: i32,
    totals: StatementTotals,
    #[schema(max_items = 3)]
    bills: Vec<StatementBill>,
    tie: StatementTie,
    /// Taken from the creditor's money in trust for what it owed; below zero: given back.
    offset: WireMoney,
    closed_at: DateTime<Utc>,
    #[schema(max_length = 200)]
    closed_by: String,
}

/// A statement as it would be closed now.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementPreview {
    creditor_id: CreditorId,
    contract_id: ContractId,
    method: RemittanceMethod,
    period_start: NaiveDate,
    period_end: NaiveDate,
    dated: NaiveDate,
    cutoff: DateTime<Utc>,
    #[schema(minimum = 0)]
    line_count: usize,
    /// Payments and returns that would be stamped and not shown: pairs before any statement.
    #[schema(minimum = 0)]
    matched_count: usize,
    /// Nothing to show: a close is refused unless the contract asks for empty statements.
    empty: bool,
    totals: StatementTotals,
    #[schema(max_items = 3)]
    bills: Vec<StatementBill>,
    tie: StatementTie,
    offset: WireMoney,
    /// The first hundred lines; `line_count` says how many there are.
    #[schema(max_items = 100)]
    first_lines: Vec<StatementLine>,
}

/// A closed statement, whole: it reads the same for ever.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementDocument {
    pub(super) statement: Statement,
    pub(super) lines: Vec<StatementLine>,
}

/// The sums of a statement. They are sums of its lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementTotals {
    /// Carried from the statement before; below zero: due from the creditor.
    opening: WireMoney,
    /// Collected by the agency.
    to_us: WireMoney,
    /// Paid to the creditor directly.
    direct: WireMoney,
    /// Commission on what the agency collected.
    commission_to_us: WireMoney,
    /// Commission on direct payments.
    commission_direct: WireMoney,
    /// Tax on commission.
    tax: WireMoney,
    /// Commission and tax that are invoiced instead of taken from the money.
    invoiced_apart: WireMoney,
    /// What the creditor paid on account, as far as it was needed.
    on_account: WireMoney,
    /// Shares of returns that were put aside (policy credit); zero or below.
    withheld: WireMoney,
    /// Of what was put aside, what this statement's money paid for.
    credit_used: WireMoney,
    /// What all that comes to; below zero: due from the creditor.
    total: WireMoney,
    /// What is paid out.
    remit: WireMoney,
    /// What opens the next statement.
    carried: WireMoney,
    /// Shares of returns that are still put aside; zero or below.
    open_credit: WireMoney,
    /// A total below zero that is billed (policy invoice).
    invoice_deficit: WireMoney,
    /// Collected and on hold: not part of the sums.
    held: WireMoney,
    /// How many payments are on hold.
    #[schema(minimum = 0)]
    held_count: u64,
}

/// The statement against the ledger: `in_trust` less `offsettable` is `stated`.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementTie {
    /// The creditor's money in trust that is this statement's to give.
    in_trust: WireMoney,
    /// What the creditor owes that may be taken from it.
    offsettable: WireMoney,
    /// Carried, remitted and kept as a credit.
    stated: WireMoney,
    /// Whether both sides are the same. A statement that does not tie is not closed.
    holds: bool,
}

/// An invoice or credit note that comes of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementBill {
    /// Null in a preview.
    #[schema(required = true)]
    invoice_id: Option<InvoiceId>,
    kind: InvoiceKind,
    /// Null in a preview.
    #[schema(required = true, minimum = 1)]
    number: Option<i64>,
    purpose: InvoicePurpose,
    net: WireMoney,
    tax: WireMoney,
    amount: WireMoney,
    /// What earlier credit notes pay of it.
    credited: WireMoney,
    due_on: NaiveDate,
}

/// A line of a statement. Returns are negative throughout.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementLine {
    payment_id: PaymentId,
    account_id: AccountId,
    /// The agency's reference of the debt.
    #[schema(max_length = 40)]
    reference: String,
    #[schema(max_length = 200)]
    client_account_number: String,
    #[schema(max_length = 400)]
    debtor_name: String,
    kind: PaymentKind,
    /// The trade's code: PU, PC, PA, PUR, PCR, PAR.
    #[schema(max_length = 3)]
    code: String,
    /// When the debtor paid.
    effective_on: NaiveDate,
    posted_on: NaiveDate,
    /// What reached trust.
    to_us: WireMoney,
    /// Paid to the creditor directly.
    direct: WireMoney,
    principal: WireMoney,
    interest: WireMoney,
    fees: WireMoney,
    costs: WireMoney,
    other: WireMoney,
    /// Null where several rates made the commission.
    #[schema(required = true)]
    rate: Option<WireRate>,
    commission: WireMoney,
    tax: WireMoney,
    /// To us less commission and tax.
    due_creditor: WireMoney,
    /// What was owed on the debt at the close.
    balance: WireMoney,
    /// `PIF` or `SIF`.
    #[schema(max_length = 3, required = true)]
    mark: Option<String>,
    /// Paid before the period and posted in it.
    prior_period: bool,
    /// The number of the statement that showed what this line takes back.
    #[schema(required = true, minimum = 1)]
    returned_from: Option<i64>,
}

impl Statement {
    /// The wire form.
    pub fn new(facts: Facts, totals: &Totals) -> Self {
        let currency = facts.currency;
        Self {
            id: facts.id,
            number: facts.number,
            creditor_id: facts.creditor_id,
            creditor_code: facts.creditor.code,
            creditor_name: facts.creditor.name,
            agency_name: facts.agency.name,
            contract_id: facts.contract_id,
            close_run_id: facts.run_id,
            method: facts.method,
            period_start: facts.period_start,
            period_end: facts.period_end,
            dated: facts.dated,
            cutoff: facts.cutoff,
            line_count: facts.line_count,
            totals: StatementTotals::new(totals, currency),
            bills: facts.bills.iter().map(|bill| StatementBill::of(bill, currency)).collect(),
            tie: StatementTie::new(facts.tie, currency),
            offset: WireMoney::new(facts.offset, currency),
            closed_at: facts.closed_at,
            closed_by: facts.closed_by,
        }
    }
}

impl From<Preview> for StatementPreview {
    fn from(it: Preview) -> Self {
        let (empty, currency) = (it.is_empty(), it.currency);
        Self {
            creditor_id: it.creditor,
            contract_id: it.contract,
            method: it.terms.method,
            period_start: it.span.start,
            period_end: it.span.end,
            dated: it.dated,
            cutoff: it.span.cutoff,
            line_count: it.statement.lines.len(),
            matched_count: it.statement.suppressed.len(),
            empty,
            totals: StatementTotals::new(&it.statement.totals, currency),
            bills: it.bills.iter().map(|bill| StatementBill::draft(bill, currency)).collect(),
            tie: StatementTie::new(it.tie, currency),
            offset: WireMoney::new(it.offset, currency),
            first_lines: it
                .statement
                .lines
                .into_iter()
                .take(100)
                .map(|line| StatementLine::new(line, currency))
                .collect(),
        }
    }
}

impl StatementTotals {
    fn new(it: &Totals, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            opening: wire(it.opening),
            to_us: wire(it.to_us),
            direct: wire(it.direct),
            commission_to_us: wire(it.commission_to_us),
            commission_direct: wire(it.commission_direct),
            tax: wire(it.tax),
            invoiced_apart: wire(it.invoiced_apart),
            on_account: wire(it.on_account),
            withheld: wire(it.withheld),
            credit_used: wire(it.credit_used),
            total: wire(it.total),
            remit: wire(it.remit),
            carried: wire(it.carried),
            open_credit: wire(it.open_credit),
            invoice_deficit: wire(it.invoice_deficit),
            held: wire(it.held),
            held_count: it.held_count,
        }
    }
}

impl StatementTie {
    fn new(it: Tie, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            in_trust: wire(it.trust),
            offsettable: wire(it.offsettable),
            stated: wire(it.stated),
            holds: it.holds(),
        }
    }
}

impl StatementBill {
    fn of(it: &Bill, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            invoice_id: Some(it.id),
            kind: it.kind,
            number: Some(it.number),
            purpose: it.purpose,
            net: wire(it.net),
            tax: wire(it.tax),
            amount: wire(it.amount),
            credited: wire(it.credited),
            due_on: it.due_on,
        }
    }

    fn draft(it: &Draft, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            invoice_id: None,
            kind: it.kind,
            number: None,
            purpose: it.purpose,
            net: wire(it.net),
            tax: wire(it.tax),
            amount: wire(it.amount),
            credited: wire(it.credited),
            due_on: it.due_on,
        }
    }
}

impl StatementLine {
    /// The wire form.
    pub fn new(it: Line, currency: Currency) -> Self {
        let wire = |money: Money| WireMoney::new(money, currency);
        Self {
            payment_id: it.payment,
            account_id: it.account,
            reference: it.reference,
            client_account_number: it.client_account_number,
            debtor_name: it.debtor_name,
            kind: it.kind,
            code: it.kind.code().to_owned(),
            effective_on: it.effective_on,
            posted_on: it.posted_on,
            to_us: wire(it.to_us),
            direct: wire(it.direct),
            principal: wire(it.buckets.principal),
            interest: wire(it.buckets.interest),
            fees: wire(it.buckets.fees),
            costs: wire(it.buckets.costs),
            other: wire(it.buckets.other),
            rate: it.rate.map(WireRate),
            commission: wire(it.commission),
            tax: wire(it.tax),
            due_creditor: wire(it.due_creditor),
            balance: wire(it.balance),
            mark: it.mark,
            prior_period: it.prior_period,
            returned_from: it.returned_from,
        }
    }
}
