DROP INDEX debt_entry_adjusted;

REVOKE UPDATE (debtor_id) ON payment_line FROM quittance_agency;

DO $$
DECLARE
    t text;
    in_agency   constant text := 'agency_id = nullif(current_setting(''app.agency_id'', true), '''')::uuid';
    as_creditor constant text := ' AND nullif(current_setting(''app.creditor_id'', true), '''') IS NOT NULL';
    as_debtor   constant text := ' AND nullif(current_setting(''app.debtor_id'', true), '''') IS NOT NULL';
BEGIN
    FOREACH t IN ARRAY ARRAY['placement_file', 'placement_line', 'placement_finding'] LOOP
        EXECUTE format('DROP POLICY creditor_scope ON %I', t);
        EXECUTE format('CREATE POLICY creditor_scope ON %1$I TO quittance_creditor USING (%2$s AND EXISTS '
            '(SELECT FROM placement p WHERE p.agency_id = %1$I.agency_id AND p.id = %1$I.placement_id)) WITH CHECK (%2$s AND EXISTS '
            '(SELECT FROM placement p WHERE p.agency_id = %1$I.agency_id AND p.id = %1$I.placement_id))',
            t, in_agency || as_creditor);
    END LOOP;
    DROP POLICY creditor_scope ON payment_line;
    EXECUTE format('CREATE POLICY creditor_scope ON payment_line FOR SELECT TO quittance_creditor USING (%s AND EXISTS '
        '(SELECT FROM payment p WHERE p.agency_id = payment_line.agency_id AND p.id = payment_line.payment_id))',
        in_agency || as_creditor);
    DROP POLICY debtor_scope ON payment_line;
    EXECUTE format('CREATE POLICY debtor_scope ON payment_line FOR SELECT TO quittance_debtor USING (%s AND EXISTS '
        '(SELECT FROM payment p WHERE p.agency_id = payment_line.agency_id AND p.id = payment_line.payment_id))',
        in_agency || as_debtor);

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

ALTER TABLE placement_finding DROP CONSTRAINT placement_finding_placement_fk;
ALTER TABLE placement_finding ADD CONSTRAINT placement_finding_placement_fk
    FOREIGN KEY (agency_id, placement_id) REFERENCES placement (agency_id, id);
ALTER TABLE placement_file DROP CONSTRAINT placement_file_placement_fk;
ALTER TABLE placement_file ADD CONSTRAINT placement_file_placement_fk
    FOREIGN KEY (agency_id, placement_id) REFERENCES placement (agency_id, id);
ALTER TABLE payment_line DROP CONSTRAINT payment_line_payment_fk;
ALTER TABLE payment_line ADD CONSTRAINT payment_line_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
DROP INDEX payment_of_creditor;
CREATE INDEX payment_creditor ON payment (agency_id, creditor_id, id DESC);

ALTER TABLE placement_finding DROP COLUMN creditor_id;
ALTER TABLE placement_line DROP COLUMN creditor_id;
ALTER TABLE placement_file DROP COLUMN creditor_id;
ALTER TABLE payment_line DROP COLUMN debtor_id;
ALTER TABLE payment_line DROP COLUMN creditor_id;

ALTER TABLE gateway_account DROP CONSTRAINT gateway_account_endpoint_unique;
ALTER TABLE gateway_account ADD CONSTRAINT gateway_account_endpoint_unique UNIQUE (webhook_endpoint);
ALTER TABLE api_key DROP CONSTRAINT api_key_secret_unique;
ALTER TABLE api_key ADD CONSTRAINT api_key_secret_unique UNIQUE (secret_hash);
ALTER TABLE refresh_token DROP CONSTRAINT refresh_token_unique;
ALTER TABLE refresh_token ADD CONSTRAINT refresh_token_unique UNIQUE (token_hash);
ALTER TABLE session DROP CONSTRAINT session_token_unique;
ALTER TABLE session ADD CONSTRAINT session_token_unique UNIQUE (token_hash);
ALTER TABLE invite DROP CONSTRAINT invite_token_unique;
ALTER TABLE invite ADD CONSTRAINT invite_token_unique UNIQUE (token_hash);
