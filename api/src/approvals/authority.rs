//! `/v1/agency/authority`: who may act alone, and who approves.

use actix_web::{HttpRequest, get, put, web};
use domain::approval::{Deed, Reach};
use domain::{Currency, StaffRole};
use serde::{Deserialize, Serialize};
use service::App;
use service::approvals::{self, Said};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::Authenticated;
use crate::body::Json;
use crate::etag::{self, IfMatch};
use crate::money::WireMoney;
use crate::{Answer, Problem};

/// The operations in this file.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(get_authority);
    cfg.service(set_authority);
}

/// Up to what amount each role acts alone, and approves what others asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AuthorityTable {
    /// Each deed and role once. In a change, what is left out stays as it is.
    #[schema(max_items = 25)]
    rows: Vec<RoleReach>,
}

/// What one role may do of one deed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleReach {
    deed: Deed,
    role: StaffRole,
    /// Without asking; null: without limit, zero: never.
    #[schema(required = true)]
    alone: Option<WireMoney>,
    /// As the second person; null: without limit, zero: never.
    #[schema(required = true)]
    approves: Option<WireMoney>,
}

/// Read who may act alone, and who approves.
#[utoipa::path(
    tag = "Agency",
    responses((status = 200, description = "Every deed and role.", body = AuthorityTable,
        headers(("ETag" = String, description = "Version of the agency's settings.")))),
    extensions(("x-permission" = json!("agency:read"))),
)]
#[get("/v1/agency/authority")]
async fn get_authority(app: web::Data<App>, caller: Authenticated, req: HttpRequest) -> Answer {
    let said = approvals::authority(&app, &caller.0).await?;
    Ok(etag::found(&req, said.version, &AuthorityTable::from(said)))
}

/// Say who may act alone, and who approves.
#[utoipa::path(
    tag = "Agency",
    params(IfMatch),
    request_body = AuthorityTable,
    responses((status = 200, description = "Every deed and role, as they are now.", body = AuthorityTable,
        headers(("ETag" = String, description = "New version of the agency's settings.")))),
    extensions(("x-permission" = json!("agency:write"))),
)]
#[put("/v1/agency/authority")]
async fn set_authority(
    app: web::Data<App>,
    caller: Authenticated,
    seen: IfMatch,
    body: Json<AuthorityTable>,
) -> Answer {
    let currency = approvals::authority(&app, &caller.0).await?.currency;
    let rows = body
        .value
        .rows
        .into_iter()
        .enumerate()
        .map(|(at, row)| Ok((row.deed, row.role, row.reach(currency, at)?)))
        .collect::<Result<Vec<_>, Problem>>()?;
    let said = approvals::set_authority(&app, &caller.0, seen.0, rows).await?;
    Ok(etag::changed(said.version, &AuthorityTable::from(said)))
}

impl RoleReach {
    fn reach(&self, currency: Currency, at: usize) -> Result<Reach, Problem> {
        let limit = |money: &Option<WireMoney>, name: &str| {
            let pointer = format!("/rows/{at}/{name}");
            let limit = money.as_ref().map(|money| money.any(currency, &pointer)).transpose()?;
            match limit {
                Some(below) if below.is_negative() => Err(Problem::invalid_field(
                    pointer,
                    "negative_amount",
                    "A limit is zero or more.",
                )),
                Some(_) | None => Ok(limit),
            }
        };
        Ok(Reach {
            alone: limit(&self.alone, "alone")?,
            approves: limit(&self.approves, "approves")?,
        })
    }
}

impl From<Said> for AuthorityTable {
    fn from(said: Said) -> Self {
        let wire = |money| WireMoney::new(money, said.currency);
        let rows = said.rows.iter().map(|(deed, role, reach)| RoleReach {
            deed: *deed,
            role: *role,
            alone: reach.alone.map(wire),
            approves: reach.approves.map(wire),
        });
        Self { rows: rows.collect() }
    }
}
