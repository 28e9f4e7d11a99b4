-- Row-level security: enabled and forced on every tenant table. Nothing set = no rows, no writes.
-- The settings are made by SET LOCAL at the start of each transaction:
--   app.agency_id    uuid
--   app.creditor_id  uuid[]  the creditor and those below it in the tree, e.g. {…,…}
--   app.debtor_id    uuid

DO $$
DECLARE
    t text;
    in_agency   constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
    in_creditor constant text := ' AND creditor_id = ANY (nullif(current_setting(''app.creditor_id'', true), '''')::uuid[])';
    as_creditor constant text := ' AND nullif(current_setting(''app.creditor_id'', true), '''') IS NOT NULL';
    of_debtor   constant text := ' AND debtor_id = nullif(current_setting(''app.debtor_id'', true), '''')::uuid';
    as_debtor   constant text := ' AND nullif(current_setting(''app.debtor_id'', true), '''') IS NOT NULL';
BEGIN
    -- The agency itself is keyed by its own id.
    ALTER TABLE agency ENABLE ROW LEVEL SECURITY;
    ALTER TABLE agency FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY agency_scope ON agency TO quittance_agency, quittance_report USING (%1$s) WITH CHECK (%1$s)',
        replace(in_agency, 'agency_id =', 'id ='));
    EXECUTE format('CREATE POLICY creditor_scope ON agency FOR SELECT TO quittance_creditor USING (%s)',
        replace(in_agency, 'agency_id =', 'id =') || as_creditor);
    EXECUTE format('CREATE POLICY debtor_scope ON agency FOR SELECT TO quittance_debtor USING (%s)',
        replace(in_agency, 'agency_id =', 'id =') || as_debtor);

    FOREACH t IN ARRAY ARRAY[
        'agency_key', 'app_user', 'invite', 'session', 'refresh_token', 'api_key', 'attempt_limit', 'challenge',
        'creditor', 'contract', 'portfolio', 'placement_mapping', 'placement', 'placement_file', 'placement_line',
        'placement_finding',
        'debtor', 'account', 'party', 'contact_point', 'restriction', 'timeline_entry', 'desk', 'assignment',
        'work_result', 'trust_account', 'payment', 'payment_line', 'transfer', 'gateway_account', 'gateway_customer',
        'gateway_call', 'gateway_event', 'job', 'mail', 'idempotency_key', 'audit']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY agency_scope ON %I TO quittance_agency, quittance_report USING (%s) WITH CHECK (%s)',
            t, in_agency, in_agency);
    END LOOP;

    -- What a creditor's user reaches: rows of its own creditors only.
    FOREACH t IN ARRAY ARRAY['contract', 'portfolio', 'placement_mapping', 'placement', 'account', 'party',
        'contact_point', 'restriction', 'timeline_entry', 'payment', 'app_user', 'api_key']
    LOOP
        EXECUTE format('CREATE POLICY creditor_scope ON %I TO quittance_creditor USING (%s) WITH CHECK (%s)',
            t, in_agency || in_creditor, in_agency || in_creditor);
    END LOOP;
    EXECUTE format('CREATE POLICY creditor_scope ON creditor FOR SELECT TO quittance_creditor USING (%s)',
        in_agency || replace(in_creditor, 'creditor_id = ANY', 'id = ANY'));
    -- Tables without a creditor of their own are reached through a row that has one.
    FOREACH t IN ARRAY ARRAY['placement_file', 'placement_line', 'placement_finding'] LOOP
        EXECUTE format('CREATE POLICY creditor_scope ON %1$I TO quittance_creditor USING (%2$s AND EXISTS '
            '(SELECT FROM placement p WHERE p.agency_id = %1$I.agency_id AND p.id = %1$I.placement_id)) WITH CHECK (%2$s AND EXISTS '
            '(SELECT FROM placement p WHERE p.agency_id = %1$I.agency_id AND p.id = %1$I.placement_id))',
            t, in_agency || as_creditor);
    END LOOP;
    EXECUTE format('CREATE POLICY creditor_scope ON payment_line FOR SELECT TO quittance_creditor USING (%s AND EXISTS '
        '(SELECT FROM payment p WHERE p.agency_id = payment_line.agency_id AND p.id = payment_line.payment_id))',
        in_agency || as_creditor);

    -- What a debtor reaches: the own packet only.
    FOREACH t IN ARRAY ARRAY['account', 'party', 'contact_point', 'restriction', 'payment', 'timeline_entry']
    LOOP
        EXECUTE format('CREATE POLICY debtor_scope ON %I TO quittance_debtor USING (%s) WITH CHECK (%s)',
            t, in_agency || of_debtor, in_agency || of_debtor);
    END LOOP;
    EXECUTE format('CREATE POLICY debtor_scope ON debtor TO quittance_debtor USING (%1$s) WITH CHECK (%1$s)',
        in_agency || replace(of_debtor, 'debtor_id =', 'id ='));
    EXECUTE format('CREATE POLICY debtor_scope ON payment_line FOR SELECT TO quittance_debtor USING (%s AND EXISTS '
        '(SELECT FROM payment p WHERE p.agency_id = payment_line.agency_id AND p.id = payment_line.payment_id))',
        in_agency || as_debtor);

    -- Both may leave work, audit lines and idempotency keys behind in their agency.
    FOREACH t IN ARRAY ARRAY['job', 'audit', 'mail'] LOOP
        EXECUTE format('CREATE POLICY creditor_scope ON %I FOR INSERT TO quittance_creditor WITH CHECK (%s)', t, in_agency || as_creditor);
        EXECUTE format('CREATE POLICY debtor_scope ON %I FOR INSERT TO quittance_debtor WITH CHECK (%s)', t, in_agency || as_debtor);
    END LOOP;
    EXECUTE format('CREATE POLICY creditor_scope ON idempotency_key TO quittance_creditor USING (%1$s) WITH CHECK (%1$s)', in_agency || as_creditor);
    EXECUTE format('CREATE POLICY debtor_scope ON idempotency_key TO quittance_debtor USING (%1$s) WITH CHECK (%1$s)', in_agency || as_debtor);
    EXECUTE format('CREATE POLICY creditor_scope ON agency_key FOR SELECT TO quittance_creditor USING (%s)', in_agency || as_creditor);
    EXECUTE format('CREATE POLICY debtor_scope ON agency_key FOR SELECT TO quittance_debtor USING (%s)', in_agency || as_debtor);

    -- What is read before the tenant is known: who is signing in, whose session, key, job or webhook it is.
    FOREACH t IN ARRAY ARRAY['agency', 'app_user', 'invite', 'session', 'refresh_token', 'api_key', 'gateway_account']
    LOOP
        EXECUTE format('CREATE POLICY before_tenant ON %I FOR SELECT TO quittance_system USING (true)', t);
    END LOOP;
    CREATE POLICY before_tenant ON job TO quittance_system USING (true) WITH CHECK (true);
END $$;

-- Grants. Append-only tables: nobody who serves may update or delete.
GRANT SELECT, INSERT, UPDATE, DELETE ON
    agency_key, app_user, invite, session, refresh_token, api_key, attempt_limit, challenge,
    creditor, contract, portfolio, placement_mapping, placement, placement_file, placement_line, placement_finding,
    debtor, account, party, contact_point, restriction, desk, trust_account, payment,
    gateway_account, gateway_customer, gateway_call, gateway_event, job, mail, idempotency_key
    TO quittance_agency;
GRANT SELECT, INSERT, UPDATE ON agency TO quittance_agency;
GRANT SELECT, INSERT, DELETE ON agency_host TO quittance_agency;
GRANT SELECT, INSERT ON timeline_entry, assignment, work_result, payment_line, transfer, audit TO quittance_agency;

GRANT SELECT ON agency, agency_key, creditor, contract, portfolio, account, party, contact_point, restriction,
    timeline_entry, payment, payment_line, app_user, api_key TO quittance_creditor;
GRANT INSERT, UPDATE ON app_user, api_key TO quittance_creditor;
GRANT SELECT, INSERT, UPDATE, DELETE ON placement_mapping, placement, placement_file, placement_line, placement_finding
    TO quittance_creditor;
GRANT SELECT, INSERT, UPDATE ON idempotency_key TO quittance_creditor;
GRANT INSERT ON job, audit, mail, timeline_entry TO quittance_creditor;

GRANT SELECT ON agency, agency_key, account, party, contact_point, restriction, timeline_entry, payment, payment_line, debtor
    TO quittance_debtor;
GRANT INSERT, UPDATE ON payment TO quittance_debtor;
GRANT UPDATE (language) ON debtor TO quittance_debtor;
GRANT SELECT, INSERT, UPDATE ON idempotency_key TO quittance_debtor;
GRANT INSERT ON job, audit, mail, timeline_entry TO quittance_debtor;

GRANT SELECT ON agency, agency_host, app_user, invite, session, refresh_token, api_key, gateway_account, platform_admin
    TO quittance_system;
GRANT SELECT, INSERT, UPDATE ON platform_admin TO quittance_system;
GRANT SELECT, UPDATE ON job TO quittance_system;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO quittance_report;
REVOKE SELECT ON platform_admin, agency_key, session, refresh_token, invite, challenge FROM quittance_report;
-- Which migrations have run: a server refuses to start when the schema is behind.
GRANT SELECT ON seaql_migrations TO quittance_agency, quittance_system;
