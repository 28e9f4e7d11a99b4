//! Taking a bank statement in: `multipart/form-data`.

use actix_multipart::{Field, Multipart};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::bank_statement::{CsvMapping, FileFormat, MAX_BYTES};
use domain::{BankStatementId, Money, TrustAccountId};
use futures_util::StreamExt;
use serde::Serialize;
use service::App;
use service::bank_statements::{self, NewStatement, Written};
use utoipa::ToSchema;

use crate::Answer;
use crate::auth::Authenticated;
use crate::body::{MOST_BYTES, too_large};
use crate::money::WireMoney;
use crate::problem::Problem;

/// A bank's file and how it is to be read.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes the parts of the form")]
struct BankStatementUpload {
    /// The file: at most 64 MiB and 500,000 lines.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
    format: FileFormat,
    /// Of which trust account; the usual one unless told.
    trust_account_id: Option<TrustAccountId>,
    /// Which column is what, as JSON; with `csv`, and only there.
    mapping: Option<CsvMapping>,
    /// The balance before the first line, as JSON, where a CSV file does not tell it.
    opening: Option<WireMoney>,
    /// The balance after the last line, as JSON, where a CSV file does not tell it.
    closing: Option<WireMoney>,
}

/// What was imported.
#[derive(Debug, Serialize, ToSchema)]
struct ImportedStatements {
    /// The statements of the file.
    #[schema(max_items = 1000)]
    bank_statement_ids: Vec<BankStatementId>,
}

/// Import a bank statement.
///
/// The file is read to its last line or refused whole, with every line that cannot be read. A
/// statement that does not add up is refused with the difference, and so is one that was imported
/// before or covers days of another. Its lines are matched with the book at once.
#[utoipa::path(
    tag = "Bank statements",
    request_body(content = BankStatementUpload, content_type = "multipart/form-data"),
    responses((status = 201, description = "Imported.", body = ImportedStatements)),
    extensions(("x-permission" = json!("trust:write"))),
)]
#[post("/v1/bank-statements")]
pub(super) async fn import_bank_statement(
    app: web::Data<App>,
    caller: Authenticated,
    req: HttpRequest,
    payload: web::Payload,
) -> Answer {
    caller.0.require(domain::Permission::TrustWrite)?;
    let parts = Parts::receive(&req, payload).await?;
    let currency = service::books::currency(&app, &caller.0).await?;
    let new = parts.statement(currency)?;
    let bank_statement_ids = bank_statements::import(&app, &caller.0, new).await?;
    Ok(HttpResponse::Created().json(ImportedStatements { bank_statement_ids }))
}

/// The parts of the form, as they came.
#[derive(Default)]
struct Parts {
    file: Option<(String, Vec<u8>)>,
    format: Option<String>,
    trust_account: Option<String>,
    mapping: Option<String>,
    opening: Option<String>,
    closing: Option<String>,
}

impl Parts {
    async fn receive(req: &HttpRequest, payload: web::Payload) -> Result<Self, Problem> {
        let kind = req.headers().get("content-type").and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data")) {
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
                let named = field.content_disposition().and_then(|head| head.get_filename());
                let named = named.unwrap_or("statement");
                let shown: String = named.chars().filter(|c| !c.is_control()).take(255).collect();
                parts.file = Some((shown, bytes(&mut field, MAX_BYTES).await?));
                continue;
            }
            let slot = match name.as_str() {
                "format" => &mut parts.format,
                "trust_account_id" => &mut parts.trust_account,
                "mapping" => &mut parts.mapping,
                "opening" => &mut parts.opening,
                "closing" => &mut parts.closing,
                _ => {
                    let shown: String = name.chars().take(100).collect();
                    let message = format!("The form has no part \"{shown}\".");
                    return Err(Problem::invalid_field("", "unknown_field", message));
                }
            };
            if slot.is_some() {
                return Err(twice(&name));
            }
            let text = String::from_utf8(bytes(&mut field, MOST_BYTES).await?);
            *slot = Some(text.map_err(|_| invalid(&name, "is not UTF-8"))?);
        }
        Ok(parts)
    }

    fn statement(self, currency: domain::Currency) -> Result<NewStatement, Problem> {
        let missing = |name: &str| {
            let message = format!("The form lacks the part \"{name}\".");
            Problem::invalid_field(format!("/{name}"), "missing_field", message)
        };
        let (file_name, bytes) = self.file.ok_or_else(|| missing("file"))?;
        let format = self.format.ok_or_else(|| missing("format"))?;
        let format = FileFormat::parse(format.trim())
            .ok_or_else(|| invalid("format", "is neither csv nor camt053"))?;
        let balance = |name: &str, text: Option<String>| -> Result<Option<Money>, Problem> {
            let Some(text) = text else { return Ok(None) };
            let wire: WireMoney = json(name, &text)?;
            wire.any(currency, &format!("/{name}")).map(Some)
        };
        let written = match (format, self.mapping) {
            (FileFormat::Csv, None) => return Err(missing("mapping")),
            (FileFormat::Csv, Some(mapping)) => Written::Csv {
                mapping: Box::new(json("mapping", &mapping)?),
                opening: balance("opening", self.opening)?,
                closing: balance("closing", self.closing)?,
            },
            (FileFormat::Camt053, None) => Written::Camt053,
            (FileFormat::Camt053, Some(_)) => {
                return Err(invalid("mapping", "is for csv files only"));
            }
        };
        let trust_account = self
            .trust_account
            .as_deref()
            .map(|id| id.trim().parse::<TrustAccountId>())
            .transpose()
            .map_err(|_| invalid("trust_account_id", "is no id of its kind"))?;
        Ok(NewStatement { trust_account, file_name, written, bytes })
    }
}

async fn bytes(field: &mut Field, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.next().await {
        bytes.extend_from_slice(&chunk.map_err(|_| broken())?);
        if bytes.len() > most {
            return Err(too_large(most));
        }
    }
    Ok(bytes)
}

fn json<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|err| {
        let message: String = format!("does not fit: {err}").chars().take(400).collect();
        invalid(name, &message)
    })
}

fn invalid(name: &str, what: &str) -> Problem {
    let message = format!("The part \"{name}\" {what}.");
    Problem::invalid_field(format!("/{name}"), "invalid_value", message)
}

fn broken() -> Problem {
    Problem::malformed("malformed_form", "The form cannot be read; it may be cut short.")
}

fn twice(name: &str) -> Problem {
    invalid(name, "comes twice")
}
