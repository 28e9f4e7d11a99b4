//! An account: its statuses with their flags, its restrictions, and the dispositions of an action
//! (domain rule 2.2).

mod disposition;
mod restriction;
mod status;
mod table;
mod transition;

pub use disposition::DispositionMeaning;
pub use restriction::{RestrictionRow, standing_on, status_on_placement};
pub use status::{Phase, SetBy, StatusRow};
pub(crate) use transition::follows_agreements;
pub use transition::{Agreement, NoTransition, Transition, TransitionFacts, transition};

names! {
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

names! {
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

names! {
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
