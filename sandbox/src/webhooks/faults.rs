//! What can go wrong with the post.

use serde::{Deserialize, Serialize};

/// One kind of trouble with a delivery.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PostFaultKind {
    /// Never sent; the recovery poll must find the event.
    Drop,
    /// Sent this many times more.
    Duplicate {
        #[serde(default = "one")]
        copies: u32,
    },
    /// Kept back until `times` deliveries came together, then sent last first.
    Reorder,
    /// Sent this many seconds later on the simulated clock.
    Delay { seconds: i64 },
    /// The first attempt is signed with a wrong secret.
    BadSignature,
}

fn one() -> u32 {
    1
}

/// A rule of the control plane.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct PostFault {
    #[serde(flatten)]
    pub(crate) kind: PostFaultKind,
    /// Events whose type starts with this; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    /// How many deliveries are still struck; 1 when absent.
    #[serde(default = "one")]
    pub(crate) times: u32,
}

impl PostFault {
    /// The trouble that strikes this delivery, used up by one.
    pub(crate) fn strike(faults: &mut [Self], kind: &str) -> Option<PostFaultKind> {
        let fits = |fault: &&mut Self| {
            fault.times > 0 && fault.event.as_ref().is_none_or(|start| kind.starts_with(start))
        };
        let fault = faults.iter_mut().find(fits)?;
        fault.times = fault.times.saturating_sub(1);
        Some(fault.kind)
    }

    /// Whether a reorder fault still waits for more.
    pub(crate) fn holds_back(faults: &[Self]) -> bool {
        faults.iter().any(|fault| fault.kind == PostFaultKind::Reorder && fault.times > 0)
    }
}
