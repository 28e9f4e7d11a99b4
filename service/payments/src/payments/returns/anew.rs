//! The part of a payment that stays with us, posted anew.

use super::super::grounds::{Made, grounds};
use super::super::post::{self, Arrived, CannotPost, FromGateway};
use super::Chain;
use domain::payment::{PaymentKind, PaymentSource, PaymentState};
use domain::{Amount, Money, PaymentId};
use entity::{account, payment};
use kernel::clock::date_in;
use kernel::db::Tx;
use kernel::random;
use kernel::stop::{Fault, Stop};
use sea_orm::{ActiveModelTrait, EntityTrait, Set};

impl Chain {
    /// Posts the part that stays with us, as of the day of the payment.
    pub(super) async fn anew(
        &self,
        tx: &Tx,
        like: &payment::Model,
        rest: Money,
    ) -> Result<PaymentId, Stop> {
        let account = account::Entity::find_by_id((tx.agency(), like.account_id))
            .one(tx)
            .await?
            .ok_or(Stop::NotFound("account"))?;
        let root = &self.root;
        let row = payment::ActiveModel {
            agency_id: Set(tx.agency()),
            id: Set(PaymentId(random::uuid())),
            account_id: Set(account.id),
            creditor_id: Set(account.creditor_id),
            debtor_id: Set(account.debtor_id),
            kind: Set(PaymentKind::PaidAgency),
            method: Set(root.method),
            state: Set(PaymentState::Created),
            amount: Set(rest),
            source: Set(PaymentSource::Gateway),
            gateway_account_id: Set(root.gateway_account_id),
            memo: Set(Some("what stays of a payment that went back in part".to_owned())),
            entered_at: Set(tx.now()),
            entered_by: Set(tx.signature().name.clone()),
            version: Set(1),
            ..Default::default()
        }
        .insert(tx)
        .await?;
        let day = root.effective_on.unwrap_or(date_in(&self.time_zone, tx.now()));
        let cannot = |err: CannotPost| match err {
            CannotPost::Stop(stop) => stop,
            CannotPost::NoContract(_)
            | CannotPost::NoSchedule(_)
            | CannotPost::NotComputable(_)
            | CannotPost::NoTrustAccount
            | CannotPost::TooLarge => {
                tracing::error!(payment = %root.id, error = %err, "the rest of a payment cannot be posted");
                Fault::Unexpected("the rest of a payment cannot be posted").into()
            }
        };
        let grounds = grounds(tx, &account, Made::On(day), None).await.map_err(cannot)?;
        let arrived = Arrived {
            kind: PaymentKind::PaidAgency,
            method: root.method,
            amount: Amount::new(rest).map_err(|_| Fault::Unexpected("a rest of nothing"))?,
            forwarder_fee: None,
            deposited_on: None,
            gateway: FromGateway {
                payment_intent: root.payment_intent_id.clone(),
                charge: root.charge_id.clone(),
                brand: root.card_brand.clone(),
                last4: root.last4.clone(),
                funding: root.card_funding.clone(),
                // The fee stands with the payment that the gateway charged it for.
                fee: None,
                available_on: root.available_on,
            },
        };
        Box::pin(post::post(tx, &account, &row, (&grounds, None), &arrived))
            .await
            .map_err(cannot)?;
        Ok(row.id)
    }
}
