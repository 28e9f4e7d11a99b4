TRUNCATE trust_checkpoint_line, trust_checkpoint;
ALTER TABLE trust_checkpoint_line DROP CONSTRAINT trust_checkpoint_line_book;
ALTER TABLE trust_checkpoint_line ALTER COLUMN trust_account_id SET NOT NULL;
