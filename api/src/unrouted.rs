//! What no route answers: 405 where the path exists with other methods, else 404.

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::HttpMethod;

use crate::openapi::operations;
use crate::problem::Problem;

/// The paths of the document with their methods.
pub struct RouteTable(Vec<(ResourceDef, Vec<Method>)>);

impl RouteTable {
    /// From the document.
    pub fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        Self(
            paths
                .map(|(path, item)| {
                    let methods =
                        operations(item).into_iter().map(|(method, _)| verb(&method)).collect();
                    (ResourceDef::new(path.as_str()), methods)
                })
                .collect(),
        )
    }

    fn allowed(&self, path: &str) -> Vec<Method> {
        let matching = self.0.iter().filter(|(pattern, _)| pattern.is_match(path));
        matching.flat_map(|(_, methods)| methods.clone()).collect()
    }
}

fn verb(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Trace => Method::TRACE,
        _ => Method::GET,
    }
}

/// The default service.
///
/// # Errors
/// Always: 404 or 405.
pub async fn refuse(req: HttpRequest) -> Result<HttpResponse, Problem> {
    let table = req.app_data::<web::Data<RouteTable>>().ok_or_else(Problem::internal)?;
    let allowed = table.allowed(req.path());
    Err(if allowed.is_empty() {
        Problem::not_found()
    } else {
        Problem::method_not_allowed(&allowed)
    })
}
