//! The time zone of a debtor, by the state of the address: until when an offer may be accepted ends at
//! the debtor's own midnight (domain rule 2.10).

use chrono_tz::Tz;

/// The zone of a state or territory of the United States or a province of Canada, by its postal
/// abbreviation; none: unknown. Where a state has two zones, the western one: whoever lives in the
/// other one has an hour more, never less.
pub fn of_state(state: &str) -> Option<Tz> {
    use chrono_tz as tz;
    let zone = match state.trim().to_ascii_uppercase().as_str() {
        "CT" | "DE" | "DC" | "GA" | "ME" | "MD" | "MA" | "NH" | "NJ" | "NY" | "NC" | "OH"
        | "PA" | "RI" | "SC" | "VT" | "VA" | "WV" => tz::America::New_York,
        // Parts of these lie in the Eastern zone.
        "FL" | "IN" | "KY" | "MI" | "TN" => tz::America::Chicago,
        "AL" | "AR" | "IL" | "IA" | "LA" | "MN" | "MS" | "MO" | "OK" | "WI" => tz::America::Chicago,
        // Parts of these lie in the Central zone.
        "KS" | "NE" | "ND" | "SD" | "TX" => tz::America::Denver,
        "CO" | "MT" | "NM" | "UT" | "WY" => tz::America::Denver,
        "AZ" => tz::America::Phoenix,
        // Parts of these lie in the Mountain zone.
        "ID" | "OR" => tz::America::Los_Angeles,
        "CA" | "NV" | "WA" => tz::America::Los_Angeles,
        "AK" => tz::America::Adak,
        "HI" => tz::Pacific::Honolulu,
        "PR" | "VI" => tz::America::Puerto_Rico,
        "GU" | "MP" => tz::Pacific::Guam,
        "AS" => tz::Pacific::Pago_Pago,
        "NL" => tz::America::Halifax,
        "NS" | "NB" | "PE" => tz::America::Halifax,
        "QC" => tz::America::Toronto,
        "ON" => tz::America::Winnipeg,
        "MB" => tz::America::Winnipeg,
        "SK" => tz::America::Edmonton,
        "AB" | "NT" => tz::America::Edmonton,
        "NU" => tz::America::Edmonton,
        "BC" => tz::America::Vancouver,
        "YT" => tz::America::Whitehorse,
        _ => return None,
    };
    Some(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_with_two_zones_counts_as_its_western_one() {
        assert_eq!(of_state("ny"), Some(chrono_tz::America::New_York));
        assert_eq!(of_state(" TX"), Some(chrono_tz::America::Denver));
        assert_eq!(of_state("FL"), Some(chrono_tz::America::Chicago));
        assert_eq!(of_state("ZZ"), None);
    }
}
