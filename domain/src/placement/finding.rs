//! What is wrong with a line: a stable code, a reason a person understands, and the fix.

use super::column::Column;
use std::borrow::Cow;

/// Whether a finding keeps the line out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(
    feature = "db",
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = FindingSeverity))]
pub enum Severity {
    /// The line is rejected.
    Error,
    /// The line is placed; somebody should look.
    Warning,
}

impl Severity {
    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "error" => Some(Self::Error),
            "warning" => Some(Self::Warning),
            _ => None,
        }
    }
}

macro_rules! findings {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $severity:ident, $reason:literal, $fix:literal;)*) => {
        /// The kind of a finding; its code never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {$(
            #[doc = $reason]
            $variant,
        )*}

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Whether it rejects the line.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// Why, in a sentence.
            pub fn reason(self) -> &'static str {
                match self { $(Self::$variant => $reason,)* }
            }

            /// What to do about it; empty where nothing need be done.
            pub fn fix(self) -> &'static str {
                match self { $(Self::$variant => $fix,)* }
            }
        }
    };
}

findings! {
    TooFewFields = "too_few_fields", Error, "The line has fewer fields than the header.", "Check for a missing separator or a line break inside a value that is not quoted.";
    TooManyFields = "too_many_fields", Error, "The line has more fields than the header.", "Put values that contain the separator in double quotes.";
    NotDecodable = "not_decodable", Error, "The line has a byte that the declared encoding does not know.", "Save the file as UTF-8, or declare its encoding in the mapping.";
    NulByte = "nul_byte", Error, "The line has a NUL byte.", "Export the file again as plain text.";
    FieldTooLong = "field_too_long", Error, "A value is longer than 64 KiB.", "Shorten it, and check for a quotation mark that is never closed.";
    QuoteNotClosed = "quote_not_closed", Error, "A quotation mark is opened and never closed.", "Close it, and write a quotation mark inside a value twice.";
    RequiredMissing = "required_missing", Error, "A required value is missing.", "Fill it in.";
    NameMissing = "name_missing", Error, "The debtor has no name.", "Give last or business_name.";
    TextTooLong = "text_too_long", Error, "The value is longer than 255 characters.", "Shorten it.";
    AccountNumberScientific = "account_number_scientific", Error, "A spreadsheet turned the account number into scientific notation; digits are lost.", "Format the column as text and export again.";
    AccountNumberImprecise = "account_number_imprecise", Error, "The account number is stored as a number of more than 15 digits; a workbook loses the rest.", "Format the column as text and enter the numbers again.";
    AccountNumberTooLong = "account_number_too_long", Error, "The account number is longer than 64 characters.", "Give the creditor's own account number alone.";
    UnknownCode = "unknown_code", Error, "The value is none of the codes of this column.", "Use one of the codes.";
    UnknownState = "unknown_state", Error, "This is no state or territory.", "Use the two-letter code of the postal service.";
    UnknownCountry = "unknown_country", Error, "This is no country code.", "Use the two-letter code, such as US.";
    AmountLetters = "amount_letters", Error, "The amount has letters in it.", "Use digits; check for the letter O where a zero belongs.";
    AmountScientific = "amount_scientific", Error, "The amount is in scientific notation.", "Write it as 1234.56.";
    AmountDecimals = "amount_decimals", Error, "The amount has more than two decimals.", "Round it to cents at the source.";
    AmountGrouping = "amount_grouping", Error, "The separators of thousands do not stand every three digits.", "Write it as 1234.56 or 1,234.56.";
    AmountNegative = "amount_negative", Error, "The amount is negative.", "Place only what is owed; put credits in credits_since.";
    AmountTooLarge = "amount_too_large", Error, "The amount is above ten billion.", "Check the decimal point.";
    AmountMalformed = "amount_malformed", Error, "This is no amount.", "Write it as 1234.56.";
    ZeroBalance = "zero_balance", Error, "Nothing is owed: the buckets add up to zero.", "Leave the account out.";
    BalanceMismatch = "balance_mismatch", Error, "The buckets do not add up to placed_balance.", "Correct a bucket or placed_balance.";
    ItemizationMismatch = "itemization_mismatch", Error, "The itemization does not add up to the placed balance.", "balance_at_itemization + interest_since + fees_since - payments_since - credits_since must equal the placed balance to the cent (Reg F 1006.34(c)(2)(viii)).";
    ItemizationFuture = "itemization_future", Error, "The itemization date is in the future.", "Give the date of the last statement, charge-off, last payment, transaction or judgment.";
    ItemizationMissing = "itemization_missing", Warning, "The itemization is missing; nobody is contacted until it is completed.", "Send itemization_date, itemization_date_type and balance_at_itemization.";
    ItemizationIncomplete = "itemization_incomplete", Warning, "Part of the itemization is missing; nobody is contacted until it is completed.", "Send itemization_date, itemization_date_type and balance_at_itemization.";
    DateMalformed = "date_malformed", Error, "This is no date.", "Write it as 2026-01-31, or in the order that the mapping declares.";
    DateImpossible = "date_impossible", Error, "There is no such day.", "Check the day and month, and the date order of the mapping.";
    DateSerial = "date_serial", Error, "This is a spreadsheet's serial number, not a date.", "Format the column as a date and export again.";
    DateFuture = "date_future", Error, "The date is in the future.", "Check the year.";
    DateTwoDigitYear = "date_two_digit_year", Warning, "The year has two digits; the century is a guess.", "Export four-digit years.";
    RateMalformed = "rate_malformed", Error, "This is no rate in percent a year.", "Write 9 or 9% for nine percent a year, with up to four decimals.";
    RateFraction = "rate_below_one", Warning, "The rate is below one percent a year.", "Rates are in percent: 9, not 0.09.";
    InterestNotAccrued = "interest_not_accrued", Warning, "No interest accrues: rate, start date and authority are not all there.", "Send interest_rate, interest_start_date and interest_authority.";
    PhoneDropped = "phone_dropped", Warning, "This is no telephone number; it is left out.", "Give ten digits.";
    PhoneTypeUnknown = "phone_type_unknown", Warning, "The kind of telephone is not known; it counts as unknown.", "Use mobile, home or work.";
    ConsentUnreadable = "consent_unreadable", Warning, "The consent cannot be read; it counts as not given.", "Use Y or N.";
    EmailDropped = "email_dropped", Warning, "This is no e-mail address; it is left out.", "Give an address such as name@example.com, or leave it blank.";
    SsnDropped = "ssn_dropped", Warning, "This is no social security number; it is left out.", "Give nine digits, or leave it blank.";
    TaxIdDropped = "tax_id_dropped", Warning, "This is no tax id; it is left out.", "Give nine digits, or leave it blank.";
    ZipDropped = "zip_dropped", Warning, "This is no ZIP code; it is left out and the address is flagged.", "Give five or nine digits.";
    ZipRestored = "zip_restored", Warning, "The ZIP code lost its leading zeros; they are restored.", "Format the column as text.";
    AddressPlaceholder = "address_placeholder", Warning, "This is no address but a placeholder; the address is flagged as bad.", "Send the last known address.";
    AddressMissing = "address_missing", Warning, "The address is incomplete; it is flagged as bad.", "Send street, city, state and ZIP.";
    FlagUnreadable = "flag_unreadable", Warning, "The flag cannot be read; the restriction is set to be safe.", "Use Y or N.";
    FlagContradicted = "flag_contradicted", Warning, "The flag says no, another column says yes; the restriction is set to be safe.", "Send both alike.";
    ChapterUnknown = "bankruptcy_chapter_unknown", Warning, "This is no chapter of bankruptcy; the restriction is set to be safe.", "Use 7, 9, 11, 12 or 13.";
    LanguageUnknown = "language_unknown", Warning, "The language is not known; it is kept as it came.", "Use a code such as en or es.";
    MinorDebtor = "minor_debtor", Warning, "The debtor is a minor; the account is restricted.", "Name the guarantor.";
    NotesMention = "notes_mention", Warning, "The notes speak of something that may restrict the account.", "Send it in its own column, such as deceased or bankruptcy_chapter.";
    UnknownColumn = "unknown_column", Warning, "The column is mapped to nothing and left out.", "Map it, or leave it out of the file.";
    BlankLine = "blank_line", Warning, "A blank line is skipped.", "";
    RepeatedHeader = "repeated_header", Warning, "A repeated header is skipped.", "";
    TotalLine = "total_line", Warning, "A line of totals is skipped.", "";
    FooterLine = "footer_line", Warning, "A line of text that is no account is skipped.", "";
    WrongClient = "wrong_client", Error, "The line names another client than the upload.", "Upload it for that client.";
    UnknownPortfolio = "unknown_portfolio", Error, "The client has no portfolio with this code.", "Create the portfolio first, or correct the code.";
    DuplicateInFile = "duplicate_in_file", Warning, "The account stands in the file before; the first good line counts.", "Remove one of them.";
    DuplicateOpenAccount = "duplicate_open_account", Warning, "The account is placed already and open; nothing is created.", "Leave it out, or recall the open account first.";
    AccountPaidInFull = "account_paid_in_full", Error, "The account was closed as paid in full.", "Place a new account number if something new is owed.";
    Replacement = "replacement", Warning, "The account was placed before and returned; a new account is linked to the old one.", "";
    SsnNameConflict = "ssn_name_conflict", Warning, "Another debtor with another name has the same social security number; somebody must look before the accounts are joined.", "Check the number.";
}

/// Something to say about one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind.
    pub code: Code,
    /// The column, where one is to blame.
    pub column: Option<Column>,
    /// The value as it came, at most 100 characters, without a social security number or tax id.
    pub value: Option<String>,
    /// Why, in a sentence.
    pub reason: Cow<'static, str>,
}

impl Finding {
    /// A finding about a whole line.
    pub fn of_line(code: Code) -> Self {
        Self { code, column: None, value: None, reason: Cow::Borrowed(code.reason()) }
    }

    /// A finding about a value.
    pub fn of_value(code: Code, column: Column, value: Option<&str>) -> Self {
        Self {
            code,
            column: Some(column),
            value: value.map(|value| shown(column, value)),
            reason: Cow::Borrowed(code.reason()),
        }
    }

    /// The same with a reason that names the figures.
    #[must_use]
    pub fn because(mut self, reason: String) -> Self {
        self.reason = Cow::Owned(reason);
        self
    }

    /// Whether the line is rejected for it.
    pub fn rejects(&self) -> bool {
        self.code.severity() == Severity::Error
    }

    /// What to do about it.
    pub fn fix(&self) -> Option<&'static str> {
        Some(self.code.fix()).filter(|fix| !fix.is_empty())
    }
}

/// A value as a report may show it: cut at 100 characters; numbers that are or look like a social
/// security number or tax id keep their last four digits only.
pub fn shown(column: Column, value: &str) -> String {
    let cut: String = value.chars().take(100).map(|c| if c == '\0' { ' ' } else { c }).collect();
    if column.is_secret() {
        return masked_whole(&cut);
    }
    let spelled_out = column == Column::ClientAccountNumber;
    let mut out = String::with_capacity(cut.len());
    let mut run = String::new();
    for c in cut.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (matches!(c, '-' | ' ') && !run.is_empty()) {
            run.push(c);
            continue;
        }
        out.push_str(&masked_run(&run, spelled_out));
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn masked_whole(value: &str) -> String {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
    if digits.len() > 4 { format!("*****{last}") } else { "*****".to_owned() }
}

/// Nine digits in a row, or written 123-45-6789, are hidden; plain nine digits are left in an
/// account number.
fn masked_run(run: &str, account_number: bool) -> String {
    let bare = run.trim_end_matches([' ', '-']);
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let dashed = bare.chars().any(|c| !c.is_ascii_digit());
    if digits == 9 && (dashed || !account_number) {
        let tail = run.get(bare.len()..).unwrap_or_default();
        return format!("{}{tail}", masked_whole(bare));
    }
    run.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_one_of_a_kind() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }

    #[test]
    fn no_report_shows_a_social_security_number() {
        for (column, value, shows) in [
            (Column::Ssn, "895-82-8946", "*****8946"),
            (Column::Ssn, "12", "*****"),
            (Column::TaxId, "00-6282261", "*****2261"),
            (Column::DateOfBirth, "895-82-8946", "*****8946"),
            (Column::Notes, "ssn 895828946, call", "ssn *****8946, call"),
            (Column::ClientAccountNumber, "895-82-8946", "*****8946"),
            (Column::ClientAccountNumber, "000000001", "000000001"),
            (Column::ServiceOrOpenDate, "2026-02-30", "2026-02-30"),
            (Column::Phone1, "(414) 555-0122", "(414) 555-0122"),
        ] {
            assert_eq!(shown(column, value), shows, "{value}");
        }
        assert_eq!(shown(Column::Last, &"é".repeat(300)).chars().count(), 100);
    }
}
