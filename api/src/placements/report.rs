//! The acknowledgment as a file.

use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, web};
use domain::PlacementId;
use futures_util::stream;
use service::App;
use service::placements::{self, ReportPlace};

use crate::Answer;
use crate::auth::Authenticated;

/// Download the acknowledgment of a placement as CSV.
///
/// One line for each account made, then one for each finding. As JSON: the placement itself, its
/// accounts and its findings.
#[utoipa::path(
    tag = "Placements",
    params(("placement_id" = PlacementId, Path, description = "Which.")),
    responses((status = 200, description = "The report.", content_type = "text/csv", body = String)),
    extensions(("x-permission" = json!("placement:read"))),
)]
#[get("/v1/placements/{placement_id}/acknowledgment.csv")]
pub(super) async fn get_placement_acknowledgment(
    app: web::Data<App>,
    caller: Authenticated,
    id: web::Path<PlacementId>,
) -> Answer {
    let id = *id;
    let (first, next) =
        placements::acknowledgment_csv(&app, &caller.0, id, ReportPlace::Start).await?;
    let rest = stream::try_unfold(next, move |place| {
        let (app, actor) = (app.clone(), caller.0.clone());
        async move {
            let Some(place) = place else { return Ok(None) };
            let part = placements::acknowledgment_csv(&app, &actor, id, place).await;
            part.map(|(bytes, next)| Some((Bytes::from(bytes), next))).map_err(|stop| {
                tracing::error!(placement = %id, error = %stop, "a report broke off");
                actix_web::error::ErrorInternalServerError("the report broke off")
            })
        }
    });
    let whole = stream::once(std::future::ready(Ok(Bytes::from(first))));
    let body = Box::pin(futures_util::StreamExt::chain(whole, rest));
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            "Content-Disposition",
            format!("attachment; filename=\"acknowledgment-{id}.csv\""),
        ))
        .streaming(body))
}
