//! An agency, its creditors and its sites.

names! {
    /// Whether an agency works.
    AgencyStatus {
        /// Works.
        Active = "active";
        /// Nobody signs in.
        Suspended = "suspended";
    }
}

names! {
    /// Whether a creditor still places.
    CreditorStatus {
        /// Places accounts.
        Active = "active";
        /// Places no more; its accounts stay.
        Closed = "closed";
    }
}

names! {
    /// One of the three sites of an agency.
    Site {
        /// Where debtors see and pay what they owe.
        Debtor = "debtor";
        /// Where creditors follow the recovery.
        Client = "client";
        /// Where the agency works.
        Workspace = "workspace";
    }
}

names! {
    /// A language that debtors read.
    Language {
        /// English.
        English = "en";
        /// Spanish.
        Spanish = "es";
    }
}
