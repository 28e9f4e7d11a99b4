//! Files: what an operation answers that is saved rather than read.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};
use service::exports::ExportFile;
use utoipa::ToSchema;

/// A PDF document (PDF/A-2a, PDF/UA-1).
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 134_217_728)]
pub struct PdfDocument(#[expect(dead_code, reason = "it only describes the answer")] Vec<u8>);

/// A sheet of Office Open XML.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, format = Binary, max_length = 134_217_728)]
pub struct Spreadsheet(#[expect(dead_code, reason = "it only describes the answer")] Vec<u8>);

/// A file, whole.
pub fn file(file: ExportFile) -> HttpResponse {
    begun(file.media_type, &file.name).body(file.bytes)
}

/// The head of an answer that is a file with this name; what follows comes in parts.
pub fn begun(media_type: &'static str, name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    answer
}
