-- What POST /v1/payments sends to the database, for pgbench: the transaction that enters and posts a
-- payment (service/src/payments/take.rs, post.rs), then the one that reads it for the answer. Left out:
-- the look-up of the API key. The texts follow the service's; where it binds what it computed
-- (allocation, commission), constants stand here.
\set n random(:first, :last)
BEGIN;
SELECT set_config('app.agency_id', :agency, true), set_config('lock_timeout', '5s', true);
INSERT INTO idempotency_key (agency_id, principal, key, operation, fingerprint, answer, created_at) VALUES (:agency, :key, gen_random_uuid()::text, 'take_payment', sha256('x'), 'null', now()) ON CONFLICT DO NOTHING RETURNING key AS once \gset
SELECT * FROM account WHERE agency_id = :agency AND id = ('01900000-0000-7000-8000-' || :n::text)::uuid FOR UPDATE;
SELECT * FROM restriction WHERE agency_id = :agency AND account_id = ('01900000-0000-7000-8000-' || :n::text)::uuid AND lifted_at IS NULL;
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
       k.id AS contract_id, k.commission_rate, k.allocation_order
FROM g
LEFT JOIN trust_account t ON t.agency_id = g.id AND t.is_default
LEFT JOIN LATERAL (
    SELECT c.id, c.commission_rate, c.allocation_order
    FROM up JOIN contract c ON c.agency_id = :agency AND c.creditor_id = up.id
    WHERE c.effective_on <= g.effective_on
    ORDER BY up.depth, c.effective_on DESC LIMIT 1) k ON true;
INSERT INTO payment (agency_id, id, account_id, creditor_id, debtor_id, kind, method, state, amount, source, entered_at, entered_by, version)
VALUES (:agency, gen_random_uuid(), ('01900000-0000-7000-8000-' || :n::text)::uuid, :creditor, ('01900000-0000-7000-8000-' || :n::text)::uuid,
    'paid_agency', 'cash', 'created', 137, 'api', now(), 'load', 1) RETURNING id AS payment \gset
WITH paid AS (
    UPDATE payment SET state = 'succeeded', method = 'cash', applied = 137, overpaid = 0, commission = 41,
        commission_rate = 0.3, contract_id = :contract, effective_on = now()::date, posted_at = now(),
        deposited_on = NULL, available_on = now()::date, payment_intent_id = coalesce(NULL, payment_intent_id),
        charge_id = coalesce(NULL, charge_id), failure_code = NULL, version = version + 1
    WHERE agency_id = :agency AND id = :payment AND posted_at IS NULL
    RETURNING id),
owed AS (
    UPDATE account SET principal = principal - 137, interest = 0, fees = 0, costs = 0, other = 0,
        last_payment_on = greatest(last_payment_on, now()::date), last_payment_amount = 137,
        next_work_at = CASE WHEN false THEN NULL ELSE next_work_at END, version = version + 1
    WHERE agency_id = :agency AND id = ('01900000-0000-7000-8000-' || :n::text)::uuid AND EXISTS (SELECT FROM paid)),
lines AS (
    INSERT INTO payment_line (agency_id, payment_id, bucket, amount, rate, commission)
    SELECT :agency, paid.id, l.bucket, l.amount, 0.3, l.commission
    FROM paid, jsonb_to_recordset('[{"bucket": "principal", "amount": 137, "commission": 41}]')
        AS l (bucket text, amount bigint, commission bigint)),
moved AS (
    INSERT INTO transfer (agency_id, id, txn_id, line, debit_ledger, credit_ledger, amount,
        trust_account_id, creditor_id, account_id, debtor_id, bucket, payment_id,
        effective_on, entered_at, posted_at, deposited_on, available_on, source_type, source_id, effect)
    SELECT :agency, gen_random_uuid(), paid.id, t.line, t.debit, t.credit, t.amount,
        CASE WHEN t.in_trust THEN :trust::uuid END, :creditor, ('01900000-0000-7000-8000-' || :n::text)::uuid,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, t.bucket, paid.id,
        now()::date, now(), now(), NULL, now()::date, 'payment', paid.id, 'post'
    FROM paid, jsonb_to_recordset('[
        {"line": 0, "debit": "trust_cash", "credit": "client_payable", "amount": 96, "bucket": "principal", "in_trust": true},
        {"line": 1, "debit": "trust_cash", "credit": "agency_earned", "amount": 41, "bucket": "principal", "in_trust": true},
        {"line": 2, "debit": "debt_paid", "credit": "debt", "amount": 137, "bucket": "principal", "in_trust": false}]')
        AS t (line smallint, debit text, credit text, amount bigint, bucket text, in_trust boolean)),
told AS (
    INSERT INTO timeline_entry (agency_id, id, account_id, creditor_id, debtor_id, kind, at,
        actor_kind, actor_id, actor_name, summary, detail, client_visible)
    SELECT :agency, gen_random_uuid(), ('01900000-0000-7000-8000-' || :n::text)::uuid, :creditor,
        ('01900000-0000-7000-8000-' || :n::text)::uuid, 'payment_posted', now(),
        'api_key', :key, 'load', 'Payment of $1.37 received (cash)', '{"applied": "1.37", "overpaid": "0.00"}', true
    FROM paid)
SELECT count(*) AS posted FROM paid;
INSERT INTO audit (agency_id, id, at, actor_kind, actor_id, actor_name, action, subject_type, subject_id, before, after, request_id)
VALUES (:agency, gen_random_uuid(), now(), 'api_key', :key, 'load', 'payment.post', 'payment', :payment, '{"state": "created"}',
    '{"kind": "PA", "amount": "1.37", "applied": "1.37", "overpaid": "0.00", "charge": null}', gen_random_uuid()::text);
INSERT INTO job (agency_id, id, kind, payload, run_at, attempts, created_at)
VALUES (:agency, gen_random_uuid(), 'send_receipt', '{"kind": "send_receipt"}', now(), 0, now()) ON CONFLICT DO NOTHING;
UPDATE idempotency_key SET answer = to_jsonb(:payment::text) WHERE agency_id = :agency AND principal = :key AND key = :once;
COMMIT;
BEGIN;
SELECT set_config('app.agency_id', :agency, true), set_config('lock_timeout', '5s', true);
SELECT * FROM payment WHERE agency_id = :agency AND id = :payment;
SELECT * FROM payment_line WHERE agency_id = :agency AND payment_id = :payment;
SELECT * FROM agency WHERE id = :agency;
COMMIT;
