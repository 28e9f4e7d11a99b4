//! The statements of the checks: $1 is the agency, $2 the instant; $3 to $6 cut the page.

use crate::findings::Check;

/// A check's statement: its body finds rows; $1 is the agency, $2 the instant. What follows counts
/// them, cuts the page after ($3, $4), and names the check ($6).
macro_rules! statement {
    ($body:literal) => {
        concat!(
            "WITH found AS (",
            $body,
            ") SELECT $6::text AS \"check\", f.*, (SELECT count(*) FROM found) AS total FROM found f
            WHERE $2::timestamptz IS NOT NULL
              AND ($3::uuid IS NULL OR (f.subject_id, f.detail) > ($3::uuid, $4::text))
            ORDER BY f.subject_id, f.detail LIMIT $5"
        )
    };
}

impl Check {
    /// Its statement; none where it is no query.
    pub(super) fn sql(self) -> Option<&'static str> {
        Some(match self {
            Self::TransferBook => TRANSFER_BOOK,
            Self::ReversalMirror => REVERSAL_MIRROR,
            Self::AccountBalance => ACCOUNT_BALANCE,
            Self::PaymentLines => PAYMENT_LINES,
            Self::PaymentTransfers => PAYMENT_TRANSFERS,
            Self::DebtEntry => DEBT_ENTRY,
            Self::StatementChain => STATEMENT_CHAIN,
            Self::StatementLines => STATEMENT_LINES,
            Self::StatementRemittance => STATEMENT_REMITTANCE,
            Self::StatementTies => STATEMENT_TIES,
            Self::TrustAccount | Self::TrustShortfall | Self::BankReconciliation => return None,
        })
    }
}

/// Pairs of ledgers are few and transfers many: the pairs are judged first, and only where one is bad are
/// its transfers looked for.
const TRANSFER_BOOK: &str = statement!(
    "WITH book (ledger, book) AS (VALUES
         ('trust_cash', 1), ('processor_clearing', 1), ('client_payable', 1), ('agency_earned', 1),
         ('debtor_credit', 1), ('unidentified', 1), ('costs_advanced', 1),
         ('op_cash', 2), ('client_receivable', 2), ('commission_revenue', 2), ('processor_fees', 2),
         ('tax_payable', 2), ('due_to_trust', 2), ('operating_loss', 2),
         ('debt', 3), ('debt_paid', 3), ('debt_adjusted', 3), ('debt_accrued', 3)),
     bad AS MATERIALIZED (
         SELECT p.debit_ledger, p.credit_ledger, p.in_trust
         FROM (SELECT debit_ledger, credit_ledger, trust_account_id IS NOT NULL AS in_trust, min(amount) AS least
               FROM transfer WHERE agency_id = $1 AND posted_at <= $2 GROUP BY 1, 2, 3) p
         LEFT JOIN book d ON d.ledger = p.debit_ledger
         LEFT JOIN book c ON c.ledger = p.credit_ledger
         WHERE p.least <= 0 OR p.debit_ledger = p.credit_ledger OR d.book IS DISTINCT FROM c.book
            OR d.book IS NULL OR (d.book = 1) <> p.in_trust)
     SELECT t.id AS subject_id, t.debit_ledger || ' / ' || t.credit_ledger AS detail,
         t.trust_account_id, t.amount AS ledger, 0::bigint AS record
     FROM transfer t
     WHERE t.agency_id = $1 AND t.posted_at <= $2 AND EXISTS (SELECT FROM bad)
       AND (t.debit_ledger, t.credit_ledger, t.trust_account_id IS NOT NULL) IN (
           SELECT debit_ledger, credit_ledger, in_trust FROM bad)"
);

const REVERSAL_MIRROR: &str = statement!(
    "SELECT r.id AS subject_id, 'transfer' AS detail, r.trust_account_id,
         coalesce(o.amount, 0) AS ledger, r.amount AS record
     FROM transfer r LEFT JOIN transfer o ON o.agency_id = r.agency_id AND o.id = r.reverses_id
     WHERE r.agency_id = $1 AND r.posted_at <= $2 AND r.reverses_id IS NOT NULL
       AND (o.id IS NULL OR r.debit_ledger <> o.credit_ledger OR r.credit_ledger <> o.debit_ledger
         OR r.amount <> o.amount OR r.trust_account_id IS DISTINCT FROM o.trust_account_id
         OR r.creditor_id IS DISTINCT FROM o.creditor_id OR r.account_id IS DISTINCT FROM o.account_id)"
);

/// Whole rows are compared before what is wrong with one is spelled out; so in the two below.
const ACCOUNT_BALANCE: &str = statement!(
    "SELECT x.id AS subject_id, b.bucket AS detail, NULL::uuid AS trust_account_id, b.posted AS ledger,
         b.kept AS record
     FROM (
         SELECT a.id, a.principal, a.interest, a.fees, a.costs, a.other,
             a.placed_principal + coalesce(d.principal, 0) AS posted_principal,
             a.placed_interest + coalesce(d.interest, 0) AS posted_interest,
             a.placed_fees + coalesce(d.fees, 0) AS posted_fees,
             a.placed_costs + coalesce(d.costs, 0) AS posted_costs,
             a.placed_other + coalesce(d.other, 0) AS posted_other
         FROM account a
         LEFT JOIN (
             SELECT m.account_id,
                 coalesce(sum(m.amount) FILTER (WHERE m.bucket = 'principal'), 0)::bigint AS principal,
                 coalesce(sum(m.amount) FILTER (WHERE m.bucket = 'interest'), 0)::bigint AS interest,
                 coalesce(sum(m.amount) FILTER (WHERE m.bucket = 'fees'), 0)::bigint AS fees,
                 coalesce(sum(m.amount) FILTER (WHERE m.bucket = 'costs'), 0)::bigint AS costs,
                 coalesce(sum(m.amount) FILTER (WHERE m.bucket = 'other'), 0)::bigint AS other
             FROM (SELECT account_id, bucket,
                       CASE WHEN debit_ledger = 'debt' THEN amount ELSE -amount END AS amount
                   FROM transfer
                   WHERE agency_id = $1 AND account_id IS NOT NULL
                     AND (debit_ledger = 'debt' OR credit_ledger = 'debt')) m
             GROUP BY m.account_id) d ON d.account_id = a.id
         WHERE a.agency_id = $1) x
     CROSS JOIN LATERAL (VALUES
         ('principal', x.posted_principal, x.principal),
         ('interest', x.posted_interest, x.interest),
         ('fees', x.posted_fees, x.fees),
         ('costs', x.posted_costs, x.costs),
         ('other', x.posted_other, x.other)) AS b (bucket, posted, kept)
     WHERE (x.posted_principal, x.posted_interest, x.posted_fees, x.posted_costs, x.posted_other)
           <> (x.principal, x.interest, x.fees, x.costs, x.other)
       AND b.posted <> b.kept"
);

const PAYMENT_LINES: &str = statement!(
    "SELECT x.id AS subject_id, b.what AS detail, NULL::uuid AS trust_account_id, b.lines AS ledger,
         b.said AS record
     FROM (
         SELECT p.id, coalesce(p.applied, 0) AS applied, coalesce(l.amount, 0) AS applied_lines,
             coalesce(p.commission, 0) AS commission, coalesce(l.commission, 0) AS commission_lines,
             p.amount, CASE WHEN p.kind IN ('paid_creditor', 'paid_creditor_return') THEN p.amount
                            ELSE coalesce(p.applied, 0) + coalesce(p.overpaid, 0) END AS amount_lines
         FROM payment p
         LEFT JOIN (
             SELECT payment_id, sum(amount)::bigint AS amount, sum(commission)::bigint AS commission
             FROM payment_line WHERE agency_id = $1 GROUP BY payment_id) l ON l.payment_id = p.id
         WHERE p.agency_id = $1 AND p.posted_at <= $2) x
     CROSS JOIN LATERAL (VALUES
         ('applied', x.applied_lines, x.applied),
         ('commission', x.commission_lines, x.commission),
         ('amount', x.amount_lines, x.amount)) AS b (what, lines, said)
     WHERE (x.applied_lines, x.commission_lines, x.amount_lines) <> (x.applied, x.commission, x.amount)
       AND b.lines <> b.said"
);

const PAYMENT_TRANSFERS: &str = statement!(
    "SELECT x.id AS subject_id, b.what AS detail, NULL::uuid AS trust_account_id, b.moved AS ledger, b.said AS record
     FROM (
         SELECT p.id, coalesce(t.trust, 0) AS moved_trust, coalesce(t.commission, 0) AS moved_commission,
             coalesce(t.debt, 0) AS moved_debt,
             CASE WHEN p.kind IN ('paid_creditor', 'paid_creditor_return') THEN 0
                 ELSE p.amount - coalesce(p.forwarder_fee, 0)
                     - CASE WHEN p.method = 'debtor_credit' THEN coalesce(p.overpaid, 0) ELSE 0 END END AS trust,
             coalesce(p.commission, 0) - coalesce(p.forwarder_fee, 0) AS commission,
             coalesce(p.applied, 0) AS debt
         FROM payment p
         LEFT JOIN (
             SELECT payment_id,
                 sum(amount) FILTER (WHERE trust_account_id IS NOT NULL)::bigint AS trust,
                 sum(amount) FILTER (WHERE debit_ledger IN ('agency_earned', 'client_receivable')
                     OR credit_ledger IN ('agency_earned', 'client_receivable'))::bigint AS commission,
                 sum(amount) FILTER (WHERE debit_ledger = 'debt' OR credit_ledger = 'debt')::bigint AS debt
             FROM transfer WHERE agency_id = $1 AND payment_id IS NOT NULL AND posted_at <= $2
             GROUP BY payment_id) t ON t.payment_id = p.id
         WHERE p.agency_id = $1 AND p.posted_at <= $2) x
     CROSS JOIN LATERAL (VALUES
         ('trust', x.moved_trust, x.trust),
         ('commission', x.moved_commission, x.commission),
         ('debt', x.moved_debt, x.debt)) AS b (what, moved, said)
     WHERE (x.moved_trust, x.moved_commission, x.moved_debt) <> (x.trust, x.commission, x.debt)
       AND b.moved <> b.said"
);

const DEBT_ENTRY: &str = statement!(
    "SELECT e.id AS subject_id, 'transfers' AS detail, NULL::uuid AS trust_account_id,
         coalesce(t.moved, 0) AS ledger, e.principal + e.interest + e.fees + e.costs + e.other AS record
     FROM debt_entry e
     LEFT JOIN (
         SELECT source_id, sum(CASE WHEN debit_ledger = 'debt' THEN amount ELSE -amount END)::bigint AS moved
         FROM transfer WHERE agency_id = $1 AND source_type = 'debt_entry' AND posted_at <= $2
         GROUP BY source_id) t ON t.source_id = e.id
     WHERE e.agency_id = $1 AND e.posted_at <= $2
       AND coalesce(t.moved, 0) <> e.principal + e.interest + e.fees + e.costs + e.other"
);

const STATEMENT_CHAIN: &str = statement!(
    "SELECT s.id AS subject_id, b.what AS detail, s.trust_account_id, b.was AS ledger, b.said AS record
     FROM (SELECT x.*, lag(x.carried) OVER (PARTITION BY x.creditor_id ORDER BY x.period_end, x.number) AS before
           FROM statement x WHERE x.agency_id = $1 AND x.closed_at <= $2) s
     CROSS JOIN LATERAL (VALUES
         ('opening', coalesce(s.before, 0), s.opening),
         ('carried', (s.totals ->> 'carried')::bigint, s.carried),
         ('remit', (s.totals ->> 'remit')::bigint, s.remit)) AS b (what, was, said)
     WHERE b.was <> b.said"
);

const STATEMENT_LINES: &str = statement!(
    "SELECT s.id AS subject_id, b.what AS detail, s.trust_account_id, b.lines AS ledger, b.said AS record
     FROM statement s
     LEFT JOIN (
         SELECT statement_id, sum((line ->> 'to_us')::bigint)::bigint AS to_us,
             sum((line ->> 'direct')::bigint)::bigint AS direct,
             sum((line ->> 'commission')::bigint)::bigint AS commission,
             sum((line ->> 'tax')::bigint)::bigint AS tax
         FROM statement_line WHERE agency_id = $1 AND shown GROUP BY statement_id) l ON l.statement_id = s.id
     CROSS JOIN LATERAL (VALUES
         ('to_us', coalesce(l.to_us, 0), (s.totals ->> 'to_us')::bigint),
         ('direct', coalesce(l.direct, 0), (s.totals ->> 'direct')::bigint),
         ('commission', coalesce(l.commission, 0),
             (s.totals ->> 'commission_to_us')::bigint + (s.totals ->> 'commission_direct')::bigint),
         ('tax', coalesce(l.tax, 0), (s.totals ->> 'tax')::bigint)) AS b (what, lines, said)
     WHERE s.agency_id = $1 AND s.closed_at <= $2 AND b.lines <> b.said"
);

const STATEMENT_REMITTANCE: &str = statement!(
    "SELECT r.id AS subject_id, r.state AS detail, s.trust_account_id, coalesce(t.paid, 0) AS ledger,
         CASE WHEN r.state = 'issued' THEN r.amount ELSE 0 END AS record
     FROM remittance r
     JOIN statement s ON s.agency_id = r.agency_id AND s.id = r.statement_id
     LEFT JOIN (
         SELECT source_id, sum(CASE WHEN credit_ledger = 'trust_cash' THEN amount
                                    WHEN debit_ledger = 'trust_cash' THEN -amount ELSE 0 END)::bigint AS paid
         FROM transfer WHERE agency_id = $1 AND source_type = 'remittance' GROUP BY source_id) t
         ON t.source_id = r.id
     WHERE r.agency_id = $1
       AND coalesce(t.paid, 0) <> CASE WHEN r.state = 'issued' THEN r.amount ELSE 0 END"
);

/// Money rule 6, at any time after a close: what the ledgers hold for a creditor, less what no
/// statement has shown yet, is what its last statement left and was not paid since.
const STATEMENT_TIES: &str = statement!(
    "SELECT c.id AS subject_id, 'creditor' AS detail, NULL::uuid AS trust_account_id,
         b.held AS ledger, b.stated AS record
     FROM creditor c
     JOIN (
         SELECT creditor_id,
             sum(CASE WHEN credit_ledger = 'client_payable' THEN amount
                      WHEN debit_ledger = 'client_payable' THEN -amount ELSE 0 END)::bigint AS payable,
             sum(CASE WHEN debit_ledger = 'client_receivable' THEN amount
                      WHEN credit_ledger = 'client_receivable' THEN -amount ELSE 0 END)::bigint AS receivable
         FROM transfer
         WHERE agency_id = $1 AND creditor_id IS NOT NULL
           AND (debit_ledger IN ('client_payable', 'client_receivable')
             OR credit_ledger IN ('client_payable', 'client_receivable'))
         GROUP BY creditor_id) l ON l.creditor_id = c.id
     LEFT JOIN (
         SELECT t.creditor_id,
             sum(CASE WHEN t.credit_ledger = 'client_payable' THEN t.amount
                      WHEN t.debit_ledger = 'client_payable' THEN -t.amount ELSE 0 END)::bigint AS payable,
             sum(CASE WHEN t.debit_ledger = 'client_receivable' THEN t.amount
                      WHEN t.credit_ledger = 'client_receivable' THEN -t.amount ELSE 0 END)::bigint AS receivable
         FROM payment p JOIN transfer t ON t.agency_id = p.agency_id AND t.payment_id = p.id
         WHERE p.agency_id = $1 AND p.statement_id IS NULL AND p.posted_at IS NOT NULL
           AND t.creditor_id IS NOT NULL
         GROUP BY t.creditor_id) u ON u.creditor_id = c.id
     LEFT JOIN (
         SELECT DISTINCT ON (creditor_id) creditor_id, carried + open_credit AS left_over
         FROM statement WHERE agency_id = $1 ORDER BY creditor_id, period_end DESC, number DESC) s
         ON s.creditor_id = c.id
     LEFT JOIN (
         SELECT creditor_id, sum(remit)::bigint AS remit FROM statement WHERE agency_id = $1
         GROUP BY creditor_id) q ON q.creditor_id = c.id
     LEFT JOIN (
         SELECT creditor_id, sum(amount)::bigint AS issued FROM remittance
         WHERE agency_id = $1 AND state = 'issued' GROUP BY creditor_id) r ON r.creditor_id = c.id
     LEFT JOIN (
         SELECT creditor_id, sum(CASE WHEN kind = 'invoice' THEN open ELSE -open END)::bigint AS open
         FROM invoice WHERE agency_id = $1 AND open > 0 GROUP BY creditor_id) i ON i.creditor_id = c.id
     LEFT JOIN (
         SELECT creditor_id, sum(unapplied)::bigint AS unapplied FROM creditor_payment
         WHERE agency_id = $1 AND unapplied > 0 GROUP BY creditor_id) a ON a.creditor_id = c.id
     CROSS JOIN LATERAL (VALUES (
         l.payable - coalesce(u.payable, 0)
             - (l.receivable - coalesce(u.receivable, 0) - coalesce(i.open, 0) + coalesce(a.unapplied, 0)),
         coalesce(s.left_over, 0) + coalesce(q.remit, 0) - coalesce(r.issued, 0))) AS b (held, stated)
     WHERE c.agency_id = $1 AND b.held <> b.stated"
);
