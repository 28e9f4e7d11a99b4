//! The timeline of an account: what happened, in kinds that a reader can filter by.

names! {
    /// What happened to an account.
    TimelineKind {
        /// It was placed, or placed again.
        Placed = "placed";
        /// Its status changed.
        StatusChanged = "status_changed";
        /// A restriction was set.
        RestrictionSet = "restriction_set";
        /// A restriction was lifted.
        RestrictionLifted = "restriction_lifted";
        /// Somebody wrote a note.
        Note = "note";
        /// An address, phone number or e-mail address was added.
        ContactPointAdded = "contact_point_added";
        /// An address, phone number or e-mail address was found to be bad, or good again.
        ContactPointFlagged = "contact_point_flagged";
        /// It went to another desk.
        Assigned = "assigned";
        /// An agent logged a result.
        Worked = "worked";
        /// It joined the packet of another debtor.
        Linked = "linked";
        /// It left its packet.
        Unlinked = "unlinked";
        /// The debtor signed in at the portal.
        DebtorSignedIn = "debtor_signed_in";
        /// A payment posted.
        PaymentPosted = "payment_posted";
        /// A payment was reversed.
        PaymentReversed = "payment_reversed";
        /// A payment did not go through.
        PaymentFailed = "payment_failed";
        /// A mail went to the debtor.
        MailSent = "mail_sent";
        /// A payment was delayed, blocked or released.
        PaymentHeld = "payment_held";
        /// The debt was lowered without money, or that was undone.
        DebtAdjusted = "debt_adjusted";
        /// A cost or fee was added, or that was undone.
        DebtCharged = "debt_charged";
        /// Interest was added, or recomputed.
        InterestPosted = "interest_posted";
        /// A credit of the debtor was refunded or moved.
        CreditUsed = "credit_used";
        /// A promise to pay was taken, or canceled.
        PromiseMade = "promise_made";
        /// A promise was kept, kept in part, or broken.
        PromiseJudged = "promise_judged";
        /// A payment plan was agreed.
        PlanMade = "plan_made";
        /// A payment plan was changed or paused.
        PlanChanged = "plan_changed";
        /// A payment plan was completed, broken or canceled.
        PlanEnded = "plan_ended";
        /// A settlement was offered.
        SettlementOffered = "settlement_offered";
        /// A settlement was accepted.
        SettlementAccepted = "settlement_accepted";
        /// A settlement was completed, broken, withdrawn or expired.
        SettlementEnded = "settlement_ended";
        /// A second person was asked.
        ApprovalAsked = "approval_asked";
        /// A second person decided.
        ApprovalDecided = "approval_decided";
    }
}

impl TimelineKind {
    /// Whether the creditor sees it by default (domain rule 2.14: never the collector's own notes).
    pub fn client_visible(self) -> bool {
        match self {
            Self::Placed
            | Self::StatusChanged
            | Self::RestrictionSet
            | Self::RestrictionLifted
            | Self::PaymentPosted
            | Self::PaymentReversed
            | Self::DebtAdjusted
            | Self::DebtCharged
            | Self::InterestPosted
            | Self::PlanMade
            | Self::PlanChanged
            | Self::PlanEnded
            | Self::SettlementAccepted
            | Self::SettlementEnded
            | Self::PromiseMade
            | Self::PromiseJudged => true,
            Self::Note
            | Self::ContactPointAdded
            | Self::ContactPointFlagged
            | Self::Assigned
            | Self::Worked
            | Self::Linked
            | Self::Unlinked
            | Self::DebtorSignedIn
            | Self::PaymentFailed
            | Self::MailSent
            | Self::PaymentHeld
            | Self::CreditUsed
            | Self::SettlementOffered
            | Self::ApprovalAsked
            | Self::ApprovalDecided => false,
        }
    }
}
