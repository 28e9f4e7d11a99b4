use super::*;
use crate::account::AccountStatus as S;
use crate::bucket::{Bucket, Buckets};
use crate::money::{Amount, Money};
use crate::plan::{Dates, Received, charge_on, retry_on};
use crate::rate::Rate;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn amount(minor: i64) -> Amount {
    Amount::new(Money::from_minor(minor)).unwrap()
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

fn tier(days: (u32, Option<u32>), floor: &str, most_parts: u32) -> Tier {
    Tier {
        product: None,
        balance: MoneyRange { from: Money::ZERO, below: None },
        days: DaysRange { from: days.0, below: days.1 },
        terms: Some(TierTerms {
            floor: rate(floor),
            most_parts,
            valid_days: 30,
            acceptance: Acceptance::Auto,
        }),
    }
}

fn tiers() -> Tiers {
    Tiers(vec![
        Tier { terms: None, ..tier((0, Some(91)), "1", 1) },
        tier((91, Some(181)), "0.7", 6),
        tier((181, None), "0.5", 12),
    ])
}

fn ask(offered: Offered) -> Ask<'static> {
    Ask {
        balance: money(243_117),
        days_since_placement: 120,
        product: "medical",
        client_floor: None,
        offered,
        parts: 6,
        today: on("2025-02-03"),
        zone: Tz::America__Chicago,
    }
}

fn consent(parts: u32, first: &str, now: &str) -> Consent {
    Consent {
        parts,
        dates: Dates::Monthly(on(first)),
        by: Acceptance::Auto,
        grace_days: 10,
        now: at(now),
    }
}

/// Example E5: 2,431.17 at 70 % in six parts, accepted on 2025-02-03.
fn accepted() -> Accepted {
    let offer = propose(&tiers(), &ask(Offered::Floor)).unwrap();
    assert_eq!(offer.total, amount(170_182));
    let consent = consent(6, "2025-02-10", "2025-02-03T15:00:00Z");
    accept(&offer, OfferState::Offered, offer.balance, consent).unwrap()
}

fn paid(minor: i64, day: &str) -> Received {
    Received { on: on(day), amount: amount(minor), available_on: Some(on(day)), returned_on: None }
}

/// The first five parts, each on its day.
fn five_paid() -> Vec<Received> {
    ["2025-02-10", "2025-03-10", "2025-04-10", "2025-05-10", "2025-06-10"]
        .map(|day| paid(28_363, day))
        .to_vec()
}

/// The last part of E5: by bank debit on 2025-07-10, held five banking days.
fn last_paid() -> Received {
    let available = crate::calendar::banking_days_after(on("2025-07-10"), 5);
    Received { available_on: Some(available), ..paid(28_367, "2025-07-10") }
}

fn principal(minor: i64) -> Buckets {
    Buckets { principal: money(minor), ..Buckets::default() }
}

#[test]
fn e5_is_divided_to_the_cent_and_each_line_earns_its_commission() {
    let accepted = accepted();
    let parts: Vec<_> = accepted.parts.iter().map(|row| row.amount.minor()).collect();
    assert_eq!(parts, [28_363, 28_363, 28_363, 28_363, 28_363, 28_367]);
    let days: Vec<_> = accepted.parts.iter().map(|row| row.due.to_string()).collect();
    assert_eq!((days[0].as_str(), days[5].as_str()), ("2025-02-10", "2025-07-10"));
    let third = rate("0.333333");
    let fees: Vec<_> =
        accepted.parts.iter().map(|row| third.of(row.amount.money()).unwrap()).collect();
    assert_eq!(fees, [9_454, 9_454, 9_454, 9_454, 9_454, 9_456].map(money));
    // The lines rule: each is rounded, then summed. Rounding the total once gives a cent more.
    assert_eq!(Money::total(fees), Ok(money(56_726)));
    assert_eq!(third.of(accepted.total.money()), Ok(money(56_727)));
}

#[test]
fn e5_breaks_on_the_day_after_grace_and_the_full_balance_is_owed_less_what_was_paid() {
    let accepted = accepted();
    let payments = [paid(28_363, "2025-02-10"), paid(28_363, "2025-03-10")];
    let first = charge_on(on("2025-04-10"));
    let ends = on("2025-04-20");
    assert_eq!(first, on("2025-04-10"));
    assert_eq!(retry_on(first, 1, "insufficient_funds", ends), Some(on("2025-04-14")));
    assert_eq!(retry_on(first, 2, "insufficient_funds", ends), Some(on("2025-04-17")));
    assert_eq!(judge(&accepted, &payments, ends), Ok(OfferState::Accepted));
    assert_eq!(judge(&accepted, &payments, on("2025-04-21")), Ok(OfferState::Broken));
    assert_eq!(
        complete(&accepted, &payments, &principal(186_391), on("2025-04-21")),
        Err(NotFinished::Broken { on: on("2025-04-21") })
    );
    assert_eq!(status_after(OfferState::Broken, S::Settlement), Some(S::Broken));
}

#[test]
fn e5_completes_when_the_last_funds_are_available_and_a_chargeback_takes_it_back() {
    let accepted = accepted();
    let mut payments = five_paid();
    payments.push(last_paid());
    let owed = principal(72_935);
    assert_eq!(judge(&accepted, &payments, on("2025-07-10")), Ok(OfferState::Accepted));
    assert_eq!(
        complete(&accepted, &payments, &owed, on("2025-07-16")),
        Err(NotFinished::NotAvailable { available: money(141_815), total: money(170_182) })
    );
    let released = complete(&accepted, &payments, &owed, on("2025-07-17")).unwrap();
    assert_eq!((released.total, released.buckets), (money(72_935), owed));
    assert_eq!(judge(&accepted, &payments, on("2025-07-17")), Ok(OfferState::Completed));
    assert_eq!(status_after(OfferState::Completed, S::Settlement), Some(S::SettledInFull));

    payments[5].returned_on = Some(on("2025-08-20"));
    assert_eq!(judge(&accepted, &payments, on("2025-08-19")), Ok(OfferState::Completed));
    assert_eq!(judge(&accepted, &payments, on("2025-08-20")), Ok(OfferState::Broken));
    assert_eq!(status_after(OfferState::Broken, S::SettledInFull), Some(S::Broken));
}

#[test]
fn e5_a_return_before_the_funds_are_available_never_releases_anything() {
    let accepted = accepted();
    let mut payments = five_paid();
    payments.push(Received { returned_on: Some(on("2025-07-14")), ..last_paid() });
    for day in ["2025-07-14", "2025-07-17", "2025-07-20"] {
        assert_eq!(judge(&accepted, &payments, on(day)), Ok(OfferState::Accepted), "{day}");
        assert!(complete(&accepted, &payments, &principal(101_302), on(day)).is_err());
    }
    assert_eq!(judge(&accepted, &payments, on("2025-07-21")), Ok(OfferState::Broken));
}

/// A single part paid on the first day and charged back on the fifth: its grace still runs.
#[test]
fn a_chargeback_within_grace_may_be_made_good() {
    let offer = propose(&tiers(), &ask(Offered::Floor)).unwrap();
    let consent = consent(1, "2025-02-10", "2025-02-03T15:00:00Z");
    let accepted = accept(&offer, OfferState::Offered, offer.balance, consent).unwrap();
    let back = Received { returned_on: Some(on("2025-02-08")), ..paid(170_182, "2025-02-03") };
    let again = paid(170_182, "2025-02-20");
    let state = |payments: &[Received], day| judge(&accepted, payments, on(day)).unwrap();
    assert_eq!(state(&[back], "2025-02-07"), OfferState::Completed);
    assert_eq!(state(&[back], "2025-02-08"), OfferState::Accepted);
    assert!(OfferState::Completed.may_become(OfferState::Accepted));
    assert_eq!(status_after(OfferState::Accepted, S::SettledInFull), Some(S::Settlement));
    assert_eq!(state(&[back], "2025-02-21"), OfferState::Broken);
    assert_eq!(state(&[back, again], "2025-02-21"), OfferState::Completed);
}

#[test]
fn what_is_released_empties_every_bucket() {
    let mut owed = Buckets::default();
    for (bucket, minor) in Bucket::ALL.into_iter().zip([50_000, 2_011, 0, 9_999, 1]) {
        owed.set(bucket, money(minor));
    }
    let mut payments = five_paid();
    payments.push(last_paid());
    let released = complete(&accepted(), &payments, &owed, on("2025-07-17")).unwrap();
    assert_eq!(released.total, money(62_011));
    for bucket in Bucket::ALL {
        assert_eq!(released.buckets.get(bucket), owed.get(bucket));
    }
}

#[test]
fn below_the_floor_names_floor_and_offer() {
    let offer = |offered| propose(&tiers(), &ask(offered));
    let below = offer(Offered::Share(rate("0.69"))).unwrap_err();
    assert_eq!(below, OfferRefusal::BelowFloor { floor: money(170_182), offered: money(167_751) });
    assert_eq!(below.code(), "below_floor");
    assert!(offer(Offered::Amount(amount(170_181))).is_err());
    assert_eq!(offer(Offered::Amount(amount(170_182))).unwrap().total, amount(170_182));
    assert_eq!(offer(Offered::Share(rate("1"))).unwrap_err().code(), "not_below_balance");
    let client = Ask { client_floor: Some(rate("0.8")), ..ask(Offered::Floor) };
    assert_eq!(propose(&tiers(), &client).unwrap().total, amount(194_494));
    let lenient = Ask { client_floor: Some(rate("0.1")), ..ask(Offered::Floor) };
    assert_eq!(propose(&tiers(), &lenient).unwrap().total, amount(170_182));
    let parts = Ask { parts: 7, ..ask(Offered::Floor) };
    assert_eq!(propose(&tiers(), &parts), Err(OfferRefusal::TooManyParts { most: 6, asked: 7 }));
    let none = Ask { parts: 0, ..ask(Offered::Floor) };
    assert_eq!(propose(&tiers(), &none).unwrap_err().code(), "no_such_parts");
    let young = Ask { days_since_placement: 90, ..ask(Offered::Floor) };
    assert_eq!(propose(&tiers(), &young).unwrap_err().code(), "not_settled");
    let old = Ask { days_since_placement: 181, ..ask(Offered::Floor) };
    assert_eq!(propose(&tiers(), &old).unwrap().total, amount(121_559));
}

#[test]
fn an_offer_ends_with_the_last_second_of_the_debtors_day() {
    let offer = propose(&tiers(), &ask(Offered::Floor)).unwrap();
    // Thirty days after 3 February; Chicago is six hours behind.
    assert_eq!(offer.last_day, on("2025-03-05"));
    assert_eq!(offer.expires_at, at("2025-03-06T05:59:59Z"));
    assert!(!offer.has_expired(at("2025-03-06T05:59:59.999Z")));
    assert!(offer.has_expired(at("2025-03-06T06:00:00Z")));
    // Summer time; a zone east; the night in which this second comes twice; a day that never was.
    assert_eq!(expires_at(on("2025-07-01"), Tz::America__New_York), at("2025-07-02T03:59:59Z"));
    assert_eq!(expires_at(on("2025-07-01"), Tz::Pacific__Guam), at("2025-07-01T13:59:59Z"));
    assert_eq!(
        expires_at(on("2018-02-17"), Tz::America__Sao_Paulo),
        at("2018-02-18T02:59:59Z"),
        "the later of the two"
    );
    assert!(expires_at(on("2011-12-30"), Tz::Pacific__Apia) >= at("2011-12-30T10:00:00Z"));
}

#[test]
fn an_offer_is_accepted_once_in_time_by_whom_it_names() {
    let offer = propose(&tiers(), &ask(Offered::Floor)).unwrap();
    let now = "2025-02-03T15:00:00Z";
    let code = |offer: &Offer, state, owed, consent| {
        accept(offer, state, owed, consent).unwrap_err().code()
    };
    let good = || consent(6, "2025-02-10", now);
    for state in OfferState::ALL.iter().filter(|state| **state != OfferState::Offered) {
        assert_eq!(code(&offer, *state, offer.balance, good()), "offer_not_open");
        assert!(!state.may_become(OfferState::Offered));
    }
    let refused = |owed, consent| code(&offer, OfferState::Offered, owed, consent);
    let late = consent(1, "2025-03-05", "2025-03-06T06:00:00Z");
    assert_eq!(refused(offer.balance, late), "offer_expired");
    assert_eq!(refused(money(243_116), good()), "balance_changed");
    assert_eq!(refused(offer.balance, consent(7, "2025-02-10", now)), "too_many_parts");
    assert_eq!(refused(offer.balance, consent(1, "2025-03-06", now)), "first_part_too_late");
    let at_once =
        accept(&offer, OfferState::Offered, offer.balance, consent(1, "2025-03-05", now)).unwrap();
    assert_eq!(at_once.parts.len(), 1);
    assert_eq!(at_once.parts[0].amount, offer.total);

    let needs = Offer { acceptance: Acceptance::Supervisor, ..offer };
    for (by, enough) in [
        (Acceptance::Auto, false),
        (Acceptance::Collector, false),
        (Acceptance::Supervisor, true),
        (Acceptance::Client, true),
    ] {
        let consent = Consent { by, ..good() };
        let outcome = accept(&needs, OfferState::Offered, offer.balance, consent);
        assert_eq!(outcome.is_ok(), enough, "{by:?}");
    }
    assert!(!Acceptance::Client.is_given_by(Acceptance::Supervisor));
    assert!(Acceptance::Auto.is_given_by(Acceptance::Auto));
}

#[test]
fn an_account_follows_its_settlement() {
    assert_eq!(status_after(OfferState::Offered, S::Active), None);
    assert_eq!(status_after(OfferState::Accepted, S::Active), Some(S::Settlement));
    assert_eq!(status_after(OfferState::Accepted, S::Plan), Some(S::Settlement));
    assert_eq!(status_after(OfferState::Accepted, S::Disputed), None);
    assert_eq!(status_after(OfferState::Void, S::Settlement), Some(S::Active));
    assert_eq!(status_after(OfferState::Void, S::Bankruptcy), None);
    assert_eq!(status_after(OfferState::Expired, S::Plan), None);
    assert_eq!(status_after(OfferState::Completed, S::SettledInFull), None);
}
