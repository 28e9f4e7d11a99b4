//! "I am not this person": ends contact at that address, asks for nothing, tells nothing.

use super::{AccessRefused, BY_ADDRESS, link};
use domain::reference::Reference;
use domain::{AgencyId, ContactPointId};
use entity::contact_point;
use identity::sessions::Visitor;
use kernel::app::App;
use kernel::audit;
use kernel::limits;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, raw_sql};

/// What a stranger holds in the hand.
#[derive(Debug, Clone)]
pub enum Known {
    /// A letter with a reference: its postal addresses are wrong.
    Letter(Reference),
    /// A mail with a link: that e-mail address is wrong.
    Mail(String),
}

#[derive(FromQueryResult)]
struct Point {
    id: ContactPointId,
}

/// Marks the address as not the debtor's. The answer is the same for anything that is typed.
pub async fn not_me(
    app: &App,
    agency: AgencyId,
    address: &str,
    known: &Known,
) -> Result<(), AccessRefused> {
    let tx = app.begin(&Visitor(agency)).await?;
    if let Some(until) = limits::count(&tx, BY_ADDRESS, address).await? {
        tx.commit().await?;
        return Err(AccessRefused::TooMany { until });
    }
    let points: Vec<ContactPointId> = match known {
        Known::Letter(reference) => {
            let reference = reference.compact();
            Point::find_by_statement(raw_sql!(
                Postgres,
                r#"SELECT c.id FROM contact_point c
                   JOIN account a ON a.agency_id = c.agency_id AND a.id = c.account_id
                   JOIN party p ON p.agency_id = c.agency_id AND p.id = c.party_id
                   WHERE c.agency_id = {agency} AND a.reference = {reference}
                     AND p.role = 'primary' AND c.kind = 'address'"#
            ))
            .all(&tx)
            .await?
            .into_iter()
            .map(|point| point.id)
            .collect()
        }
        Known::Mail(token) => link::by_token(&tx, token)
            .await?
            .and_then(|asked| asked.contact_point_id)
            .into_iter()
            .collect(),
    };
    for id in points {
        contact_point::Entity::update_many()
            .col_expr(contact_point::Column::Bad, Expr::value(true))
            .filter(
                Condition::all()
                    .add(contact_point::Column::AgencyId.eq(agency))
                    .add(contact_point::Column::Id.eq(id)),
            )
            .exec(&tx)
            .await?;
        let entry = audit::Entry {
            action: "contact_point.wrong_party",
            subject_type: "contact_point",
            subject_id: Some(id.0),
            reason: Some("somebody at this address says not to be this person".to_owned()),
            ..audit::Entry::default()
        };
        audit::write(&tx, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}
