-- Foreign keys, each named and with agency_id first: a reference across agencies cannot exist.

ALTER TABLE agency_host ADD CONSTRAINT agency_host_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE agency_key ADD CONSTRAINT agency_key_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE app_user ADD CONSTRAINT app_user_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE app_user ADD CONSTRAINT app_user_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE invite ADD CONSTRAINT invite_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE session ADD CONSTRAINT session_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE session ADD CONSTRAINT session_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE session ADD CONSTRAINT session_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE refresh_token ADD CONSTRAINT refresh_token_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE api_key ADD CONSTRAINT api_key_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE api_key ADD CONSTRAINT api_key_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE attempt_limit ADD CONSTRAINT attempt_limit_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE challenge ADD CONSTRAINT challenge_session_fk
    FOREIGN KEY (agency_id, session_id) REFERENCES session (agency_id, id);
ALTER TABLE challenge ADD CONSTRAINT challenge_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE challenge ADD CONSTRAINT challenge_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE creditor ADD CONSTRAINT creditor_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE creditor ADD CONSTRAINT creditor_parent_fk
    FOREIGN KEY (agency_id, parent_id) REFERENCES creditor (agency_id, id);
ALTER TABLE contract ADD CONSTRAINT contract_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE portfolio ADD CONSTRAINT portfolio_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE placement_mapping ADD CONSTRAINT placement_mapping_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE placement ADD CONSTRAINT placement_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE placement ADD CONSTRAINT placement_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE placement_file ADD CONSTRAINT placement_file_placement_fk
    FOREIGN KEY (agency_id, placement_id) REFERENCES placement (agency_id, id);
ALTER TABLE placement_finding ADD CONSTRAINT placement_finding_placement_fk
    FOREIGN KEY (agency_id, placement_id) REFERENCES placement (agency_id, id);
ALTER TABLE debtor ADD CONSTRAINT debtor_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE account ADD CONSTRAINT account_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_placement_fk
    FOREIGN KEY (agency_id, placement_id) REFERENCES placement (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_desk_fk
    FOREIGN KEY (agency_id, desk_id) REFERENCES desk (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_lease_user_fk
    FOREIGN KEY (agency_id, lease_user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_replaces_account_fk
    FOREIGN KEY (agency_id, replaces_account_id) REFERENCES account (agency_id, id);
ALTER TABLE party ADD CONSTRAINT party_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE party ADD CONSTRAINT party_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE party ADD CONSTRAINT party_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE contact_point ADD CONSTRAINT contact_point_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE contact_point ADD CONSTRAINT contact_point_party_fk
    FOREIGN KEY (agency_id, party_id) REFERENCES party (agency_id, id);
ALTER TABLE restriction ADD CONSTRAINT restriction_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE timeline_entry ADD CONSTRAINT timeline_entry_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE desk ADD CONSTRAINT desk_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE desk ADD CONSTRAINT desk_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE assignment ADD CONSTRAINT assignment_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE assignment ADD CONSTRAINT assignment_desk_fk
    FOREIGN KEY (agency_id, desk_id) REFERENCES desk (agency_id, id);
ALTER TABLE work_result ADD CONSTRAINT work_result_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE work_result ADD CONSTRAINT work_result_user_fk
    FOREIGN KEY (agency_id, user_id) REFERENCES app_user (agency_id, id);
ALTER TABLE trust_account ADD CONSTRAINT trust_account_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE payment ADD CONSTRAINT payment_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_gateway_account_fk
    FOREIGN KEY (agency_id, gateway_account_id) REFERENCES gateway_account (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_contract_fk
    FOREIGN KEY (agency_id, contract_id) REFERENCES contract (agency_id, id);
ALTER TABLE payment ADD CONSTRAINT payment_reverses_fk
    FOREIGN KEY (agency_id, reverses_id) REFERENCES payment (agency_id, id);
ALTER TABLE payment_line ADD CONSTRAINT payment_line_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE transfer ADD CONSTRAINT transfer_trust_account_fk
    FOREIGN KEY (agency_id, trust_account_id) REFERENCES trust_account (agency_id, id);
ALTER TABLE transfer ADD CONSTRAINT transfer_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE transfer ADD CONSTRAINT transfer_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE transfer ADD CONSTRAINT transfer_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE transfer ADD CONSTRAINT transfer_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE transfer ADD CONSTRAINT transfer_reverses_fk
    FOREIGN KEY (agency_id, reverses_id) REFERENCES transfer (agency_id, id);
ALTER TABLE gateway_account ADD CONSTRAINT gateway_account_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE gateway_customer ADD CONSTRAINT gateway_customer_gateway_account_fk
    FOREIGN KEY (agency_id, gateway_account_id) REFERENCES gateway_account (agency_id, id);
ALTER TABLE gateway_customer ADD CONSTRAINT gateway_customer_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE gateway_call ADD CONSTRAINT gateway_call_gateway_account_fk
    FOREIGN KEY (agency_id, gateway_account_id) REFERENCES gateway_account (agency_id, id);
ALTER TABLE gateway_call ADD CONSTRAINT gateway_call_payment_fk
    FOREIGN KEY (agency_id, payment_id) REFERENCES payment (agency_id, id);
ALTER TABLE gateway_event ADD CONSTRAINT gateway_event_gateway_account_fk
    FOREIGN KEY (agency_id, gateway_account_id) REFERENCES gateway_account (agency_id, id);
ALTER TABLE job ADD CONSTRAINT job_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE mail ADD CONSTRAINT mail_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE mail ADD CONSTRAINT mail_debtor_fk
    FOREIGN KEY (agency_id, debtor_id) REFERENCES debtor (agency_id, id);
ALTER TABLE idempotency_key ADD CONSTRAINT idempotency_key_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
ALTER TABLE audit ADD CONSTRAINT audit_agency_fk
    FOREIGN KEY (agency_id) REFERENCES agency (id);
