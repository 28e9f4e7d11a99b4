//! Payments: from the wish to pay to the ledger, and back.
//!
//! A payment through the gateway lives in short transactions with calls between them: [`start`]
//! commits the wish and the planned call, sends it, records the answer. What becomes of it is never
//! told by a browser: the return page, the webhook, the sweeper and the operator all end in
//! [`check`], which asks the gateway and takes one compare-and-set step. A payment by other means
//! is entered by [`take`]. Both post through the same statement, once; [`reverse`] mirrors it.

mod check;
mod checkout;
mod close;
mod explain;
mod fee_override;
mod from_credit;
mod grounds;
mod hold;
mod packet;
mod post;
mod read;
mod receipt;
mod refund;
mod returns;
mod reverse;
mod start;
mod sweep;
mod take;

pub use check::check;
pub use checkout::{answered, given_up};
pub use close::close_when_available;
pub use domain::approval::{FeeOverride, OwnCommission};
pub use explain::{ExplainRefused, Explained, Trial, Tried, explain, simulate};
pub use fee_override::enter_overridden;
pub use fee_override::{NewOverride, Signed, take_with_override};
pub(crate) use from_credit::{FromCredit, pay_from_credit};
pub use hold::{HoldRefused, hold};
pub use packet::{
    NewPacketPayment, SpreadPreview, SpreadRefused, SpreadStrategy, SpreadView, preview_for_packet,
    take_for_packet,
};
pub use post::CannotPost;
pub use read::{
    Page, PaymentFilter, PaymentLine, PaymentView, ReturnView, get, list, list_for_debtor,
    status_for_return,
};
pub use receipt::send as send_receipt;
pub use receipt::{Receipt, receipt};
pub use refund::answered as refund_answered;
pub use refund::{RefundRefused, refund};
pub use refund::{intent, plan_refund, send};
pub use reverse::{NewReversal, ReverseRefused, reverse};
pub use start::references;
pub use start::{Disclosure, NewCheckout, StartRefused, Started, start};
pub use sweep::sweep;
pub use take::{Entering, by_hand, enter};
pub use take::{NewPayment, TakeRefused, take, take_shown};
