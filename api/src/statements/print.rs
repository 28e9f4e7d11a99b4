//! A statement whole: as JSON and as CSV, byte for byte the same whenever it is asked for.

use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, web};
use domain::StatementId;
use futures_util::stream;
use service::App;
use service::statements::{self, csv_part};
use service::window::Window;

use super::wire::StatementDocument;
use crate::Answer;
use crate::auth::Authenticated;

/// Lines read at a time.
const PART: u16 = 2_000;

/// Read a statement as one document.
///
/// Rendered from what was stored at the close, so that it never reads otherwise.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The document.", body = StatementDocument)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/document")]
pub(super) async fn get_statement_document(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
) -> Answer {
    let document = statements::document(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(StatementDocument::from(document)))
}

/// Download the lines of a statement as CSV.
///
/// The same stored lines as the document's, one a row.
#[utoipa::path(
    tag = "Statements",
    params(("statement_id" = StatementId, Path, description = "Which.")),
    responses((status = 200, description = "The lines.", content_type = "text/csv", body = String)),
    extensions(("x-permission" = json!("remittance:read"))),
)]
#[get("/v1/statements/{statement_id}/lines.csv")]
pub(super) async fn get_statement_csv(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<StatementId>,
) -> Answer {
    let id = *id;
    let (facts, _) = statements::get(&app, &caller.0, id).await?;
    let number = facts.number;
    let heading = csv_part(number, &[], true)?;
    let rest = stream::try_unfold(Some(None), move |place: Option<Option<i32>>| {
        let (app, actor) = (app.clone(), caller.0.clone());
        async move {
            let Some(after) = place else { return Ok(None) };
            let window = Window { after, limit: PART };
            let part = statements::lines(&app, &actor, id, &window).await.and_then(|part| {
                let next = part.rows.last().filter(|_| part.more).map(|last| Some(last.seq));
                let lines: Vec<_> = part.rows.into_iter().map(|row| row.line).collect();
                Ok((csv_part(number, &lines, false)?, next))
            });
            part.map(|(bytes, next)| Some((Bytes::from(bytes), next))).map_err(|stop| {
                tracing::error!(statement = %id, error = %stop, "a statement broke off");
                actix_web::error::ErrorInternalServerError("the statement broke off")
            })
        }
    });
    let whole = stream::once(std::future::ready(Ok(Bytes::from(heading))));
    let body = Box::pin(futures_util::StreamExt::chain(whole, rest));
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            "Content-Disposition",
            format!("attachment; filename=\"statement-{number}.csv\""),
        ))
        .streaming(body))
}
