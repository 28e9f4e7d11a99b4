-- One more step towards scaling out by agency: what is looked up by a secret is looked up within one
-- agency, and every row says itself whose it is, so that no policy asks another table.

-- Keys ------------------------------------------------------------------------------------------
-- A distributed table keeps a key unique only where the key holds the agency.

ALTER TABLE invite DROP CONSTRAINT invite_token_unique;
ALTER TABLE invite ADD CONSTRAINT invite_token_unique UNIQUE (token_hash, agency_id);
ALTER TABLE session DROP CONSTRAINT session_token_unique;
ALTER TABLE session ADD CONSTRAINT session_token_unique UNIQUE (token_hash, agency_id);
ALTER TABLE refresh_token DROP CONSTRAINT refresh_token_unique;
ALTER TABLE refresh_token ADD CONSTRAINT refresh_token_unique UNIQUE (token_hash, agency_id);
ALTER TABLE api_key DROP CONSTRAINT api_key_secret_unique;
ALTER TABLE api_key ADD CONSTRAINT api_key_secret_unique UNIQUE (secret_hash, agency_id);
ALTER TABLE gateway_account DROP CONSTRAINT gateway_account_endpoint_unique;
ALTER TABLE gateway_account ADD CONSTRAINT gateway_account_endpoint_unique UNIQUE (webhook_endpoint, agency_id);

-- Whose rows they are ----------------------------------------------------------------------------

ALTER TABLE payment_line ADD COLUMN creditor_id uuid;
ALTER TABLE payment_line ADD COLUMN debtor_id uuid;
ALTER TABLE placement_file ADD COLUMN creditor_id uuid;
ALTER TABLE placement_line ADD COLUMN creditor_id uuid;
ALTER TABLE placement_finding ADD COLUMN creditor_id uuid;

-- The owner has no policy, so that for the time of filling the walls do not stand for the owner. Those
-- who serve have them all the time.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['agency', 'payment', 'payment_line', 'placement', 'placement_file', 'placement_line',
        'placement_finding']
    LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', t);
    END LOOP;
END $$;

DO $$
DECLARE
    tenant uuid;
    after  uuid;
    upto   uuid;
    t      text;
BEGIN
    FOR tenant IN SELECT id FROM agency LOOP
        after := '00000000-0000-0000-0000-000000000000';
        LOOP
            SELECT b.id INTO upto FROM (
                SELECT p.id FROM payment p WHERE p.agency_id = tenant AND p.id > after ORDER BY p.id LIMIT 10000) b
            ORDER BY b.id DESC LIMIT 1;
            EXIT WHEN upto IS NULL;
            UPDATE payment_line l SET creditor_id = p.creditor_id, debtor_id = p.debtor_id
            FROM payment p
            WHERE l.agency_id = tenant AND l.payment_id > after AND l.payment_id <= upto
              AND p.agency_id = tenant AND p.id = l.payment_id;
            after := upto;
        END LOOP;
        -- A placement is at most one file, so that it is a batch of its own.
        after := '00000000-0000-0000-0000-000000000000';
        LOOP
            SELECT p.id INTO upto FROM placement p WHERE p.agency_id = tenant AND p.id > after ORDER BY p.id LIMIT 1;
            EXIT WHEN upto IS NULL;
            FOREACH t IN ARRAY ARRAY['placement_file', 'placement_line', 'placement_finding'] LOOP
                EXECUTE format('UPDATE %I r SET creditor_id = p.creditor_id FROM placement p '
                    'WHERE r.agency_id = $1 AND r.placement_id = $2 AND p.agency_id = $1 AND p.id = $2', t)
                    USING tenant, upto;
            END LOOP;
            after := upto;
        END LOOP;
    END LOOP;
END $$;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['agency', 'payment', 'payment_line', 'placement', 'placement_file', 'placement_line',
        'placement_finding']
    LOOP
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    END LOOP;
END $$;

ALTER TABLE payment_line ALTER COLUMN creditor_id SET NOT NULL;
ALTER TABLE payment_line ALTER COLUMN debtor_id SET NOT NULL;
ALTER TABLE placement_file ALTER COLUMN creditor_id SET NOT NULL;
ALTER TABLE placement_line ALTER COLUMN creditor_id SET NOT NULL;
ALTER TABLE placement_finding ALTER COLUMN creditor_id SET NOT NULL;

-- The creditor of a row is that of its payment or placement: the key says so.
DROP INDEX payment_creditor;
CREATE UNIQUE INDEX payment_of_creditor ON payment (agency_id, creditor_id, id);
ALTER TABLE payment_line DROP CONSTRAINT payment_line_payment_fk;
ALTER TABLE payment_line ADD CONSTRAINT payment_line_payment_fk
    FOREIGN KEY (agency_id, creditor_id, payment_id) REFERENCES payment (agency_id, creditor_id, id);
ALTER TABLE placement_file DROP CONSTRAINT placement_file_placement_fk;
ALTER TABLE placement_file ADD CONSTRAINT placement_file_placement_fk
    FOREIGN KEY (agency_id, creditor_id, placement_id) REFERENCES placement (agency_id, creditor_id, id);
ALTER TABLE placement_finding DROP CONSTRAINT placement_finding_placement_fk;
ALTER TABLE placement_finding ADD CONSTRAINT placement_finding_placement_fk
    FOREIGN KEY (agency_id, creditor_id, placement_id) REFERENCES placement (agency_id, creditor_id, id);

-- Policies ---------------------------------------------------------------------------------------
-- A policy names columns of its own row and settings, nothing else; and a setting that has to be there
-- is asked for in the form that Citus plans (coalesce, not nullif).

DO $$
DECLARE
    t text;
    in_agency   constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
    in_creditor constant text := ' AND creditor_id = ANY (nullif(current_setting(''app.creditor_id'', true), '''')::uuid[])';
    as_creditor constant text := ' AND coalesce(current_setting(''app.creditor_id'', true), '''') <> ''''';
    of_debtor   constant text := ' AND debtor_id = nullif(current_setting(''app.debtor_id'', true), '''')::uuid';
    as_debtor   constant text := ' AND coalesce(current_setting(''app.debtor_id'', true), '''') <> ''''';
BEGIN
    FOREACH t IN ARRAY ARRAY['placement_file', 'placement_line', 'placement_finding'] LOOP
        EXECUTE format('DROP POLICY creditor_scope ON %I', t);
        EXECUTE format('CREATE POLICY creditor_scope ON %1$I TO quittance_creditor USING (%2$s) WITH CHECK (%2$s)',
            t, in_agency || in_creditor);
    END LOOP;
    DROP POLICY creditor_scope ON payment_line;
    EXECUTE format('CREATE POLICY creditor_scope ON payment_line FOR SELECT TO quittance_creditor USING (%s)',
        in_agency || in_creditor);
    DROP POLICY debtor_scope ON payment_line;
    EXECUTE format('CREATE POLICY debtor_scope ON payment_line FOR SELECT TO quittance_debtor USING (%s)',
        in_agency || of_debtor);

    FOREACH t IN ARRAY ARRAY['job', 'audit', 'mail'] LOOP
        EXECUTE format('DROP POLICY creditor_scope ON %I', t);
        EXECUTE format('CREATE POLICY creditor_scope ON %I FOR INSERT TO quittance_creditor WITH CHECK (%s)',
            t, in_agency || as_creditor);
        EXECUTE format('DROP POLICY debtor_scope ON %I', t);
        EXECUTE format('CREATE POLICY debtor_scope ON %I FOR INSERT TO quittance_debtor WITH CHECK (%s)',
            t, in_agency || as_debtor);
    END LOOP;
    DROP POLICY creditor_scope ON idempotency_key;
    EXECUTE format('CREATE POLICY creditor_scope ON idempotency_key TO quittance_creditor USING (%1$s) WITH CHECK (%1$s)',
        in_agency || as_creditor);
    DROP POLICY debtor_scope ON idempotency_key;
    EXECUTE format('CREATE POLICY debtor_scope ON idempotency_key TO quittance_debtor USING (%1$s) WITH CHECK (%1$s)',
        in_agency || as_debtor);
    DROP POLICY creditor_scope ON agency_key;
    EXECUTE format('CREATE POLICY creditor_scope ON agency_key FOR SELECT TO quittance_creditor USING (%s)',
        in_agency || as_creditor);
    DROP POLICY debtor_scope ON agency_key;
    EXECUTE format('CREATE POLICY debtor_scope ON agency_key FOR SELECT TO quittance_debtor USING (%s)',
        in_agency || as_debtor);
    DROP POLICY creditor_scope ON agency;
    EXECUTE format('CREATE POLICY creditor_scope ON agency FOR SELECT TO quittance_creditor USING (%s)',
        replace(in_agency, 'agency_id =', 'id =') || as_creditor);
    DROP POLICY debtor_scope ON agency;
    EXECUTE format('CREATE POLICY debtor_scope ON agency FOR SELECT TO quittance_debtor USING (%s)',
        replace(in_agency, 'agency_id =', 'id =') || as_debtor);
    DROP POLICY creditor_scope ON roll_up;
    EXECUTE format('CREATE POLICY creditor_scope ON roll_up FOR SELECT TO quittance_creditor USING (%s)',
        in_agency || as_creditor);
END $$;

-- The payments of an account go with it to another debtor, and their lines with them.
GRANT UPDATE (debtor_id) ON payment_line TO quittance_agency;

-- What was adjusted is looked up account by account (account_standing): not among the interest.
CREATE INDEX debt_entry_adjusted ON debt_entry (agency_id, account_id) WHERE kind IN ('decrease', 'decrease_return');
