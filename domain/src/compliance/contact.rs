//! May somebody be contacted about an account: what is known today. The counting of calls, the zones of
//! telephone numbers, the permissions for electronic addresses and the law of the states are not
//! decided here yet: where they matter the answer is what is needed, never "allowed".

use super::case::{Case, ContactFacts};
use super::{Decision, Effect, Evidence, Finding, Need, Obligation, Rule};
use crate::account::Restriction;
use chrono::{DateTime, Duration, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

names! {
    /// The way in which somebody is contacted.
    Medium {
        /// A telephone call.
        Phone = "phone";
        /// A letter.
        Mail = "mail";
        /// An e-mail.
        Email = "email";
        /// A text message.
        Text = "text";
    }
}

/// Why somebody is contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To collect.
    Collect,
    /// To answer what the debtor asked.
    Answer,
    /// Because law requires it.
    Required,
}

/// A contact with the debtor that is intended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The medium of the contact.
    pub medium: Medium,
    /// What it is for.
    pub purpose: Purpose,
    /// When: of the call, or of the sending.
    pub at: DateTime<Utc>,
}

/// Whether the debtor may be contacted about an account.
pub fn may_contact(case: &Case, known: &ContactFacts, attempt: &Attempt) -> Decision {
    let mut found: Vec<Finding> = by_status(case, attempt.purpose).into_iter().collect();
    for kind in case.standing() {
        found.extend(by_restriction(case, kind, attempt));
    }
    if attempt.purpose == Purpose::Collect && !case.owed.is_positive() {
        found.push(Finding::new(
            Rule::NothingOwed,
            Effect::Prohibit,
            [Evidence::Payable(case.payable())],
        ));
    }
    found.extend(by_time(known, attempt));
    found.extend(by_medium(known, attempt));
    found.push(Finding::new(Rule::State, Effect::Need(Need::StateLaw), []));
    Decision::of(found, obligations(case, attempt))
}

fn by_status(case: &Case, purpose: Purpose) -> Option<Finding> {
    let rule = Rule::of_status(case.status)?;
    Some(Finding::new(rule, unless_answer(purpose), [Evidence::Status(case.status)]))
}

/// Collecting is forbidden; an answer or a notice of law may be allowed, which a person decides.
fn unless_answer(purpose: Purpose) -> Effect {
    match purpose {
        Purpose::Collect => Effect::Prohibit,
        Purpose::Answer | Purpose::Required => Effect::Need(Need::Review),
    }
}

fn by_restriction(case: &Case, kind: Restriction, attempt: &Attempt) -> Option<Finding> {
    let unless_answer = unless_answer(attempt.purpose);
    let place_bound = match attempt.medium {
        Medium::Phone | Medium::Mail => true,
        Medium::Email | Medium::Text => false,
    };
    let (rule, effect) = match kind {
        Restriction::Bankruptcy => (Rule::Stay, Effect::Prohibit),
        Restriction::IdentityTheft => (Rule::IdentityTheft, unless_answer),
        Restriction::Attorney => match attempt.purpose {
            Purpose::Collect => (Rule::Attorney, Effect::Prohibit),
            Purpose::Answer | Purpose::Required => {
                (Rule::Attorney, Effect::Need(Need::AttorneyOnly))
            }
        },
        Restriction::Cease => (Rule::Cease, unless_answer),
        Restriction::Dispute => (Rule::Disputed, unless_answer),
        Restriction::Hold => (Rule::Hold, unless_answer),
        Restriction::NoItemization => (Rule::NoItemization, unless_answer),
        Restriction::Deceased => (Rule::Deceased, Effect::Need(Need::Estate)),
        Restriction::Minor => (Rule::Minor, Effect::Need(Need::Guardian)),
        Restriction::InconvenientTime => (Rule::KnownTime, Effect::Need(Need::Preference)),
        Restriction::InconvenientPlace if place_bound => {
            (Rule::Place, Effect::Need(Need::Preference))
        }
        Restriction::InconvenientPlace => return None,
        Restriction::Scra => (Rule::Scra, Effect::Warn),
    };
    let set = case.restrictions.iter().any(|one| one.kind == kind);
    let evidence = if set { Evidence::Restriction(kind) } else { Evidence::Status(case.status) };
    Some(Finding::new(rule, effect, [evidence]))
}

/// After eight and before nine at night in every zone in which the debtor may be; a letter has no hour.
/// A zone by an address alone does not prove where the debtor is: telephone numbers name others.
fn by_time(known: &ContactFacts, attempt: &Attempt) -> Vec<Finding> {
    if attempt.medium == Medium::Mail {
        return Vec::new();
    }
    let mut found = vec![Finding::new(Rule::Time, Effect::Need(Need::Location), [])];
    let until = known.zones.iter().filter_map(|zone| opens(*zone, attempt.at)).max();
    if let Some(until) = until {
        let night = Finding::new(Rule::Time, Effect::Prohibit, []);
        found.push(Finding { until: Some(until), ..night });
    }
    found
}

/// When the day begins in a zone where it is night at `at`; none where it is day.
fn opens(zone: Tz, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let local = at.with_timezone(&zone).naive_local();
    let (eight, nine) = (NaiveTime::from_hms_opt(8, 0, 0)?, NaiveTime::from_hms_opt(21, 0, 0)?);
    let day = if local.time() <= eight {
        local.date()
    } else if local.time() >= nine {
        local.date().succ_opt()?
    } else {
        return None;
    };
    // The hour itself is not convenient yet: the first second after it is.
    let first = day.and_time(eight) + Duration::seconds(1);
    zone.from_local_datetime(&first).earliest().map(|start| start.with_timezone(&Utc))
}

fn by_medium(known: &ContactFacts, attempt: &Attempt) -> Vec<Finding> {
    if known.consent == Some(false) {
        return vec![Finding::new(Rule::Refused, unless_answer(attempt.purpose), [])];
    }
    match attempt.medium {
        Medium::Phone => {
            vec![Finding::new(Rule::Frequency, Effect::Need(Need::Frequency), [])]
        }
        Medium::Email | Medium::Text => {
            vec![Finding::new(Rule::ElectronicBasis, Effect::Need(Need::ElectronicBasis), [])]
        }
        Medium::Mail => Vec::new(),
    }
}

fn obligations(case: &Case, attempt: &Attempt) -> Vec<Obligation> {
    let mut all = vec![Obligation::StateWho];
    match attempt.medium {
        Medium::Email | Medium::Text => all.push(Obligation::OptOut),
        Medium::Phone | Medium::Mail => {}
    }
    if case.is_disputed() {
        all.push(Obligation::MarkDisputed);
    }
    all
}
