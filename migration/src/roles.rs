//! The database roles. Made once by an account that may create roles; none of them bypasses row-level
//! security, and only the owner, which serves no request, owns tables.

/// Migrates; owns the tables; never serves.
pub const OWNER: &str = "quittance_owner";
/// Staff, jobs and everything else inside one agency.
pub const AGENCY: &str = "quittance_agency";
/// A creditor's users.
pub const CREDITOR: &str = "quittance_creditor";
/// Debtors.
pub const DEBTOR: &str = "quittance_debtor";
/// What is read before the tenant is known.
pub const SYSTEM: &str = "quittance_system";
/// Reads only.
pub const REPORT: &str = "quittance_report";

/// All roles that serve, which is all but the owner.
pub const SERVING: [&str; 5] = [AGENCY, CREDITOR, DEBTOR, SYSTEM, REPORT];

/// Creates the roles that are missing, and lets the owner create tables. Needs a session of a role
/// that may create roles; run it before the migrations, which then run as [`OWNER`].
pub const CREATE: &str = r#"
DO $$
DECLARE r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['quittance_owner', 'quittance_agency', 'quittance_creditor', 'quittance_debtor',
                             'quittance_system', 'quittance_report'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', r);
        END IF;
    END LOOP;
    -- On Citus the scope of a transaction has to reach the workers, where the policies are.
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN
        FOREACH r IN ARRAY ARRAY['quittance_owner', 'quittance_agency', 'quittance_creditor', 'quittance_debtor',
                                 'quittance_system', 'quittance_report'] LOOP
            EXECUTE format('ALTER ROLE %I SET citus.propagate_set_commands = %L', r, 'local');
        END LOOP;
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO quittance_owner', current_database());
    GRANT USAGE, CREATE ON SCHEMA public TO quittance_owner;
    GRANT USAGE ON SCHEMA public TO quittance_agency, quittance_creditor, quittance_debtor,
        quittance_system, quittance_report;
    IF NOT pg_has_role(current_user, 'quittance_owner', 'MEMBER') THEN
        EXECUTE format('GRANT quittance_owner TO %I', current_user);
    END IF;
END $$;
"#;
