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
        ],
        StaffRole::Collector => &[
            P::CreditorRead,
            P::AccountRead,
            P::AccountWrite,
            P::DeskRead,
            P::WorklistWork,
            P::PaymentRead,
            P::PaymentTake,
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
        ],
        ClientRole::Placer => {
            &[P::CreditorRead, P::PlacementRead, P::PlacementWrite, P::AccountRead, P::PaymentRead]
        }
        ClientRole::Viewer => &[P::CreditorRead, P::PlacementRead, P::AccountRead, P::PaymentRead],
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
        for role in ClientRole::ALL {
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
