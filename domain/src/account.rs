//! An account: its statuses with their flags, its restrictions, and the dispositions of an action
//! (domain rule 2.2).

use crate::money::Money;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $words:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
        #[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
        pub enum $name {$(
            $(#[$vdoc])*
            #[cfg_attr(feature = "db", sea_orm(string_value = $code))]
            #[serde(rename = $code)]
            $variant,
        )*}

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            // By hand: the derive does not see names that a macro passes on.
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($code,)*]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(stringify!($name))
            }
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code of the trade.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The code in plain words.
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }

            /// Reads a code.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// The status of an account.
    AccountStatus {
        /// Placed, initial notice not sent.
        New = "NEW", "New";
        /// Active.
        Active = "ACT", "Active";
        /// A promise is pending.
        Promise = "PTP", "Promise to pay";
        /// A payment plan is active.
        Plan = "PLN", "Payment plan";
        /// A settlement is accepted and unpaid.
        Settlement = "SET", "Settlement accepted";
        /// A promise or plan was broken.
        Broken = "BKP", "Broken promise";
        /// A payment was returned.
        Returned = "NSF", "Payment returned";
        /// Disputed.
        Disputed = "DSP", "Disputed";
        /// Complaint or regulator.
        Complaint = "CMP", "Complaint";
        /// Cease communication.
        Cease = "CND", "Cease communication";
        /// An attorney represents the debtor.
        Attorney = "ATY", "Attorney represents";
        /// Held by the creditor or the agency.
        Hold = "HLD", "On hold";
        /// Bankruptcy.
        Bankruptcy = "BKY", "Bankruptcy";
        /// Deceased.
        Deceased = "DEC", "Deceased";
        /// Fraud or identity theft reported.
        Fraud = "FRD", "Fraud reported";
        /// Legal.
        Legal = "LEG", "Legal";
        /// Judgment.
        Judgment = "JDG", "Judgment";
        /// Placed with a forwarder.
        Forwarded = "FWD", "Placed with forwarder";
        /// Recall pending.
        PendingRecall = "PRC", "Recall pending";
        /// Closed: paid in full.
        PaidInFull = "PIF", "Paid in full";
        /// Closed: settled in full.
        SettledInFull = "SIF", "Settled in full";
        /// Closed: recalled by the creditor.
        Recalled = "CRC", "Recalled";
        /// Closed: bankruptcy.
        ClosedBankruptcy = "CBK", "Closed, bankruptcy";
        /// Closed: deceased.
        ClosedDeceased = "CDC", "Closed, deceased";
        /// Closed: dispute upheld.
        ClosedDispute = "CDP", "Closed, dispute upheld";
        /// Closed: all efforts exhausted.
        Exhausted = "CEX", "Closed, efforts exhausted";
        /// Closed: small balance.
        SmallBalance = "CSB", "Closed, small balance";
        /// Closed: statute expired.
        StatuteExpired = "CSO", "Closed, statute expired";
        /// Closed: placed in error.
        PlacedInError = "CER", "Closed, placed in error";
        /// Closed: fraud or identity theft.
        ClosedFraud = "CFR", "Closed, fraud";
        /// Closed: duplicate.
        Duplicate = "CDU", "Closed, duplicate";
    }
}

codes! {
    /// The result of one action on an account, apart from its status.
    Disposition {
        /// No answer.
        NoAnswer = "NA", "No answer";
        /// Busy.
        Busy = "BZ", "Busy";
        /// Voicemail, no message left.
        Voicemail = "VM", "Voicemail, no message";
        /// Limited-content message left (Reg F 1006.2(j)).
        LimitedContent = "LCM", "Limited-content message";
        /// Right party contacted.
        RightParty = "RPC", "Spoke with the debtor";
        /// A third party answered.
        ThirdParty = "TPC", "Third party answered";
        /// Wrong number.
        WrongNumber = "WN", "Wrong number";
        /// Disconnected number.
        Disconnected = "DISC", "Number disconnected";
        /// Call-back agreed.
        CallBack = "CB", "Call back";
        /// Promise to pay.
        Promise = "PTP", "Promise to pay";
        /// Paid.
        Payment = "PMT", "Payment made";
        /// Refused to pay.
        Refusal = "REF", "Refused to pay";
        /// Disputes the debt.
        Dispute = "DSP", "Disputes the debt";
        /// Asked us to stop.
        Cease = "CND", "Asked us to stop";
        /// Has an attorney.
        Attorney = "ATY", "Has an attorney";
        /// Bankrupt.
        Bankruptcy = "BKY", "Bankruptcy";
        /// Deceased.
        Deceased = "DEC", "Deceased";
        /// Hung up.
        HangUp = "HUP", "Hung up";
        /// Needs another language.
        Language = "LNG", "Needs another language";
        /// Mail came back.
        MailReturned = "MAIL-RET", "Mail returned";
        /// E-mail bounced.
        EmailBounced = "EM-BNC", "E-mail bounced";
        /// Opted out of text messages.
        SmsStop = "SMS-STOP", "Text opt-out";
    }
}

codes! {
    /// What restricts work on an account, whatever its status. All are kept side by side.
    Restriction {
        /// Bankruptcy.
        Bankruptcy = "bankruptcy", "Bankruptcy";
        /// Deceased.
        Deceased = "deceased", "Deceased";
        /// Identity theft or fraud.
        IdentityTheft = "identity_theft", "Identity theft";
        /// An attorney represents the debtor.
        Attorney = "attorney", "Attorney represents";
        /// Cease communication.
        Cease = "cease", "Cease communication";
        /// Disputed before or after placement.
        Dispute = "dispute", "Disputed";
        /// Active military duty (SCRA).
        Scra = "scra", "Active duty";
        /// The debtor is a minor.
        Minor = "minor", "Minor";
        /// An inconvenient time or place.
        InconvenientTime = "inconvenient_time", "Inconvenient time";
        /// An inconvenient place.
        InconvenientPlace = "inconvenient_place", "Inconvenient place";
        /// The itemization of Reg F is missing; nobody is contacted until it is there.
        NoItemization = "no_itemization", "Itemization missing";
        /// Held by the creditor or the agency.
        Hold = "hold", "On hold";
    }
}

/// What a status allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusFlags {
    /// Open (or closed).
    pub open: bool,
    /// May stand in a worklist.
    pub workable: bool,
    /// May be contacted at all (channel and time rules come on top).
    pub contactable: bool,
    /// Takes payments from the debtor.
    pub accepts_payments: bool,
}

impl AccountStatus {
    /// What this status allows (the table of domain rule 2.2).
    pub fn flags(self) -> StatusFlags {
        let (open, workable, contactable, accepts_payments) = match self {
            Self::New
            | Self::Active
            | Self::Promise
            | Self::Broken
            | Self::Returned
            | Self::Judgment => (true, true, true, true),
            Self::Plan
            | Self::Settlement
            | Self::Disputed
            | Self::Complaint
            | Self::Cease
            | Self::Attorney
            | Self::Deceased
            | Self::Legal => (true, false, true, true),
            Self::Hold | Self::Forwarded | Self::PendingRecall => (true, false, false, true),
            Self::Bankruptcy | Self::Fraud => (true, false, false, false),
            Self::PaidInFull
            | Self::SettledInFull
            | Self::Recalled
            | Self::ClosedBankruptcy
            | Self::ClosedDeceased
            | Self::ClosedDispute
            | Self::Exhausted
            | Self::SmallBalance
            | Self::StatuteExpired
            | Self::PlacedInError
            | Self::ClosedFraud
            | Self::Duplicate => (false, false, false, false),
        };
        StatusFlags { open, workable, contactable, accepts_payments }
    }

    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self.flags().open
    }

    /// Whether this status may follow (domain rule 2.2).
    ///
    /// What comes from outside (bankruptcy, death, an attorney, a dispute, a hold, a recall …) may
    /// come at any time; a promise needs an account that is worked; a closed account is reopened
    /// only to [`AccountStatus::Active`]. Whether the debt is paid is not asked here: see
    /// [`AccountStatus::allowed_next`].
    pub fn may_become(self, next: Self) -> bool {
        if self == next {
            return false;
        }
        if !self.is_open() {
            return next == Self::Active;
        }
        if !next.is_open() {
            return true;
        }
        match self {
            Self::New
            | Self::Active
            | Self::Promise
            | Self::Plan
            | Self::Settlement
            | Self::Broken
            | Self::Returned
            | Self::Judgment => match next {
                Self::New => false,
                Self::Broken => {
                    matches!(self, Self::Promise | Self::Plan | Self::Settlement | Self::Returned)
                }
                Self::Judgment => matches!(self, Self::New | Self::Active),
                Self::Active
                | Self::Promise
                | Self::Plan
                | Self::Settlement
                | Self::Returned
                | Self::Legal
                | Self::Forwarded => true,
                Self::Disputed
                | Self::Complaint
                | Self::Cease
                | Self::Attorney
                | Self::Hold
                | Self::Bankruptcy
                | Self::Deceased
                | Self::Fraud
                | Self::PendingRecall
                | Self::PaidInFull
                | Self::SettledInFull
                | Self::Recalled
                | Self::ClosedBankruptcy
                | Self::ClosedDeceased
                | Self::ClosedDispute
                | Self::Exhausted
                | Self::SmallBalance
                | Self::StatuteExpired
                | Self::PlacedInError
                | Self::ClosedFraud
                | Self::Duplicate => next.comes_from_outside(),
            },
            Self::Hold => true,
            Self::Legal => {
                next.comes_from_outside()
                    || matches!(
                        next,
                        Self::Active
                            | Self::Judgment
                            | Self::Promise
                            | Self::Plan
                            | Self::Settlement
                    )
            }
            Self::Disputed | Self::Complaint | Self::Attorney | Self::Deceased => {
                next.comes_from_outside() || matches!(next, Self::Active | Self::Legal)
            }
            Self::Forwarded => next.comes_from_outside() || next == Self::Active,
            // Somebody who asked us to stop is not put on hold or into complaint by us; notices of
            // legal effect still arrive.
            Self::Cease | Self::Fraud => matches!(
                next,
                Self::Active
                    | Self::Attorney
                    | Self::Bankruptcy
                    | Self::Deceased
                    | Self::Disputed
                    | Self::Legal
                    | Self::PendingRecall
            ),
            // The stay ends by dismissal (active) or with the account.
            Self::Bankruptcy => matches!(next, Self::Active | Self::PendingRecall),
            Self::PendingRecall => next == Self::Active,
            Self::PaidInFull
            | Self::SettledInFull
            | Self::Recalled
            | Self::ClosedBankruptcy
            | Self::ClosedDeceased
            | Self::ClosedDispute
            | Self::Exhausted
            | Self::SmallBalance
            | Self::StatuteExpired
            | Self::PlacedInError
            | Self::ClosedFraud
            | Self::Duplicate => false,
        }
    }

    /// The statuses a person may choose for an account with this balance: those that may follow,
    /// less "paid in full" while something is owed, and less "promise", "plan" and the like once
    /// nothing is.
    pub fn allowed_next(self, balance: Money) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|next| self.may_become(*next))
            .filter(|next| *next != Self::PaidInFull || balance.is_zero())
            .filter(|next| {
                !matches!(next, Self::Promise | Self::Plan | Self::Settlement) || !balance.is_zero()
            })
            .collect()
    }

    /// Set by an event outside the agency, which does not ask what the account was doing.
    fn comes_from_outside(self) -> bool {
        match self {
            Self::Disputed
            | Self::Complaint
            | Self::Cease
            | Self::Attorney
            | Self::Hold
            | Self::Bankruptcy
            | Self::Deceased
            | Self::Fraud
            | Self::PendingRecall => true,
            Self::New
            | Self::Active
            | Self::Promise
            | Self::Plan
            | Self::Settlement
            | Self::Broken
            | Self::Returned
            | Self::Legal
            | Self::Judgment
            | Self::Forwarded
            | Self::PaidInFull
            | Self::SettledInFull
            | Self::Recalled
            | Self::ClosedBankruptcy
            | Self::ClosedDeceased
            | Self::ClosedDispute
            | Self::Exhausted
            | Self::SmallBalance
            | Self::StatuteExpired
            | Self::PlacedInError
            | Self::ClosedFraud
            | Self::Duplicate => false,
        }
    }
}

impl Restriction {
    /// Whether it keeps the account out of every worklist.
    pub fn stops_work(self) -> bool {
        match self {
            Self::Bankruptcy
            | Self::Deceased
            | Self::IdentityTheft
            | Self::Attorney
            | Self::Cease
            | Self::Dispute
            | Self::Minor
            | Self::NoItemization
            | Self::Hold => true,
            Self::Scra | Self::InconvenientTime | Self::InconvenientPlace => false,
        }
    }

    /// Whether it concerns the person and so every account of the packet, not one debt alone.
    pub fn is_personal(self) -> bool {
        match self {
            Self::Bankruptcy | Self::Deceased | Self::Scra | Self::Minor => true,
            Self::IdentityTheft
            | Self::Attorney
            | Self::Cease
            | Self::Dispute
            | Self::InconvenientTime
            | Self::InconvenientPlace
            | Self::NoItemization
            | Self::Hold => false,
        }
    }

    /// Whether it stops payments from the debtor (the automatic stay, a person who did not owe).
    pub fn stops_payments(self) -> bool {
        match self {
            Self::Bankruptcy | Self::IdentityTheft | Self::Minor => true,
            Self::Deceased
            | Self::Attorney
            | Self::Cease
            | Self::Dispute
            | Self::Scra
            | Self::InconvenientTime
            | Self::InconvenientPlace
            | Self::NoItemization
            | Self::Hold => false,
        }
    }
}

/// The status shown for a newly placed account with these restrictions: the first of
/// BKY, DEC, FRAUD, ATY, CND, DSP, HLD.
pub fn status_on_placement(restrictions: &[Restriction]) -> AccountStatus {
    [
        (Restriction::Bankruptcy, AccountStatus::Bankruptcy),
        (Restriction::Deceased, AccountStatus::Deceased),
        (Restriction::IdentityTheft, AccountStatus::Fraud),
        (Restriction::Attorney, AccountStatus::Attorney),
        (Restriction::Cease, AccountStatus::Cease),
        (Restriction::Dispute, AccountStatus::Disputed),
        (Restriction::Hold, AccountStatus::Hold),
    ]
    .into_iter()
    .find(|(restriction, _)| restrictions.contains(restriction))
    .map_or(AccountStatus::New, |(_, status)| status)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_account_is_neither_worked_nor_contacted_nor_paid_by_itself() {
        for status in AccountStatus::ALL.iter().filter(|s| !s.is_open()) {
            let flags = status.flags();
            assert!(!flags.workable && !flags.contactable && !flags.accepts_payments);
            assert!(status.may_become(AccountStatus::Active));
            assert!(!status.may_become(AccountStatus::Promise));
        }
    }

    #[test]
    fn a_status_leads_where_the_table_of_the_trade_says() {
        use AccountStatus as S;
        let owed = Money::from_minor(10_000);
        let from = |status: S| status.allowed_next(owed);
        assert!(from(S::New).contains(&S::Active) && from(S::New).contains(&S::Hold));
        assert!(from(S::Promise).contains(&S::Broken) && !from(S::Active).contains(&S::Broken));
        assert!(from(S::Disputed).contains(&S::ClosedDispute));
        assert!(!from(S::Disputed).contains(&S::Promise), "a disputed debt is not promised");
        assert!(from(S::Hold).contains(&S::New), "a hold gives back what was before");
        assert!(from(S::Legal).contains(&S::Judgment) && !from(S::Promise).contains(&S::Judgment));
        assert!(!from(S::Bankruptcy).contains(&S::Promise), "the stay");
        assert_eq!(from(S::Recalled), vec![S::Active], "reopened, with a reason");
        assert!(!from(S::Active).contains(&S::PaidInFull), "not while something is owed");
        assert!(S::Active.allowed_next(Money::ZERO).contains(&S::PaidInFull));
    }

    #[test]
    fn bankruptcy_may_come_at_any_open_account() {
        for status in AccountStatus::ALL.iter().filter(|s| s.is_open()) {
            let stayed = matches!(status, AccountStatus::Bankruptcy | AccountStatus::PendingRecall);
            assert_eq!(status.may_become(AccountStatus::Bankruptcy), !stayed, "{status:?}");
        }
    }

    #[test]
    fn the_first_restriction_of_the_list_names_the_status() {
        use Restriction as R;
        assert_eq!(status_on_placement(&[R::Dispute, R::Bankruptcy]), AccountStatus::Bankruptcy);
        assert_eq!(status_on_placement(&[R::Cease, R::Dispute]), AccountStatus::Cease);
        assert_eq!(status_on_placement(&[R::Scra]), AccountStatus::New);
    }

    #[test]
    fn codes_read_back() {
        for d in Disposition::ALL {
            assert_eq!(Disposition::parse(d.code()), Some(*d));
        }
        for s in AccountStatus::ALL {
            assert_eq!(AccountStatus::parse(s.code()), Some(*s));
        }
    }
}
