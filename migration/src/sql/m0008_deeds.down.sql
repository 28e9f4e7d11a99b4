REVOKE UPDATE ON credit_use FROM quittance_agency;
DROP INDEX transfer_debtor_credit;
DROP INDEX payment_spread;
DROP INDEX credit_use_moved_to;
DROP INDEX credit_use_account;
DROP INDEX credit_use_call;
ALTER TABLE credit_use
    DROP CONSTRAINT credit_use_call_fk,
    DROP CONSTRAINT credit_use_through_fk,
    DROP CONSTRAINT credit_use_waits,
    DROP CONSTRAINT credit_use_through,
    DROP COLUMN call_id,
    DROP COLUMN through_id,
    DROP COLUMN state;
