ALTER TABLE payment DROP CONSTRAINT payment_statement_fk, DROP CONSTRAINT payment_schedule_fk, DROP CONSTRAINT payment_payout_fk;
DROP TABLE advance, trust_alarm, payout, sweep, invoice_application, creditor_payment, invoice, remittance,
    statement_line, statement, close_run, number_sequence, approval, credit_use, debt_entry, commission_schedule;
ALTER TABLE agency DROP COLUMN authority;
ALTER TABLE account DROP COLUMN interest_posted_on, DROP COLUMN creditor_paid_on;
ALTER TABLE transfer
    DROP CONSTRAINT transfer_within_one_book,
    ADD CONSTRAINT transfer_within_one_book CHECK (
        (debit_ledger IN ('trust_cash', 'processor_clearing', 'client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
            AND credit_ledger IN ('trust_cash', 'processor_clearing', 'client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
            AND trust_account_id IS NOT NULL)
        OR (debit_ledger IN ('op_cash', 'client_receivable', 'commission_revenue', 'processor_fees', 'tax_payable', 'due_to_trust')
            AND credit_ledger IN ('op_cash', 'client_receivable', 'commission_revenue', 'processor_fees', 'tax_payable', 'due_to_trust'))
        OR (debit_ledger IN ('debt', 'debt_paid', 'debt_adjusted')
            AND credit_ledger IN ('debt', 'debt_paid', 'debt_adjusted')
            AND account_id IS NOT NULL AND bucket IS NOT NULL));
ALTER TABLE payment_line ALTER COLUMN rate SET NOT NULL;
DROP INDEX payment_unstated, payment_statement, payment_not_paid_out;
ALTER TABLE payment
    DROP CONSTRAINT payment_kind,
    ADD CONSTRAINT payment_kind CHECK (kind IN ('paid_agency', 'paid_creditor', 'paid_agency_return', 'paid_creditor_return')),
    DROP CONSTRAINT payment_method,
    ADD CONSTRAINT payment_method CHECK (method IN ('online', 'card', 'ach', 'check', 'cash', 'wire', 'money_order')),
    DROP CONSTRAINT payment_reversal_reason,
    ADD CONSTRAINT payment_reversal_reason CHECK (reversal_reason IN ('bounce', 'correction', 'refund')),
    DROP COLUMN forwarder_fee, DROP COLUMN commission_basis, DROP COLUMN tax, DROP COLUMN commission_level,
    DROP COLUMN schedule_id, DROP COLUMN commission_detail, DROP COLUMN holding, DROP COLUMN spread_id,
    DROP COLUMN direction, DROP COLUMN statement_id, DROP COLUMN payout_id;
ALTER TABLE contract DROP COLUMN tax_rate, DROP COLUMN interest, DROP COLUMN holds, DROP COLUMN remittance,
    DROP COLUMN allocation_percent, ALTER COLUMN commission_rate SET NOT NULL;
ALTER TABLE timeline_entry
    DROP CONSTRAINT timeline_entry_kind,
    ADD CONSTRAINT timeline_entry_kind CHECK (kind IN (
        'placed', 'status_changed', 'restriction_set', 'restriction_lifted', 'note', 'contact_point_added',
        'contact_point_flagged', 'assigned', 'worked', 'linked', 'unlinked', 'debtor_signed_in', 'payment_posted',
        'payment_reversed', 'payment_failed', 'mail_sent'));
