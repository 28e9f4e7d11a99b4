//! Chromium, driven by WebDriver. One driver for the run, a fresh profile for each visit.

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::future::Future;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Stops with the test process: when our end of the pipe closes, the shell ends the driver.
struct Driver {
    url: String,
    _shell: Child,
}

static DRIVER: LazyLock<Option<Driver>> = LazyLock::new(Driver::start);

/// How a visit looks at the site.
#[derive(Debug, Clone, Copy)]
pub struct Eyes {
    pub width: u32,
    pub dark: bool,
    pub scripts: bool,
    pub language: &'static str,
}

impl Default for Eyes {
    fn default() -> Self {
        Self { width: 1280, dark: false, scripts: true, language: "en" }
    }
}

/// A window.
#[derive(Clone)]
pub struct Window {
    pub client: Client,
    http: reqwest::Client,
    base: String,
}

impl Driver {
    fn start() -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let found = Command::new("chromedriver").arg("--version").stdout(Stdio::null()).status();
        if found.is_err() {
            assert!(
                std::env::var_os("REQUIRE_BROWSER").is_none(),
                "chromedriver is missing: install chromium and chromium-driver"
            );
            return None;
        }
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
        let script = format!(
            "chromedriver --port={port} --log-level=OFF >/dev/null 2>&1 & driver=$!; cat >/dev/null; kill $driver"
        );
        let shell = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell");
        Some(Self { url: format!("http://127.0.0.1:{port}"), _shell: shell })
    }
}

/// Opens a window, runs the visit, closes the window whatever happens. Skips without a driver.
pub async fn visit<F, T>(eyes: Eyes, look: impl FnOnce(Window) -> F)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let Some(driver) = DRIVER.as_ref() else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no chromedriver");
        return;
    };
    let window = Window::open(driver, eyes).await;
    let client = window.client.clone();
    let done = tokio::spawn(look(window)).await;
    let _ = client.close().await;
    done.expect("the visit");
}

impl Window {
    async fn open(driver: &Driver, eyes: Eyes) -> Self {
        let lang = format!("--lang={}", eyes.language);
        let mut arguments = vec![
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ];
        arguments.push(&lang);
        let mut prefs = json!({ "intl.accept_languages": eyes.language });
        if !eyes.scripts {
            prefs["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let mut wishes = Map::new();
        wishes
            .insert("goog:chromeOptions".to_owned(), json!({ "args": arguments, "prefs": prefs }));
        wishes.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let client = connect(driver, wishes).await;
        let session = client.session_id().await.expect("an answer").expect("a session");
        let base = format!("{}/session/{session}", driver.url);
        let window = Self { client, http: reqwest::Client::new(), base };
        window.look(eyes).await;
        window
    }

    /// Another width or scheme.
    pub async fn look(&self, eyes: Eyes) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": eyes.width, "height": 900, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
        self.devtools("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await;
        let scheme = if eyes.dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        )
        .await;
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("goog/cdp/execute", &body).await
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.http.post(format!("{}/{path}", self.base)).json(body).send().await;
        let mut answer: Value = answer.expect("the driver answers").json().await.expect("JSON");
        answer["value"].take()
    }

    /// What the console complained about since the last look, favicons and all.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({ "type": "browser" })).await;
        log.as_array()
            .into_iter()
            .flatten()
            .filter_map(|line| line["message"].as_str().map(str::to_owned))
            .collect()
    }

    pub async fn open_page(&self, url: &str) {
        self.client.goto(url).await.expect("the page opens");
    }

    pub async fn path(&self) -> String {
        self.client.current_url().await.expect("an address").path().to_owned()
    }

    pub async fn url(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    pub async fn heading(&self) -> String {
        self.text("h1").await
    }

    pub async fn text(&self, css: &str) -> String {
        let found = self.client.find(Locator::Css(css)).await;
        found.unwrap_or_else(|_| panic!("no {css}")).text().await.expect("text")
    }

    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.client.find(Locator::Id(id)).await;
        let field = field.unwrap_or_else(|_| panic!("no field {id}"));
        field.clear().await.expect("cleared");
        field.send_keys(text).await.expect("typed");
    }

    /// Types into what CSS finds.
    pub async fn type_into(&self, css: &str, text: &str) {
        let field = self.client.find(Locator::Css(css)).await;
        let field = field.unwrap_or_else(|_| panic!("no field at {css}"));
        field.clear().await.expect("cleared");
        field.send_keys(text).await.expect("typed");
    }

    /// Types a date as the keyboard does, month first.
    pub async fn fill_date(&self, id: &str, date: chrono::NaiveDate) {
        let field = self.client.find(Locator::Id(id)).await;
        let field = field.unwrap_or_else(|_| panic!("no field {id}"));
        field.send_keys(&date.format("%m%d%Y").to_string()).await.expect("typed");
        let value = field.prop("value").await.expect("a value");
        assert_eq!(value, Some(date.to_string()), "{id}");
    }

    /// Presses what CSS finds, and waits for the next page.
    pub async fn press(&self, css: &str) {
        let found = self.client.find(Locator::Css(css)).await;
        let element = match found {
            Ok(element) => element,
            Err(_) => panic!("nothing to press at {css} on {}", self.url().await),
        };
        let before = self.client.find(Locator::Css("html")).await.expect("a page");
        element.click().await.unwrap_or_else(|err| panic!("cannot press {css}: {err}"));
        let patience = Instant::now() + Duration::from_secs(10);
        while before.tag_name().await.is_ok() {
            assert!(Instant::now() < patience, "pressing {css} led nowhere: {}", self.url().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.client.wait().for_element(Locator::Css("h1")).await.expect("the next page");
    }

    /// Chooses without leaving the page.
    pub async fn choose(&self, css: &str) {
        let element = self.client.find(Locator::Css(css)).await;
        let element = element.unwrap_or_else(|_| panic!("nothing to choose at {css}"));
        element.click().await.expect("chosen");
    }

    pub async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("the script runs")
    }

    /// The whole page as a picture, into `target/screens/`.
    pub async fn picture(&self, name: &str) {
        let shot = self
            .devtools(
                "Page.captureScreenshot",
                json!({ "format": "png", "captureBeyondViewport": true }),
            )
            .await;
        let data = shot["data"].as_str().expect("a picture");
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data);
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), bytes.expect("base 64"))
            .expect("written");
    }
}

async fn connect(driver: &Driver, wishes: Map<String, Value>) -> Client {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        match builder.capabilities(wishes.clone()).connect(&driver.url).await {
            Ok(client) => return client,
            Err(err) => assert!(Instant::now() < patience, "no browser: {err}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
