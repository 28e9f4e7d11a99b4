-- Promises, plans and settlements: what may be agreed to, what was agreed to, and what became of it.
-- Tables, then foreign keys, then row-level security and grants.

-- Append-only: one row a version; an agreement takes the version in force on its day.
CREATE TABLE arrangement_limit (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    level        text NOT NULL CONSTRAINT arrangement_limit_level
                 CHECK (level IN ('agency', 'role', 'creditor', 'portfolio', 'account')),
    -- Of whoever agrees, at the level of the role.
    role         text CONSTRAINT arrangement_limit_role
                 CHECK (role IN ('admin', 'manager', 'collector', 'compliance', 'finance')),
    creditor_id  uuid,
    portfolio_id uuid,
    account_id   uuid,
    -- The one of the three, or the agency itself.
    subject_id   uuid NOT NULL,
    effective_on date NOT NULL,
    -- domain::limits::Limits: what is not in it is not set at this level.
    limits       jsonb NOT NULL,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT arrangement_limit_version_unique
        UNIQUE NULLS NOT DISTINCT (agency_id, subject_id, role, effective_on),
    CONSTRAINT arrangement_limit_shape CHECK (
        (level IN ('agency', 'role') AND creditor_id IS NULL AND portfolio_id IS NULL AND account_id IS NULL AND subject_id = agency_id
            AND (level = 'role') = (role IS NOT NULL))
        OR (level = 'creditor' AND creditor_id = subject_id AND portfolio_id IS NULL AND account_id IS NULL AND role IS NULL)
        OR (level = 'portfolio' AND portfolio_id = subject_id AND creditor_id IS NULL AND account_id IS NULL AND role IS NULL)
        OR (level = 'account' AND account_id = subject_id AND creditor_id IS NULL AND portfolio_id IS NULL AND role IS NULL))
);

-- Append-only: one row a version. The nearest table decides; the strictest floor of a creditor above
-- it holds whatever the table says.
CREATE TABLE settlement_tier (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    level        text NOT NULL CONSTRAINT settlement_tier_level
                 CHECK (level IN ('agency', 'creditor', 'portfolio', 'account')),
    creditor_id  uuid,
    portfolio_id uuid,
    account_id   uuid,
    subject_id   uuid NOT NULL,
    effective_on date NOT NULL,
    -- domain::settlement::Tiers; none: the table of the level above decides, and only the floor is set.
    tiers        jsonb,
    -- The creditor's blanket floor, a share of the balance.
    client_floor numeric(7, 6) CONSTRAINT settlement_tier_client_floor CHECK (client_floor BETWEEN 0 AND 1),
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT settlement_tier_version_unique UNIQUE (agency_id, subject_id, effective_on),
    CONSTRAINT settlement_tier_says_something CHECK (tiers IS NOT NULL OR client_floor IS NOT NULL),
    CONSTRAINT settlement_tier_shape CHECK (
        (level = 'agency' AND creditor_id IS NULL AND portfolio_id IS NULL AND account_id IS NULL AND subject_id = agency_id)
        OR (level = 'creditor' AND creditor_id = subject_id AND portfolio_id IS NULL AND account_id IS NULL)
        OR (level = 'portfolio' AND portfolio_id = subject_id AND creditor_id IS NULL AND account_id IS NULL)
        OR (level = 'account' AND account_id = subject_id AND creditor_id IS NULL AND portfolio_id IS NULL))
);

CREATE TABLE promise (
    agency_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    account_id         uuid NOT NULL,
    creditor_id        uuid NOT NULL,
    debtor_id          uuid NOT NULL,
    -- Promises taken at once share it.
    series_id          uuid NOT NULL,
    amount             bigint NOT NULL CONSTRAINT promise_amount CHECK (amount > 0),
    due_on             date NOT NULL,
    -- How the debtor means to pay, and how the promise was given.
    method             text NOT NULL CONSTRAINT promise_method
                       CHECK (method IN ('online', 'card', 'ach', 'check', 'cash', 'wire', 'money_order', 'debtor_credit')),
    channel            text NOT NULL CONSTRAINT promise_channel CHECK (channel IN ('phone', 'mail', 'email', 'site', 'in_person', 'api')),
    state              text NOT NULL CONSTRAINT promise_state CHECK (state IN ('pending', 'kept', 'partial', 'broken', 'canceled')),
    -- What was paid in its window, never more than its amount.
    counted            bigint NOT NULL DEFAULT 0 CONSTRAINT promise_counted CHECK (counted BETWEEN 0 AND amount),
    -- The terms in force when it was taken (money rule 20).
    lead_days          integer NOT NULL,
    grace_banking_days integer NOT NULL,
    partial_share      numeric(7, 6) NOT NULL,
    taken_at           timestamptz NOT NULL,
    taken_by           uuid,
    taken_by_name      text NOT NULL,
    -- The supervisor under whose limits it was taken, where the collector's did not reach.
    approved_by        uuid,
    approved_by_name   text,
    judged_at          timestamptz,
    -- An earlier promise broke: not to be charged.
    held_at            timestamptz,
    -- Its days do not count: the account is disputed, or somebody said so.
    suspended_at       timestamptz,
    end_reason         text,
    version            bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX promise_account ON promise (agency_id, account_id, due_on);
CREATE INDEX promise_pending ON promise (agency_id, due_on) WHERE state = 'pending';

CREATE TABLE plan (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    debtor_id        uuid NOT NULL,
    -- None where debts of several creditors are paid together: such a plan is the agency's and the
    -- debtor's alone, since its sums tell one creditor of another's debt.
    creditor_id      uuid,
    kind             text NOT NULL CONSTRAINT plan_kind CHECK (kind IN ('promise', 'secure')),
    state            text NOT NULL CONSTRAINT plan_state
                     CHECK (state IN ('proposed', 'active', 'clearing', 'completed', 'broken', 'canceled')),
    frequency        text NOT NULL CONSTRAINT plan_frequency
                     CHECK (frequency IN ('weekly', 'biweekly', 'semi_monthly', 'monthly', 'custom')),
    total            bigint NOT NULL CONSTRAINT plan_total CHECK (total > 0),
    -- What was owed on the day of the agreement.
    balance          bigint NOT NULL CONSTRAINT plan_balance CHECK (balance >= total),
    agreed_on        date NOT NULL,
    grace_days       integer NOT NULL CONSTRAINT plan_grace_days CHECK (grace_days >= 0),
    -- The limits that applied, merged: domain::limits::Limits.
    limits           jsonb NOT NULL,
    channel          text NOT NULL CONSTRAINT plan_channel CHECK (channel IN ('phone', 'mail', 'email', 'site', 'in_person', 'api')),
    -- How the debtor agreed: the hash of the text on the site, or the collector's note.
    consent          jsonb NOT NULL,
    form_id          uuid,
    made_at          timestamptz NOT NULL,
    made_by          uuid,
    made_by_name     text NOT NULL,
    approved_by      uuid,
    approved_by_name text,
    paused_on        date,
    pause_days       integer,
    suspended_at     timestamptz,
    broken_on        date,
    ended_at         timestamptz,
    end_reason       text,
    version          bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT plan_form_once UNIQUE (agency_id, form_id)
);
CREATE INDEX plan_debtor ON plan (agency_id, debtor_id, id DESC);
CREATE INDEX plan_running ON plan (agency_id, id) WHERE state IN ('active', 'clearing');

-- The debts that a plan pays.
CREATE TABLE plan_account (
    agency_id   uuid NOT NULL,
    plan_id     uuid NOT NULL,
    account_id  uuid NOT NULL,
    creditor_id uuid NOT NULL,
    debtor_id   uuid NOT NULL,
    balance     bigint NOT NULL CONSTRAINT plan_account_balance CHECK (balance > 0),
    -- Cleared when the plan ends, so that a debt is in one open plan at most.
    open        boolean NOT NULL,
    PRIMARY KEY (agency_id, plan_id, account_id)
);
CREATE UNIQUE INDEX plan_account_open_unique ON plan_account (agency_id, account_id) WHERE open;
CREATE INDEX plan_account_account ON plan_account (agency_id, account_id);

CREATE TABLE settlement_offer (
    agency_id         uuid NOT NULL,
    id                uuid NOT NULL,
    account_id        uuid NOT NULL,
    creditor_id       uuid NOT NULL,
    debtor_id         uuid NOT NULL,
    -- What a letter or an agent names it by.
    code              text NOT NULL,
    balance           bigint NOT NULL CONSTRAINT settlement_offer_balance CHECK (balance > total),
    total             bigint NOT NULL CONSTRAINT settlement_offer_total CHECK (total > 0),
    -- The least that tier and creditor allowed; below it two people agreed.
    floor             bigint NOT NULL,
    most_parts        integer NOT NULL CONSTRAINT settlement_offer_most_parts CHECK (most_parts > 0),
    acceptance        text NOT NULL CONSTRAINT settlement_offer_acceptance
                      CHECK (acceptance IN ('auto', 'collector', 'supervisor', 'client')),
    -- In the debtor's zone: the last day, and its last second.
    last_day          date NOT NULL,
    expires_at        timestamptz NOT NULL,
    state             text NOT NULL CONSTRAINT settlement_offer_state
                      CHECK (state IN ('offered', 'accepted', 'completed', 'void', 'expired', 'withdrawn', 'broken')),
    channel           text NOT NULL CONSTRAINT settlement_offer_channel
                      CHECK (channel IN ('phone', 'mail', 'email', 'site', 'in_person', 'api')),
    -- The tier and the floors that it was made under.
    terms             jsonb NOT NULL,
    offered_at        timestamptz NOT NULL,
    offered_by        uuid,
    offered_by_name   text NOT NULL,
    -- The second person, below the floor.
    approved_by       uuid,
    approved_by_name  text,
    accepted_at       timestamptz,
    accepted_by       text CONSTRAINT settlement_offer_accepted_by
                      CHECK (accepted_by IN ('auto', 'collector', 'supervisor', 'client')),
    accepted_by_name  text,
    -- Snapshot at acceptance: the schedule stands in installment.
    parts             integer,
    grace_days        integer,
    consent           jsonb,
    form_id           uuid,
    -- The write-off that released the rest.
    write_off_id      uuid,
    suspended_at      timestamptz,
    ended_at          timestamptz,
    end_reason        text,
    version           bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT settlement_offer_code_unique UNIQUE (agency_id, code),
    CONSTRAINT settlement_offer_form_once UNIQUE (agency_id, form_id),
    CONSTRAINT settlement_offer_snapshot CHECK (state NOT IN ('accepted', 'completed', 'broken')
        OR (accepted_at IS NOT NULL AND accepted_by IS NOT NULL AND parts IS NOT NULL AND grace_days IS NOT NULL))
);
CREATE INDEX settlement_offer_account ON settlement_offer (agency_id, account_id, id DESC);
-- A debt is settled once at a time.
CREATE UNIQUE INDEX settlement_offer_accepted_unique ON settlement_offer (agency_id, account_id) WHERE state = 'accepted';
CREATE INDEX settlement_offer_running ON settlement_offer (agency_id, id) WHERE state = 'accepted';

-- The parts of a plan or of an accepted settlement.
CREATE TABLE installment (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    plan_id     uuid,
    offer_id    uuid,
    debtor_id   uuid NOT NULL,
    -- As of its plan: none where several creditors' debts are paid together.
    creditor_id uuid,
    -- 0 is the down payment.
    number      integer NOT NULL CONSTRAINT installment_number CHECK (number >= 0),
    due_on      date NOT NULL,
    amount      bigint NOT NULL CONSTRAINT installment_amount CHECK (amount > 0),
    skipped     boolean NOT NULL DEFAULT false,
    paid        bigint NOT NULL DEFAULT 0 CONSTRAINT installment_paid CHECK (paid BETWEEN 0 AND amount),
    paid_on     date,
    state       text NOT NULL CONSTRAINT installment_state
                CHECK (state IN ('scheduled', 'due', 'paid', 'part_paid', 'failed', 'skipped')),
    -- Not to be charged: its plan broke, or is held.
    held_at     timestamptz,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT installment_of_one CHECK ((plan_id IS NULL) <> (offer_id IS NULL)),
    CONSTRAINT installment_plan_number UNIQUE (agency_id, plan_id, number),
    CONSTRAINT installment_offer_number UNIQUE (agency_id, offer_id, number)
);

-- Foreign keys ------------------------------------------------------------------------------------

ALTER TABLE arrangement_limit ADD CONSTRAINT arrangement_limit_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE arrangement_limit ADD CONSTRAINT arrangement_limit_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE arrangement_limit ADD CONSTRAINT arrangement_limit_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE arrangement_limit ADD CONSTRAINT arrangement_limit_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE settlement_tier ADD CONSTRAINT settlement_tier_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE settlement_tier ADD CONSTRAINT settlement_tier_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE settlement_tier ADD CONSTRAINT settlement_tier_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE settlement_tier ADD CONSTRAINT settlement_tier_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE promise ADD CONSTRAINT promise_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE promise ADD CONSTRAINT promise_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE promise ADD CONSTRAINT promise_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE plan ADD CONSTRAINT plan_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE plan ADD CONSTRAINT plan_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE plan_account ADD CONSTRAINT plan_account_plan_fk
    FOREIGN KEY (agency_id, plan_id) REFERENCES plan (agency_id, id);
ALTER TABLE plan_account ADD CONSTRAINT plan_account_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE plan_account ADD CONSTRAINT plan_account_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE plan_account ADD CONSTRAINT plan_account_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE settlement_offer ADD CONSTRAINT settlement_offer_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE settlement_offer ADD CONSTRAINT settlement_offer_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE settlement_offer ADD CONSTRAINT settlement_offer_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE settlement_offer ADD CONSTRAINT settlement_offer_write_off_fk
    FOREIGN KEY (agency_id, write_off_id) REFERENCES debt_entry (agency_id, id);
ALTER TABLE installment ADD CONSTRAINT installment_plan_fk
    FOREIGN KEY (agency_id, plan_id) REFERENCES plan (agency_id, id);
ALTER TABLE installment ADD CONSTRAINT installment_offer_fk
    FOREIGN KEY (agency_id, offer_id) REFERENCES settlement_offer (agency_id, id);
ALTER TABLE installment ADD CONSTRAINT installment_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE installment ADD CONSTRAINT installment_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);

-- Row-level security and grants -------------------------------------------------------------------

DO $$
DECLARE
    t text;
    in_agency   constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
    in_creditor constant text := ' AND creditor_id = ANY (nullif(current_setting(''app.creditor_id'', true), '''')::uuid[])';
    of_debtor   constant text := ' AND debtor_id = nullif(current_setting(''app.debtor_id'', true), '''')::uuid';
BEGIN
    FOREACH t IN ARRAY ARRAY['arrangement_limit', 'settlement_tier', 'promise', 'plan', 'plan_account',
        'settlement_offer', 'installment']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY agency_scope ON %I TO quittance_agency, quittance_report USING (%s) WITH CHECK (%s)',
            t, in_agency, in_agency);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['promise', 'plan', 'plan_account', 'settlement_offer', 'installment'] LOOP
        EXECUTE format('CREATE POLICY creditor_scope ON %I FOR SELECT TO quittance_creditor USING (%s)',
            t, in_agency || in_creditor);
        EXECUTE format('CREATE POLICY debtor_scope ON %I FOR SELECT TO quittance_debtor USING (%s)',
            t, in_agency || of_debtor);
    END LOOP;
END $$;

GRANT SELECT, INSERT ON arrangement_limit, settlement_tier TO quittance_agency;
GRANT SELECT, INSERT, UPDATE ON promise, plan, plan_account, settlement_offer, installment TO quittance_agency;
GRANT SELECT ON promise, plan, plan_account, settlement_offer, installment TO quittance_creditor, quittance_debtor;
GRANT SELECT ON arrangement_limit, settlement_tier, promise, plan, plan_account, settlement_offer, installment
    TO quittance_report;
