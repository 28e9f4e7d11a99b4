//! An agency's account at the payment gateway: its keys, its webhook endpoint.

use crate::gateway::calls as gateway_calls;
use chrono::{DateTime, Utc};
use domain::gateway::GatewayMode;
use domain::{AgencyId, GatewayAccountId, GatewayCallId, Permission};
use entity::gateway_account;
use gateway::{Answer, CallError, Credentials, NotCredentials, Stripe, WebhookSecrets};
use kernel::actor::{Actor, Scope};
use kernel::app::App;
use kernel::audit;
use kernel::db::Tx;
use kernel::jobs;
use kernel::random;
use kernel::stop::{Fault, Kind, Refused, Stop};
use kernel::vault::{GATEWAY_KEY, Keys, WEBHOOK_SECRET};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// An account at the gateway, with its keys.
pub struct Gateway {
    pub id: GatewayAccountId,
    pub stripe: Stripe,
    /// Whether real money moves.
    pub livemode: bool,
}

/// A configuration to be kept.
#[derive(Debug)]
pub struct NewGatewayAccount {
    /// Whose keys they are.
    pub mode: GatewayMode,
    /// Secret or restricted key.
    pub secret_key: SecretString,
    /// The connected account, in connect mode.
    pub provider_account: Option<String>,
    /// The secret of a webhook endpoint that exists already; without it one is made.
    pub webhook_secret: Option<SecretString>,
}

/// A configuration, without its secrets.
#[derive(Debug, Clone)]
pub struct GatewayAccountView {
    /// Its id.
    pub id: GatewayAccountId,
    /// Whose keys it has.
    pub mode: GatewayMode,
    /// The connected account, in connect mode.
    pub provider_account: Option<String>,
    /// Where the gateway posts events.
    pub webhook_url: String,
    /// Until when events were asked for.
    pub polled_until: Option<DateTime<Utc>>,
    /// Row version.
    pub version: i64,
    /// When it was configured.
    pub created_at: DateTime<Utc>,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum GatewayAccountRefused {
    /// Not a key, the wrong mode, or an unsafe address.
    #[error(transparent)]
    NotCredentials(#[from] NotCredentials),
    /// An empty webhook secret verifies what anybody signs.
    #[error("the webhook secret is empty")]
    EmptyWebhookSecret,
    /// Connect needs an account, the others have none.
    #[error("a connected account (acct_…) is given in connect mode and only there")]
    AccountAndModeDiffer,
    /// The sandbox takes test keys only.
    #[error("the sandbox takes test keys only")]
    LiveKeyInSandbox,
    /// What may stop any use case.
    #[error(transparent)]
    Stop(#[from] Stop),
}

kernel::stops!(GatewayAccountRefused);

impl Refused for GatewayAccountRefused {
    fn kind(&self) -> Kind {
        match self {
            Self::NotCredentials(_)
            | Self::EmptyWebhookSecret
            | Self::AccountAndModeDiffer
            | Self::LiveKeyInSandbox => Kind::Invalid,
            Self::Stop(stop) => stop.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotCredentials(_) => "not_gateway_credentials",
            Self::EmptyWebhookSecret => "empty_webhook_secret",
            Self::AccountAndModeDiffer => "account_and_mode_differ",
            Self::LiveKeyInSandbox => "live_key_in_sandbox",
            Self::Stop(stop) => stop.code(),
        }
    }

    fn pointer(&self) -> Option<&str> {
        match self {
            Self::NotCredentials(_) | Self::LiveKeyInSandbox => Some("/secret_key"),
            Self::EmptyWebhookSecret => Some("/webhook_secret"),
            Self::AccountAndModeDiffer => Some("/provider_account"),
            Self::Stop(_) => None,
        }
    }
}

/// Keeps a new configuration as the active one; the one before keeps serving what it began. Without
/// a webhook secret the endpoint is made at the gateway, by a journalled call that the sweeper
/// repeats if it does not come through.
pub async fn configure(
    app: &App,
    actor: &Actor,
    new: NewGatewayAccount,
) -> Result<GatewayAccountView, GatewayAccountRefused> {
    actor.require_agency(Permission::GatewayWrite)?;
    let stripe = checked(app, &new)?;
    let tx = app.begin(actor).await?;
    let keys = app.vault().keys(&tx, tx.agency()).await?;
    gateway_account::Entity::update_many()
        .col_expr(gateway_account::Column::Active, Expr::value(false))
        .filter(gateway_account::Column::AgencyId.eq(tx.agency()))
        .filter(gateway_account::Column::Active.eq(true))
        .exec(&tx)
        .await?;
    let row = sealed(&tx, &keys, &new)?.insert(&tx).await?;
    let mut call = None;
    if new.webhook_secret.is_none() {
        let id = GatewayCallId(random::uuid());
        let planned = stripe.plan_webhook_endpoint(&webhook_url(app, &row), id);
        gateway_calls::journal(&tx, id, row.id, None, &planned).await?;
        call = Some(id);
    }
    audit::write(
        &tx,
        audit::Entry {
            action: "gateway_account.configure",
            subject_type: "gateway_account",
            subject_id: Some(row.id.0),
            after: Some(json!({"mode": row.mode, "provider_account": row.provider_account})),
            ..audit::Entry::default()
        },
    )
    .await?;
    tx.commit().await?;
    if let Some(call) = call {
        gateway_calls::perform(app, &jobs::runner(actor.agency()), call).await?;
    }
    Ok(view(app, row))
}

/// The active configuration.
pub async fn active_view(app: &App, actor: &Actor) -> Result<GatewayAccountView, Stop> {
    actor.require_agency(Permission::GatewayWrite)?;
    let tx = app.begin(actor).await?;
    let row = active_row(&tx).await?.ok_or(Stop::NotFound("gateway account"))?;
    Ok(view(app, row))
}

fn checked(app: &App, new: &NewGatewayAccount) -> Result<Stripe, GatewayAccountRefused> {
    if (new.mode == GatewayMode::Connect) != new.provider_account.is_some() {
        return Err(GatewayAccountRefused::AccountAndModeDiffer);
    }
    if let Some(secret) = &new.webhook_secret {
        WebhookSecrets::new(vec![secret.clone()])
            .map_err(|_| GatewayAccountRefused::EmptyWebhookSecret)?;
    }
    let live = is_live(&new.secret_key);
    if live && new.mode == GatewayMode::Sandbox {
        return Err(GatewayAccountRefused::LiveKeyInSandbox);
    }
    let url = &app.settings().gateway_url;
    let credentials =
        Credentials::new(url, new.secret_key.clone(), new.provider_account.clone(), live)?;
    Ok(Stripe::new(app.part::<gateway::Wire>()?.clone(), credentials))
}

fn is_live(key: &SecretString) -> bool {
    let key = key.expose_secret();
    key.starts_with("sk_live_") || key.starts_with("rk_live_")
}

/// Until the gateway has told its secret, a random one that nobody knows stands in its place.
fn sealed(
    tx: &Tx,
    keys: &Keys,
    new: &NewGatewayAccount,
) -> Result<gateway_account::ActiveModel, Fault> {
    let id = GatewayAccountId(random::uuid());
    let unknown = random::secret()?;
    let secret = new.webhook_secret.as_ref().map_or(unknown.as_str(), |s| s.expose_secret());
    Ok(gateway_account::ActiveModel {
        agency_id: Set(tx.agency()),
        id: Set(id),
        mode: Set(new.mode),
        provider_account: Set(new.provider_account.clone()),
        secret_key: Set(keys.seal(GATEWAY_KEY, id.0, new.secret_key.expose_secret())?),
        webhook_secret: Set(keys.seal(WEBHOOK_SECRET, id.0, secret)?),
        previous_webhook_secret: Set(None),
        webhook_endpoint: Set(random::token(tx.agency())?),
        active: Set(true),
        polled_until: Set(None),
        version: Set(1),
        created_at: Set(tx.now()),
    })
}

fn webhook_url(app: &App, row: &gateway_account::Model) -> String {
    format!("{}/webhooks/stripe/{}", app.settings().public_api_url, row.webhook_endpoint)
}

fn view(app: &App, row: gateway_account::Model) -> GatewayAccountView {
    GatewayAccountView {
        webhook_url: webhook_url(app, &row),
        id: row.id,
        mode: row.mode,
        provider_account: row.provider_account,
        polled_until: row.polled_until,
        version: row.version,
        created_at: row.created_at,
    }
}

/// The active configuration's row.
pub(crate) async fn active_row(tx: &Tx) -> Result<Option<gateway_account::Model>, Fault> {
    Ok(gateway_account::in_agency(tx.agency())
        .filter(gateway_account::Column::Active.eq(true))
        .one(tx)
        .await?)
}

/// Opens a configuration: the keys come out of the vault.
pub async fn open(app: &App, tx: &Tx, row: gateway_account::Model) -> Result<Gateway, Fault> {
    let keys = app.vault().keys(tx, tx.agency()).await?;
    let secret: SecretString =
        keys.open(GATEWAY_KEY, row.id.0, &row.secret_key)?.as_str().to_owned().into();
    let livemode = is_live(&secret);
    let credentials =
        Credentials::new(&app.settings().gateway_url, secret, row.provider_account, livemode)
            .map_err(|_| Fault::Unexpected("a gateway account with broken credentials"))?;
    Ok(Gateway {
        id: row.id,
        stripe: Stripe::new(app.part::<gateway::Wire>()?.clone(), credentials),
        livemode,
    })
}

/// Opens the configuration of this id, active or not.
pub(crate) async fn open_by_id(app: &App, tx: &Tx, id: GatewayAccountId) -> Result<Gateway, Stop> {
    let row = gateway_account::Entity::find_by_id((tx.agency(), id))
        .one(tx)
        .await?
        .ok_or(Stop::NotFound("gateway account"))?;
    Ok(open(app, tx, row).await?)
}

/// The secrets that events of this account may be signed with.
pub(crate) async fn webhook_secrets(
    app: &App,
    tx: &Tx,
    row: &gateway_account::Model,
) -> Result<WebhookSecrets, Fault> {
    let keys = app.vault().keys(tx, tx.agency()).await?;
    let sealed = [Some(&row.webhook_secret), row.previous_webhook_secret.as_ref()];
    let mut secrets = Vec::new();
    for sealed in sealed.into_iter().flatten() {
        let plain = keys.open(WEBHOOK_SECRET, row.id.0, sealed)?;
        secrets.push(SecretString::from(plain.as_str()));
    }
    WebhookSecrets::new(secrets).map_err(|_| Fault::Unexpected("an empty webhook secret"))
}

/// Keeps the secret of an endpoint that was just made at the gateway.
pub async fn registered(
    app: &App,
    tx: &Tx,
    gateway: &Gateway,
    answer: &Answer,
) -> Result<Result<(), CallError>, Fault> {
    let endpoint = match gateway.stripe.read_webhook_endpoint(answer) {
        Ok(endpoint) => endpoint,
        Err(unreadable) => return Ok(Err(unreadable)),
    };
    let keys = app.vault().keys(tx, tx.agency()).await?;
    let sealed = keys.seal(WEBHOOK_SECRET, gateway.id.0, endpoint.secret.expose_secret())?;
    gateway_account::Entity::update_many()
        .col_expr(gateway_account::Column::WebhookSecret, Expr::value(sealed))
        .filter(gateway_account::Column::AgencyId.eq(tx.agency()))
        .filter(gateway_account::Column::Id.eq(gateway.id))
        .exec(tx)
        .await?;
    Ok(Ok(()))
}

/// The agencies that have an active account, for the schedulers.
pub async fn agencies(app: &App) -> Result<Vec<AgencyId>, Fault> {
    let rows = gateway_account::Entity::find()
        .filter(gateway_account::Column::Active.eq(true))
        .all(app.db().system())
        .await?;
    Ok(rows.into_iter().map(|row| row.agency_id).collect())
}
