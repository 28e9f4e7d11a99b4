DROP TABLE trust_checkpoint_line, trust_checkpoint, payout_finding, gateway_return, bank_match, bank_line, bank_statement;
ALTER TABLE payout DROP COLUMN failed_at, DROP COLUMN failure_code;
