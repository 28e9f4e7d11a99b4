DO $$
DECLARE p record;
BEGIN
    FOR p IN SELECT polname, relname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid LOOP
        EXECUTE format('DROP POLICY %I ON %I', p.polname, p.relname);
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', p.relname);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', p.relname);
    END LOOP;
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA public
    FROM quittance_agency, quittance_creditor, quittance_debtor, quittance_system, quittance_report;
