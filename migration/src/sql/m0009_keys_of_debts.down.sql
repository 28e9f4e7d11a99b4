ALTER TABLE contact_point DROP CONSTRAINT contact_point_party_fk;
ALTER TABLE contact_point ADD CONSTRAINT contact_point_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE contact_point ADD CONSTRAINT contact_point_party_fk
    FOREIGN KEY (agency_id, party_id) REFERENCES party (agency_id, id);

ALTER TABLE party DROP CONSTRAINT party_account_fk;
ALTER TABLE party ADD CONSTRAINT party_account_fk
    FOREIGN KEY (agency_id, account_id) REFERENCES account (agency_id, id);
ALTER TABLE party ADD CONSTRAINT party_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);

ALTER TABLE account DROP CONSTRAINT account_portfolio_fk, DROP CONSTRAINT account_placement_fk;
ALTER TABLE account ADD CONSTRAINT account_creditor_fk
    FOREIGN KEY (agency_id, creditor_id) REFERENCES creditor (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_portfolio_fk
    FOREIGN KEY (agency_id, portfolio_id) REFERENCES portfolio (agency_id, id);
ALTER TABLE account ADD CONSTRAINT account_placement_fk
    FOREIGN KEY (agency_id, placement_id) REFERENCES placement (agency_id, id);

DROP INDEX party_of_account;
CREATE INDEX party_account ON party (agency_id, account_id);
DROP INDEX account_of_creditor;
CREATE INDEX account_creditor ON account (agency_id, creditor_id, id);
DROP INDEX placement_of_creditor;
DROP INDEX portfolio_of_creditor;
