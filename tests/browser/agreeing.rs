//! Agreeing to a plan or a settlement on the debtor site.

use crate::browser::{Eyes, Window, visit};
use crate::journeys::{enter_by_link, pay_with_debit_card, until_paid, wish};
use crate::site::Site;
use crate::world::run;
use std::sync::Arc;

#[test]
fn a_debtor_makes_a_plan_and_pays_its_first_payment_with_scripts() {
    run(async { makes_a_plan(Eyes::default()).await });
}

#[test]
fn a_debtor_makes_a_plan_without_scripts_on_a_narrow_telephone() {
    let eyes = Eyes { scripts: false, width: 320, ..Eyes::default() };
    run(async move { makes_a_plan(eyes).await });
}

async fn makes_a_plan(eyes: Eyes) {
    let site = Arc::new(Site::open().await);
    visit(eyes, move |window| async move {
        let letter = site.letter().await;
        enter_by_link(&site, &window, &letter).await;
        wish(&window, "plan").await;
        assert_eq!(window.path().await, "/plan");
        build(&site, &window, "10").await;
        let problem = window.text("#amount-problem").await;
        // At most twelve payments: 2,284.56 / 12 is 190.38.
        assert!(problem.contains("$190.38") || problem.contains("$25.00"), "{problem}");
        let help = format!("main form a[href='/accounts/{}/cannot-pay']", letter.account);
        assert_eq!(window.text(&help).await, "I can't afford that");
        build(&site, &window, "400").await;
        assert_eq!(window.path().await, "/plan");
        assert_eq!(window.text("#schedule").await, "Your plan: 6 payments");
        assert_eq!(window.text("tbody tr:last-child td").await, "$284.56");
        assert_eq!(window.text("tfoot td").await, "$2,284.56");
        window.press("a.button[href='/plan/check']").await;
        assert_eq!(window.text("main form button").await, "Agree to 6 payments");
        window.press("main form button").await;
        assert_eq!(window.path().await, format!("/accounts/{}/plan", letter.account));
        let status = site.debts.column(letter.account, "status").await;
        assert_eq!(status.as_deref(), Some("PLN"));
        window.press("main form button").await;
        assert_eq!(window.path().await, "/method");
        assert!(window.text("main").await.contains("$400.00"));
        window.choose("input[value=online]").await;
        window.press("main form button").await;
        window.press("main form button").await;
        pay_with_debit_card(&window).await;
        until_paid(&site, &window).await;
        window.open_page(&format!("{}/accounts/{}/plan", site.origin, letter.account)).await;
        assert_eq!(window.text("tbody tr:first-child td").await, "Paid");
        window.open_page(&format!("{}/accounts", site.origin)).await;
        assert_eq!(window.text(".figure").await, "$1,884.56");
    })
    .await;
}

#[test]
fn a_debtor_settles_for_less_and_what_is_left_is_forgiven() {
    run(async {
        let site = Arc::new(Site::open().await);
        visit(Eyes { width: 390, ..Eyes::default() }, move |window| async move {
            site.settles().await;
            let letter = site.letter().await;
            enter_by_link(&site, &window, &letter).await;
            // 60 % of 2,284.56 is 1,370.736.
            assert!(window.text("form.ask").await.contains("$1,370.74"));
            wish(&window, "settle").await;
            settle(&site, &window, 1).await;
            assert_eq!(window.path().await, "/settle/check");
            assert_eq!(window.text("main form button").await, "Agree to settle for $1,370.74");
            window.press("main form button").await;
            assert_eq!(window.path().await, format!("/accounts/{}/settlement", letter.account));
            window.press("main form button").await;
            window.choose("input[value=online]").await;
            window.press("main form button").await;
            assert!(window.text("main form button").await.contains("$1,370.74"));
            window.press("main form button").await;
            pay_with_debit_card(&window).await;
            until_paid(&site, &window).await;
            // The card's funds are not yet available: nothing is forgiven before.
            let status = site.debts.column(letter.account, "status").await;
            assert_eq!(status.as_deref(), Some("SET"));
            window.open_page(&format!("{}/accounts/{}", site.origin, letter.account)).await;
            assert!(window.text("main").await.contains("All payments are made"));
        })
        .await;
    });
}

/// Fills the plan builder in and asks for the plan.
pub async fn build(site: &Site, window: &Window, amount: &str) {
    window.choose("input[name=how][value=amount]").await;
    window.fill("amount", amount).await;
    window.choose("input[name=often][value=monthly]").await;
    window.fill_date("first", site.in_days(7)).await;
    window.press("form.ask button").await;
}

/// Chooses the first settlement, in so many parts from next week on.
pub async fn settle(site: &Site, window: &Window, parts: u32) {
    window.choose("input[name=offer]").await;
    window.fill("parts", &parts.to_string()).await;
    window.fill_date("first", site.in_days(7)).await;
    window.press("form.ask button").await;
}
