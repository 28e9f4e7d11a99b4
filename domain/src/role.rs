//! Roles of the people who sign in.

names! {
    /// The role of a member of the agency's staff.
    StaffRole {
        /// Runs the agency's system: users, contracts, approval of money.
        Admin = "admin";
        /// Runs the floor: imports, assignment, plans.
        Manager = "manager";
        /// Works accounts.
        Collector = "collector";
        /// Watches the law: disputes, restrictions, audit.
        Compliance = "compliance";
        /// Keeps the trust books.
        Finance = "finance";
    }
}

names! {
    /// The role of a creditor's user.
    ClientRole {
        /// Manages the creditor's own users, and everything below.
        Admin = "admin";
        /// Places accounts.
        Placer = "placer";
        /// Reads.
        Viewer = "viewer";
    }
}
