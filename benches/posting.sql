-- What POST /v1/payments sends to the database, for pgbench: the transaction that enters and posts a
-- payment (service/src/payments/take.rs, grounds.rs, post.rs, service/src/db/ending.rs). Left out: the
-- look-up of the API key. The service sends BEGIN and its settings in one trip; the prepared mode of
-- pgbench cannot, and takes two. The texts follow the service's; where it binds what it computed
-- (allocation, commission), constants stand here.
\set n random(:first, :last)
BEGIN;
SELECT set_config('app.agency_id', :agency, true), set_config('lock_timeout', '5s', true);
INSERT INTO idempotency_key (agency_id, principal, key, operation, fingerprint, answer, created_at) VALUES (:agency, :key, gen_random_uuid()::text, 'take_payment', sha256('x'), 'null', now()) ON CONFLICT DO NOTHING RETURNING key AS once, key::uuid AS pay \gset
SELECT * FROM account WHERE agency_id = :agency AND id = ('01900000-0000-7000-8000-' || :n::text)::uuid FOR UPDATE;
WITH RECURSIVE g AS (
    SELECT id, currency, time_zone, (now() AT TIME ZONE time_zone)::date AS today,
           coalesce(NULL::date, (now() AT TIME ZONE time_zone)::date) AS effective_on
    FROM agency WHERE id = :agency),
up AS (
    SELECT id, parent_id, 0 AS depth FROM creditor WHERE agency_id = :agency AND id = :creditor
    UNION ALL
    SELECT c.id, c.parent_id, up.depth + 1 FROM creditor c JOIN up ON c.id = up.parent_id
    WHERE c.agency_id = :agency AND up.depth < 16)
SELECT g.currency, g.time_zone, g.today, g.effective_on, t.id AS trust_account_id,
       k.id AS contract_id, k.depth AS contract_depth, k.commission_rate, k.allocation_order,
       k.allocation_percent, k.remittance, k.holds, k.tax_rate, s.schedules, r.restrictions,
       coalesce(p.collected, 0)::bigint AS collected, coalesce(p.charged, 0)::bigint AS charged
FROM g
LEFT JOIN trust_account t ON t.agency_id = g.id AND t.is_default
LEFT JOIN LATERAL (
    SELECT c.id, up.depth, c.commission_rate, c.allocation_order, c.allocation_percent,
           c.remittance, c.holds, c.tax_rate
    FROM up JOIN contract c ON c.agency_id = :agency AND c.creditor_id = up.id
    WHERE c.effective_on <= g.effective_on
    ORDER BY up.depth, c.effective_on DESC LIMIT 1) k ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', v.id, 'level', v.level, 'depth', up.depth,
                                        'schedule', v.schedule)) AS schedules
    FROM (SELECT DISTINCT ON (c.subject_id) c.id, c.level, c.subject_id, c.schedule
          FROM commission_schedule c
          WHERE c.agency_id = :agency AND c.effective_on <= g.effective_on
            AND (c.subject_id IN (('01900000-0000-7000-8000-' || :n::text)::uuid, :portfolio, :agency)
                 OR c.subject_id IN (SELECT id FROM up))
          ORDER BY c.subject_id, c.effective_on DESC) v
    LEFT JOIN up ON up.id = v.subject_id) s ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(kind) AS restrictions FROM restriction
    WHERE agency_id = :agency AND account_id = ('01900000-0000-7000-8000-' || :n::text)::uuid AND lifted_at IS NULL) r ON true
LEFT JOIN LATERAL (
    SELECT sum(applied) AS collected, sum(commission) AS charged
    FROM payment WHERE agency_id = :agency AND account_id = ('01900000-0000-7000-8000-' || :n::text)::uuid
      AND state = 'succeeded' AND kind IN ('paid_agency', 'paid_creditor', 'paid_forwarder')) p ON true;
WITH paid AS (
    INSERT INTO payment AS p (agency_id, id, account_id, creditor_id, debtor_id, kind, amount, source,
        form_id, gateway_account_id, memo, spread_id, direction, holding, entered_at, entered_by, version,
        state, method, applied, overpaid, commission, commission_rate, contract_id, effective_on,
        posted_at, deposited_on, available_on, payment_intent_id, charge_id, card_brand, last4,
        card_funding, processor_fee, forwarder_fee, commission_basis, tax, commission_level,
        schedule_id, commission_detail)
    VALUES (:agency, :pay, ('01900000-0000-7000-8000-' || :n::text)::uuid, :creditor,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, 'paid_agency', 137, 'api',
        NULL, NULL, NULL, NULL, NULL, 'normal', now(), 'load', 1,
        'succeeded', 'cash', 137, 0, 41, 0.3, :contract, now()::date,
        now(), NULL, now()::date, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, 'net', 0, 'creditor', NULL,
        '{"total": 41, "tax": 0, "per_bucket": {"principal": 41}, "slices": [{"bucket": "principal", "base": 137, "rate": "0.3", "amount": 41}], "adjustments": []}')
    ON CONFLICT (agency_id, id) DO UPDATE SET state = excluded.state, method = excluded.method,
        applied = excluded.applied, overpaid = excluded.overpaid, commission = excluded.commission,
        commission_rate = excluded.commission_rate, contract_id = excluded.contract_id,
        effective_on = excluded.effective_on, posted_at = excluded.posted_at,
        deposited_on = excluded.deposited_on, available_on = excluded.available_on,
        payment_intent_id = coalesce(excluded.payment_intent_id, p.payment_intent_id),
        charge_id = coalesce(excluded.charge_id, p.charge_id), card_brand = excluded.card_brand,
        last4 = excluded.last4, card_funding = excluded.card_funding,
        processor_fee = excluded.processor_fee, forwarder_fee = excluded.forwarder_fee,
        commission_basis = excluded.commission_basis, tax = excluded.tax,
        commission_level = excluded.commission_level, schedule_id = excluded.schedule_id,
        commission_detail = excluded.commission_detail, failure_code = NULL, version = p.version + 1
    WHERE p.posted_at IS NULL
    RETURNING *),
owed AS (
    UPDATE account SET principal = principal - 137, interest = 0, fees = 0, costs = 0, other = 0,
        last_payment_on = greatest(last_payment_on, now()::date), last_payment_amount = 137,
        next_work_at = CASE WHEN false THEN NULL ELSE next_work_at END, version = version + 1
    WHERE agency_id = :agency AND id = ('01900000-0000-7000-8000-' || :n::text)::uuid AND EXISTS (SELECT FROM paid)),
lines AS (
    INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission, creditor_id, debtor_id)
    VALUES (:agency, :pay, 'principal', 137, 0.3, 41, :creditor, ('01900000-0000-7000-8000-' || :n::text)::uuid)),
moved AS (
    INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
        trust_account_id, creditor_id, account_id, debtor_id, bucket, payment_id,
        effective_on, entered_at, posted_at, deposited_on, available_on, source_type, source_id, effect)
    VALUES
    (:agency, gen_random_uuid(), :pay, 0, 'trust_cash', 'client_payable', 96, :trust, :creditor,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, ('01900000-0000-7000-8000-' || :n::text)::uuid,
        'principal', :pay, now()::date, now(), now(), NULL, now()::date, 'payment', :pay, 'post'),
    (:agency, gen_random_uuid(), :pay, 1, 'trust_cash', 'agency_earned', 41, :trust, :creditor,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, ('01900000-0000-7000-8000-' || :n::text)::uuid,
        'principal', :pay, now()::date, now(), now(), NULL, now()::date, 'payment', :pay, 'post'),
    (:agency, gen_random_uuid(), :pay, 2, 'debt_paid', 'debt', 137, NULL, :creditor,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, ('01900000-0000-7000-8000-' || :n::text)::uuid,
        'principal', :pay, now()::date, now(), now(), NULL, now()::date, 'payment', :pay, 'post')),
told AS (
    INSERT INTO timeline_entry (agency_id, id, account_id, creditor_id, debtor_id, kind, at,
        actor_kind, actor_id, actor_name, summary, detail, client_visible)
    VALUES (:agency, gen_random_uuid(), ('01900000-0000-7000-8000-' || :n::text)::uuid, :creditor,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, 'payment_posted', now(),
        'api_key', :key, 'load', 'Payment of $1.37 received (cash)', '{"applied": "1.37", "overpaid": "0.00"}', true))
SELECT id AS payment FROM paid \gset
WITH said AS (
    INSERT INTO audit (agency_id, id, at, actor_kind, actor_id, actor_name, action, subject_type,
        subject_id, before, after, reason, request_id)
    SELECT :agency, gen_random_uuid(), now(), 'api_key', :key, 'load', s.action, s.subject_type,
        s.subject_id, s.before, s.after, s.reason, s.request_id
    FROM jsonb_to_recordset(jsonb_build_array(jsonb_build_object('action', 'payment.post', 'subject_type', 'payment',
        'subject_id', :payment::text, 'before', '{"state": "created"}'::jsonb, 'request_id', gen_random_uuid()::text,
        'after', '{"kind": "PA", "amount": "1.37", "applied": "1.37", "overpaid": "0.00", "charge": null}'::jsonb)))
        AS s (id uuid, action text, subject_type text, subject_id uuid, before jsonb, after jsonb, reason text, request_id text)),
due AS (
    INSERT INTO job (agency_id, id, kind, payload, run_at, attempts, dedupe_key, created_at)
    SELECT :agency, gen_random_uuid(), d.kind, d.payload, d.run_at, 0, d.dedupe_key, now()
    FROM jsonb_to_recordset(jsonb_build_array(jsonb_build_object('kind', 'send_receipt', 'run_at', now(),
        'payload', jsonb_build_object('kind', 'send_receipt', 'payment', :payment::text))))
        AS d (id uuid, kind text, payload jsonb, run_at timestamptz, dedupe_key text)
    ON CONFLICT DO NOTHING)
UPDATE idempotency_key k SET answer = coalesce(a.answer, 'null')
FROM jsonb_to_recordset(jsonb_build_array(jsonb_build_object('principal', :key::text, 'key', :once::text,
    'answer', :payment::text))) AS a (principal uuid, key text, answer jsonb)
WHERE k.agency_id = :agency AND k.principal = a.principal AND k.key = a.key;
COMMIT;
