//! The two agencies of the demo and whose debts they collect.

/// An agency to be.
pub struct House {
    pub slug: &'static str,
    pub name: &'static str,
    /// Shown before sign-in: no word of debts (Reg F 1006.2(j)).
    pub neutral: &'static str,
    pub zone: &'static str,
    pub phone: &'static str,
    pub address: &'static str,
    pub creditors: &'static [Placer],
}

/// A creditor to be, with the file it places.
pub struct Placer {
    pub code: &'static str,
    pub name: &'static str,
    pub portfolio: &'static str,
    /// Its commission, as a fraction.
    pub commission: &'static str,
    /// Whether the commission rises with the age of the debt instead.
    pub by_age: bool,
    pub file_name: &'static str,
    pub file: &'static [u8],
}

pub const HOUSES: [House; 2] = [
    House {
        slug: "harborline",
        name: "Harborline Recovery LLC",
        neutral: "Harborline Services",
        zone: "America/New_York",
        phone: "+1 800 555 0142",
        address: "400 Wharf Street, Suite 12, Portland, ME 04101",
        creditors: &[
            Placer {
                code: "MERCYVALE",
                name: "Mercyvale Community Hospital",
                portfolio: "MV-2026-11",
                commission: "0.25",
                by_age: false,
                file_name: "mercyvale_2026_11.csv",
                file: include_bytes!("placements/mercyvale.csv"),
            },
            Placer {
                code: "FERNBANK",
                name: "Fernbank Card Services, N.A.",
                portfolio: "FB-CO-26Q4",
                commission: "0.30",
                by_age: true,
                file_name: "fernbank_26q4.csv",
                file: include_bytes!("placements/fernbank.csv"),
            },
            Placer {
                code: "TRICOUNTY",
                name: "Tri-County Power & Light",
                portfolio: "TC-FINAL",
                commission: "0.20",
                by_age: false,
                file_name: "tricounty_final_bills.csv",
                file: include_bytes!("placements/tricounty.csv"),
            },
        ],
    },
    House {
        slug: "cedarpoint",
        name: "Cedar Point Associates Inc.",
        neutral: "Cedar Point",
        zone: "America/Denver",
        phone: "+1 800 555 0178",
        address: "77 Juniper Avenue, Boulder, CO 80302",
        creditors: &[Placer {
            code: "OAKHAVEN",
            name: "Oakhaven Apartments LP",
            portfolio: "OH-MOVEOUT",
            commission: "0.33",
            by_age: false,
            file_name: "oakhaven_move_outs.csv",
            file: include_bytes!("placements/oakhaven.csv"),
        }],
    },
];
