//! Debtors of a demo who pay: through the same verbs as the debtor site, with the code from the
//! mailbox, at the sandbox's payment page.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use domain::agency::{Language, Site};
use domain::payment::PaymentState;
use domain::{AgencyId, Amount, Money};
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};
use service::App;
use service::actor::Debtor;
use service::debtor_access::{self, Claim, Fact};
use service::payments::{self, Disclosure, NewCheckout, Started};
use service::sessions::{self, NewSession, Subject};

use super::keys::random_text;
use super::record;

/// How long a payment may take from the payment page to the ledger.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where payers act.
pub struct Till<'a> {
    /// The application.
    pub app: &'a App,
    /// The directory of mail.
    pub mail: &'a Path,
    /// The sandbox.
    pub sandbox: &'a str,
}

impl Till<'_> {
    /// Signs in as `debtor`.
    async fn enter(&self, agency: AgencyId, debtor: &record::Debtor) -> Result<Debtor> {
        let cookie = random_text(32)?;
        let new = NewSession {
            site: Site::Debtor,
            subject: Subject::Visitor,
            language: Language::English,
            cookie: &cookie,
        };
        let visit = sessions::start_visit(self.app, agency, new).await?;
        let claim = Claim {
            reference: debtor.reference.parse()?,
            zip: debtor.zip.clone(),
            fact: Fact::SsnLast4(debtor.ssn_last4.clone()),
        };
        let asked = SystemTime::now();
        debtor_access::prove(self.app, &visit, "demo", &claim).await?;
        let code = super::mailbox::code(self.mail, &debtor.email, asked).await?;
        let entered = debtor_access::enter(self.app, &visit, &code).await?;
        let session = sessions::find(self.app, agency, Site::Debtor, &entered.cookie)
            .await?
            .context("a session")?;
        session.debtor().context("nobody is signed in")
    }

    /// Pays `cents` with `instrument`, and waits until the money is in the books.
    pub async fn pay(
        &self,
        agency: AgencyId,
        debtor: &record::Debtor,
        cents: i64,
        instrument: &Value,
    ) -> Result<()> {
        let actor = self.enter(agency, debtor).await?;
        let new = NewCheckout {
            account: debtor.account_id.parse()?,
            amount: Amount::new(Money::from_minor(cents))?,
            form_id: Uuid::now_v7(),
            return_url: format!("{}/paid", self.sandbox),
            back_url: self.sandbox.to_owned(),
            language: Language::English,
            disclosure: Disclosure { sha256: [0; 32], shown_at: self.app.clock().now() },
        };
        let Started::Page { payment, url } = payments::start(self.app, &actor, new).await? else {
            bail!("no payment page was opened");
        };
        let checkout = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next());
        let pay = format!("{}/_sim/checkout/{}/pay", self.sandbox, checkout.unwrap_or_default());
        let answer = reqwest::Client::new().post(pay).json(instrument).send().await?;
        ensure!(answer.status().is_success(), "the sandbox refused: {}", answer.text().await?);
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let seen = payments::status_for_return(self.app, &actor, payment).await?;
            if seen.payment.state == PaymentState::Succeeded {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        bail!("payment {payment} did not arrive within {} s", PATIENCE.as_secs())
    }
}

/// A debit card that works: credit is refused by default.
pub fn debit_card() -> Value {
    json!({ "card": "4000056655665556" })
}
