//! Accounts and what belongs to them, by typed arrays: one statement a table for thousands of lines.

mod accounts;
mod contacts;
mod debtors;
mod entries;
mod parties;

use super::bulk::BulkTx;
use super::ground::Ground;
use super::stage::Ready;
use accounts::Accounts;
use chrono::{DateTime, NaiveDate, Utc};
use contacts::{Contacts, Reach};
use debtors::Debtors;
use domain::placement::line::PlacedAddress;
use entries::{Entries, Restrictions};
use kernel::stop::Fault;
use parties::Parties;
use std::collections::HashMap;
use uuid::Uuid;

/// What the staging table decided of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub account: Uuid,
    pub debtor: Uuid,
    pub makes_debtor: bool,
    pub needs_review: bool,
    pub replaces: Option<Uuid>,
}

/// What all accounts of one commit share.
#[derive(Clone)]
pub(super) struct Shared {
    pub ground: Ground,
    pub placed_on: NaiveDate,
    pub now: DateTime<Utc>,
    pub by: String,
}

/// Rows of all tables, by column.
#[derive(Default)]
pub(super) struct Rows {
    debtors: Debtors,
    accounts: Accounts,
    parties: Parties,
    contacts: Contacts,
    restrictions: Restrictions,
    entries: Entries,
}

/// Whose a party or contact point is.
#[derive(Clone, Copy)]
struct Owner {
    account: Uuid,
    debtor: Option<Uuid>,
}

impl Rows {
    /// Builds the rows of these lines; lines that the staging table does not call good fall out.
    pub(super) fn build(
        shared: &Shared,
        lines: Vec<Ready>,
        marks: &HashMap<i64, Mark>,
    ) -> Result<Self, Fault> {
        let mut rows = Self::default();
        for ready in lines {
            if let Some(mark) = marks.get(&ready.line_no) {
                rows.add(shared, &ready, *mark)?;
            }
        }
        Ok(rows)
    }

    /// Accounts in them.
    pub(super) fn len(&self) -> usize {
        self.accounts.id.len()
    }

    fn add(&mut self, shared: &Shared, ready: &Ready, mark: Mark) -> Result<(), Fault> {
        let line = &ready.line;
        if mark.makes_debtor {
            self.debtors.add(&shared.ground, &line.debtor, mark)?;
        }
        self.accounts.add(ready, ready.portfolio, mark)?;
        let owner = Owner { account: mark.account, debtor: Some(mark.debtor) };
        let primary = self.parties.primary(&shared.ground.keys, owner, &line.debtor)?;
        self.contacts.of_debtor(owner, primary, &line.debtor);
        let second = Owner { account: mark.account, debtor: None };
        for (role, party) in [("co_debtor", &line.co_debtor), ("guarantor", &line.guarantor)] {
            if let Some(party) = party {
                let id = self.parties.second(&shared.ground.keys, second, role, party)?;
                self.contacts.address(second, id, &party.address);
            }
        }
        if let Some(attorney) = &line.attorney {
            let name = attorney.name.clone().unwrap_or_else(|| "Attorney".to_owned());
            let id = self.parties.attorney(second, name);
            if let Some(street) = &attorney.address {
                let address = PlacedAddress {
                    street: Some(street.clone()),
                    country: "US".to_owned(),
                    ..PlacedAddress::default()
                };
                self.contacts.address(second, id, &address);
            }
            if let Some(phone) = &attorney.phone {
                self.contacts.value(second, id, Reach::phone(phone, "work", None, None));
            }
        }
        self.restrictions.add(&line.restrictions, mark);
        self.entries.add(ready, mark);
        Ok(())
    }

    /// Writes them all, in the order of their foreign keys.
    pub(super) async fn write(self, tx: &mut BulkTx, shared: &Shared) -> Result<(), Fault> {
        self.debtors.write(tx, shared).await?;
        self.accounts.write(tx, shared).await?;
        self.parties.write(tx, shared).await?;
        self.contacts.write(tx, shared).await?;
        self.restrictions.write(tx, shared).await?;
        self.entries.write(tx, shared).await
    }
}
