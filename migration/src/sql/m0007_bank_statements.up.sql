-- What proves trust from outside and makes the proof quick: the bank's statements with their matches,
-- the processor's returns as the books took them, payouts that failed or do not add up, and
-- checkpoints of the trust balances. Tables, then foreign keys, then row-level security and grants.

-- Bank statements ---------------------------------------------------------------------------------

-- Append-only: one statement of the bank, as it was imported.
CREATE TABLE bank_statement (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    format           text NOT NULL CONSTRAINT bank_statement_format CHECK (format IN ('csv', 'camt053')),
    file_name        text NOT NULL,
    -- SHA-256 of the file; a file may hold several statements, told apart by their position.
    file_sha256      bytea NOT NULL,
    position         integer NOT NULL,
    -- How the bank names the account, and its number of the statement.
    bank_account     text,
    number           text,
    from_on          date NOT NULL,
    to_on            date NOT NULL,
    opening          bigint NOT NULL,
    closing          bigint NOT NULL,
    line_count       integer NOT NULL,
    -- Entries that the bank had not booked; they are not imported.
    not_booked       bigint NOT NULL,
    imported_at      timestamptz NOT NULL,
    imported_by      text NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT bank_statement_once UNIQUE (agency_id, trust_account_id, file_sha256, position),
    CONSTRAINT bank_statement_days CHECK (from_on <= to_on)
);
CREATE INDEX bank_statement_account ON bank_statement (agency_id, trust_account_id, to_on DESC);

CREATE TABLE bank_line (
    agency_id         uuid NOT NULL,
    id                uuid NOT NULL,
    bank_statement_id uuid NOT NULL,
    trust_account_id  uuid NOT NULL,
    -- The line of the file, and the order on the statement.
    file_line         bigint NOT NULL,
    seq               integer NOT NULL,
    booked_on         date NOT NULL,
    valued_on         date,
    -- Above zero came in, below zero went out.
    amount            bigint NOT NULL,
    description       text NOT NULL,
    -- By what it may be known: the bank's reference, the end-to-end id, the check number.
    names             jsonb NOT NULL,
    reversal          boolean NOT NULL,
    -- open: to be worked. matched: stands for movements of the books. noted: a person has said why
    -- the books have nothing for it.
    state             text NOT NULL CONSTRAINT bank_line_state CHECK (state IN ('open', 'matched', 'noted')),
    -- By what it was matched: reference, amount_and_date, deposit, hand, posted.
    matched_by        text CONSTRAINT bank_line_matched_by
                      CHECK (matched_by IN ('reference', 'amount_and_date', 'deposit', 'hand', 'posted')),
    note              text,
    -- Posted to UNIDENTIFIED by hand, and to which payment it was assigned.
    unidentified_id   uuid,
    payment_id        uuid,
    worked_at         timestamptz,
    worked_by         text,
    version           bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT bank_line_order UNIQUE (agency_id, bank_statement_id, seq),
    CONSTRAINT bank_line_matched CHECK ((state = 'matched') = (matched_by IS NOT NULL)),
    CONSTRAINT bank_line_noted CHECK (state <> 'noted' OR note IS NOT NULL)
);
CREATE INDEX bank_line_open ON bank_line (agency_id, trust_account_id, booked_on) WHERE state = 'open';
CREATE INDEX bank_line_day ON bank_line (agency_id, trust_account_id, booked_on);

-- Which movement of trust cash a line of the bank stands for. A movement is a transaction of the
-- ledger; it is matched once.
CREATE TABLE bank_match (
    agency_id        uuid NOT NULL,
    txn_id           uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    bank_line_id     uuid NOT NULL,
    matched_at       timestamptz NOT NULL,
    PRIMARY KEY (agency_id, trust_account_id, txn_id)
);
CREATE INDEX bank_match_line ON bank_match (agency_id, bank_line_id);

-- The processor's returns and payouts --------------------------------------------------------------

-- Append-only: what the processor took back or gave again after a payment, each once: a refund
-- (re_…), its failure (re_…/failed), a dispute (du_…), money reinstated (du_…/reinstated).
CREATE TABLE gateway_return (
    agency_id  uuid NOT NULL,
    object_id  text NOT NULL,
    -- The payment that the charge made.
    payment_id uuid NOT NULL,
    -- What it did to the money with the processor; below zero: taken.
    amount     bigint NOT NULL CONSTRAINT gateway_return_amount CHECK (amount <> 0),
    -- returned: the payment was mirrored. reposted: mirrored, and the rest posted anew. credit: out of
    -- the debtor's credit. reinstated: a return was undone.
    how        text NOT NULL CONSTRAINT gateway_return_how CHECK (how IN ('returned', 'reposted', 'credit', 'reinstated')),
    -- The payment or use of credit that it made.
    entry_id   uuid,
    booked_at  timestamptz NOT NULL,
    payout_id  uuid,
    PRIMARY KEY (agency_id, object_id)
);
CREATE INDEX gateway_return_payment ON gateway_return (agency_id, payment_id);

ALTER TABLE payout
    -- The bank sent it back: the money is with the processor again.
    ADD COLUMN failed_at    timestamptz,
    ADD COLUMN failure_code text;

-- A line of a payout that nothing in the books stands for: the payout waits for a person.
CREATE TABLE payout_finding (
    agency_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    gateway_account_id uuid NOT NULL,
    -- The payout at the processor, and the line; the payout itself where it does not add up.
    provider_id        text NOT NULL,
    line_id            text NOT NULL,
    kind               text NOT NULL,
    source             text,
    amount             bigint NOT NULL,
    fee                bigint NOT NULL,
    reason             text NOT NULL,
    found_at           timestamptz NOT NULL,
    resolved_at        timestamptz,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT payout_finding_once UNIQUE (agency_id, provider_id, line_id)
);
CREATE INDEX payout_finding_open ON payout_finding (agency_id, found_at) WHERE resolved_at IS NULL;

-- Checkpoints -------------------------------------------------------------------------------------

-- The trust balances at one instant, so that a proof sums what came after it. Verified against the
-- transfers by `quittance admin verify`.
CREATE TABLE trust_checkpoint (
    agency_id uuid NOT NULL,
    id        uuid NOT NULL,
    at        timestamptz NOT NULL,
    day       date NOT NULL,
    transfers bigint NOT NULL,
    made_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT trust_checkpoint_at UNIQUE (agency_id, at)
);
CREATE TABLE trust_checkpoint_line (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    checkpoint_id    uuid NOT NULL,
    trust_account_id uuid NOT NULL,
    ledger           text NOT NULL,
    creditor_id      uuid,
    debtor_id        uuid,
    -- None: available by that day. Else the day on which it becomes so.
    clears_on        date,
    -- Debits less credits.
    amount           bigint NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX trust_checkpoint_line_of ON trust_checkpoint_line (agency_id, checkpoint_id);

-- Foreign keys ------------------------------------------------------------------------------------

ALTER TABLE bank_statement ADD CONSTRAINT bank_statement_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE bank_line ADD CONSTRAINT bank_line_statement_fk
    FOREIGN KEY (agency_id, bank_statement_id) REFERENCES bank_statement (agency_id, id);
ALTER TABLE bank_line ADD CONSTRAINT bank_line_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE bank_line ADD CONSTRAINT bank_line_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE bank_match ADD CONSTRAINT bank_match_line_fk
    FOREIGN KEY (agency_id, bank_line_id) REFERENCES bank_line (agency_id, id);
ALTER TABLE bank_match ADD CONSTRAINT bank_match_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE gateway_return ADD CONSTRAINT gateway_return_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE gateway_return ADD CONSTRAINT gateway_return_payout_fk
    FOREIGN KEY (agency_id, payout_id) REFERENCES payout (agency_id, id);
ALTER TABLE payout_finding ADD CONSTRAINT payout_finding_gateway_account_fk
    FOREIGN KEY (agency_id, gateway_account_id) REFERENCES gateway_account (agency_id, id);
ALTER TABLE trust_checkpoint ADD CONSTRAINT trust_checkpoint_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE trust_checkpoint_line ADD CONSTRAINT trust_checkpoint_line_checkpoint_fk
    FOREIGN KEY (agency_id, checkpoint_id) REFERENCES trust_checkpoint (agency_id, id);
ALTER TABLE trust_checkpoint_line ADD CONSTRAINT trust_checkpoint_line_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);

-- Row-level security and grants -------------------------------------------------------------------

DO $$
DECLARE
    t text;
    in_agency constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
BEGIN
    FOREACH t IN ARRAY ARRAY['bank_statement', 'bank_line', 'bank_match', 'gateway_return', 'payout_finding',
        'trust_checkpoint', 'trust_checkpoint_line']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY agency_scope ON %I TO quittance_agency, quittance_report USING (%s) WITH CHECK (%s)',
            t, in_agency, in_agency);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON bank_statement, gateway_return, trust_checkpoint, trust_checkpoint_line TO quittance_agency;
GRANT SELECT, INSERT, UPDATE ON bank_line, payout_finding TO quittance_agency;
GRANT SELECT, INSERT, DELETE ON bank_match TO quittance_agency;
GRANT UPDATE (payout_id) ON gateway_return TO quittance_agency;
GRANT UPDATE (failed_at, failure_code) ON payout TO quittance_agency;
GRANT SELECT ON bank_statement, bank_line, bank_match, gateway_return, payout_finding, trust_checkpoint,
    trust_checkpoint_line TO quittance_report;
