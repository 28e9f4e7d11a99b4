-- The trust engine: contract terms of remittance, commission schedules, entries that change what a
-- debtor owes without money, two people, statements, invoices, and what watches over trust.
-- Tables, then foreign keys, then row-level security and grants.

-- Contract terms and schedules --------------------------------------------------------------------

-- None: the agency's own schedule decides.
ALTER TABLE contract ALTER COLUMN commission_rate DROP NOT NULL;
ALTER TABLE contract
    -- domain::allocation: the share of what remains that a bucket takes first, e.g. {"interest": "0.2"}.
    ADD COLUMN allocation_percent jsonb,
    -- domain::remittance::Terms: method, period, minimum, what happens to returns, processor fees.
    ADD COLUMN remittance         jsonb NOT NULL DEFAULT '{}',
    -- domain::hold::HoldTerms; none: the usual holds.
    ADD COLUMN holds              jsonb,
    -- domain::interest: basis, base, start and stop rules; none: no interest is added.
    ADD COLUMN interest           jsonb,
    -- Tax on commission (domain rule 2.5); none where the creditor is exempt or nothing is due.
    ADD COLUMN tax_rate           numeric(7, 6) CONSTRAINT contract_tax_rate CHECK (tax_rate BETWEEN 0 AND 1);

-- Append-only: one row a version; a payment takes the version in force on its effective date.
CREATE TABLE commission_schedule (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    level        text NOT NULL CONSTRAINT commission_schedule_level
                 CHECK (level IN ('agency', 'creditor', 'portfolio', 'account')),
    creditor_id  uuid,
    portfolio_id uuid,
    account_id   uuid,
    -- The one of the three, or the agency itself.
    subject_id   uuid NOT NULL,
    effective_on date NOT NULL,
    -- domain::commission::Schedule
    schedule     jsonb NOT NULL,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT commission_schedule_version_unique UNIQUE (agency_id, subject_id, effective_on),
    CONSTRAINT commission_schedule_shape CHECK (
        (level = 'agency' AND creditor_id IS NULL AND portfolio_id IS NULL AND account_id IS NULL AND subject_id = agency_id)
        OR (level = 'creditor' AND creditor_id = subject_id AND portfolio_id IS NULL AND account_id IS NULL)
        OR (level = 'portfolio' AND creditor_id IS NOT NULL AND portfolio_id = subject_id AND account_id IS NULL)
        OR (level = 'account' AND creditor_id IS NOT NULL AND portfolio_id IS NULL AND account_id = subject_id))
);

-- Payments ----------------------------------------------------------------------------------------

ALTER TABLE payment
    DROP CONSTRAINT payment_kind,
    ADD CONSTRAINT payment_kind CHECK (kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder',
        'paid_agency_return', 'paid_creditor_return', 'paid_forwarder_return')),
    DROP CONSTRAINT payment_method,
    ADD CONSTRAINT payment_method CHECK (method IN
        ('online', 'card', 'ach', 'check', 'cash', 'wire', 'money_order', 'debtor_credit')),
    DROP CONSTRAINT payment_reversal_reason,
    ADD CONSTRAINT payment_reversal_reason CHECK (reversal_reason IN ('bounce', 'correction', 'refund', 'reinstated')),
    -- What the forwarder kept of a PA.
    ADD COLUMN forwarder_fee     bigint CONSTRAINT payment_forwarder_fee CHECK (forwarder_fee BETWEEN 0 AND amount),
    -- Snapshot at posting: where the commission stands, the tax on it, how it was computed.
    ADD COLUMN commission_basis  text CONSTRAINT payment_commission_basis CHECK (commission_basis IN ('net', 'gross')),
    ADD COLUMN tax               bigint CONSTRAINT payment_tax CHECK (tax >= 0),
    ADD COLUMN commission_level  text,
    ADD COLUMN schedule_id       uuid,
    ADD COLUMN commission_detail jsonb,
    -- Delayed: skips the first close it would be in. Blocked: waits until it is released.
    ADD COLUMN holding           text NOT NULL DEFAULT 'normal'
                                 CONSTRAINT payment_holding CHECK (holding IN ('normal', 'delayed', 'blocked')),
    -- How the payer wanted it spread over a packet; the payments of one spread share its id.
    ADD COLUMN spread_id         uuid,
    ADD COLUMN direction         jsonb,
    -- The statement that it was on. Set once.
    ADD COLUMN statement_id      uuid,
    -- The processor's payout that brought it, or took its return out again. Set once.
    ADD COLUMN payout_id         uuid;
CREATE INDEX payment_unstated ON payment (agency_id, creditor_id, available_on)
    WHERE statement_id IS NULL AND posted_at IS NOT NULL;
CREATE INDEX payment_statement ON payment (agency_id, statement_id) WHERE statement_id IS NOT NULL;
CREATE INDEX payment_not_paid_out ON payment (agency_id, gateway_account_id, posted_at)
    WHERE payout_id IS NULL AND posted_at IS NOT NULL AND charge_id IS NOT NULL;

-- None when several slices with different rates make the commission of a bucket.
ALTER TABLE payment_line ALTER COLUMN rate DROP NOT NULL;

ALTER TABLE transfer
    DROP CONSTRAINT transfer_within_one_book,
    ADD CONSTRAINT transfer_within_one_book CHECK (
        (debit_ledger IN ('trust_cash', 'processor_clearing', 'client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
            AND credit_ledger IN ('trust_cash', 'processor_clearing', 'client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
            AND trust_account_id IS NOT NULL)
        OR (debit_ledger IN ('op_cash', 'client_receivable', 'commission_revenue', 'processor_fees', 'tax_payable', 'due_to_trust', 'operating_loss')
            AND credit_ledger IN ('op_cash', 'client_receivable', 'commission_revenue', 'processor_fees', 'tax_payable', 'due_to_trust', 'operating_loss'))
        OR (debit_ledger IN ('debt', 'debt_paid', 'debt_adjusted', 'debt_accrued')
            AND credit_ledger IN ('debt', 'debt_paid', 'debt_adjusted', 'debt_accrued')
            AND account_id IS NOT NULL AND bucket IS NOT NULL));

-- What changes a debt without money. Append-only: a correction is an entry that reverses one.
CREATE TABLE debt_entry (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    account_id   uuid NOT NULL,
    creditor_id  uuid NOT NULL,
    debtor_id    uuid NOT NULL,
    -- interest: accrued interest posted. charge: court costs, a fee the law allows. decrease: DA.
    -- write_off: the rest of a settlement (a DA). shift: what a recomputation changed (money rule 15).
    -- *_return: the reversal, DAR.
    kind         text NOT NULL CONSTRAINT debt_entry_kind CHECK (kind IN
                 ('interest', 'charge', 'decrease', 'decrease_return', 'write_off', 'write_off_return', 'charge_return', 'shift')),
    -- Change of what is owed, by bucket.
    principal    bigint NOT NULL DEFAULT 0,
    interest     bigint NOT NULL DEFAULT 0,
    fees         bigint NOT NULL DEFAULT 0,
    costs        bigint NOT NULL DEFAULT 0,
    other        bigint NOT NULL DEFAULT 0,
    effective_on date NOT NULL,
    entered_at   timestamptz NOT NULL,
    posted_at    timestamptz NOT NULL,
    reason       text NOT NULL,
    -- The payment or settlement that caused it.
    payment_id   uuid,
    cause_id     uuid,
    reverses_id  uuid,
    entered_by   text NOT NULL,
    approved_by  text,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT debt_entry_reversed_once UNIQUE (agency_id, reverses_id),
    CONSTRAINT debt_entry_not_empty CHECK (kind = 'shift' OR principal <> 0 OR interest <> 0 OR fees <> 0 OR costs <> 0 OR other <> 0)
);
CREATE INDEX debt_entry_account ON debt_entry (agency_id, account_id, id);

ALTER TABLE account
    -- The last payment to the creditor before placement, as placed; commission by age may count from it.
    ADD COLUMN creditor_paid_on   date,
    -- Interest has been posted up to and including this day; none: nothing yet.
    ADD COLUMN interest_posted_on date;

-- A debtor's credit that was given back or moved to another debt of the packet.
CREATE TABLE credit_use (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    debtor_id    uuid NOT NULL,
    account_id   uuid NOT NULL,
    kind         text NOT NULL CONSTRAINT credit_use_kind CHECK (kind IN ('refund', 'move')),
    amount       bigint NOT NULL CONSTRAINT credit_use_amount CHECK (amount > 0),
    -- The payment that a move made on the other debt.
    payment_id   uuid,
    reference    text,
    reason       text NOT NULL,
    done_at      timestamptz NOT NULL,
    entered_by   text NOT NULL,
    approved_by  text,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX credit_use_debtor ON credit_use (agency_id, debtor_id);

ALTER TABLE timeline_entry
    DROP CONSTRAINT timeline_entry_kind,
    ADD CONSTRAINT timeline_entry_kind CHECK (kind IN (
        'placed', 'status_changed', 'restriction_set', 'restriction_lifted', 'note', 'contact_point_added',
        'contact_point_flagged', 'assigned', 'worked', 'linked', 'unlinked', 'debtor_signed_in', 'payment_posted',
        'payment_reversed', 'payment_failed', 'mail_sent', 'payment_held', 'debt_adjusted', 'debt_charged', 'interest_posted', 'credit_used',
        'promise_made', 'promise_judged', 'plan_made', 'plan_changed', 'plan_ended',
        'settlement_offered', 'settlement_accepted', 'settlement_ended', 'approval_asked', 'approval_decided'));

-- Two people --------------------------------------------------------------------------------------

CREATE TABLE approval (
    agency_id     uuid NOT NULL,
    id            uuid NOT NULL,
    deed          text NOT NULL CONSTRAINT approval_deed CHECK (deed IN
                  ('refund', 'adjustment', 'settlement_below_floor', 'fee_override', 'remittance')),
    -- What it is about, for lists and for the pages.
    subject_type  text NOT NULL,
    subject_id    uuid NOT NULL,
    account_id    uuid,
    creditor_id   uuid,
    amount        bigint NOT NULL CONSTRAINT approval_amount CHECK (amount >= 0),
    -- What will be done, exactly as it was asked for.
    request       jsonb NOT NULL,
    state         text NOT NULL CONSTRAINT approval_state CHECK (state IN ('pending', 'approved', 'declined', 'withdrawn')),
    requested_by  uuid NOT NULL,
    requested_name text NOT NULL,
    requested_at  timestamptz NOT NULL,
    note          text NOT NULL,
    decided_by    uuid,
    decided_name  text,
    decided_at    timestamptz,
    decision_note text,
    -- What came of it: the payment, entry, refund or remittance.
    result_id     uuid,
    version       bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    -- The requester cannot approve; withdrawing is the requester's own.
    CONSTRAINT approval_two_people CHECK (decided_by IS NULL OR state = 'withdrawn' OR decided_by <> requested_by),
    CONSTRAINT approval_decided CHECK ((state = 'pending') = (decided_by IS NULL))
);
CREATE INDEX approval_pending ON approval (agency_id, requested_at) WHERE state = 'pending';
CREATE INDEX approval_subject ON approval (agency_id, subject_id);

-- Up to what amount each role may do a deed alone, and approve another's (domain::authority).
ALTER TABLE agency ADD COLUMN authority jsonb;

-- Remittance --------------------------------------------------------------------------------------

-- Gapless numbers, one row a kind of document.
CREATE TABLE number_sequence (
    agency_id uuid NOT NULL,
    kind      text NOT NULL CONSTRAINT number_sequence_kind CHECK (kind IN ('statement', 'invoice', 'credit_note')),
    next      bigint NOT NULL CONSTRAINT number_sequence_next CHECK (next > 0),
    PRIMARY KEY (agency_id, kind)
);

-- One month-end (or other) run over several creditors.
CREATE TABLE close_run (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    period_end date NOT NULL,
    cutoff     timestamptz NOT NULL,
    state      text NOT NULL CONSTRAINT close_run_state CHECK (state IN ('open', 'closed')),
    started_by text NOT NULL,
    started_at timestamptz NOT NULL,
    closed_at  timestamptz,
    version    bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id)
);

-- Append-only: a closed statement. All figures are minor units; those of the creditor's side are signed.
CREATE TABLE statement (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    number           bigint NOT NULL,
    creditor_id      uuid NOT NULL,
    contract_id      uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    run_id           uuid,
    method           text NOT NULL CONSTRAINT statement_method CHECK (method IN ('net', 'gross', 'combined', 'separate_direct')),
    -- First day not covered by the statement before; none on the first.
    period_start     date,
    period_end       date NOT NULL,
    cutoff           timestamptz NOT NULL,
    currency         text NOT NULL,
    -- domain::statement::Totals, computed once; the columns below are what other rows need of it.
    totals           jsonb NOT NULL,
    -- Carried from the statement before; below zero: due from the creditor.
    opening          bigint NOT NULL,
    -- What goes to the creditor now.
    remit            bigint NOT NULL CONSTRAINT statement_remit CHECK (remit >= 0),
    -- What opens the next statement.
    carried          bigint NOT NULL,
    -- What was invoiced at this close (deficits, commission of gross contracts), tax included.
    invoiced         bigint NOT NULL,
    -- Returns kept for later positive statements (policy credit), after this one; zero or below.
    open_credit      bigint NOT NULL CONSTRAINT statement_open_credit CHECK (open_credit <= 0),
    line_count       integer NOT NULL,
    -- The rendered facts (creditor, agency, contract) that a reprint needs as they were.
    printed          jsonb NOT NULL,
    closed_at        timestamptz NOT NULL,
    closed_by        text NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT statement_number_unique UNIQUE (agency_id, number),
    CONSTRAINT statement_period_unique UNIQUE (agency_id, creditor_id, period_end)
);
CREATE INDEX statement_creditor ON statement (agency_id, creditor_id, period_end DESC);

-- Append-only: a statement's lines as they were printed. Suppressed pairs are stamped, not shown.
CREATE TABLE statement_line (
    agency_id     uuid NOT NULL,
    statement_id  uuid NOT NULL,
    seq           integer NOT NULL,
    creditor_id   uuid NOT NULL,
    payment_id    uuid NOT NULL,
    account_id    uuid NOT NULL,
    shown         boolean NOT NULL,
    -- domain::statement::Line
    line          jsonb NOT NULL,
    PRIMARY KEY (agency_id, statement_id, seq),
    -- A payment is on one statement, once.
    CONSTRAINT statement_line_once UNIQUE (agency_id, payment_id)
);

-- What is paid to the creditor for a statement.
CREATE TABLE remittance (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    statement_id uuid NOT NULL,
    creditor_id  uuid NOT NULL,
    amount       bigint NOT NULL CONSTRAINT remittance_amount CHECK (amount > 0),
    state        text NOT NULL CONSTRAINT remittance_state CHECK (state IN ('prepared', 'issued', 'voided')),
    prepared_by  uuid NOT NULL,
    prepared_name text NOT NULL,
    prepared_at  timestamptz NOT NULL,
    approved_by  uuid,
    approved_name text,
    issued_at    timestamptz,
    issued_on    date,
    -- Check number or trace number.
    reference    text,
    version      bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT remittance_two_people CHECK (approved_by IS NULL OR approved_by <> prepared_by),
    CONSTRAINT remittance_issued CHECK (state <> 'issued' OR (approved_by IS NOT NULL AND issued_on IS NOT NULL))
);
CREATE UNIQUE INDEX remittance_once ON remittance (agency_id, statement_id) WHERE state <> 'voided';
CREATE INDEX remittance_creditor ON remittance (agency_id, creditor_id, id DESC);

-- Operating book ----------------------------------------------------------------------------------

-- What a creditor owes the agency, or is owed by it (credit note).
CREATE TABLE invoice (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    kind         text NOT NULL CONSTRAINT invoice_kind CHECK (kind IN ('invoice', 'credit_note')),
    number       bigint NOT NULL,
    creditor_id  uuid NOT NULL,
    statement_id uuid,
    purpose      text NOT NULL CONSTRAINT invoice_purpose CHECK (purpose IN
                 ('commission', 'direct_commission', 'deficit')),
    issued_on    date NOT NULL,
    due_on       date NOT NULL,
    net          bigint NOT NULL,
    tax          bigint NOT NULL,
    amount       bigint NOT NULL CONSTRAINT invoice_amount CHECK (amount > 0),
    -- Not yet paid (invoice) or not yet used (credit note).
    open         bigint NOT NULL CONSTRAINT invoice_open CHECK (open BETWEEN 0 AND amount),
    created_at   timestamptz NOT NULL,
    version      bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT invoice_number_unique UNIQUE (agency_id, kind, number),
    CONSTRAINT invoice_sum CHECK (net + tax = amount)
);
CREATE INDEX invoice_open_of ON invoice (agency_id, creditor_id, issued_on) WHERE open > 0;
CREATE INDEX invoice_creditor ON invoice (agency_id, creditor_id, id DESC);

-- Money that a creditor paid to the agency.
CREATE TABLE creditor_payment (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    creditor_id uuid NOT NULL,
    amount      bigint NOT NULL CONSTRAINT creditor_payment_amount CHECK (amount > 0),
    -- Not applied to an invoice: a payment on account.
    unapplied   bigint NOT NULL CONSTRAINT creditor_payment_unapplied CHECK (unapplied BETWEEN 0 AND amount),
    received_on date NOT NULL,
    reference   text,
    -- The statement that took the rest in as a payment on account.
    statement_id uuid,
    entered_at  timestamptz NOT NULL,
    entered_by  text NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX creditor_payment_creditor ON creditor_payment (agency_id, creditor_id, id DESC);

-- Append-only: which invoice was paid by which payment or credit note.
CREATE TABLE invoice_application (
    agency_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    creditor_id         uuid NOT NULL,
    invoice_id          uuid NOT NULL,
    creditor_payment_id uuid,
    credit_note_id      uuid,
    amount              bigint NOT NULL CONSTRAINT invoice_application_amount CHECK (amount > 0),
    applied_at          timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT invoice_application_source CHECK ((creditor_payment_id IS NULL) <> (credit_note_id IS NULL))
);
CREATE INDEX invoice_application_invoice ON invoice_application (agency_id, invoice_id);

-- Append-only: earned fees moved from trust to operating.
CREATE TABLE sweep (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    amount           bigint NOT NULL CONSTRAINT sweep_amount CHECK (amount > 0),
    -- Of it: what was due from trust to operating (offsets, tax), and what is revenue.
    due              bigint NOT NULL,
    revenue          bigint NOT NULL,
    swept_at         timestamptz NOT NULL,
    swept_by         text NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT sweep_split CHECK (due + revenue = amount)
);

-- Money that the processor paid out to the trust bank account.
CREATE TABLE payout (
    agency_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    trust_account_id   uuid NOT NULL,
    gateway_account_id uuid,
    -- The processor's own id: the same payout posts once.
    provider_id        text,
    gross              bigint NOT NULL,
    -- The processor's fees on debtors' payments, and on disputes.
    fees               bigint NOT NULL CONSTRAINT payout_fees CHECK (fees >= 0),
    dispute_fees       bigint NOT NULL CONSTRAINT payout_dispute_fees CHECK (dispute_fees >= 0),
    -- What reached the bank; below zero: the processor took money from it.
    net                bigint NOT NULL,
    arrived_on         date NOT NULL,
    posted_at          timestamptz NOT NULL,
    entered_by         text NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT payout_once UNIQUE (agency_id, provider_id),
    CONSTRAINT payout_sum CHECK (net = gross - fees - dispute_fees)
);

-- Trust lacks money: the task to advance it from operating (E1).
CREATE TABLE trust_alarm (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    -- Lacking now, and the most that was lacking.
    amount           bigint NOT NULL CONSTRAINT trust_alarm_amount CHECK (amount >= 0),
    worst            bigint NOT NULL,
    -- Whose ledgers are below zero, by how much, and the entry that caused it.
    cause            jsonb NOT NULL,
    opened_at        timestamptz NOT NULL,
    seen_at          timestamptz NOT NULL,
    cleared_at       timestamptz,
    version          bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id)
);
CREATE UNIQUE INDEX trust_alarm_open ON trust_alarm (agency_id, trust_account_id) WHERE cleared_at IS NULL;

-- Append-only: operating money put into trust.
CREATE TABLE advance (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    alarm_id         uuid,
    amount           bigint NOT NULL CONSTRAINT advance_amount CHECK (amount > 0),
    -- For whom: [{"ledger", "creditor", "debtor", "amount"}]
    split            jsonb NOT NULL,
    advanced_at      timestamptz NOT NULL,
    advanced_by      text NOT NULL,
    PRIMARY KEY (agency_id, id)
);

-- Foreign keys ------------------------------------------------------------------------------------

ALTER TABLE commission_schedule ADD CONSTRAINT commission_schedule_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE commission_schedule ADD CONSTRAINT commission_schedule_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE commission_schedule ADD CONSTRAINT commission_schedule_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE commission_schedule ADD CONSTRAINT commission_schedule_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE payment ADD CONSTRAINT payment_schedule_fk
    FOREIGN KEY (agency_id, schedule_id) REFERENCES commission_schedule (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_statement_fk
    FOREIGN KEY (agency_id, statement_id) REFERENCES statement (agency_id, id);
ALTER TABLE debt_entry ADD CONSTRAINT debt_entry_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE debt_entry ADD CONSTRAINT debt_entry_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE debt_entry ADD CONSTRAINT debt_entry_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
-- Interest is posted before the payment that needs it, in one transaction.
ALTER TABLE debt_entry ADD CONSTRAINT debt_entry_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE debt_entry ADD CONSTRAINT debt_entry_reverses_fk
    FOREIGN KEY (agency_id, reverses_id) REFERENCES debt_entry (agency_id, id);
ALTER TABLE credit_use ADD CONSTRAINT credit_use_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE credit_use ADD CONSTRAINT credit_use_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE credit_use ADD CONSTRAINT credit_use_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE approval ADD CONSTRAINT approval_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE approval ADD CONSTRAINT approval_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE approval ADD CONSTRAINT approval_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE number_sequence ADD CONSTRAINT number_sequence_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE close_run ADD CONSTRAINT close_run_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE statement ADD CONSTRAINT statement_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE statement ADD CONSTRAINT statement_contract_fk
    FOREIGN KEY (agency_id, contract_id) REFERENCES contract (agency_id, id);
ALTER TABLE statement ADD CONSTRAINT statement_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE statement ADD CONSTRAINT statement_run_fk
    FOREIGN KEY (agency_id, run_id) REFERENCES close_run (agency_id, id);
ALTER TABLE statement_line ADD CONSTRAINT statement_line_statement_fk
    FOREIGN KEY (agency_id, statement_id) REFERENCES statement (agency_id, id);
ALTER TABLE statement_line ADD CONSTRAINT statement_line_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE remittance ADD CONSTRAINT remittance_statement_fk
    FOREIGN KEY (agency_id, statement_id) REFERENCES statement (agency_id, id);
ALTER TABLE remittance ADD CONSTRAINT remittance_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE invoice ADD CONSTRAINT invoice_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE invoice ADD CONSTRAINT invoice_statement_fk
    FOREIGN KEY (agency_id, statement_id) REFERENCES statement (agency_id, id);
ALTER TABLE creditor_payment ADD CONSTRAINT creditor_payment_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE creditor_payment ADD CONSTRAINT creditor_payment_statement_fk
    FOREIGN KEY (agency_id, statement_id) REFERENCES statement (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_payout_fk
    FOREIGN KEY (agency_id, payout_id) REFERENCES payout (agency_id, id);
ALTER TABLE invoice_application ADD CONSTRAINT invoice_application_invoice_fk
    FOREIGN KEY (agency_id, invoice_id) REFERENCES invoice (agency_id, id);
ALTER TABLE invoice_application ADD CONSTRAINT invoice_application_payment_fk
    FOREIGN KEY (agency_id, creditor_payment_id) REFERENCES creditor_payment (agency_id, id);
ALTER TABLE invoice_application ADD CONSTRAINT invoice_application_credit_note_fk
    FOREIGN KEY (agency_id, credit_note_id) REFERENCES invoice (agency_id, id);
ALTER TABLE sweep ADD CONSTRAINT sweep_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE payout ADD CONSTRAINT payout_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE payout ADD CONSTRAINT payout_gateway_account_fk
    FOREIGN KEY (agency_id, gateway_account_id) REFERENCES gateway_account (agency_id, id);
ALTER TABLE trust_alarm ADD CONSTRAINT trust_alarm_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE advance ADD CONSTRAINT advance_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE advance ADD CONSTRAINT advance_alarm_fk
    FOREIGN KEY (agency_id, alarm_id) REFERENCES trust_alarm (agency_id, id);

-- Row-level security and grants -------------------------------------------------------------------

DO $$
DECLARE
    t text;
    in_agency   constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
    in_creditor constant text := ' AND creditor_id = ANY (nullif(current_setting(''app.creditor_id'', true), '''')::uuid[])';
    of_debtor   constant text := ' AND debtor_id = nullif(current_setting(''app.debtor_id'', true), '''')::uuid';
BEGIN
    FOREACH t IN ARRAY ARRAY['commission_schedule', 'debt_entry', 'credit_use', 'approval', 'number_sequence',
        'close_run', 'statement', 'statement_line', 'remittance', 'invoice', 'creditor_payment', 'invoice_application',
        'sweep', 'payout', 'trust_alarm', 'advance']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY agency_scope ON %I TO quittance_agency, quittance_report USING (%s) WITH CHECK (%s)',
            t, in_agency, in_agency);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['debt_entry', 'statement', 'statement_line', 'remittance', 'invoice', 'creditor_payment',
        'invoice_application']
    LOOP
        EXECUTE format('CREATE POLICY creditor_scope ON %I FOR SELECT TO quittance_creditor USING (%s)',
            t, in_agency || in_creditor);
    END LOOP;
    EXECUTE format('CREATE POLICY debtor_scope ON debt_entry FOR SELECT TO quittance_debtor USING (%s)',
        in_agency || of_debtor);
END $$;

GRANT SELECT, INSERT ON commission_schedule, debt_entry, credit_use, statement, statement_line,
    invoice_application, sweep, payout, advance, close_run TO quittance_agency;
GRANT UPDATE ON close_run TO quittance_agency;
GRANT SELECT, INSERT, UPDATE ON approval, number_sequence, remittance, invoice, creditor_payment, trust_alarm
    TO quittance_agency;
GRANT SELECT ON debt_entry, statement, statement_line, remittance, invoice, creditor_payment, invoice_application
    TO quittance_creditor;
GRANT SELECT ON debt_entry TO quittance_debtor;
GRANT SELECT ON commission_schedule, debt_entry, credit_use, approval, number_sequence, close_run, statement,
    statement_line, remittance, invoice, creditor_payment, invoice_application, sweep, payout, trust_alarm, advance
    TO quittance_report;
