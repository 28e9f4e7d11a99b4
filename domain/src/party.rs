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

/// A name as it is compared and searched: upper case, letters, digits and single spaces only. A
/// person's key begins with the last name, so that a list sorts and a prefix finds as people expect.
pub fn name_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for word in name.split(|c: char| c.is_whitespace() || matches!(c, ',' | '-' | '.' | '/')) {
        let before = key.len();
        if before > 0 {
            key.push(' ');
        }
        let start = key.len();
        key.extend(word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase));
        if key.len() == start {
            key.truncate(before);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn names_compare_without_case_and_punctuation() {
        assert_eq!(name_key("O'Brien, Seán  J."), "OBRIEN SEÁN J");
        assert_eq!(name_key(" Smith-Jones "), "SMITH JONES");
        assert_eq!(name_key(" - "), "");
    }
}
