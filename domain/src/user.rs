//! People who sign in with a password.

names! {
    /// Whose person it is.
    UserKind {
        /// The agency's.
        Staff = "staff";
        /// A creditor's.
        Client = "client";
    }
}

names! {
    /// Whether a user may sign in.
    UserStatus {
        /// Has a link and no password yet.
        Invited = "invited";
        /// May sign in.
        Active = "active";
        /// May not.
        Disabled = "disabled";
    }
}

names! {
    /// What a one-time link is for.
    InvitePurpose {
        /// Choose the first password.
        Invite = "invite";
        /// Choose another password.
        Reset = "reset";
    }
}

names! {
    /// How a debtor proves to hold a channel on file.
    ChallengePurpose {
        /// A code that is typed.
        Code = "code";
        /// A link that is opened.
        Link = "link";
    }
}
