//! The door of the client site and of the workspace: sign in, choose a password by a link, sign
//! out; and [`Member`], by which every page behind it knows who asks.

use crate::form::{CsrfForm, Field, Problems};
use crate::page::{MenuItem, Page, Tone, go, show};
use crate::refusal::{Refusal, refused};
use crate::visit::{Visit, broken};
use actix_web::dev::Payload;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use domain::Permission;
use domain::agency::Site;
use serde::Deserialize;
use service::actor::Actor;
use service::entry::{self, Door, EntryRefused, Link};
use service::users::UserRefused;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

/// The pages of the door; both sites have them.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/sign-in", web::get().to(ask))
        .route("/sign-in", web::post().to(sign_in))
        .route("/join/{token}", web::get().to(ask_password))
        .route("/join/{token}", web::post().to(choose_password))
        .route("/sign-out", web::post().to(sign_out));
}

/// Somebody who signed in, with the rights they have at this moment. An extractor: whoever is not
/// signed in is led to the sign-in page.
#[derive(Clone)]
pub struct Member {
    visit: Visit,
    actor: Actor,
}

impl Deref for Member {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequest for Member {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = Visit::of(request);
        Box::pin(async move {
            let visit = visit?;
            let session = visit.session().ok_or(Refusal::SignInFirst)?;
            let actor = entry::actor(visit.app(), &session).await.map_err(broken)?;
            Ok(Self { visit, actor: actor.ok_or(Refusal::SignInFirst)? })
        })
    }
}

impl Member {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether they may.
    pub fn may(&self, permission: Permission) -> bool {
        self.actor.may(permission)
    }

    /// Refuses who may not.
    pub fn require(&self, permission: Permission) -> Result<(), Refusal> {
        if self.may(permission) { Ok(()) } else { Err(Refusal::Forbidden) }
    }

    /// The frame of a page that both sites have, with this heading and the site's own menu.
    pub fn frame(&self, title: impl Into<String>) -> Page {
        match self.kind() {
            Site::Client => crate::client::frame(self, title),
            Site::Workspace => crate::workspace::frame(self, title),
            Site::Debtor => self.visit.page(title),
        }
    }

    /// The frame of a page with this heading and the menu of what this person may open; the entry
    /// that begins the page's own path is marked.
    pub fn page_with(&self, title: impl Into<String>, menu: &[Entry]) -> Page {
        let mut page = self.visit.page(title);
        let here = page.path.clone();
        let inside = |href: &str| match href {
            "/" => here == "/",
            _ => here == href || here.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')),
        };
        page.menu = menu
            .iter()
            .filter(|entry| entry.needs.is_none_or(|needs| self.may(needs)))
            .map(|entry| MenuItem {
                href: entry.href,
                label: entry.label,
                current: inside(entry.href),
            })
            .collect();
        page.member = Some(name_of(&self.actor).to_owned());
        page
    }
}

/// One entry of a site's menu.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Shown to those who may; none: to all.
    pub needs: Option<Permission>,
}

fn name_of(actor: &Actor) -> &str {
    match actor {
        Actor::Staff(staff) => staff.name(),
        Actor::Client(client) => client.name(),
        Actor::ApiKey(_) => "",
    }
}

#[derive(Template)]
#[template(path = "entry/sign_in.html")]
struct SignInPage {
    page: Page,
    email: Field,
    password: Field,
    ended: bool,
}

#[derive(Template)]
#[template(path = "entry/join.html")]
struct JoinPage {
    page: Page,
    link: Link,
    password: Field,
}

#[derive(Template)]
#[template(path = "entry/spent.html")]
struct SpentPage {
    page: Page,
}

#[derive(Deserialize)]
struct Asked {
    ended: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

/// A form that only asks: a button and its seal.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

#[derive(Deserialize)]
struct Chosen {
    password: String,
}

async fn ask(visit: Visit, asked: web::Query<Asked>) -> Result<HttpResponse, Refusal> {
    if visit.session().is_some_and(|session| session.user().is_some()) && asked.ended.is_none() {
        return Ok(go("/"));
    }
    Ok(show_sign_in(&visit, "", Problems::none(), asked.ended.is_some()))
}

fn show_sign_in(visit: &Visit, typed: &str, problems: Problems, ended: bool) -> HttpResponse {
    let page = visit.page("Sign in").with(problems);
    let email =
        page.field("email", "E-mail address").kind("email").autocomplete("username").value(typed);
    let password =
        page.field("password", "Password").kind("password").autocomplete("current-password");
    show(&SignInPage { page: page.clone(), email, password, ended }, &page)
}

async fn sign_in(visit: Visit, form: CsrfForm<Credentials>) -> Result<HttpResponse, Refusal> {
    let Credentials { email, password } = form.fields;
    match entry::with_password(visit.app(), door(&visit), &email, &password).await {
        Ok(cookie) => {
            visit.signed_in(cookie);
            Ok(go("/"))
        }
        Err(refusal @ EntryRefused::NotRight) => {
            let problems = Problems::one("email", refusal.to_string());
            Ok(show_sign_in(&visit, &email, problems, false))
        }
        Err(other) => Err(refused(&other)),
    }
}

async fn ask_password(visit: Visit, token: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let link = entry::link(visit.app(), door(&visit), &token).await.map_err(|e| refused(&e))?;
    Ok(show_join(&visit, link, Problems::none()))
}

fn show_join(visit: &Visit, link: Option<Link>, problems: Problems) -> HttpResponse {
    let Some(link) = link else {
        let page = visit.page("This link is no longer good");
        return crate::page::render(&SpentPage { page }, actix_web::http::StatusCode::GONE);
    };
    let page = visit.page("Choose your password").with(problems);
    let password = page
        .field("password", "New password")
        .hint("At least 15 characters. A short sentence is good; a password manager is better.")
        .kind("password")
        .autocomplete("new-password");
    show(&JoinPage { page: page.clone(), link, password }, &page)
}

async fn choose_password(
    visit: Visit,
    token: web::Path<String>,
    form: CsrfForm<Chosen>,
) -> Result<HttpResponse, Refusal> {
    let door = door(&visit);
    match entry::with_link(visit.app(), door, &token, &form.fields.password).await {
        Ok(cookie) => {
            visit.signed_in(cookie);
            Ok(go("/"))
        }
        Err(EntryRefused::Link(UserRefused::WeakPassword(weak))) => {
            let link = entry::link(visit.app(), door, &token).await.map_err(|e| refused(&e))?;
            Ok(show_join(&visit, link, Problems::one("password", sentence(&weak.to_string()))))
        }
        Err(EntryRefused::Link(UserRefused::LinkSpent)) => {
            Ok(show_join(&visit, None, Problems::none()))
        }
        Err(other) => Err(refused(&other)),
    }
}

async fn sign_out(visit: Visit, _form: CsrfForm<Nothing>) -> Result<HttpResponse, Refusal> {
    visit.sign_out().await?;
    visit.flash(Tone::Done, "You are signed out.").await?;
    Ok(go("/sign-in"))
}

fn door(visit: &Visit) -> Door<'_> {
    Door {
        agency: visit.agency(),
        site: visit.kind(),
        address: visit.address(),
        before: visit.session().map(|session| session.id),
    }
}

/// A refusal's text as a sentence of a page.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}
