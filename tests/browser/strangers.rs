//! What somebody who is not the debtor may learn: nothing.

use crate::site::{CREDITOR, Letter, Site};
use crate::world::run;
use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, redirect::Policy};
use std::collections::BTreeMap;

/// A visitor without a browser: keeps cookies, sees every byte.
pub struct Visitor {
    http: Client,
    address: String,
    host: String,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub fn of(site: &Site) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().redirect(Policy::none()).build().expect("a client");
        let host = site.origin.trim_start_matches("http://").to_owned();
        let port = host.rsplit(':').next().expect("a port").to_owned();
        Self { http, address: format!("http://127.0.0.1:{port}"), host, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> (u16, String) {
        let request = self.http.get(format!("{}{path}", self.address));
        let answer = request.header(HOST, &self.host).header(COOKIE, self.jar()).send().await;
        self.read(answer.expect("an answer")).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let (_, page) = self.get(path).await;
        self.send(path, &seal(&page), fields).await
    }

    async fn send(
        &mut self,
        path: &str,
        seal: &[(String, String)],
        fields: &[(&str, &str)],
    ) -> (u16, String) {
        let own = fields.iter().map(|(k, v)| (k.to_string(), v.to_string()));
        let all: Vec<(String, String)> = seal.iter().cloned().chain(own).collect();
        let body: Vec<String> = all
            .iter()
            .map(|(k, v)| format!("{k}={}", v.replace('+', "%2B").replace(' ', "+")))
            .collect();
        let request = self
            .http
            .post(format!("{}{path}", self.address))
            .header(HOST, &self.host)
            .header(COOKIE, self.jar())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        let answer = request.send().await.expect("an answer");
        self.read(answer).await
    }

    fn jar(&self) -> String {
        self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("; ")
    }

    /// Status and text; of a redirect, where it leads.
    async fn read(&mut self, answer: Response) -> (u16, String) {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = answer.status().as_u16();
        if let Some(to) = answer.headers().get(LOCATION) {
            return (status, to.to_str().expect("text").to_owned());
        }
        (status, answer.text().await.expect("text"))
    }
}

/// The hidden fields of the main form of a page.
fn seal(page: &str) -> Vec<(String, String)> {
    let main = page.split("<main").nth(1).unwrap_or(page);
    ["csrf", "form_id"]
        .into_iter()
        .map(|name| {
            let after = main.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or("\"");
            (name.to_owned(), after.split('"').next().expect("a value").to_owned())
        })
        .collect()
}

/// A page without what is random in it.
fn plain(page: &str) -> String {
    let mut plain = String::new();
    let mut rest = page;
    while let Some(at) =
        ["name=\"csrf\"", "name=\"form_id\""].iter().filter_map(|n| rest.find(n)).min()
    {
        let (before, after) = rest.split_at(at);
        plain.push_str(before);
        rest = after.split_once('>').expect("a tag").1;
    }
    plain.push_str(rest);
    plain
}

const TELLING: [&str; 14] = [
    "debt", "collect", "owe", "balance", "creditor", "past due", "deuda", "cobro", "cobra",
    "acreedor", "adeud", "mora", "hospital", "$",
];

#[test]
fn no_page_says_what_it_is_about_before_identity_is_proven() {
    run(async {
        let site = Site::open().await;
        let letter = site.letter().await;
        for language in ["en", "es"] {
            let mut visitor = Visitor::of(&site);
            visitor.cookies.insert("__Host-language".to_owned(), language.to_owned());
            let mut seen = Vec::new();
            for path in [
                "/",
                "/start",
                "/link",
                "/link/sent",
                "/not-me",
                "/not-me/done",
                "/verify",
                "/code",
                "/zip",
                "/accounts",
                "/check",
                "/method",
                "/l/unknown",
                "/nothing",
                "/receipts/pay_x",
            ] {
                seen.push(visitor.get(path).await.1);
            }
            seen.push(visitor.get(&format!("/r/{}", letter.reference)).await.1);
            seen.push(visitor.post("/start", &[("reference", &letter.reference)]).await.1);
            seen.push(visitor.get("/verify").await.1);
            seen.push(visitor.post("/verify", &[("zip", "91111"), ("ssn", "1111")]).await.1);
            seen.push(visitor.get("/code").await.1);
            seen.push(visitor.post("/code", &[("code", "123456")]).await.1);
            for page in seen {
                let low = plain(&page).to_lowercase();
                for word in TELLING {
                    assert!(!low.contains(word), "{word:?} stands in {page}");
                }
                assert!(!page.contains(CREDITOR));
            }
        }
    });
}

#[test]
fn a_hit_and_a_miss_look_the_same() {
    run(async {
        let site = Site::open().await;
        let letter = site.letter().await;
        let unknown = domain::Reference::from_random(12_345).to_string();
        let mut answers = Vec::new();
        for reference in [letter.reference.as_str(), unknown.as_str()] {
            let mut visitor = Visitor::of(&site);
            let mut pages = vec![visitor.post("/start", &[("reference", reference)]).await];
            pages.push(visitor.post("/verify", &[("zip", "91111"), ("ssn", "1111")]).await);
            pages.push(visitor.post("/code", &[("code", "123456")]).await);
            pages.push(visitor.get("/code").await);
            answers.push(pages.into_iter().map(|(s, p)| (s, plain(&p))).collect::<Vec<_>>());
        }
        assert_eq!(answers[0], answers[1]);
        let mut link = Vec::new();
        for email in [letter.email.as_str(), "nobody@people.example"] {
            let mut visitor = Visitor::of(&site);
            link.push(visitor.post("/link", &[("email", email)]).await);
        }
        assert_eq!(link[0], link[1]);
    });
}

#[test]
fn guessing_ends_after_five_tries() {
    run(async {
        let site = Site::alone().await;
        let letter = site.letter().await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let mut visitor = Visitor::of(&site);
            visitor.post("/start", &[("reference", &letter.reference)]).await;
            let facts = [("zip", "10001"), ("ssn", "1234")];
            statuses.push(visitor.post("/verify", &facts).await.0);
        }
        assert_eq!(statuses, [303, 303, 303, 303, 303, 429]);
        site.world().wait(chrono::Duration::minutes(16));
        let mut visitor = Visitor::of(&site);
        visitor.post("/start", &[("reference", &letter.reference)]).await;
        assert_eq!(visitor.post("/verify", &[("zip", "10001"), ("ssn", "1234")]).await.0, 303);
    });
}

#[test]
fn a_form_that_is_not_ours_changes_nothing() {
    run(async {
        let site = Site::open().await;
        let paths = [
            "/language",
            "/sign-out",
            "/start",
            "/verify",
            "/code",
            "/code/again",
            "/link",
            "/l/x",
            "/l/x/not-me",
            "/zip",
            "/not-me",
            "/accounts/acct_x",
            "/pay/full",
            "/pay/part",
            "/method",
            "/check",
        ];
        for path in paths {
            let mut visitor = Visitor::of(&site);
            visitor.get("/").await;
            let no_seal: [(String, String); 0] = [];
            assert_eq!(visitor.send(path, &no_seal, &[("reference", "x")]).await.0, 403, "{path}");
        }
    });
}

#[test]
fn a_link_works_once_and_only_with_the_zip_code() {
    run(async {
        let site = Site::open().await;
        let letter = site.letter().await;
        Visitor::of(&site).post("/link", &[("email", &letter.email)]).await;
        let link = site.link(&letter.email).await;
        let path = link.trim_start_matches(site.origin.as_str()).to_owned();
        let mut visitor = Visitor::of(&site);
        assert_eq!(visitor.get(&path).await.0, 200, "opening uses nothing up");
        assert_eq!(visitor.post(&path, &[]).await, (303, "/zip".to_owned()));
        assert_eq!(visitor.post("/zip", &[("zip", "10001")]).await.0, 422);
        let mut other = Visitor::of(&site);
        assert!(other.post(&path, &[]).await.1.contains("can no longer be used"));
        assert_eq!(visitor.post("/zip", &[("zip", "91111")]).await, (303, "/accounts".to_owned()));
        assert_eq!(visitor.get("/accounts").await.0, 303);
    });
}

#[test]
fn mail_to_debtors_tells_nothing_to_others() {
    run(async {
        let site = Site::open().await;
        let letter = site.letter().await;
        Visitor::of(&site).post("/link", &[("email", &letter.email)]).await;
        let mail = site.mail(&letter.email).await.to_lowercase();
        for word in TELLING {
            assert!(!mail.contains(word), "{word:?} stands in {mail}");
        }
    });
}

#[test]
fn another_persons_account_is_not_there() {
    run(async {
        let site = Site::open().await;
        let (mine, theirs) = (site.letter().await, site.letter().await);
        let mut visitor = Visitor::of(&site);
        enter(&site, &mut visitor, &mine).await;
        assert_eq!(visitor.get(&format!("/accounts/{}", mine.account)).await.0, 200);
        let unknown = domain::AccountId(uuid::Uuid::now_v7());
        for rest in ["", "/dispute", "/cannot-pay", "/contact"] {
            let other = visitor.get(&format!("/accounts/{}{rest}", theirs.account)).await;
            let nobody = visitor.get(&format!("/accounts/{unknown}{rest}")).await;
            assert_eq!(other.0, 404);
            let (theirs, unknown) = (theirs.account.to_string(), unknown.to_string());
            assert_eq!(plain(&other.1).replace(&theirs, &unknown), plain(&nobody.1));
        }
        let wish = [("wish", "full")];
        let path = format!("/accounts/{}", mine.account);
        let (_, page) = visitor.get(&path).await;
        let there = format!("/accounts/{}", theirs.account);
        assert_eq!(visitor.send(&there, &seal(&page), &wish).await.0, 404);
    });
}

#[test]
fn a_wrong_person_ends_the_use_of_an_address_without_a_name() {
    run(async {
        let site = Site::open().await;
        let letter = site.letter().await;
        let mut visitor = Visitor::of(&site);
        let unknown = domain::Reference::from_random(54_321).to_string();
        for reference in [letter.reference.as_str(), unknown.as_str()] {
            let told = visitor.post("/not-me", &[("reference", reference)]).await;
            assert_eq!(told, (303, "/not-me/done".to_owned()));
        }
        assert_eq!(site.debts.count("contact_point", "bad AND kind = 'address'").await, 1);
        assert_eq!(site.debts.count("contact_point", "bad AND kind <> 'address'").await, 0);
        let trail = "action = 'contact_point.wrong_party'";
        assert_eq!(site.debts.count("audit", trail).await, 1);
    });
}

#[test]
fn signing_out_ends_the_session() {
    run(async {
        let site = Site::open().await;
        let letter = site.letter().await;
        let mut visitor = Visitor::of(&site);
        enter(&site, &mut visitor, &letter).await;
        let path = format!("/accounts/{}", letter.account);
        let (_, page) = visitor.get(&path).await;
        let kept = visitor.cookies.clone();
        assert_eq!(visitor.send("/sign-out", &seal(&page), &[]).await.1, "/?ended=1");
        visitor.cookies = kept;
        assert_eq!(
            visitor.get(&path).await,
            (303, "/?ended=1".to_owned()),
            "a kept cookie is dead"
        );
        assert_eq!(site.debts.count("timeline_entry", "kind = 'debtor_signed_in'").await, 1);
    });
}

/// Signs in by the mailed link.
async fn enter(site: &Site, visitor: &mut Visitor, letter: &Letter) {
    visitor.post("/link", &[("email", &letter.email)]).await;
    let link = site.link(&letter.email).await;
    let path = link.trim_start_matches(site.origin.as_str()).to_owned();
    visitor.post(&path, &[]).await;
    assert_eq!(visitor.post("/zip", &[("zip", letter.zip)]).await.0, 303);
}
