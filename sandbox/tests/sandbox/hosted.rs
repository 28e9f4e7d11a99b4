//! The hosted page, driven as a browser without JavaScript would.

use serde_json::{Value, json};

use crate::client::{Reply, Town};

async fn open(town: &Town, path: &str) -> Reply {
    town.send("GET", path, &[], "").await.unwrap()
}

async fn submit(town: &Town, path: &str, body: &str) -> Reply {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    town.send("POST", path, &form, body).await.unwrap()
}

fn page_of(session: &Value) -> String {
    let url = session["url"].as_str().unwrap();
    url.split_at(url.find("/c/pay/").unwrap()).1.to_owned()
}

#[tokio::test]
async fn the_page_says_what_it_is_and_works_without_scripts() {
    let town = Town::start();
    let page = open(&town, &page_of(&town.session().await)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("SANDBOX") && page.text.contains("$125.00"));
    assert!(page.text.contains("Account payment &lt;Q-1&gt;"), "text is escaped");
    assert!(!page.text.contains("<script") && !page.text.contains("onclick"));
    assert!(page.text.contains("href=\"http://127.0.0.1:9/cancel\""));
    for field in ["number", "expiry", "cvc", "routing", "account"] {
        assert!(page.text.contains(&format!("<label for=\"{field}\">")), "{field} has a label");
    }
    assert!(page.headers["content-security-policy"].contains("default-src 'none'"));
    town.stop().await;
}

#[tokio::test]
async fn a_typed_debit_card_leads_back_with_the_session_id() {
    let town = Town::start();
    let session = town.session().await;
    let page = page_of(&session);
    let done = submit(
        &town,
        &page,
        "number=4000+0566+5566+5556&expiry=12+%2F+34&cvc=123&email=ana%40example.com",
    )
    .await;
    assert_eq!(done.status, 303);
    let id = session["id"].as_str().unwrap();
    assert_eq!(done.headers["location"], format!("http://127.0.0.1:9/back?s={id}"));
    let paid = town.get(&format!("/v1/checkout/sessions/{id}")).await.json();
    assert_eq!(paid["payment_status"], "paid");
    assert_eq!(paid["customer_details"]["email"], "ana@example.com");
    let twice = submit(&town, &page, "chosen=yes&number=4000056655665556").await;
    assert!(twice.text.contains("already made"), "a second click charges nothing");
    assert_eq!(town.balance().await, 12_107);
    town.stop().await;
}

#[tokio::test]
async fn a_blocked_card_a_decline_and_a_typing_error_each_get_a_sentence() {
    let town = Town::start();
    let page = page_of(&town.session().await);
    for (body, sentence) in [
        ("chosen=yes&number=4242424242424242", "does not accept credit cards"),
        ("chosen=yes&number=4000056655669995", "insufficient funds"),
        ("number=4000056655665556&expiry=12/34&cvc=", "security code is incomplete"),
        ("number=4000056655665556&expiry=12/20&cvc=123", "in the past"),
        ("number=4111111111111111&expiry=12/34&cvc=123", "Never enter a real card"),
        ("account=123&routing=110000000", "test bank accounts only"),
    ] {
        let refused = submit(&town, &page, body).await;
        assert_eq!(refused.status, 402, "{body}");
        assert!(refused.text.contains("role=\"alert\""), "{body}");
        assert!(refused.text.contains(sentence), "{body}: {}", refused.text);
    }
    assert_eq!(town.balance().await, 0);
    town.stop().await;
}

#[tokio::test]
async fn three_d_secure_is_asked_approved_or_failed() {
    let town = Town::start();
    // Credit is blocked by default, and this card is one.
    let body = crate::client::SESSION
        .replace("funding_types_blocked][0]=credit", "funding_types_blocked][0]=prepaid");
    let session = town.post("/v1/checkout/sessions", &body).await.json();
    let page = page_of(&session);
    let asked = submit(&town, &page, "chosen=yes&number=4000002500003155").await;
    assert_eq!(asked.status, 303);
    let question = asked.headers["location"].clone();
    assert!(open(&town, &question).await.text.contains("Approve the payment"));
    let failed = submit(&town, &question, "answer=fail").await;
    assert_eq!(failed.status, 402);
    submit(&town, &page, "chosen=yes&number=4000002500003155").await;
    let approved = submit(&town, &question, "answer=approve").await;
    assert_eq!(approved.status, 303);
    assert!(approved.headers["location"].starts_with("http://127.0.0.1:9/back"));
    let intents = town.get("/v1/payment_intents").await.json();
    assert_eq!(intents["data"].as_array().unwrap().len(), 1, "one intent for all attempts");
    assert_eq!(intents["data"][0]["status"], json!("succeeded"));
    town.stop().await;
}

#[tokio::test]
async fn the_mailbox_shows_what_the_product_wrote() {
    let directory = std::env::temp_dir().join(format!("sandbox-mail-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let letter = "From: Agency <a@example.com>\r\nTo: ana@example.com\r\n\
                  Subject: =?utf-8?q?Su_c=C3=B3digo?=\r\nContent-Type: text/plain\r\n\r\n\
                  Code 123456 <b> http://127.0.0.1:9/r/1.\r\n";
    std::fs::write(directory.join("one.eml"), letter).unwrap();
    let options = sandbox::Options { mail_dir: Some(directory.clone()), ..Default::default() };
    let town = Town::with(options);
    assert!(open(&town, "/_mailbox").await.text.contains("Su código"));
    let page = open(&town, "/_mailbox/one").await.text;
    assert!(page.contains("&lt;b&gt;") && page.contains("href=\"http://127.0.0.1:9/r/1\""));
    let found = open(&town, "/_mailbox.json?to=ANA@example.com").await.json();
    assert!(found["data"][0]["text"].as_str().unwrap().contains("Code 123456"));
    let nobody = open(&town, "/_mailbox.json?to=bea@example.com").await.json();
    assert_eq!(nobody["data"], json!([]));
    assert_eq!(open(&town, "/_mailbox/..%2Fone").await.status, 404);
    std::fs::remove_dir_all(&directory).unwrap();
    town.stop().await;
}

#[tokio::test]
async fn a_payer_who_speaks_spanish_reads_spanish() {
    let town = Town::start();
    let body = format!("{}&locale=es-419", crate::client::SESSION);
    let session = town.post("/v1/checkout/sessions", &body).await.json();
    let page = page_of(&session);
    let shown = open(&town, &page).await.text;
    assert!(shown.contains("lang=\"es\"") && shown.contains("Número de tarjeta"));
    let refused = submit(&town, &page, "chosen=yes&number=4242424242424242").await;
    assert!(refused.text.contains("no acepta tarjetas de crédito"));
    let declined = submit(&town, &page, "chosen=yes&number=4000056655669995").await;
    assert!(declined.text.contains("no tiene fondos suficientes"));
    town.stop().await;
}
