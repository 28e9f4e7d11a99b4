//! A visitor of the sites for `demo --check`: cookies, redirects, forms; a browser without eyes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};

/// Redirects in a row before something must be wrong.
const MOST_REDIRECTS: usize = 10;

/// Somebody with a browser.
pub struct Visitor {
    http: Client,
    /// Cookies by origin: ports do not tell cookies apart, but here nobody shares a host.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

/// A page that was reached.
pub struct Page {
    /// Where it is.
    pub url: String,
    /// How it was answered.
    pub status: StatusCode,
    /// Its text.
    pub html: String,
}

/// A form of a page.
#[derive(Debug, Clone)]
pub struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Visitor {
    /// Somebody who has been nowhere yet.
    pub fn new() -> Result<Self> {
        let http = Client::builder().redirect(Policy::none()).build()?;
        Ok(Self { http, cookies: BTreeMap::new() })
    }

    /// Goes to `url`.
    pub async fn go(&mut self, url: &str) -> Result<Page> {
        self.travel(Method::GET, url.to_owned(), None).await
    }

    /// Sends the form of `page` whose action contains `action`, with `fields` filled in.
    pub async fn send(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page> {
        let forms = page.forms();
        let form = forms.iter().find(|form| form.action.contains(action));
        let form = form.with_context(|| format!("{} has no form for {action}", page.url))?;
        let mut filled = form.fields.clone();
        for (name, value) in fields {
            filled.retain(|(known, _)| known != name);
            filled.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body: Vec<String> = filled
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let url = resolve(&page.url, &form.action);
        self.travel(Method::POST, url, Some(body.join("&"))).await
    }

    async fn travel(&mut self, method: Method, url: String, body: Option<String>) -> Result<Page> {
        let (mut method, mut url, mut body) = (method, url, body);
        for _ in 0..MOST_REDIRECTS {
            let mut request = self.http.request(method.clone(), &url);
            if let Some(jar) = self.cookies.get(origin(&url)) {
                let pairs: Vec<String> = jar.iter().map(|(k, v)| format!("{k}={v}")).collect();
                request = request.header(COOKIE, pairs.join("; "));
            }
            if let Some(body) = body.take() {
                request = request
                    .header("origin", origin(&url))
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(body);
            }
            let answer = request.send().await.with_context(|| format!("{method} {url}"))?;
            self.keep(&url, &answer);
            let status = answer.status();
            if !status.is_redirection() {
                return Ok(Page { url, status, html: answer.text().await? });
            }
            let to = answer.headers().get(LOCATION).context("a redirect to nowhere")?.to_str()?;
            url = resolve(&url, to);
            method = Method::GET;
        }
        bail!("{url} redirects for ever")
    }

    fn keep(&mut self, url: &str, answer: &reqwest::Response) {
        let jar = self.cookies.entry(origin(url).to_owned()).or_default();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            if value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// Fails unless the page was answered well and shows `words`.
    pub fn must_show(&self, words: &str) -> Result<()> {
        ensure!(self.status.is_success(), "{} answered {}", self.url, self.status);
        ensure!(self.text().contains(words), "{} does not show \"{words}\"", self.url);
        Ok(())
    }

    /// What a reader reads: the page without its tags, blanks run together.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (at, part) in self.html.split('<').enumerate() {
            let words = if at == 0 { part } else { part.split_once('>').map_or("", |(_, w)| w) };
            text.push_str(words);
            text.push(' ');
        }
        unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The forms, with what their fields hold.
    fn forms(&self) -> Vec<Form> {
        let after = self.html.split("<form").skip(1);
        after.map(|part| Form::read(part.split("</form").next().unwrap_or_default())).collect()
    }

    /// The address of the link whose address contains `part`.
    pub fn link(&self, part: &str) -> Option<String> {
        let mut links =
            self.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        links.find(|link| link.contains(part)).map(|link| resolve(&self.url, &unescaped(link)))
    }
}

impl Form {
    fn read(html: &str) -> Self {
        let tag = html.split('>').next().unwrap_or_default();
        let mut fields = Vec::new();
        for input in html.split("<input").skip(1) {
            let tag = input.split('>').next().unwrap_or_default();
            let kind = attribute(tag, "type").unwrap_or_default();
            let chosen = !matches!(kind.as_str(), "radio" | "checkbox") || tag.contains("checked");
            if let (Some(name), true) = (attribute(tag, "name"), chosen) {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        Self { action: attribute(tag, "action").unwrap_or_default(), fields }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = tag.split_once(&format!(" {name}=\""))?.1;
    value.split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ]
    .into_iter()
    .chain([("&#38;", "&"), ("&nbsp;", " "), ("&amp;", "&")])
    .fold(text.to_owned(), |text, (code, sign)| text.replace(code, sign))
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(host..).and_then(|rest| rest.find('/')).map(|at| host + at);
    path.and_then(|end| url.get(..end)).unwrap_or(url)
}

fn resolve(base: &str, to: &str) -> String {
    if to.contains("://") {
        to.to_owned()
    } else if to.starts_with('/') {
        format!("{}{to}", origin(base))
    } else if to.is_empty() {
        base.to_owned()
    } else {
        format!("{}/{to}", base.rsplit_once('/').map_or(base, |(folder, _)| folder))
    }
}
