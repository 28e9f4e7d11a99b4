-- Collectors (domain rule 2.12): terms, splits, credit. Roll-ups of placements and collections, from
-- which recovery and the stair-step are read (domain rule 2.15).
-- Tables, then foreign keys, then row-level security and grants.

-- Collectors ----------------------------------------------------------------------------------------

-- Append-only: one row a version; a payment takes the version in force on its effective date.
CREATE TABLE collector_terms (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    user_id      uuid NOT NULL,
    effective_on date NOT NULL,
    -- What the rates are of: what was paid, or the agency's commission on it.
    base         text NOT NULL CONSTRAINT collector_terms_base CHECK (base IN ('payment', 'commission')),
    -- domain::collector::CollectorRates: the usual rate, and those for single creditors.
    rates        jsonb NOT NULL,
    -- domain::collector::BonusPlan; none: no bonus.
    bonus        jsonb,
    -- What a month is measured against by the bonus plan's goal steps.
    goal         bigint CONSTRAINT collector_terms_goal CHECK (goal > 0),
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT collector_terms_version_unique UNIQUE (agency_id, user_id, effective_on)
);

-- Append-only: among whom the credit of an account's payments is split, or (without an account) that
-- of accounts on nobody's desk.
CREATE TABLE collector_split (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    account_id   uuid,
    -- The account, or the agency itself.
    subject_id   uuid NOT NULL,
    effective_on date NOT NULL,
    -- domain::collector::Split; none: from this day on no split of its own.
    split        jsonb,
    created_by   text NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT collector_split_version_unique UNIQUE (agency_id, subject_id, effective_on),
    CONSTRAINT collector_split_shape CHECK (subject_id = coalesce(account_id, agency_id))
);

-- Append-only: what a collector earned on a payment, or what a return took back.
CREATE TABLE collector_credit (
    agency_id   uuid NOT NULL,
    payment_id  uuid NOT NULL,
    user_id     uuid NOT NULL,
    creditor_id uuid NOT NULL,
    account_id  uuid NOT NULL,
    kind        text NOT NULL CONSTRAINT collector_credit_kind CHECK (kind IN ('earned', 'claw_back')),
    -- The first day of the month in which it counts: that of the posting, of the return.
    month       date NOT NULL CONSTRAINT collector_credit_month CHECK (extract(day FROM month) = 1),
    base        bigint NOT NULL,
    rate        numeric(7, 6) NOT NULL CONSTRAINT collector_credit_rate CHECK (rate BETWEEN 0 AND 1),
    amount      bigint NOT NULL,
    credited_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, payment_id, user_id),
    CONSTRAINT collector_credit_sign CHECK (kind = 'earned' AND amount >= 0 OR kind = 'claw_back' AND amount <= 0)
);
CREATE INDEX collector_credit_month ON collector_credit (agency_id, user_id, month, payment_id);

-- What the credit of a payment depends on, read in the statement that posts it: the split of the account,
-- else the collector whose desk had the account on the effective date, else the agency's split; with the
-- terms of the collectors concerned. Nothing where nobody is to be credited.
CREATE FUNCTION credit_grounds(of_agency uuid, of_account uuid, effective date) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    chosen jsonb;
    holder uuid;
    terms  jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM collector_terms t WHERE t.agency_id = of_agency AND t.effective_on <= effective) THEN
        RETURN NULL;
    END IF;
    SELECT s.split INTO chosen FROM collector_split s
    WHERE s.agency_id = of_agency AND s.subject_id = of_account AND s.effective_on <= effective
    ORDER BY s.effective_on DESC LIMIT 1;
    IF chosen IS NULL THEN
        -- The desk on that day: the last assignment before its end, else the first one's desk before it.
        SELECT d.user_id INTO holder
        FROM agency g,
             LATERAL (SELECT x.desk_id FROM (
                 (SELECT 1 AS rank, m.desk_id FROM assignment m
                  WHERE m.agency_id = of_agency AND m.account_id = of_account
                    AND m.assigned_at < ((effective + 1)::timestamp AT TIME ZONE g.time_zone)
                  ORDER BY m.assigned_at DESC, m.id DESC LIMIT 1)
                 UNION ALL
                 (SELECT 2, m.from_desk_id FROM assignment m
                  WHERE m.agency_id = of_agency AND m.account_id = of_account
                  ORDER BY m.assigned_at, m.id LIMIT 1)
                 UNION ALL
                 SELECT 3, a.desk_id FROM account a
                 WHERE a.agency_id = of_agency AND a.id = of_account) x
             ORDER BY x.rank LIMIT 1) h
             JOIN desk d ON d.agency_id = of_agency AND d.id = h.desk_id
        WHERE g.id = of_agency;
        IF holder IS NOT NULL THEN
            chosen := jsonb_build_object('desk', holder);
        ELSE
            SELECT s.split INTO chosen FROM collector_split s
            WHERE s.agency_id = of_agency AND s.subject_id = of_agency AND s.effective_on <= effective
            ORDER BY s.effective_on DESC LIMIT 1;
        END IF;
    END IF;
    IF chosen IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_agg(jsonb_build_object('user', v.user_id, 'base', v.base, 'rates', v.rates)) INTO terms
    FROM (SELECT DISTINCT ON (t.user_id) t.user_id, t.base, t.rates FROM collector_terms t
          WHERE t.agency_id = of_agency AND t.effective_on <= effective
            AND (holder IS NULL OR t.user_id = holder)
          ORDER BY t.user_id, t.effective_on DESC) v;
    IF terms IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('split', chosen, 'terms', terms);
END $$;

-- Roll-ups ------------------------------------------------------------------------------------------

-- Up to when an agency's roll-ups hold everything; what is later is read from the rows themselves.
CREATE TABLE roll_up (
    agency_id uuid PRIMARY KEY,
    rolled_to timestamptz NOT NULL
);

-- The accounts placed in one month in one portfolio, and how they stand.
CREATE TABLE cohort (
    agency_id      uuid NOT NULL,
    portfolio_id   uuid NOT NULL,
    placed_in      date NOT NULL,
    creditor_id    uuid NOT NULL,
    last_placed_on date NOT NULL,
    accounts       bigint NOT NULL,
    placed         bigint NOT NULL,
    withdrawn      bigint NOT NULL,
    active         bigint NOT NULL,
    active_owed    bigint NOT NULL,
    paid           bigint NOT NULL,
    recalled       bigint NOT NULL,
    closed         bigint NOT NULL,
    PRIMARY KEY (agency_id, portfolio_id, placed_in)
);

-- What each account is counted as in `cohort`: so an account that changed is taken out as it was counted.
CREATE TABLE cohort_account (
    agency_id    uuid NOT NULL,
    account_id   uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    placed_in    date NOT NULL,
    creditor_id  uuid NOT NULL,
    standing     text NOT NULL CONSTRAINT cohort_account_standing CHECK (standing IN ('active', 'paid', 'recalled', 'closed')),
    placed       bigint NOT NULL,
    withdrawn    bigint NOT NULL,
    owed         bigint NOT NULL,
    PRIMARY KEY (agency_id, account_id)
);

-- What a cohort's payments took off the debts less returns, by month of effect and by thirty days of age.
CREATE TABLE cohort_collection (
    agency_id    uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    placed_in    date NOT NULL,
    collected_in date NOT NULL,
    age_step     integer NOT NULL,
    creditor_id  uuid NOT NULL,
    collected    bigint NOT NULL,
    principal    bigint NOT NULL,
    commission   bigint NOT NULL,
    PRIMARY KEY (agency_id, portfolio_id, placed_in, collected_in, age_step)
);

-- What came after the roll-up is found by these.
CREATE INDEX payment_posted ON payment (agency_id, posted_at) WHERE posted_at IS NOT NULL;
CREATE INDEX account_status_changed ON account (agency_id, status_changed_at);
CREATE INDEX debt_entry_posted ON debt_entry (agency_id, posted_at);

-- How an account stands. Withdrawn: what the creditor took back, which is what was still owed when it was
-- recalled, placed in error or a duplicate, and every adjustment (DA) less its reversals; the rest of a
-- settlement is not: the debtor was let off it, the creditor did not take it back.
CREATE VIEW account_standing WITH (security_invoker = true) AS
SELECT a.agency_id, a.id AS account_id, a.creditor_id, a.portfolio_id, a.placed_on,
       date_trunc('month', a.placed_on::timestamp)::date AS placed_in,
       CASE WHEN a.closed_at IS NULL THEN 'active'
            WHEN a.status IN ('PIF', 'SIF') THEN 'paid'
            WHEN a.status IN ('CRC', 'CER', 'CDU') THEN 'recalled'
            ELSE 'closed' END AS standing,
       a.placed_principal + a.placed_interest + a.placed_fees + a.placed_costs + a.placed_other AS placed,
       a.principal + a.interest + a.fees + a.costs + a.other AS owed,
       CASE WHEN a.status IN ('CRC', 'CER', 'CDU')
            THEN a.principal + a.interest + a.fees + a.costs + a.other ELSE 0 END - coalesce(d.adjusted, 0) AS withdrawn
FROM account a
LEFT JOIN LATERAL (
    SELECT sum(e.principal + e.interest + e.fees + e.costs + e.other)::bigint AS adjusted
    FROM debt_entry e
    WHERE e.agency_id = a.agency_id AND e.account_id = a.id AND e.kind IN ('decrease', 'decrease_return')) d ON true;

-- What a posted payment collected; a return takes it away in the month of the return (money rule 3).
CREATE VIEW payment_collected WITH (security_invoker = true) AS
SELECT p.agency_id, p.id AS payment_id, p.account_id, a.creditor_id, a.portfolio_id, p.posted_at,
       date_trunc('month', a.placed_on::timestamp)::date AS placed_in,
       date_trunc('month', p.effective_on::timestamp)::date AS collected_in,
       greatest(0, p.effective_on - a.placed_on) / 30 AS age_step,
       s.sign * p.applied AS collected,
       s.sign * coalesce(l.principal, 0) AS principal,
       s.sign * p.commission AS commission
FROM payment p
JOIN account a ON a.agency_id = p.agency_id AND a.id = p.account_id
CROSS JOIN LATERAL (
    SELECT CASE WHEN p.kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder') THEN 1 ELSE -1 END AS sign) s
LEFT JOIN LATERAL (
    SELECT b.amount AS principal FROM payment_line b
    WHERE b.agency_id = p.agency_id AND b.payment_id = p.id AND b.bucket = 'principal') l ON true
WHERE p.posted_at IS NOT NULL;

-- Foreign keys ------------------------------------------------------------------------------------

ALTER TABLE collector_terms ADD CONSTRAINT collector_terms_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE collector_split ADD CONSTRAINT collector_split_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE collector_split ADD CONSTRAINT collector_split_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE collector_credit ADD CONSTRAINT collector_credit_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE collector_credit ADD CONSTRAINT collector_credit_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE roll_up ADD CONSTRAINT roll_up_agency_fk FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE cohort ADD CONSTRAINT cohort_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE cohort_collection ADD CONSTRAINT cohort_collection_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE cohort_account ADD CONSTRAINT cohort_account_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);

-- Row-level security and grants -------------------------------------------------------------------

DO $$
DECLARE
    t text;
    in_agency   constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
    in_creditor constant text := ' AND creditor_id = ANY (nullif(current_setting(''app.creditor_id'', true), '''')::uuid[])';
    as_creditor constant text := ' AND nullif(current_setting(''app.creditor_id'', true), '''') IS NOT NULL';
BEGIN
    FOREACH t IN ARRAY ARRAY['collector_terms', 'collector_split', 'collector_credit', 'roll_up', 'cohort',
        'cohort_account', 'cohort_collection']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY agency_scope ON %I TO quittance_agency, quittance_report USING (%s) WITH CHECK (%s)',
            t, in_agency, in_agency);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['cohort', 'cohort_account', 'cohort_collection'] LOOP
        EXECUTE format('CREATE POLICY creditor_scope ON %I FOR SELECT TO quittance_creditor USING (%s)',
            t, in_agency || in_creditor);
    END LOOP;
    EXECUTE format('CREATE POLICY creditor_scope ON roll_up FOR SELECT TO quittance_creditor USING (%s)',
        in_agency || as_creditor);
END $$;

GRANT SELECT, INSERT ON collector_terms, collector_split, collector_credit TO quittance_agency;
GRANT SELECT, INSERT, UPDATE ON roll_up, cohort, cohort_account, cohort_collection TO quittance_agency;
GRANT DELETE ON cohort, cohort_account, cohort_collection TO quittance_agency;
GRANT SELECT ON account_standing, payment_collected TO quittance_agency, quittance_creditor, quittance_report;
GRANT SELECT ON roll_up, cohort, cohort_account, cohort_collection TO quittance_creditor;
GRANT SELECT ON collector_terms, collector_split, collector_credit, roll_up, cohort, cohort_account, cohort_collection
    TO quittance_report;
