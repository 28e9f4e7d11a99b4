//! A page: what every template needs, and the headers that every page carries.

use crate::csrf;
use crate::form::{Choices, Field, Problems, Select};
use crate::locale::Loc;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use askama::Template;
use askama::filters::HtmlSafe;
use domain::agency::Site;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;
use uuid::Uuid;

/// What a template extends from: its field is always called `page`.
/// Made by [`crate::visit::Visit::page`]. Words, money and dates are called on it: `page.t("…")`.
#[derive(Debug, Clone)]
pub struct Page {
    /// Which of the sites.
    pub kind: Site,
    /// The heading of the page and, before the agency's name, its title.
    pub title: String,
    /// The agency whose site it is.
    pub agency: Rc<Face>,
    /// The path of this page, to come back to.
    pub path: String,
    /// Whether somebody has signed in.
    pub signed_in: bool,
    /// The name of whoever signed in at the client site or the workspace.
    pub member: Option<String>,
    /// The menu of the site, as far as this person may open it.
    pub menu: Vec<MenuItem>,
    /// Seconds without a click after which the session ends; none: nothing to lose.
    pub idle: Option<u32>,
    /// What the last act came to.
    pub flash: Option<Flash>,
    /// What was wrong with the form of this page.
    pub problems: Problems,
    /// Whether the page itself says that a debt collector speaks; else the footer does.
    pub states_itself: bool,
    pub(crate) loc: Loc,
    pub(crate) cookie: String,
}

/// One entry of the menu.
#[derive(Debug, Clone)]
pub struct MenuItem {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Whether this page is in that part of the site.
    pub current: bool,
}

/// What a visitor may know of an agency before saying who they are.
#[derive(Debug, Clone)]
pub struct Face {
    /// On the debtor site the name that does not reveal debt collection (Reg F 1006.2(j)),
    /// elsewhere the agency's own.
    pub name: String,
    /// The agency's own name, for people whose identity is proven.
    pub own_name: String,
    /// Telephone.
    pub phone: Option<String>,
    /// When it is answered.
    pub hours: Option<String>,
    /// Postal address in one line.
    pub address: Option<String>,
}

/// One message that is shown once, on the page after the act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// Good, bad, or neither.
    pub tone: Tone,
    /// The words, already in the visitor's language.
    pub words: String,
}

/// The tone of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// It worked.
    Done,
    /// Something to know.
    Note,
    /// It did not work.
    Failed,
}

impl Tone {
    /// The class of its box.
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Note => "",
            Self::Failed => "bad",
        }
    }

    /// The ARIA role: interrupts only when something failed.
    pub fn role(self) -> &'static str {
        match self {
            Self::Done | Self::Note => "status",
            Self::Failed => "alert",
        }
    }
}

impl Deref for Page {
    type Target = Loc;
    fn deref(&self) -> &Loc {
        &self.loc
    }
}

impl Page {
    /// The same page with what was wrong: the error summary, the title's prefix and the words at
    /// the fields follow. Make the fields after this.
    pub fn with(mut self, problems: Problems) -> Self {
        self.problems = problems;
        self
    }

    /// The page says by itself that a debt collector speaks (15 USC 1692e(11)): the footer need not.
    pub fn stating_itself(mut self) -> Self {
        self.states_itself = true;
        self
    }

    /// A field that knows what was wrong with it.
    pub fn field(&self, name: &'static str, label: impl Into<String>) -> Field {
        Field::new(name, label, self.problems.of(name).map(str::to_owned))
    }

    /// A question that knows what was wrong with its answer.
    pub fn choices(&self, name: &'static str, question: impl Into<String>) -> Choices {
        Choices::new(name, question, self.problems.of(name).map(str::to_owned))
    }

    /// A list of terms that knows what was wrong with the choice.
    pub fn select(&self, name: &'static str, label: impl Into<String>) -> Select {
        Select::new(name, label, self.problems.of(name).map(str::to_owned))
    }

    /// The hidden fields of every form with `method="post"`: `{{ page.seal() }}`.
    pub fn seal(&self) -> Seal {
        Seal { csrf: csrf::token(&self.cookie), form_id: Uuid::now_v7() }
    }

    /// The class of the body: the sites differ in density. On the debtor site the word for who comes
    /// there must not stand in the source.
    pub fn class(&self) -> &'static str {
        match self.kind {
            Site::Debtor => "public",
            Site::Client => "client",
            Site::Workspace => "workspace",
        }
    }
}

/// The hidden fields of a form.
#[derive(Debug)]
pub struct Seal {
    csrf: String,
    form_id: Uuid,
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<input type=\"hidden\" name=\"csrf\" value=\"{}\">\
             <input type=\"hidden\" name=\"form_id\" value=\"{}\">",
            self.csrf, self.form_id
        )
    }
}

impl HtmlSafe for Seal {}

/// Renders a page with status 200, or 422 when its form had problems.
pub fn show(template: &impl Template, page: &Page) -> HttpResponse {
    let status =
        if page.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    render(template, status)
}

/// Renders a template with a status of its own.
pub fn render(template: &impl Template, status: StatusCode) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// After a post that worked: `303 See Other`.
pub fn go(to: impl AsRef<str>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to.as_ref())).finish()
}
