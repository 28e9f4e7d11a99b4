//! Who is calling: a bearer token (a person's access token or a program's API key). Whether they may
//! is decided by the use case, not here.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use service::App;
use service::access;
use service::actor::{Actor, PlatformAdmin};

use crate::limit::Limits;
use crate::problem::Problem;

/// Whoever acts inside an agency: staff, a creditor's user, or a program.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Actor);

/// The platform's administrator.
#[derive(Debug, Clone)]
pub struct Platform(pub PlatformAdmin);

impl FromRequest for Authenticated {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let (app, limits, token) = parts(&req)?;
            let actor = access::authenticate(&app, &token).await?;
            limits.count_principal(&req, actor.principal())?;
            Ok(Self(actor))
        })
    }
}

impl FromRequest for Platform {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let (app, limits, token) = parts(&req)?;
            let admin = access::authenticate_platform(&app, &token).await?;
            limits.count_principal(&req, admin.id().0)?;
            Ok(Self(admin))
        })
    }
}

type Parts = (web::Data<App>, web::Data<Limits>, String);

fn parts(req: &HttpRequest) -> Result<Parts, Problem> {
    let app = req.app_data::<web::Data<App>>().cloned().ok_or_else(Problem::internal)?;
    let limits = req.app_data::<web::Data<Limits>>().cloned().ok_or_else(Problem::internal)?;
    Ok((app, limits, bearer(req).ok_or_else(Problem::unauthenticated)?))
}

/// The one bearer token of the request; two Authorization headers are none.
fn bearer(req: &HttpRequest) -> Option<String> {
    let mut values = req.headers().get_all(header::AUTHORIZATION);
    let (one, none) = (values.next()?, values.next());
    if none.is_some() {
        return None;
    }
    let (scheme, token) = one.to_str().ok()?.split_once(' ')?;
    let fits = scheme.eq_ignore_ascii_case("bearer") && (1..=4096).contains(&token.len());
    fits.then(|| token.to_owned())
}
