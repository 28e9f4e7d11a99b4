-- The keys of a debt's rows say more, and there are fewer of them: an account's portfolio and placement
-- are of the account's own creditor, a party is of the creditor of its account, a contact point belongs
-- to a party of its own account. Each new key implies one that it replaces, so that a placement of a
-- million lines looks up fewer rows.

CREATE UNIQUE INDEX portfolio_of_creditor ON portfolio (agency_id, creditor_id, id);
CREATE UNIQUE INDEX placement_of_creditor ON placement (agency_id, creditor_id, id);
DROP INDEX account_creditor;
CREATE UNIQUE INDEX account_of_creditor ON account (agency_id, creditor_id, id);
DROP INDEX party_account;
CREATE UNIQUE INDEX party_of_account ON party (agency_id, account_id, id);

ALTER TABLE account
    DROP CONSTRAINT account_portfolio_fk,
    DROP CONSTRAINT account_placement_fk,
    -- Implied by the portfolio, whose creditor exists.
    DROP CONSTRAINT account_creditor_fk;
ALTER TABLE account ADD CONSTRAINT account_portfolio_fk
    FOREIGN KEY (agency_id, creditor_id, portfolio_id) REFERENCES portfolio (agency_id, creditor_id, id);
ALTER TABLE account ADD CONSTRAINT account_placement_fk
    FOREIGN KEY (agency_id, creditor_id, placement_id) REFERENCES placement (agency_id, creditor_id, id);

ALTER TABLE party
    DROP CONSTRAINT party_account_fk,
    -- Implied by the account, whose creditor exists.
    DROP CONSTRAINT party_creditor_fk;
ALTER TABLE party ADD CONSTRAINT party_account_fk
    FOREIGN KEY (agency_id, creditor_id, account_id) REFERENCES account (agency_id, creditor_id, id);

ALTER TABLE contact_point
    DROP CONSTRAINT contact_point_party_fk,
    -- Implied by the party, whose account exists.
    DROP CONSTRAINT contact_point_account_fk;
ALTER TABLE contact_point ADD CONSTRAINT contact_point_party_fk
    FOREIGN KEY (agency_id, account_id, party_id) REFERENCES party (agency_id, account_id, id);
