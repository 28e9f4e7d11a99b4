//! Sign-in with what the letter holds: reference, ZIP code and date of birth (or the last digits of the
//! SSN), and a mailed code. The debt comes through the real import, so the facts are found through
//! their blind indexes.

use crate::site::{Letter, Site};
use crate::strangers::Visitor;
use crate::world::run;

const BORN: [(&str, &str); 3] =
    [("birth_month", "11"), ("birth_day", "16"), ("birth_year", "1972")];

#[test]
fn a_letter_two_facts_and_a_mailed_code_let_in() {
    run(async {
        let site = Site::open().await;
        let letter = site.placed_letter().await;
        let mut visitor = asks(&site, &letter, &BORN).await;
        let code = site.code(&letter.email).await;
        let again = [("code", code.as_str())];
        assert_eq!(visitor.post("/code", &again).await, (303, "/accounts".to_owned()));
        let hub = format!("/accounts/{}", letter.account);
        assert_eq!(visitor.get("/accounts").await, (303, hub.clone()), "the only account");
        assert_eq!(visitor.get(&hub).await.0, 200);
    });
}

#[test]
fn the_last_digits_of_the_ssn_do_as_well() {
    run(async {
        let site = Site::open().await;
        let letter = site.placed_letter().await;
        let mut visitor = asks(&site, &letter, &[("ssn", "0481")]).await;
        let code = site.code(&letter.email).await;
        assert_eq!(visitor.post("/code", &[("code", &code)]).await.0, 303);
    });
}

#[test]
fn wrong_facts_send_no_mail() {
    run(async {
        let site = Site::open().await;
        let letter = site.placed_letter().await;
        asks(&site, &letter, &[("ssn", "0482")]).await;
        asks(&site, &Letter { zip: "10001", ..letter.clone() }, &BORN).await;
        site.drain().await;
        assert!(site.mails(&letter.email).is_empty());
        assert_eq!(site.debts.count("challenge", "debtor_id IS NULL").await, 2);
    });
}

#[test]
fn a_code_takes_five_tries_and_ten_minutes_and_only_its_own_visit() {
    run(async {
        let site = Site::alone().await;
        let letter = site.placed_letter().await;
        let mut guessing = asks(&site, &letter, &BORN).await;
        let code = site.code(&letter.email).await;
        let mut elsewhere = asks(&site, &letter, &[("ssn", "9999")]).await;
        assert_eq!(elsewhere.post("/code", &[("code", &code)]).await.0, 422, "another visit");
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            assert_eq!(guessing.post("/code", &[("code", wrong)]).await.0, 422);
        }
        assert_eq!(guessing.post("/code", &[("code", &code)]).await.0, 422, "used up");
        let mut late = asks(&site, &letter, &BORN).await;
        let code = site.code(&letter.email).await;
        site.world().wait(chrono::Duration::minutes(11));
        assert_eq!(late.post("/code", &[("code", &code)]).await.0, 422, "too late");
    });
}

/// Types what is on the letter and two facts; the answer is always the page for the code.
async fn asks(site: &Site, letter: &Letter, fact: &[(&str, &str)]) -> Visitor {
    let mut visitor = Visitor::of(site);
    visitor.post("/start", &[("reference", &letter.reference)]).await;
    let mut facts = vec![("zip", letter.zip)];
    facts.extend(fact);
    assert_eq!(visitor.post("/verify", &facts).await, (303, "/code".to_owned()));
    visitor
}
