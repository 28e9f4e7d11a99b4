//! One request to a site: which agency, whose session, which language.
//!
//! The middleware [`open`] finds them out, hands the request on, then dresses the answer: refusals
//! become pages, every answer gets the security headers, a new visitor gets a cookie.

mod headers;

use crate::locale::{self, Loc};
use crate::page::{Face, Flash, Page, Tone};
use crate::refusal::Refusal;
use actix_web::body::MessageBody;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use chrono_tz::Tz;
use domain::AgencyId;
use domain::agency::{Language, Site};
use service::App;
use service::sessions::{self, Front, NewSession, Session, Subject};
use std::cell::{Cell, RefCell};
use std::future::{Ready, ready};
use std::rc::Rc;

/// The cookie that keeps the language of somebody without a session.
const LANGUAGE: &str = "__Host-language";

/// What the sites are told by the configuration; shared as `web::Data`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origins besides Stripe's own at which a hosted payment page may stand (a simulator, a custom
    /// domain): the policy on forms has to name them, since browsers apply it to redirects too.
    pub checkout_origins: Vec<String>,
    /// `https`, or `http` where the sites run without a proxy that speaks TLS (the demo, tests):
    /// for links in mail and the way back from the payment page.
    pub scheme: &'static str,
    /// Whether the nearest hop is our own proxy, whose `X-Forwarded-For` names the visitor.
    pub behind_proxy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { checkout_origins: Vec::new(), scheme: "https", behind_proxy: false }
    }
}

/// One request. Cheap to clone; an extractor.
#[derive(Clone)]
pub struct Visit(Rc<Inner>);

struct Inner {
    app: web::Data<App>,
    kind: Site,
    front: Front,
    session: RefCell<Option<Session>>,
    language: Cell<Language>,
    cookie: RefCell<String>,
    /// The cookie has to be sent: it is new.
    fresh: Cell<bool>,
    /// The cookie has to be taken away.
    leaving: Cell<bool>,
    flash_shown: Cell<bool>,
    path: String,
    origin: String,
    address: String,
}

impl FromRequest for Visit {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Visit {
    /// The visit that a request is.
    pub fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        request.extensions().get::<Self>().cloned().ok_or(Refusal::Broken)
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The agency whose site it is.
    pub fn agency(&self) -> AgencyId {
        self.0.front.agency
    }

    /// Which of the sites it is.
    pub fn kind(&self) -> Site {
        self.0.kind
    }

    /// What may be known of the agency.
    pub fn front(&self) -> &Front {
        &self.0.front
    }

    /// The agency's time zone.
    pub fn zone(&self) -> Tz {
        self.0.front.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The session, where there is one.
    pub fn session(&self) -> Option<Session> {
        self.0.session.borrow().clone()
    }

    /// The language of the visitor.
    pub fn loc(&self) -> Loc {
        Loc::new(self.0.language.get())
    }

    /// The visitor's address, for limits on attempts: IPv6 by its /64.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// The site's own address, `https://pay.agency.example`; the host is one of the agency's.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// The secret of the visitor's forms.
    pub(crate) fn cookie(&self) -> std::cell::Ref<'_, String> {
        self.0.cookie.borrow()
    }

    /// The frame of a page with this heading.
    pub fn page(&self, title: impl Into<String>) -> Page {
        let session = self.0.session.borrow();
        let signed_in = session.as_ref().is_some_and(|s| s.subject != Subject::Visitor);
        let flash = session
            .as_ref()
            .and_then(|s| s.flash.clone())
            .and_then(|flash| serde_json::from_value(flash).ok());
        self.0.flash_shown.set(flash.is_some());
        let idle = sessions::life(self.0.kind).idle.num_seconds();
        Page {
            kind: self.0.kind,
            title: title.into(),
            agency: Rc::new(self.face()),
            path: self.0.path.clone(),
            signed_in,
            member: None,
            menu: Vec::new(),
            idle: signed_in.then(|| u32::try_from(idle).unwrap_or(u32::MAX)),
            flash,
            problems: crate::form::Problems::none(),
            states_itself: self.0.kind != Site::Debtor,
            loc: self.loc(),
            cookie: self.0.cookie.borrow().clone(),
        }
    }

    fn face(&self) -> Face {
        let front = &self.0.front;
        let name = match self.0.kind {
            Site::Debtor => &front.consumer_name,
            Site::Client | Site::Workspace => &front.display_name,
        };
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Face {
            name: name.clone(),
            own_name: front.display_name.clone(),
            phone: some(&front.phone),
            hours: some(&front.phone_hours),
            address: some(&front.postal_address),
        }
    }

    /// Leaves a message for the next page. Without a session there is nowhere to leave it.
    pub async fn flash(&self, tone: Tone, words: impl Into<String>) -> Result<(), Refusal> {
        let flash = Flash { tone, words: words.into() };
        let value = serde_json::to_value(flash).map_err(|_| Refusal::Broken)?;
        if let Some(session) = self.session() {
            sessions::flash(self.app(), &session, Some(value)).await.map_err(broken)?;
            self.0.flash_shown.set(false);
        }
        Ok(())
    }

    /// The session, started now for a visitor whose journey has something to remember.
    pub async fn remembered(&self) -> Result<Session, Refusal> {
        if let Some(session) = self.session() {
            return Ok(session);
        }
        let cookie = self.0.cookie.borrow().clone();
        let new = NewSession {
            site: self.0.kind,
            subject: Subject::Visitor,
            language: self.0.language.get(),
            cookie: &cookie,
        };
        let session =
            sessions::start_visit(self.app(), self.agency(), new).await.map_err(broken)?;
        self.0.session.replace(Some(session.clone()));
        Ok(session)
    }

    /// Somebody signed in: from now on the new session's cookie is theirs.
    pub fn signed_in(&self, cookie: String) {
        self.0.cookie.replace(cookie);
        self.0.fresh.set(true);
    }

    /// Signs out: the session ends, the cookie goes.
    pub async fn sign_out(&self) -> Result<(), Refusal> {
        if let Some(session) = self.session() {
            sessions::end(self.app(), &session).await.map_err(broken)?;
        }
        self.0.session.replace(None);
        self.0.leaving.set(true);
        Ok(())
    }

    /// Chooses a language: stored in the session, with the debtor, and in a cookie.
    pub async fn speak(&self, language: Language) -> Result<(), Refusal> {
        if let Some(session) = self.session() {
            sessions::speak(self.app(), &session, language).await.map_err(broken)?;
        }
        self.0.language.set(language);
        Ok(())
    }

    fn cookies(&self) -> Vec<Cookie<'static>> {
        let name = cookie_name(self.0.kind);
        let mut cookies = Vec::new();
        if self.0.leaving.get() {
            let mut gone = strict(name, String::new());
            gone.make_removal();
            cookies.push(gone);
        } else if self.0.fresh.get() {
            cookies.push(strict(name, self.0.cookie.borrow().clone()));
        }
        cookies
    }
}

/// A cookie that keeps the language for a year.
pub fn language_cookie(language: Language) -> Cookie<'static> {
    let mut cookie = strict(LANGUAGE, language.name().to_owned());
    cookie.set_max_age(actix_web::cookie::time::Duration::days(365));
    cookie
}

/// Turns a fault of ours into a page, and tells the log.
pub fn broken(fault: impl std::fmt::Display) -> Refusal {
    tracing::error!(%fault, "a page of the sites failed");
    Refusal::Broken
}

/// Opens the visit, hands the request on, dresses the answer.
pub async fn open(
    kind: Site,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let visit = match begin(kind, &mut request).await {
        Ok(visit) => visit,
        Err(refusal) => {
            let mut answer = actix_web::ResponseError::error_response(&refusal);
            headers::dress(answer.headers_mut(), kind, &Settings::default());
            return Ok(request.into_response(answer).map_into_right_body());
        }
    };
    request.extensions_mut().insert(visit.clone());
    let is_get = request.method() == Method::GET;
    let settings = request.app_data::<web::Data<Settings>>().cloned();
    let answered = next.call(request).await?.map_into_boxed_body();
    let mut answered = calm(answered, &visit);
    if let Some(session) = visit.session().filter(|_| is_get && visit.0.flash_shown.get()) {
        let _ = sessions::flash(visit.app(), &session, None).await.map_err(broken);
    }
    let settings = settings.map(|s| s.get_ref().clone()).unwrap_or_default();
    headers::dress(answered.headers_mut(), kind, &settings);
    for cookie in visit.cookies() {
        answered.response_mut().add_cookie(&cookie)?;
    }
    Ok(answered.map_into_left_body())
}

/// Refusals and the framework's bare statuses become pages.
fn calm(answer: ServiceResponse, visit: &Visit) -> ServiceResponse {
    let is_page = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|media| media.starts_with("text/html"));
    if is_page {
        return answer;
    }
    let said = answer.response().error().and_then(|e| e.as_error::<Refusal>()).copied();
    let Some(refusal) = said.or_else(|| Refusal::of_status(answer.status())) else {
        return answer;
    };
    let page = match refusal {
        Refusal::SignInFirst => sign_in(visit.0.kind),
        Refusal::NotFound
        | Refusal::Forbidden
        | Refusal::ForeignForm
        | Refusal::Unreadable
        | Refusal::TooLarge
        | Refusal::TooMany
        | Refusal::WrongMethod
        | Refusal::UnknownHost
        | Refusal::Broken => refusal.show(visit.page("")),
    };
    answer.into_response(page)
}

/// Where people sign in; from there they come back by the ordinary way.
fn sign_in(kind: Site) -> HttpResponse {
    match kind {
        Site::Debtor => crate::page::go("/?ended=1"),
        Site::Client | Site::Workspace => crate::page::go("/sign-in?ended=1"),
    }
}

async fn begin(kind: Site, request: &mut ServiceRequest) -> Result<Visit, Refusal> {
    let app = request.app_data::<web::Data<App>>().cloned().ok_or(Refusal::Broken)?;
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .ok_or(Refusal::UnknownHost)?
        .to_ascii_lowercase();
    let front =
        sessions::front(&app, kind, &host).await.map_err(broken)?.ok_or(Refusal::UnknownHost)?;
    let brought = request
        .cookie(cookie_name(kind))
        .map(|cookie| cookie.value().to_owned())
        .filter(|value| service::random::agency_of(value) == Some(front.agency));
    let session = match &brought {
        Some(cookie) => sessions::find(&app, front.agency, kind, cookie).await.map_err(broken)?,
        None => None,
    };
    let fresh = brought.is_none();
    let cookie = match brought {
        Some(cookie) => cookie,
        None => service::random::token(front.agency).map_err(broken)?,
    };
    let language = match kind {
        Site::Debtor => language_of(request, session.as_ref()),
        Site::Client | Site::Workspace => Language::English,
    };
    Ok(Visit(Rc::new(Inner {
        app,
        kind,
        front,
        session: RefCell::new(session),
        language: Cell::new(language),
        cookie: RefCell::new(cookie),
        fresh: Cell::new(fresh),
        leaving: Cell::new(false),
        flash_shown: Cell::new(false),
        path: request.uri().path().to_owned(),
        origin: origin_of(request, &host),
        address: address_of(request),
    })))
}

/// The session's language, else the cookie's, else the browser's.
fn language_of(request: &ServiceRequest, session: Option<&Session>) -> Language {
    let accepted = || {
        let header = request.headers().get(header::ACCEPT_LANGUAGE);
        locale::accepted(header.and_then(|v| v.to_str().ok()).unwrap_or(""))
    };
    session
        .map(|session| session.language)
        .or_else(|| request.cookie(LANGUAGE).and_then(|cookie| locale::read(cookie.value())))
        .unwrap_or_else(accepted)
}

fn origin_of(request: &ServiceRequest, host: &str) -> String {
    let scheme = request.app_data::<web::Data<Settings>>().map_or("https", |s| s.scheme);
    format!("{scheme}://{host}")
}

fn address_of(request: &ServiceRequest) -> String {
    let behind_proxy =
        request.app_data::<web::Data<Settings>>().is_some_and(|settings| settings.behind_proxy);
    let forwarded = request
        .headers()
        .get("x-forwarded-for")
        .filter(|_| behind_proxy)
        .and_then(|v| v.to_str().ok())
        .and_then(|list| list.rsplit(',').next())
        .and_then(|address| address.trim().parse().ok());
    match forwarded.or_else(|| request.peer_addr().map(|peer| peer.ip())) {
        Some(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(std::net::IpAddr::V4(v4)) => v4.to_string(),
        None => "unknown".to_owned(),
    }
}

/// One name per kind of site: cookies do not tell ports apart.
fn cookie_name(kind: Site) -> &'static str {
    match kind {
        Site::Debtor => "__Host-debtor",
        Site::Client => "__Host-client",
        Site::Workspace => "__Host-staff",
    }
}

/// `Lax`, since people come back from the payment page and from mail.
fn strict(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}
