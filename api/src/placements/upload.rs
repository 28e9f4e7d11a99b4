//! Taking a file in: `multipart/form-data`, streamed to disk as it comes.

use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, post, web};
use domain::placement::{Manifest, Mapping};
use domain::{CreditorId, MappingId, PortfolioId};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use service::actor::Actor;
use service::placements::{self, Order, Spool, SpoolError, Spooled, UploadRefused};
use service::{App, Stop};
use utoipa::ToSchema;

use super::Placement;
use crate::Answer;
use crate::auth::Authenticated;
use crate::body::MOST_BYTES;
use crate::etag;
use crate::problem::Problem;

/// A placement file and how it is to be read.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes the parts of the form")]
pub(super) struct PlacementUpload {
    /// The file: CSV, TSV or XLSX, perhaps compressed with gzip; at most 512 MiB unpacked and
    /// 1,000,000 lines.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    /// Whose debts.
    creditor_id: CreditorId,
    /// The portfolio of lines that name none.
    portfolio_id: Option<PortfolioId>,
    /// A saved mapping to read it by.
    mapping_id: Option<MappingId>,
    /// A mapping to read it by, as JSON; instead of a saved one.
    mapping: Option<Mapping>,
    /// The creditor's control totals, as JSON.
    manifest: Option<Manifest>,
}

/// Upload a placement file.
///
/// Every line is checked; nothing is placed before the commit. A small file is checked at once
/// (`state` is `checked`), a big one in the background: read the placement until its state is no
/// longer `checking`.
#[utoipa::path(
    tag = "Placements",
    request_body(content = PlacementUpload, content_type = "multipart/form-data"),
    responses((status = 201, description = "Taken in.", body = Placement,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Its version.")))),
    extensions(("x-permission" = json!("placement:write"))),
)]
#[post("/v1/placements")]
pub(super) async fn create_placement(
    app: web::Data<App>,
    caller: Authenticated,
    req: HttpRequest,
    payload: web::Payload,
) -> Answer {
    caller.0.require(domain::Permission::PlacementWrite)?;
    let parts = Parts::receive(&req, payload).await?;
    let (order, spooled) = parts.order(&app, &caller.0).await?;
    let taken = placements::upload(&app, &caller.0, order, spooled).await?;
    let location = format!("/v1/placements/{}", taken.id);
    Ok(etag::created(&location, taken.version, &Placement::from(taken)))
}

/// The parts of the form, as they came.
#[derive(Default)]
struct Parts {
    file: Option<(String, Spooled)>,
    creditor: Option<String>,
    portfolio: Option<String>,
    mapping_id: Option<String>,
    mapping: Option<String>,
    manifest: Option<String>,
}

impl Parts {
    async fn receive(req: &HttpRequest, payload: web::Payload) -> Result<Self, Problem> {
        let content_type = req.headers().get("content-type").and_then(|value| value.to_str().ok());
        if !content_type
            .is_some_and(|text| text.to_ascii_lowercase().starts_with("multipart/form-data"))
        {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the file as multipart/form-data.",
            ));
        }
        let mut form = Multipart::new(req.headers(), payload);
        let mut parts = Self::default();
        while let Some(field) = form.next().await {
            let mut field = field.map_err(|_| broken())?;
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                if parts.file.is_some() {
                    return Err(twice(&name));
                }
                parts.file = Some(file(&mut field).await?);
                continue;
            }
            let slot = match name.as_str() {
                "creditor_id" => &mut parts.creditor,
                "portfolio_id" => &mut parts.portfolio,
                "mapping_id" => &mut parts.mapping_id,
                "mapping" => &mut parts.mapping,
                "manifest" => &mut parts.manifest,
                _ => {
                    let shown: String = name.chars().take(100).collect();
                    return Err(Problem::invalid_field(
                        "",
                        "unknown_field",
                        format!("The form has no part \"{shown}\"."),
                    ));
                }
            };
            if slot.is_some() {
                return Err(twice(&name));
            }
            *slot = Some(text(&mut field, &name).await?);
        }
        Ok(parts)
    }

    async fn order(self, app: &App, actor: &Actor) -> Result<(Order, Spooled), Problem> {
        let missing = |name: &str| {
            let message = format!("The form lacks the part \"{name}\".");
            Problem::invalid_field(format!("/{name}"), "missing_field", message)
        };
        let (file_name, spooled) = self.file.ok_or_else(|| missing("file"))?;
        let creditor = self.creditor.ok_or_else(|| missing("creditor_id"))?;
        let mapping = match (self.mapping, self.mapping_id) {
            (Some(_), Some(_)) => {
                let message = "Send a mapping or the id of a saved one, not both.";
                return Err(Problem::invalid_field("/mapping_id", "invalid_value", message));
            }
            (Some(mapping), None) => json("mapping", &mapping)?,
            (None, Some(id)) => {
                let id = id_of::<MappingId>("mapping_id", &id)?;
                placements::mappings::find(app, actor, id).await?.mapping
            }
            (None, None) => Mapping::default(),
        };
        let order = Order {
            creditor: id_of("creditor_id", &creditor)?,
            portfolio: self.portfolio.as_deref().map(|id| id_of("portfolio_id", id)).transpose()?,
            file_name,
            mapping,
            manifest: self.manifest.as_deref().map(|text| json("manifest", text)).transpose()?,
        };
        Ok((order, spooled))
    }
}

async fn file(field: &mut Field) -> Result<(String, Spooled), Problem> {
    let named = field.content_disposition().and_then(|head| head.get_filename());
    let name: String =
        named.unwrap_or("upload.csv").chars().filter(|c| !c.is_control()).take(255).collect();
    let mut spool = Spool::new().map_err(refused)?;
    while let Some(chunk) = field.next().await {
        spool.push(&chunk.map_err(|_| broken())?).map_err(refused)?;
    }
    let name = if name.is_empty() { "upload.csv".to_owned() } else { name };
    Ok((name, spool.finish().map_err(refused)?))
}

async fn text(field: &mut Field, name: &str) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.next().await {
        bytes.extend_from_slice(&chunk.map_err(|_| broken())?);
        if bytes.len() > MOST_BYTES {
            return Err(crate::body::too_large(MOST_BYTES));
        }
    }
    String::from_utf8(bytes).map_err(|_| {
        let message = format!("The part \"{name}\" is not UTF-8.");
        Problem::invalid_field(format!("/{name}"), "invalid_value", message)
    })
}

fn json<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|err| {
        let message: String = format!("The part \"{name}\" does not fit: {err}.");
        let message: String = message.chars().take(500).collect();
        Problem::invalid_field(format!("/{name}"), "invalid_value", message)
    })
}

fn id_of<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Problem> {
    text.trim().parse().map_err(|_| {
        let message = format!("The part \"{name}\" is no id of its kind.");
        Problem::invalid_field(format!("/{name}"), "invalid_value", message)
    })
}

fn refused(err: SpoolError) -> Problem {
    match err {
        SpoolError::Refused(UploadRefused::TooLarge) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            UploadRefused::TooLarge.code(),
            UploadRefused::TooLarge.to_string(),
        ),
        SpoolError::Refused(why) => Problem::invalid_field("/file", why.code(), why.to_string()),
        SpoolError::Fault(fault) => Stop::from(fault).into(),
    }
}

fn broken() -> Problem {
    Problem::malformed("malformed_form", "The form cannot be read; it may be cut short.")
}

fn twice(name: &str) -> Problem {
    let message = format!("The form has the part \"{name}\" twice.");
    Problem::invalid_field(format!("/{name}"), "invalid_value", message)
}
