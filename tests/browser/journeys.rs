//! What people come to do.

use crate::browser::{Eyes, Window, visit};
use crate::site::{CREDITOR, Letter, Site};
use crate::world::run;
use domain::PaymentId;
use fantoccini::Locator;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[test]
fn a_debtor_pays_in_full_with_scripts() {
    run(async { pays_in_full(Eyes::default()).await });
}

#[test]
fn a_debtor_pays_in_full_without_scripts_on_a_telephone_in_spanish() {
    let eyes = Eyes { scripts: false, width: 390, language: "es", ..Eyes::default() };
    run(async move { pays_in_full(eyes).await });
}

async fn pays_in_full(eyes: Eyes) {
    let site = Arc::new(Site::open().await);
    visit(eyes, move |window| async move {
        let letter = site.letter().await;
        enter_by_link(&site, &window, &letter).await;
        assert!(window.heading().await.contains(CREDITOR));
        assert_eq!(window.text(".figure").await, "$2,284.56");
        wish(&window, "full").await;
        window.choose("input[value=online]").await;
        window.press("main form button").await;
        assert_eq!(window.path().await, "/check");
        assert!(window.text("main form button").await.contains("$2,284.56"));
        window.press("main form button").await;
        assert!(window.path().await.starts_with("/c/pay/"), "at {}", window.url().await);
        pay_with_debit_card(&window).await;
        until_paid(&site, &window).await;
        window.press("main .button").await;
        assert!(window.path().await.starts_with("/receipts/pay_"));
        assert!(window.text("main").await.contains("$2,284.56"));
        window.open_page(&format!("{}/accounts", site.origin)).await;
        assert_eq!(window.text(".figure").await, "$0.00");
        let complaints = window.complaints().await;
        assert!(complaints.is_empty(), "{complaints:#?}");
    })
    .await;
}

#[test]
fn somebody_who_turns_back_has_paid_nothing_and_may_go_on() {
    run(async {
        let site = Arc::new(Site::open().await);
        visit(Eyes::default(), move |window| async move {
            let letter = site.letter().await;
            enter_by_link(&site, &window, &letter).await;
            wish(&window, "part").await;
            window.fill("amount", "$100").await;
            window.press("main form button").await;
            window.choose("input[value=online]").await;
            window.press("main form button").await;
            window.press("main form button").await;
            let payment = newest_payment(&site, &letter).await;
            let back = format!("{}/return?back=1&payment={payment}", site.origin);
            window.open_page(&back).await;
            assert_eq!(window.heading().await, "You have not paid");
            window.press("main .button").await;
            assert!(window.path().await.starts_with("/c/pay/"), "back at the same page");
            window.open_page(&format!("{}/accounts", site.origin)).await;
            assert_eq!(window.text(".figure").await, "$2,284.56");
        })
        .await;
    });
}

#[test]
fn the_error_summary_takes_the_focus_and_leads_to_the_field() {
    run(async {
        let site = Arc::new(Site::open().await);
        visit(Eyes::default(), move |window| async move {
            window.open_page(&format!("{}/start", site.origin)).await;
            window.fill("reference", "ABC").await;
            window.press("main form button").await;
            assert!(window.client.title().await.expect("a title").starts_with("Error: "));
            let focus = window.ask("return document.activeElement.className").await;
            assert_eq!(focus, "error-summary");
            window.choose(".error-summary a").await;
            assert_eq!(window.ask("return document.activeElement.id").await, "reference");
        })
        .await;
    });
}

#[test]
fn the_language_is_chosen_once() {
    run(async {
        let site = Arc::new(Site::open().await);
        visit(Eyes::default(), move |window| async move {
            window.open_page(&format!("{}/start", site.origin)).await;
            window.press("button[lang=es]").await;
            assert_eq!(window.path().await, "/start");
            assert_eq!(window.heading().await, "Su número de referencia");
            let letter = site.letter().await;
            enter_by_link(&site, &window, &letter).await;
            assert!(window.heading().await.starts_with("Su cuenta con"));
            let spoken = site.debts.count("debtor", "language = 'es'").await;
            assert_eq!(spoken, 1, "and remembered with the debtor");
        })
        .await;
    });
}

#[test]
fn first_visit_weighs_less_than_fourteen_kilobytes() {
    run(async {
        let site = Arc::new(Site::open().await);
        visit(Eyes::default(), move |window| async move {
            let weight = "return performance.getEntriesByType('navigation').concat(\
                performance.getEntriesByType('resource')).map((e) => [e.name, e.transferSize])";
            window.open_page(&format!("{}/", site.origin)).await;
            let first = window.ask(weight).await;
            let letter = site.letter().await;
            enter_by_link(&site, &window, &letter).await;
            let hub = window.ask(weight).await;
            println!("first visit {first}\nhub {hub}");
            let total: u64 =
                first.as_array().expect("a list").iter().filter_map(|e| e[1].as_u64()).sum();
            assert!(total < 14 * 1024, "{total} bytes: {first}");
            let later: u64 =
                hub.as_array().expect("a list").iter().filter_map(|e| e[1].as_u64()).sum();
            assert!(later < 6 * 1024, "{later} bytes: {hub}");
        })
        .await;
    });
}

/// Signs in by the mailed link and the ZIP code.
pub async fn enter_by_link(site: &Site, window: &Window, letter: &Letter) {
    window.open_page(&format!("{}/link", site.origin)).await;
    window.fill("email", &letter.email).await;
    window.press("main form button").await;
    let link = site.link(&letter.email).await;
    window.open_page(&link).await;
    window.press("main form:first-of-type button").await;
    window.fill("zip", letter.zip).await;
    window.press("main form button").await;
    assert!(window.path().await.starts_with("/accounts/acct_"), "at {}", window.url().await);
}

/// Chooses what to do on the hub.
pub async fn wish(window: &Window, wish: &str) {
    window.choose(&format!("input[name=wish][value={wish}]")).await;
    window.press("form.ask button").await;
}

/// Pays on the simulator's page.
pub async fn pay_with_debit_card(window: &Window) {
    window.fill("number", "4000056655665556").await;
    window.fill("expiry", "12/34").await;
    window.fill("cvc", "123").await;
    window.press("section[aria-labelledby=by-card] button.primary").await;
}

/// Looks again until the payment has arrived.
pub async fn until_paid(site: &Site, window: &Window) {
    assert_eq!(window.path().await, "/return", "at {}", window.url().await);
    let patience = Instant::now() + Duration::from_secs(20);
    while window.client.find(Locator::Css(".notice.ok")).await.is_err() {
        assert!(Instant::now() < patience, "the payment does not arrive");
        site.drain().await;
        window.client.refresh().await.expect("looked again");
    }
}

/// The newest payment on an account.
pub async fn newest_payment(site: &Site, letter: &Letter) -> PaymentId {
    let newest = site.debts.newest("payment", letter.account).await;
    PaymentId(newest.parse::<Uuid>().expect("an id"))
}
