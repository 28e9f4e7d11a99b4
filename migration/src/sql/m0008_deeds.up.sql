-- A credit that is given back through the gateway waits for the gateway: asked for, then done, failed,
-- or taken over by the refund of the whole payment. What waits is spoken for.

ALTER TABLE credit_use
    ADD COLUMN state      text NOT NULL DEFAULT 'done'
                          CONSTRAINT credit_use_state CHECK (state IN ('asked', 'done', 'failed', 'merged')),
    -- The payment at the gateway that it goes back through, and the journalled call.
    ADD COLUMN through_id uuid,
    ADD COLUMN call_id    uuid,
    ADD CONSTRAINT credit_use_through CHECK (call_id IS NULL OR through_id IS NOT NULL),
    ADD CONSTRAINT credit_use_waits CHECK (state = 'done' OR through_id IS NOT NULL);
ALTER TABLE credit_use ADD CONSTRAINT credit_use_through_fk
    FOREIGN KEY (agency_id, through_id) REFERENCES payment (agency_id, id);
ALTER TABLE credit_use ADD CONSTRAINT credit_use_call_fk
    FOREIGN KEY (agency_id, call_id) REFERENCES gateway_call (agency_id, id);
CREATE UNIQUE INDEX credit_use_call ON credit_use (agency_id, call_id) WHERE call_id IS NOT NULL;
CREATE INDEX credit_use_account ON credit_use (agency_id, account_id);
CREATE INDEX credit_use_moved_to ON credit_use (agency_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX payment_spread ON payment (agency_id, spread_id) WHERE spread_id IS NOT NULL;
-- What debtors overpaid, account by account.
CREATE INDEX transfer_debtor_credit ON transfer (agency_id, account_id)
    WHERE debit_ledger = 'debtor_credit' OR credit_ledger = 'debtor_credit';

GRANT UPDATE ON credit_use TO quittance_agency;
