//! What the result of an action means for the account (domain rule 2.2).

use super::{AccountStatus, Disposition, Restriction};

/// What a disposition means for the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DispositionMeaning {
    /// Counts as an attempt (Reg F 1006.14(b)(2)(i)(A)).
    pub attempt: bool,
    /// Counts as a conversation (Reg F 1006.14(b)(2)(i)(B)).
    pub conversation: bool,
    /// The status the account goes to, where the result decides it.
    pub status: Option<AccountStatus>,
    /// The restriction the account gets, where the result decides it.
    pub restriction: Option<Restriction>,
    /// Days until the account is due again; none: it leaves the worklist.
    pub next_work_in_days: Option<u16>,
}

impl Disposition {
    /// What this result means (domain rule 2.2).
    pub fn meaning(self) -> DispositionMeaning {
        use AccountStatus as S;
        use Restriction as R;
        let (attempt, conversation, status, restriction, next_work_in_days) = match self {
            Self::NoAnswer | Self::Busy | Self::Voicemail => (true, false, None, None, Some(1)),
            Self::LimitedContent => (true, false, None, None, Some(3)),
            Self::RightParty | Self::Refusal | Self::HangUp | Self::Language => {
                (true, true, None, None, Some(7))
            }
            Self::ThirdParty => (true, false, None, None, Some(3)),
            Self::WrongNumber | Self::Disconnected => (true, false, None, None, Some(1)),
            Self::CallBack => (true, true, None, None, Some(7)),
            Self::Promise => (true, true, Some(S::Promise), None, Some(7)),
            Self::Payment => (true, true, None, None, Some(30)),
            Self::Dispute => (true, true, Some(S::Disputed), Some(R::Dispute), None),
            Self::Cease => (true, true, Some(S::Cease), Some(R::Cease), None),
            Self::Attorney => (true, true, Some(S::Attorney), Some(R::Attorney), None),
            Self::Bankruptcy => (true, true, Some(S::Bankruptcy), Some(R::Bankruptcy), None),
            Self::Deceased => (true, false, Some(S::Deceased), Some(R::Deceased), None),
            Self::MailReturned | Self::EmailBounced | Self::SmsStop => {
                (false, false, None, None, Some(1))
            }
        };
        DispositionMeaning { attempt, conversation, status, restriction, next_work_in_days }
    }
}
