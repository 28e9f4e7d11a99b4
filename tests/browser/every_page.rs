//! Every page of the debtor site: no accessibility violation, no sideways scroll, no complaint in
//! the console; in both schemes, both languages, three widths.

use crate::agreeing;
use crate::axe;
use crate::browser::{Eyes, Window, visit};
use crate::journeys;
use crate::site::{Letter, Site};
use crate::world::run;
use std::sync::Arc;

#[test]
fn every_page_is_accessible_in_english() {
    run(async { walk("en").await });
}

#[test]
fn every_page_is_accessible_in_spanish() {
    run(async { walk("es").await });
}

async fn walk(language: &'static str) {
    let site = Arc::new(Site::open().await);
    let eyes = Eyes { language, ..Eyes::default() };
    visit(eyes, move |window| async move {
        let letter = site.letter().await;
        for path in
            ["/", "/start", "/link", "/link/sent", "/not-me", "/not-me/done", "/l/x", "/gone"]
        {
            window.open_page(&format!("{}{path}", site.origin)).await;
            inspect(&window, eyes, &format!("{language}-out{}", path.replace('/', "-"))).await;
        }
        window.open_page(&format!("{}/start", site.origin)).await;
        window.fill("reference", "nonsense").await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "start-wrong")).await;
        window.fill("reference", &letter.reference).await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "verify")).await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "verify-wrong")).await;
        window.fill("zip", "12345").await;
        window.fill("ssn", "0000").await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "code")).await;
        window.fill("code", "000000").await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "code-wrong")).await;
        journeys::enter_by_link(&site, &window, &letter).await;
        inspect(&window, eyes, &named(language, "hub")).await;
        window.press("form.ask button").await;
        inspect(&window, eyes, &named(language, "hub-wrong")).await;
        for path in ["dispute", "cannot-pay", "contact"] {
            window.open_page(&format!("{}/accounts/{}/{path}", site.origin, letter.account)).await;
            inspect(&window, eyes, &named(language, path)).await;
        }
        window.open_page(&format!("{}/accounts", site.origin)).await;
        journeys::wish(&window, "part").await;
        inspect(&window, eyes, &named(language, "part")).await;
        window.fill("amount", "1").await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "part-wrong")).await;
        window.fill("amount", "100").await;
        window.press("main form button").await;
        inspect(&window, eyes, &named(language, "method")).await;
        for path in ["method/phone", "method/post", "pay/full", "check"] {
            window.open_page(&format!("{}/{path}", site.origin)).await;
            inspect(&window, eyes, &named(language, &path.replace('/', "-"))).await;
        }
        window.press("main form button").await;
        let page = window.url().await;
        let payment = journeys::newest_payment(&site, &letter).await;
        window.open_page(&format!("{}/return?payment={payment}&back=1", site.origin)).await;
        inspect(&window, eyes, &named(language, "return-cancelled")).await;
        window.open_page(&format!("{}/return?payment={payment}", site.origin)).await;
        inspect(&window, eyes, &named(language, "return-checking")).await;
        window.open_page(&page).await;
        journeys::pay_with_debit_card(&window).await;
        journeys::until_paid(&site, &window).await;
        inspect(&window, eyes, &named(language, "return-paid")).await;
        window.press("main .button").await;
        inspect(&window, eyes, &named(language, "receipt")).await;
        window.open_page(&format!("{}/accounts/{}", site.origin, letter.account)).await;
        inspect(&window, eyes, &named(language, "hub-after")).await;
        agreements(&site, &window, eyes, &letter).await;
        site.second_debt(&letter).await;
        window.open_page(&format!("{}/accounts", site.origin)).await;
        inspect(&window, eyes, &named(language, "accounts")).await;
        site.debts.set(letter.account, "status = 'BKY'").await;
        window.open_page(&format!("{}/accounts/{}", site.origin, letter.account)).await;
        inspect(&window, eyes, &named(language, "hub-bankruptcy")).await;
    })
    .await;
}

/// The pages of settling and of installments, with everything wrong that can be.
async fn agreements(site: &Site, window: &Window, eyes: Eyes, letter: &Letter) {
    let language = eyes.language;
    site.settles().await;
    let hub = format!("{}/accounts/{}", site.origin, letter.account);
    window.open_page(&hub).await;
    inspect(window, eyes, &named(language, "hub-offers")).await;
    journeys::wish(window, "settle").await;
    inspect(window, eyes, &named(language, "settle")).await;
    window.press("form.ask button").await;
    inspect(window, eyes, &named(language, "settle-wrong")).await;
    agreeing::settle(site, window, 2).await;
    inspect(window, eyes, &named(language, "settle-check")).await;
    window.open_page(&hub).await;
    journeys::wish(window, "plan").await;
    inspect(window, eyes, &named(language, "plan")).await;
    agreeing::build(site, window, "10").await;
    inspect(window, eyes, &named(language, "plan-wrong")).await;
    agreeing::build(site, window, "400").await;
    inspect(window, eyes, &named(language, "plan-preview")).await;
    window.press("a.button[href='/plan/check']").await;
    inspect(window, eyes, &named(language, "plan-check")).await;
    window.press("main form button").await;
    inspect(window, eyes, &named(language, "plan-agreed")).await;
    window.open_page(&hub).await;
    inspect(window, eyes, &named(language, "hub-plan")).await;
}

fn named(language: &str, name: &str) -> String {
    format!("{language}-{name}")
}

/// Looks at the open page in both schemes and three widths.
pub async fn inspect(window: &Window, eyes: Eyes, name: &str) {
    let lang = window.ask("return document.documentElement.lang").await;
    assert_eq!(lang, eyes.language, "{name}");
    let heads = window.ask("return document.querySelectorAll('h1').length").await;
    assert_eq!(heads, 1, "{name} has one heading");
    for (width, dark) in [(1280, false), (1280, true), (390, true), (390, false), (320, false)] {
        window.look(Eyes { width, dark, ..eyes }).await;
        let squeezed = axe::squeezed(window).await;
        assert!(squeezed.is_empty(), "{name} at {width}: {squeezed:#?}");
        if width == 320 {
            continue;
        }
        let wrong = axe::violations(window).await;
        let scheme = if dark { "dark" } else { "light" };
        window.picture(&format!("{name}-{width}-{scheme}")).await;
        assert!(wrong.is_empty(), "{name} at {width}, {scheme}: {wrong:#?}");
    }
    window.look(eyes).await;
    let complaints: Vec<String> = window
        .complaints()
        .await
        .into_iter()
        .filter(|line| !line.contains("the server responded with a status of 4"))
        .collect();
    assert!(complaints.is_empty(), "{name}: {complaints:#?}");
}
