//! The life of a placement.

names! {
    /// Where a placement stands.
    PlacementState {
        /// Its file is kept; nobody has said yet what its columns mean.
        Received = "received";
        /// Its lines are being judged.
        Checking = "checking";
        /// Judged; nothing is placed yet.
        Checked = "checked";
        /// Its accounts are being made.
        Committing = "committing";
        /// Its accounts are made.
        Committed = "committed";
        /// The file as a whole is refused; nothing was placed.
        Refused = "refused";
        /// Given up before it was committed.
        Canceled = "canceled";
    }
}

names! {
    /// What becomes of a file with bad lines.
    CommitPolicy {
        /// One rejected or duplicate line places nothing.
        AllOrNothing = "all_or_nothing";
        /// The good lines are placed.
        ValidLinesOnly = "valid_lines_only";
    }
}
