//! The rules that a decision may name, with the law behind each.

use crate::account::AccountStatus;

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $citation:literal, $words:literal;)*) => {
        names! {
            /// A rule of law or of the trade, by its stable id.
            Rule {
                $($(#[$doc])* $variant = $id, $words;)*
            }
        }

        impl Rule {
            /// Where it stands.
            pub fn citation(self) -> &'static str {
                match self { $(Self::$variant => $citation,)* }
            }
        }
    };
}

rules! {
    /// The automatic stay.
    Stay = "BK.stay", "11 USC 362(a)(6)", "bankruptcy: nothing is collected";
    /// Identity theft or fraud was reported.
    IdentityTheft = "IDT.hold", "15 USC 1681m(f)", "identity theft or fraud is reported";
    /// The debtor is a minor.
    Minor = "MINOR", "12 CFR 1006.6(a)(2)", "the debtor is a minor";
    /// The debtor has died.
    Deceased = "DEC.status", "12 CFR 1006.6(a)(4)", "the debtor has died";
    /// Paid, settled, recalled or closed otherwise.
    Closed = "STATUS.paid", "domain rule 2.2", "the account is closed";
    /// Held by the creditor or the agency.
    Hold = "STATUS.hold", "domain rule 2.2", "the account is on hold";
    /// The creditor asked for it back.
    Recall = "STATUS.recall", "domain rule 2.4", "the creditor asked for the account back";
    /// Placed with another agency.
    Forwarded = "STATUS.forwarded", "domain rule 2.2", "another agency works the account";
    /// A complaint is looked into.
    Complaint = "STATUS.complaint", "domain rule 2.2", "there is a complaint";
    /// An attorney represents the debtor.
    Attorney = "F.6b2.attorney", "12 CFR 1006.6(b)(2)", "an attorney represents the debtor";
    /// The debtor asked us to stop.
    Cease = "F.6c.cease", "12 CFR 1006.6(c)", "the debtor asked us to stop";
    /// The debt is disputed.
    Disputed = "F.38d.dispute", "12 CFR 1006.38(d)", "the debt is disputed";
    /// A payment never goes to a disputed debt by itself.
    PayDisputed = "F.30c.apply", "12 CFR 1006.30(c), 15 USC 1692h", "a disputed debt is paid only where the debtor chooses it";
    /// The itemization is missing.
    NoItemization = "F.34c.itemization", "12 CFR 1006.34(c)(2)", "the itemization is missing";
    /// Active duty.
    Scra = "SCRA.flag", "50 USC 3931, 3937", "the debtor is on active duty";
    /// Nothing is owed.
    NothingOwed = "BAL.nothing", "15 USC 1692f(1)", "nothing is owed";
    /// More than is owed, less what is in flight.
    OverBalance = "BAL.over", "15 USC 1692f(1)", "it is more than can be paid now";
    /// Less than is taken in part.
    BelowMinimum = "BAL.least", "domain rule 2.10", "it is less than is taken in part";
    /// The way to pay is not taken.
    Funding = "PAY.funding", "card network rules", "this way to pay is not taken";
    /// Nobody agreed to it.
    NoAgreement = "PAY.agreement", "12 CFR 1005.10(b)", "no agreement permits the charge";
    /// Between eight and nine where the debtor is.
    Time = "F.6b1.time", "12 CFR 1006.6(b)(1)(i)", "the hour where the debtor is";
    /// Inconvenient times.
    KnownTime = "F.6b1.known_time", "12 CFR 1006.6(b)(1)(i)", "the debtor named inconvenient times";
    /// Inconvenient places.
    Place = "F.6b1.place", "12 CFR 1006.6(b)(1)(ii)", "the debtor named inconvenient places";
    /// Calls and talks within seven days.
    Frequency = "F.14b.freq7", "12 CFR 1006.14(b)(2)", "calls and talks within seven days";
    /// What permits an electronic address.
    ElectronicBasis = "F.6d.basis", "12 CFR 1006.6(d)(4)-(5)", "the permission for an electronic address";
    /// A medium or address the debtor refused.
    Refused = "F.14h.media", "12 CFR 1006.14(h)", "the debtor refused this way to be reached";
    /// The law of the state.
    State = "STATE.pack", "12 CFR 1006.104", "the law of the debtor's state";
}

impl Rule {
    /// The rule behind a status, beyond the restrictions that a status stands for.
    pub(super) fn of_status(status: AccountStatus) -> Option<Self> {
        if !status.is_open() {
            return Some(Self::Closed);
        }
        [
            (AccountStatus::PendingRecall, Self::Recall),
            (AccountStatus::Forwarded, Self::Forwarded),
            (AccountStatus::Complaint, Self::Complaint),
        ]
        .into_iter()
        .find(|(named, _)| *named == status)
        .map(|(_, rule)| rule)
    }
}
