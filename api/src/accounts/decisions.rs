//! What may be done with an account now, on the wire: each decision with every finding behind it.

use chrono::{DateTime, Utc};
use domain::compliance::{Decision, Effect, Finding, Need, Obligation, Outcome, Rule};
use serde::Serialize;
use service::accounts::Decisions;
use utoipa::ToSchema;

/// What may be done with an account now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountDecisions {
    /// Whether the debtor may be called to collect.
    contact: ComplianceDecision,
    /// Whether the debtor may pay on the site.
    pay: ComplianceDecision,
}

/// Whether something may be done, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComplianceDecision {
    outcome: DecisionOutcome,
    /// What has to be answered before; empty unless the outcome is `needs`.
    #[schema(max_items = 40)]
    needs: Vec<Need>,
    /// When what blocks now ends by itself.
    #[schema(required = true)]
    next_allowed: Option<DateTime<Utc>>,
    /// What has to be kept to when it is done.
    #[schema(max_items = 20)]
    obligations: Vec<Obligation>,
    /// Every rule that spoke.
    #[schema(max_items = 100)]
    findings: Vec<DecisionFinding>,
}

/// What a decision comes to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionOutcome {
    Allowed,
    Blocked,
    Needs,
}

/// What one rule found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionFinding {
    /// Its stable id.
    rule: Rule,
    effect: FindingEffect,
    /// The rule in words.
    #[schema(max_length = 300)]
    words: &'static str,
    /// The law or rule of the trade behind it.
    #[schema(max_length = 100, example = "12 CFR 1006.6(b)(2)")]
    citation: &'static str,
    /// Until when it holds by itself.
    #[schema(required = true)]
    until: Option<DateTime<Utc>>,
}

/// What follows from a rule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FindingEffect {
    Prohibit,
    Need,
    Warn,
}

impl From<Decisions> for AccountDecisions {
    fn from(it: Decisions) -> Self {
        Self { contact: it.contact.into(), pay: it.pay.into() }
    }
}

impl From<Decision> for ComplianceDecision {
    fn from(it: Decision) -> Self {
        let (outcome, needs) = match it.outcome {
            Outcome::Allowed => (DecisionOutcome::Allowed, Vec::new()),
            Outcome::Blocked => (DecisionOutcome::Blocked, Vec::new()),
            Outcome::Needs(needs) => (DecisionOutcome::Needs, needs),
        };
        Self {
            outcome,
            needs,
            next_allowed: it.next_allowed,
            obligations: it.obligations,
            findings: it.findings.into_iter().map(DecisionFinding::from).collect(),
        }
    }
}

impl From<Finding> for DecisionFinding {
    fn from(it: Finding) -> Self {
        Self {
            rule: it.rule,
            effect: match it.effect {
                Effect::Prohibit => FindingEffect::Prohibit,
                Effect::Need(_) => FindingEffect::Need,
                Effect::Warn => FindingEffect::Warn,
            },
            words: it.rule.words(),
            citation: it.citation(),
            until: it.until,
        }
    }
}
