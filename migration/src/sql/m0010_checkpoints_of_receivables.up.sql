-- A checkpoint also keeps what creditors owe, which lies outside trust: a statement then starts at the
-- last checkpoint, as the proof does. Checkpoints only repeat what the transfers say, so the old ones,
-- which lack it, go; the night's job makes the next.

TRUNCATE trust_checkpoint_line, trust_checkpoint;
ALTER TABLE trust_checkpoint_line ALTER COLUMN trust_account_id DROP NOT NULL;
ALTER TABLE trust_checkpoint_line ADD CONSTRAINT trust_checkpoint_line_book
    CHECK ((trust_account_id IS NULL) = (ledger = 'client_receivable'));
