//! Somebody with a browser, by hand: follows links, fills forms, keeps the cookie. Nothing is
//! known but what the pages say.

use crate::world::{House, World};
use actix_web::{App as Routes, HttpServer, web};
use domain::agency::Site;
use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use service::actor::PlatformAdmin;
use service::agencies;
use std::collections::BTreeMap;

/// A browser on one site of one agency.
pub struct Visitor {
    http: Client,
    base: String,
    host: String,
    cookie: Option<String>,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    pub text: String,
    pub bytes: Vec<u8>,
    pub leads_to: Option<String>,
    pub headers: BTreeMap<String, String>,
}

impl World {
    /// Opens one of the sites of an agency on a free port, and a browser on it.
    pub async fn visit(&self, house: &House, site: Site) -> Visitor {
        let host = format!("{}.{}.test", site.name(), house.slug);
        let console = PlatformAdmin::console();
        // A second visitor comes by the same name.
        let _ = agencies::add_host(&self.app, &console, house.id, site, &host).await;
        let app = web::Data::new(self.app.clone());
        let settings = web::Data::new(portal::Settings::default());
        let pages = match site {
            Site::Debtor => portal::debtor,
            Site::Client => portal::client,
            Site::Workspace => portal::workspace,
        };
        let server = HttpServer::new(move || {
            Routes::new().app_data(app.clone()).app_data(settings.clone()).configure(pages)
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let port = server.addrs().first().expect("an address").port();
        tokio::spawn(server.run());
        // A second installation is refused, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Visitor { http, base: format!("http://127.0.0.1:{port}"), host, cookie: None }
    }
}

impl Visitor {
    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.http.get(format!("{}{path}", self.base));
        self.send(request).await
    }

    /// Fills the form of the page at `path` (its hidden fields come along) and sends it to `action`.
    pub async fn fill(&mut self, path: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        let mut all = page.hidden();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(action, &all).await
    }

    /// Presses the button of a form in the header of the page at `path`.
    pub async fn fill_header(&mut self, path: &str, action: &str) -> Page {
        let page = self.get(path).await;
        self.post(action, &page.hidden_of(action)).await
    }

    /// Posts these fields and nothing else.
    pub async fn post(&mut self, action: &str, fields: &[(String, String)]) -> Page {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", coded(name), coded(value)))
            .collect();
        let request = self
            .http
            .post(format!("{}{action}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        self.send(request).await
    }

    /// Fills the form of the page at `path` and sends it with a file.
    pub async fn upload(
        &mut self,
        path: &str,
        action: &str,
        fields: &[(&str, &str)],
        (name, file): (&str, &[u8]),
    ) -> Page {
        let page = self.get(path).await;
        let mut all = page.hidden();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let edge = "the-edge-of-a-part";
        let mut body = Vec::new();
        for (name, value) in all {
            body.extend_from_slice(
                format!(
                    "--{edge}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            format!("--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{edge}--\r\n").as_bytes());
        let request = self
            .http
            .post(format!("{}{action}", self.base))
            .header("content-type", format!("multipart/form-data; boundary={edge}"))
            .body(body);
        self.send(request).await
    }

    /// Signs in with a password, and looks at where that leads.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Page {
        let page =
            self.fill("/sign-in", "/sign-in", &[("email", email), ("password", password)]).await;
        self.follow(page).await
    }

    /// Opens the page that an answer leads to.
    pub async fn follow(&mut self, page: Page) -> Page {
        match page.leads_to {
            Some(ref to) => {
                let to = to.clone();
                self.get(&to).await
            }
            None => page,
        }
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let mut request = request.header(HOST, &self.host);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let answer = request.send().await.expect("an answer");
        self.keep(&answer);
        let (status, leads_to) = (answer.status(), header(&answer, LOCATION.as_str()));
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let bytes = answer.bytes().await.expect("a body").to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Page { status, leads_to, headers, text, bytes }
    }

    fn keep(&mut self, answer: &Response) {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie");
            let pair = cookie.split(';').next().expect("a pair").to_owned();
            self.cookie = (!pair.ends_with('=')).then_some(pair);
        }
    }
}

impl Page {
    /// The heading of the page.
    pub fn heading(&self) -> String {
        let text = self.between("<h1", "</h1>").unwrap_or_default();
        text.split_once('>').map(|(_, text)| text.trim().to_owned()).unwrap_or_default()
    }

    /// What stands between two marks, the first time.
    pub fn between(&self, from: &str, to: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(from)?;
        rest.split_once(to).map(|(inside, _)| inside.to_owned())
    }

    /// The hidden fields of the first posted form of the main part: the forms of the header
    /// (signing out) come before it.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let main = self.text.split_once("id=\"main\"").map_or("", |(_, main)| main);
        fields_of(main.split_once("method=\"post\"").map_or("", |(_, form)| form))
    }

    /// The hidden fields of the form that posts to `action`.
    pub fn hidden_of(&self, action: &str) -> Vec<(String, String)> {
        let mark = format!("method=\"post\" action=\"{action}\"");
        fields_of(self.text.split_once(&mark).map_or("", |(_, form)| form))
    }

    /// The first address on the page that begins so.
    pub fn link(&self, start: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(&format!("href=\"{start}"))?;
        rest.split_once('"').map(|(end, _)| format!("{start}{end}"))
    }
}

fn header(answer: &Response, name: &str) -> Option<String> {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn coded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn fields_of(from: &str) -> Vec<(String, String)> {
    let form = from.split_once("</form>").map_or(from, |(form, _)| form);
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            let (value, _) = rest.split_once('"')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}
