//! What the lines of one placement stand on: whose they are, by which mapping and day they are
//! judged, and the rules that need to know the agency's books.

use super::read::Judged;
use super::spool::FileForm;
use domain::party::name_key;
use domain::placement::line::PlacedDebtor;
use domain::placement::{Code, Column, Finding, LineAmounts, Mapping, PlacedLine, Rules, Verdict};
use domain::{AgencyId, CreditorId, PlacementId, PortfolioId};
use entity::{creditor, placement, portfolio};
use kernel::db::Tx;
use kernel::stop::{Fault, Stop};
use kernel::vault::{self, Keys};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::Arc;

/// What the lines of a placement stand on.
#[derive(Clone)]
pub(super) struct Ground {
    pub agency: AgencyId,
    pub placement: PlacementId,
    pub creditor: CreditorId,
    pub form: FileForm,
    pub mapping: Mapping,
    pub rules: Rules,
    pub keys: Arc<Keys>,
    creditor_code: String,
    portfolio: Option<PortfolioId>,
    portfolios: Arc<HashMap<String, PortfolioId>>,
}

/// A line after the last rule.
pub(super) enum Settled {
    /// Skipped, or the trailer: nothing to place.
    Nothing(Option<Finding>),
    /// To be placed, with warnings.
    Good(Box<PlacedLine>, PortfolioId, Vec<Finding>),
    /// Rejected.
    Rejected(LineAmounts, Vec<Finding>),
}

impl Ground {
    pub(super) async fn of(
        tx: &Tx,
        row: &placement::Model,
        today: chrono::NaiveDate,
        keys: Arc<Keys>,
    ) -> Result<Self, Stop> {
        let mapping: Mapping = match &row.mapping {
            Some(mapping) => serde_json::from_value(mapping.clone()).map_err(Fault::from)?,
            None => Mapping::default(),
        };
        let creditor = creditor::Entity::find_by_id((row.agency_id, row.creditor_id))
            .one(tx)
            .await?
            .ok_or(Stop::NotFound("creditor"))?;
        let portfolios = portfolio::in_agency(row.agency_id)
            .filter(portfolio::Column::CreditorId.eq(row.creditor_id))
            .all(tx)
            .await?
            .into_iter()
            .map(|portfolio| (portfolio.code.trim().to_uppercase(), portfolio.id))
            .collect();
        Ok(Self {
            agency: row.agency_id,
            placement: row.id,
            creditor: row.creditor_id,
            form: if row.is_workbook { FileForm::Workbook } else { FileForm::Text },
            rules: Rules::of(&mapping, today, row.portfolio_id.is_some()),
            mapping,
            keys,
            creditor_code: creditor.code.trim().to_uppercase(),
            portfolio: row.portfolio_id,
            portfolios: Arc::new(portfolios),
        })
    }

    /// The last rules: the client is the upload's, the portfolio is known.
    pub(super) fn settle(&self, judged: &mut Judged) -> Settled {
        let verdict = std::mem::replace(&mut judged.verdict, Verdict::Trailer);
        let (line, mut findings) = match verdict {
            Verdict::Trailer => return Settled::Nothing(None),
            Verdict::Skipped(code) => return Settled::Nothing(Some(Finding::of_line(code))),
            Verdict::Rejected(amounts, findings) => return Settled::Rejected(amounts, findings),
            Verdict::Placed(line, findings) => (line, findings),
        };
        let client = line.client_code.as_deref();
        if client.is_some_and(|code| code.to_uppercase() != self.creditor_code) {
            findings.push(Finding::of_value(Code::WrongClient, Column::ClientCode, client));
        }
        let code = line.portfolio_code.as_deref();
        let portfolio = match code {
            Some(code) => self.portfolios.get(&code.to_uppercase()).copied(),
            None => self.portfolio,
        };
        if portfolio.is_none() {
            findings.push(Finding::of_value(Code::UnknownPortfolio, Column::PortfolioCode, code));
        }
        match portfolio {
            Some(portfolio) if !findings.iter().any(Finding::rejects) => {
                Settled::Good(line, portfolio, findings)
            }
            Some(_) | None => {
                judged.number = Some(line.account_number.as_shown().to_owned());
                judged.name = Some(display_name(&line.debtor));
                let amounts = LineAmounts { buckets: line.buckets, unreadable: false };
                Settled::Rejected(amounts, findings)
            }
        }
    }

    /// The blind indexes by which a packet is found: by SSN; by name, date of birth and ZIP together.
    pub(super) fn packet_indexes(&self, debtor: &PlacedDebtor) -> Result<PacketIndexes, Fault> {
        let name_key = packet_name(debtor);
        let ssn = match &debtor.ssn {
            Some(ssn) => Some(self.keys.index(vault::SSN, ssn.digits())?),
            None => None,
        };
        let zip = debtor.address.zip.as_deref().and_then(|zip| zip.get(..5));
        let identity = match (debtor.born_on, zip, debtor.first.is_some()) {
            (Some(born_on), Some(zip), true) => {
                Some(self.keys.index(vault::IDENTITY, &format!("{name_key}|{born_on}|{zip}"))?)
            }
            (Some(_) | None, Some(_) | None, _) => None,
        };
        Ok(PacketIndexes { name_key, ssn, identity })
    }
}

/// By what a packet is found.
pub(super) struct PacketIndexes {
    pub name_key: String,
    pub ssn: Option<Vec<u8>>,
    pub identity: Option<Vec<u8>>,
}

/// "LAST FIRST", or the business's name: two lines with it and one SSN are the same person.
fn packet_name(debtor: &PlacedDebtor) -> String {
    match (&debtor.last, &debtor.business_name) {
        (Some(last), _) => {
            name_key(&format!("{last} {}", debtor.first.as_deref().unwrap_or_default()))
        }
        (None, business) => name_key(business.as_deref().unwrap_or_default()),
    }
}

/// The name as people write it.
pub(super) fn display_name(debtor: &PlacedDebtor) -> String {
    let person: Vec<&str> = [&debtor.first, &debtor.middle, &debtor.last, &debtor.suffix]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    match (&debtor.last, &debtor.business_name) {
        (None, Some(business)) => business.clone(),
        (Some(_), Some(business)) if debtor.first.is_none() => business.clone(),
        (Some(_) | None, _) => person.join(" "),
    }
}

/// The name by which lists are sorted and searched.
pub(super) fn list_key(debtor: &PlacedDebtor) -> String {
    match (&debtor.last, &debtor.business_name) {
        (None, Some(business)) => name_key(business),
        (last, _) => name_key(
            &[last, &debtor.first, &debtor.middle]
                .into_iter()
                .filter_map(|part| part.as_deref())
                .collect::<Vec<_>>()
                .join(" "),
        ),
    }
}
