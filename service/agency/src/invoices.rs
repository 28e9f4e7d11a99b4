//! Invoices and credit notes to creditors, and how late they are.

mod print;

pub use print::{pdf, tag};

use chrono::NaiveDate;
use domain::invoice::{AgeBand, InvoiceKind};
use domain::money::TooLarge;
use domain::{CreditorId, Currency, InvoiceId, Money, Permission};
pub use entity::invoice::Model as Invoice;
pub use entity::invoice_application::Model as Application;
use entity::{agency, creditor, creditor_payment, invoice, invoice_application};
use kernel::actor::Actor;
use kernel::app::App;
use kernel::stop::Stop;
use kernel::window::{Part, Window};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Which invoices to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct InvoiceFilter {
    /// To this creditor.
    pub creditor: Option<CreditorId>,
    /// Invoices or credit notes.
    pub kind: Option<InvoiceKind>,
    /// Only those of which something is open.
    pub open: bool,
}

/// What a creditor owes on open invoices, by how late it is.
#[derive(Debug, Clone)]
pub struct Aging {
    /// Who.
    pub creditor: CreditorId,
    /// The creditor's code.
    pub code: String,
    /// The creditor's name.
    pub name: String,
    /// Open amounts, band by band, in the order of [`AgeBand::ALL`].
    pub bands: Vec<(AgeBand, Money)>,
    /// All of them.
    pub invoiced: Money,
    /// Credit notes that are not used yet.
    pub credit_notes: Money,
    /// Paid on account and not used yet.
    pub on_account: Money,
}

/// Receivable aging of the agency, or of the creditors that the reader sees.
#[derive(Debug, Clone)]
pub struct Receivables {
    /// As of which day.
    pub on: NaiveDate,
    /// The currency of the books.
    pub currency: Currency,
    /// Who owes, by code.
    pub creditors: Vec<Aging>,
    /// The sum of each band.
    pub bands: Vec<(AgeBand, Money)>,
    /// The sum of all.
    pub invoiced: Money,
}

/// Invoices and credit notes, newest first.
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: InvoiceFilter,
    window: &Window<InvoiceId>,
) -> Result<Part<Invoice>, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let mut query = invoice::in_agency(tx.agency());
    if let Some(creditor) = filter.creditor {
        query = query.filter(invoice::Column::CreditorId.eq(creditor));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(invoice::Column::Kind.eq(kind));
    }
    if filter.open {
        query = query.filter(invoice::Column::Open.gt(Money::ZERO));
    }
    if let Some(after) = window.after {
        query = query.filter(invoice::Column::Id.lt(after));
    }
    let rows = query.order_by_desc(invoice::Column::Id).limit(window.one_more()).all(&tx).await?;
    Ok(window.cut(rows))
}

/// One invoice or credit note, with what paid it (or what it paid), oldest first.
pub async fn get(
    app: &App,
    actor: &Actor,
    id: InvoiceId,
) -> Result<(Invoice, Vec<Application>), Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let row = invoice::Entity::find_by_id((tx.agency(), id)).one(&tx).await?;
    let row = row.ok_or(Stop::NotFound("invoice"))?;
    let of = match row.kind {
        InvoiceKind::Invoice => invoice_application::Column::InvoiceId,
        InvoiceKind::CreditNote => invoice_application::Column::CreditNoteId,
    };
    let applications = invoice_application::in_agency(tx.agency())
        .filter(of.eq(id))
        .order_by_asc(invoice_application::Column::Id)
        .all(&tx)
        .await?;
    Ok((row, applications))
}

/// Who owes how much since when: open invoices by band, today.
pub async fn aging(
    app: &App,
    actor: &Actor,
    only: Option<CreditorId>,
) -> Result<Receivables, Stop> {
    actor.require(Permission::RemittanceRead)?;
    let tx = app.begin(actor).await?;
    let agency =
        agency::Entity::find_by_id(tx.agency()).one(&tx).await?.ok_or(Stop::NotFound("agency"))?;
    let on = kernel::clock::date_in(&agency.time_zone, tx.now());
    let mut open = invoice::in_agency(tx.agency()).filter(invoice::Column::Open.gt(Money::ZERO));
    let mut paid = creditor_payment::in_agency(tx.agency())
        .filter(creditor_payment::Column::Unapplied.gt(Money::ZERO));
    if let Some(only) = only {
        open = open.filter(invoice::Column::CreditorId.eq(only));
        paid = paid.filter(creditor_payment::Column::CreditorId.eq(only));
    }
    let mut sums: BTreeMap<CreditorId, Sums> = BTreeMap::new();
    for row in open.all(&tx).await? {
        let sum = sums.entry(row.creditor_id).or_default();
        match row.kind {
            InvoiceKind::Invoice => sum.late(AgeBand::of(row.due_on, on), row.open),
            InvoiceKind::CreditNote => add(&mut sum.credit_notes, row.open),
        }
        .map_err(too_large)?;
    }
    for row in paid.all(&tx).await? {
        let sum = sums.entry(row.creditor_id).or_default();
        add(&mut sum.on_account, row.unapplied).map_err(too_large)?;
    }
    let names = creditor::in_agency(tx.agency())
        .filter(creditor::Column::Id.is_in(sums.keys().copied()))
        .order_by_asc(creditor::Column::Code)
        .all(&tx)
        .await?;
    let mut all = Sums::default();
    let mut creditors = Vec::new();
    for row in names {
        let Some(sum) = sums.remove(&row.id) else { continue };
        for (band, money) in sum.bands() {
            all.late(band, money).map_err(too_large)?;
        }
        creditors.push(Aging {
            creditor: row.id,
            code: row.code,
            name: row.name,
            bands: sum.bands(),
            invoiced: sum.invoiced().map_err(too_large)?,
            credit_notes: sum.credit_notes,
            on_account: sum.on_account,
        });
    }
    let invoiced = all.invoiced().map_err(too_large)?;
    Ok(Receivables { on, currency: agency.currency, creditors, bands: all.bands(), invoiced })
}

#[derive(Default)]
struct Sums {
    by_band: Vec<(AgeBand, Money)>,
    credit_notes: Money,
    on_account: Money,
}

impl Sums {
    fn late(&mut self, band: AgeBand, money: Money) -> Result<(), TooLarge> {
        if let Some((_, sum)) = self.by_band.iter_mut().find(|(known, _)| *known == band) {
            return add(sum, money);
        }
        self.by_band.push((band, money));
        Ok(())
    }

    fn bands(&self) -> Vec<(AgeBand, Money)> {
        let of = |band: AgeBand| self.by_band.iter().find(|(known, _)| *known == band);
        AgeBand::ALL
            .iter()
            .map(|band| (*band, of(*band).map_or(Money::ZERO, |(_, sum)| *sum)))
            .collect()
    }

    fn invoiced(&self) -> Result<Money, TooLarge> {
        Money::total(self.by_band.iter().map(|(_, sum)| *sum))
    }
}

fn add(to: &mut Money, money: Money) -> Result<(), TooLarge> {
    *to = to.plus(money)?;
    Ok(())
}

fn too_large(_: TooLarge) -> Stop {
    kernel::Fault::Unexpected("receivables that do not fit").into()
}
