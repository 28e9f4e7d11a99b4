//! Roles of the people who sign in.

/// The role of a member of the agency's staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(
    feature = "db",
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StaffRole {
    /// Runs the agency's system: users, contracts, approval of money.
    Admin,
    /// Runs the floor: imports, assignment, plans.
    Manager,
    /// Works accounts.
    Collector,
    /// Watches the law: disputes, restrictions, audit.
    Compliance,
    /// Keeps the trust books.
    Finance,
}

/// The role of a creditor's user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(
    feature = "db",
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ClientRole {
    /// Manages the creditor's own users, and everything below.
    Admin,
    /// Places accounts.
    Placer,
    /// Reads.
    Viewer,
}

impl StaffRole {
    /// All roles.
    pub const ALL: [Self; 5] =
        [Self::Admin, Self::Manager, Self::Collector, Self::Compliance, Self::Finance];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Collector => "collector",
            Self::Compliance => "compliance",
            Self::Finance => "finance",
        }
    }
}

impl ClientRole {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Placer, Self::Viewer];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Placer => "placer",
            Self::Viewer => "viewer",
        }
    }
}
