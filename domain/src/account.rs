//! An account: its statuses with their flags, its restrictions, and the dispositions of an action
//! (domain rule 2.2).

mod disposition;
mod restriction;
mod status;

pub use disposition::DispositionMeaning;
pub use restriction::status_on_placement;
pub use status::StatusFlags;

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

#[cfg(test)]
mod tests;
