//! The parties to an account and the ways to reach them.

names! {
    /// What a party is to the debt.
    PartyRole {
        /// Owes it.
        Primary = "primary";
        /// Owes it too.
        CoDebtor = "co_debtor";
        /// Answers for it.
        Guarantor = "guarantor";
        /// Represents a party.
        Attorney = "attorney";
    }
}

names! {
    /// Person or business.
    PartyKind {
        /// A natural person: consumer law applies.
        Consumer = "consumer";
        /// A business.
        Business = "business";
    }
}

names! {
    /// A way to reach a party.
    ContactPointKind {
        /// Postal address.
        Address = "address";
        /// Phone number.
        Phone = "phone";
        /// E-mail address.
        Email = "email";
    }
}
