//! The permission table: who may do what. One `match` per kind of person; the walking tests read it.

use crate::role::{ClientRole, StaffRole};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A right to do one kind of thing; the wire form is `noun:verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All permissions.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The wire form, `noun:verb`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Reads the wire form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

permissions! {
    /// Read the agency's settings.
    AgencyRead = "agency:read";
    /// Change the agency's settings.
    AgencyWrite = "agency:write";
    /// List users.
    UserRead = "user:read";
    /// Invite, change and disable users.
    UserWrite = "user:write";
    /// Create and revoke API keys.
    ApiKeyWrite = "api_key:write";
    /// Read creditors, their portfolios and contract terms.
    CreditorRead = "creditor:read";
    /// Create and change creditors, portfolios and contract terms.
    CreditorWrite = "creditor:write";
    /// Read placements and their reports.
    PlacementRead = "placement:read";
    /// Upload, check and commit placements.
    PlacementWrite = "placement:write";
    /// Read accounts.
    AccountRead = "account:read";
    /// Change an account: status, restrictions, notes, contact points.
    AccountWrite = "account:write";
    /// Read a full SSN, tax id or date of birth (each read is audited).
    SensitiveRead = "sensitive:read";
    /// Read desks and who has which accounts.
    DeskRead = "desk:read";
    /// Create desks and place accounts with agents.
    DeskWrite = "desk:write";
    /// Take the next account from the worklist and log results.
    WorklistWork = "worklist:work";
    /// Read payments.
    PaymentRead = "payment:read";
    /// Make a payment link, or enter a payment that arrived by other means.
    PaymentTake = "payment:take";
    /// Reverse a payment.
    PaymentReverse = "payment:reverse";
    /// Read the trust ledger and its proof.
    TrustRead = "trust:read";
    /// Delay, block and release a payment's remittance.
    PaymentHold = "payment:hold";
    /// Read commission schedules, and how a commission came about.
    CommissionRead = "commission:read";
    /// Write commission schedules; ask for another commission on one payment.
    CommissionWrite = "commission:write";
    /// Adjust and charge debts; above the own limit a second person decides.
    AdjustmentWrite = "adjustment:write";
    /// Read what waits for a second person.
    ApprovalRead = "approval:read";
    /// Approve or decline what another asked for.
    ApprovalDecide = "approval:decide";
    /// Read statements, remittances, invoices and creditors' payments.
    RemittanceRead = "remittance:read";
    /// Close periods, prepare remittances, enter creditors' payments, sweep earned fees.
    RemittanceWrite = "remittance:write";
    /// Advance operating money, enter payouts, import and match bank statements.
    TrustWrite = "trust:write";
    /// Read promises, plans and settlements.
    ArrangementRead = "arrangement:read";
    /// Take promises, make plans, offer settlements.
    ArrangementWrite = "arrangement:write";
    /// Write the limits of plans and the tiers of settlements.
    ArrangementRules = "arrangement:rules";
    /// Read and export reports.
    ReportRead = "report:read";
    /// Read collectors' credits and statements.
    CollectorRead = "collector:read";
    /// Write collectors' rates, splits and bonuses.
    CollectorWrite = "collector:write";
    /// Configure the payment gateway.
    GatewayWrite = "gateway:write";
    /// Read the audit trail.
    AuditRead = "audit:read";
}

/// What a member of the agency's staff may do.
pub fn of_staff(role: StaffRole) -> &'static [Permission] {
    use Permission as P;
    match role {
        StaffRole::Admin => &[
            P::AgencyRead,
            P::AgencyWrite,
            P::UserRead,
            P::UserWrite,
            P::ApiKeyWrite,
            P::CreditorRead,
            P::CreditorWrite,
            P::PlacementRead,
            P::PlacementWrite,
            P::AccountRead,
            P::AccountWrite,
            P::SensitiveRead,
            P::DeskRead,
            P::DeskWrite,
            P::WorklistWork,
            P::PaymentRead,
            P::PaymentTake,
            P::PaymentReverse,
            P::TrustRead,
            P::GatewayWrite,
            P::AuditRead,
            P::PaymentHold,
            P::CommissionRead,
            P::CommissionWrite,
            P::AdjustmentWrite,
            P::ApprovalRead,
            P::ApprovalDecide,
            P::RemittanceRead,
            P::RemittanceWrite,
            P::TrustWrite,
            P::ArrangementRead,
            P::ArrangementWrite,
            P::ArrangementRules,
            P::ReportRead,
            P::CollectorRead,
            P::CollectorWrite,
        ],
        StaffRole::Manager => &[
            P::AgencyRead,
            P::UserRead,
            P::CreditorRead,
            P::PlacementRead,
            P::PlacementWrite,
            P::AccountRead,
            P::AccountWrite,
            P::DeskRead,
            P::DeskWrite,
            P::WorklistWork,
            P::PaymentRead,
            P::PaymentTake,
            P::CommissionRead,
            P::AdjustmentWrite,
            P::ApprovalRead,
            P::ApprovalDecide,
            P::ArrangementRead,
            P::ArrangementWrite,
            P::ReportRead,
            P::CollectorRead,
        ],
        StaffRole::Collector => &[
            P::CreditorRead,
            P::AccountRead,
            P::AccountWrite,
            P::DeskRead,
            P::WorklistWork,
            P::PaymentRead,
            P::PaymentTake,
            P::AdjustmentWrite,
            P::ArrangementRead,
            P::ArrangementWrite,
        ],
        StaffRole::Compliance => &[
            P::AgencyRead,
            P::UserRead,
            P::CreditorRead,
            P::PlacementRead,
            P::AccountRead,
            P::AccountWrite,
            P::SensitiveRead,
            P::DeskRead,
            P::PaymentRead,
            P::AuditRead,
            P::ApprovalRead,
            P::ArrangementRead,
            P::ReportRead,
        ],
        StaffRole::Finance => &[
            P::AgencyRead,
            P::CreditorRead,
            P::CreditorWrite,
            P::PlacementRead,
            P::AccountRead,
            P::PaymentRead,
            P::PaymentTake,
            P::PaymentReverse,
            P::TrustRead,
            P::AuditRead,
            P::PaymentHold,
            P::CommissionRead,
            P::CommissionWrite,
            P::AdjustmentWrite,
            P::ApprovalRead,
            P::ApprovalDecide,
            P::RemittanceRead,
            P::RemittanceWrite,
            P::TrustWrite,
            P::ArrangementRead,
            P::ReportRead,
            P::CollectorRead,
            P::CollectorWrite,
        ],
    }
}

/// What a creditor's user may do, always within the creditor's own accounts.
pub fn of_client(role: ClientRole) -> &'static [Permission] {
    use Permission as P;
    match role {
        ClientRole::Admin => &[
            P::UserRead,
            P::UserWrite,
            P::CreditorRead,
            P::PlacementRead,
            P::PlacementWrite,
            P::AccountRead,
            P::PaymentRead,
            P::RemittanceRead,
            P::ReportRead,
        ],
        ClientRole::Placer => &[
            P::CreditorRead,
            P::PlacementRead,
            P::PlacementWrite,
            P::AccountRead,
            P::PaymentRead,
            P::RemittanceRead,
            P::ReportRead,
        ],
        ClientRole::Viewer => &[
            P::CreditorRead,
            P::PlacementRead,
            P::AccountRead,
            P::PaymentRead,
            P::RemittanceRead,
            P::ReportRead,
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back_and_somebody_has_it() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.name()), Some(*permission));
            assert!(of_staff(StaffRole::Admin).contains(permission), "{}", permission.name());
        }
    }

    #[test]
    fn no_creditor_reaches_what_is_the_agencys() {
        for role in ClientRole::ALL.iter().copied() {
            for p in [
                Permission::TrustRead,
                Permission::SensitiveRead,
                Permission::AuditRead,
                Permission::DeskRead,
            ] {
                assert!(!of_client(role).contains(&p));
            }
        }
    }
}
