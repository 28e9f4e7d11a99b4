//! Who acts. An actor has private fields: only the authenticators (sessions, tokens, API keys) and
//! the job runner make one, so whoever holds one has been let in.

use crate::stop::Stop;
use domain::permission::{of_client, of_staff};
use domain::{
    AgencyId, ApiKeyId, ClientRole, CreditorId, DebtorId, Permission, PlatformAdminId, StaffRole,
    UserId,
};
use uuid::Uuid;

/// The database role a transaction runs under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbRole {
    /// Inside one agency.
    Agency,
    /// Inside some creditors of one agency.
    Creditor,
    /// Inside one debtor's packet.
    Debtor,
}

/// Whoever may open a transaction: its role and its scope.
pub trait Scope {
    /// The tenant.
    fn agency(&self) -> AgencyId;
    /// The database role.
    fn role(&self) -> DbRole;
    /// The creditors it is confined to; empty unless the role is [`DbRole::Creditor`].
    fn creditors(&self) -> &[CreditorId] {
        &[]
    }
    /// The debtor it is confined to.
    fn debtor(&self) -> Option<DebtorId> {
        None
    }
    /// How it is named in the audit trail.
    fn signature(&self) -> Signature;
}

/// How an actor is named in the audit trail and on the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `staff`, `client`, `debtor`, `api_key`, `job`.
    pub kind: &'static str,
    /// The user, debtor or key.
    pub id: Option<Uuid>,
    /// A name that a reader of the trail understands.
    pub name: String,
}

/// A member of the agency's staff.
#[derive(Debug, Clone)]
pub struct Staff {
    agency: AgencyId,
    user: UserId,
    name: String,
    role: StaffRole,
}

/// A creditor's user.
#[derive(Debug, Clone)]
pub struct Client {
    agency: AgencyId,
    user: UserId,
    name: String,
    role: ClientRole,
    creditors: Vec<CreditorId>,
}

/// A debtor whose identity is proven.
#[derive(Debug, Clone)]
pub struct Debtor {
    agency: AgencyId,
    debtor: DebtorId,
}

/// The agency carrying out what its debtor agreed to: the agency's database role, since statuses and
/// limits are the agency's, under the debtor's signature. Made only of a debtor whose identity is
/// proven; whoever begins with it has asked under the debtor's own role before whether the debt is
/// theirs.
#[derive(Debug, Clone, Copy)]
pub struct AgreedWith<'a>(pub &'a Debtor);

/// A program with an API key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    agency: AgencyId,
    key: ApiKeyId,
    name: String,
    permissions: Vec<Permission>,
    creditors: Vec<CreditorId>,
}

/// The system itself, inside one agency.
#[derive(Debug, Clone)]
pub struct JobRunner {
    agency: AgencyId,
}

/// Whoever may act through the API or a site: staff, a creditor's user, or a program.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A member of the agency's staff.
    Staff(Staff),
    /// A creditor's user.
    Client(Client),
    /// A program.
    ApiKey(ApiKey),
}

/// The platform's administrator, who creates agencies and sees nothing inside them.
#[derive(Debug, Clone)]
pub struct PlatformAdmin {
    id: PlatformAdminId,
    email: String,
}

impl Staff {
    pub fn new(agency: AgencyId, user: UserId, name: String, role: StaffRole) -> Self {
        Self { agency, user, name, role }
    }

    /// The user.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The name shown to colleagues.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub fn staff_role(&self) -> StaffRole {
        self.role
    }
}

impl Client {
    /// `creditors` starts with the user's own creditor, then those below it in the tree.
    pub fn new(
        agency: AgencyId,
        user: UserId,
        name: String,
        role: ClientRole,
        creditors: Vec<CreditorId>,
    ) -> Self {
        Self { agency, user, name, role, creditors }
    }

    /// The user.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The name shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role.
    pub fn client_role(&self) -> ClientRole {
        self.role
    }
}

impl Debtor {
    pub fn new(agency: AgencyId, debtor: DebtorId) -> Self {
        Self { agency, debtor }
    }

    /// The debtor.
    pub fn id(&self) -> DebtorId {
        self.debtor
    }
}

impl ApiKey {
    pub fn new(
        agency: AgencyId,
        key: ApiKeyId,
        name: String,
        permissions: Vec<Permission>,
        creditors: Vec<CreditorId>,
    ) -> Self {
        Self { agency, key, name, permissions, creditors }
    }

    /// The key.
    pub fn id(&self) -> ApiKeyId {
        self.key
    }
}

impl JobRunner {
    pub fn new(agency: AgencyId) -> Self {
        Self { agency }
    }
}

impl PlatformAdmin {
    pub fn new(id: PlatformAdminId, email: String) -> Self {
        Self { id, email }
    }

    /// Whoever runs commands on the server, with the database's own credentials in hand.
    pub fn console() -> Self {
        Self::new(PlatformAdminId(Uuid::nil()), "console".to_owned())
    }

    /// The administrator.
    pub fn id(&self) -> PlatformAdminId {
        self.id
    }

    /// How it is named in the audit trail of a new agency.
    pub fn signature(&self) -> Signature {
        Signature { kind: "platform_admin", id: Some(self.id.0), name: self.email.clone() }
    }
}

impl Actor {
    /// Whether they may.
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Self::Staff(staff) => of_staff(staff.role).contains(&permission),
            Self::Client(client) => of_client(client.role).contains(&permission),
            Self::ApiKey(key) => key.permissions.contains(&permission),
        }
    }

    /// Refuses who may not.
    pub fn require(&self, permission: Permission) -> Result<(), Stop> {
        if self.may(permission) { Ok(()) } else { Err(Stop::Forbidden(permission)) }
    }

    /// Refuses who may not, and whoever acts for a creditor: for what is the agency's own.
    pub fn require_agency(&self, permission: Permission) -> Result<(), Stop> {
        self.require(permission)?;
        if self.creditors().is_empty() { Ok(()) } else { Err(Stop::Forbidden(permission)) }
    }

    /// The user, where a person acts.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::Staff(staff) => Some(staff.user),
            Self::Client(client) => Some(client.user),
            Self::ApiKey(_) => None,
        }
    }

    /// Who owns an idempotency key: the user or the API key.
    pub fn principal(&self) -> Uuid {
        match self {
            Self::Staff(staff) => staff.user.0,
            Self::Client(client) => client.user.0,
            Self::ApiKey(key) => key.key.0,
        }
    }
}

impl Scope for Staff {
    fn agency(&self) -> AgencyId {
        self.agency
    }
    fn role(&self) -> DbRole {
        DbRole::Agency
    }
    fn signature(&self) -> Signature {
        Signature { kind: "staff", id: Some(self.user.0), name: self.name.clone() }
    }
}

impl Scope for Client {
    fn agency(&self) -> AgencyId {
        self.agency
    }
    fn role(&self) -> DbRole {
        DbRole::Creditor
    }
    fn creditors(&self) -> &[CreditorId] {
        &self.creditors
    }
    fn signature(&self) -> Signature {
        Signature { kind: "client", id: Some(self.user.0), name: self.name.clone() }
    }
}

impl Scope for Debtor {
    fn agency(&self) -> AgencyId {
        self.agency
    }
    fn role(&self) -> DbRole {
        DbRole::Debtor
    }
    fn debtor(&self) -> Option<DebtorId> {
        Some(self.debtor)
    }
    fn signature(&self) -> Signature {
        Signature { kind: "debtor", id: Some(self.debtor.0), name: "debtor".to_owned() }
    }
}

impl Scope for AgreedWith<'_> {
    fn agency(&self) -> AgencyId {
        self.0.agency
    }
    fn role(&self) -> DbRole {
        DbRole::Agency
    }
    fn creditors(&self) -> &[CreditorId] {
        &[]
    }
    fn debtor(&self) -> Option<DebtorId> {
        None
    }
    fn signature(&self) -> Signature {
        self.0.signature()
    }
}

impl Scope for ApiKey {
    fn agency(&self) -> AgencyId {
        self.agency
    }
    fn role(&self) -> DbRole {
        if self.creditors.is_empty() { DbRole::Agency } else { DbRole::Creditor }
    }
    fn creditors(&self) -> &[CreditorId] {
        &self.creditors
    }
    fn signature(&self) -> Signature {
        Signature { kind: "api_key", id: Some(self.key.0), name: self.name.clone() }
    }
}

impl Scope for JobRunner {
    fn agency(&self) -> AgencyId {
        self.agency
    }
    fn role(&self) -> DbRole {
        DbRole::Agency
    }
    fn signature(&self) -> Signature {
        Signature { kind: "job", id: None, name: "system".to_owned() }
    }
}

impl Actor {
    fn scope(&self) -> &dyn Scope {
        match self {
            Self::Staff(staff) => staff,
            Self::Client(client) => client,
            Self::ApiKey(key) => key,
        }
    }
}

impl Scope for Actor {
    fn agency(&self) -> AgencyId {
        self.scope().agency()
    }
    fn role(&self) -> DbRole {
        self.scope().role()
    }
    fn creditors(&self) -> &[CreditorId] {
        self.scope().creditors()
    }
    fn signature(&self) -> Signature {
        self.scope().signature()
    }
}
