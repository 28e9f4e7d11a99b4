//! The form of contract terms, with what was typed.

use super::Typed;
use crate::form::{Field, Select};
use crate::page::Page;
use domain::hold::HoldTerms;
use domain::remittance::Terms;

/// The methods that have a hold: field of the days, of the unit, label.
const HELD: [(&str, &str, &str); 7] = [
    ("hold_online", "hold_online_unit", "Online, not known which"),
    ("hold_card", "hold_card_unit", "Card"),
    ("hold_ach", "hold_ach_unit", "Bank debit"),
    ("hold_check", "hold_check_unit", "Check"),
    ("hold_cash", "hold_cash_unit", "Cash"),
    ("hold_wire", "hold_wire_unit", "Wire"),
    ("hold_money_order", "hold_money_order_unit", "Money order"),
];

/// The parts of the form, in groups.
pub struct TermsForm {
    pub commission: Vec<Field>,
    pub order: Select,
    pub percents: Field,
    pub method: Select,
    pub period: Select,
    pub period_detail: Field,
    pub minimum: Field,
    pub invoice_days: Field,
    pub returns: Select,
    pub fees: Select,
    pub flags: Vec<Select>,
    pub holds: Vec<(Field, Select)>,
    pub interest: Vec<Select>,
    pub interest_fields: Vec<Field>,
}

impl Typed {
    /// The form, with what was typed; what was not is as usual.
    pub fn form(&self, page: &Page) -> TermsForm {
        let field = |name: &'static str, label: &str| page.field(name, label).value(self.get(name));
        let select = |name: &'static str, label: &str, usual: &str, options: &[(&str, &str)]| {
            let empty = page.select(name, label).chosen(self.or(name, usual));
            options.iter().fold(empty, |list, (value, words)| list.option(*value, *words))
        };
        let yes = |name: &'static str, label: &str, usual: &str| {
            select(name, label, usual, &[("no", "No"), ("yes", "Yes")])
        };
        let units = [("calendar", "calendar days"), ("banking", "banking days")];
        let usual = HoldTerms::default();
        let days = [
            usual.online,
            usual.card,
            usual.ach,
            usual.check,
            usual.cash,
            usual.wire,
            usual.money_order,
        ];
        let compounding = [
            ("", "Simple interest"),
            ("monthly", "Monthly"),
            ("quarterly", "Quarterly"),
            ("semi_annually", "Every six months"),
            ("annually", "Yearly"),
        ];
        TermsForm {
            commission: vec![
                field("effective_on", "Effective from").kind("date"),
                field("rate", "Commission as a share (optional)")
                    .hint("0.3 is 30 %; empty where a commission schedule decides")
                    .class("w8")
                    .optional(),
                field("tax_rate", "Tax on commission (optional)")
                    .hint("0.13 is 13 %; empty where the creditor is exempt")
                    .class("w8")
                    .optional(),
            ],
            order: select(
                "order",
                "A payment fills first",
                "costs_first",
                &[
                    ("costs_first", "costs, fees, interest, principal, other"),
                    ("interest_first", "costs, interest, principal, fees, other"),
                    ("principal_first", "principal, interest, fees, costs, other"),
                ],
            ),
            percents: field("percents", "Shares before that order (optional)")
                .hint("As in: principal 0.5, interest 0.2")
                .optional(),
            method: select(
                "method",
                "Remitted",
                "net",
                &[
                    ("net", "Net of commission"),
                    ("gross", "Gross, commission invoiced"),
                    ("combined", "Gross and invoice on one document"),
                    ("separate_direct", "Gross, directs invoiced apart"),
                ],
            ),
            period: select(
                "period",
                "Period",
                "month",
                &[
                    ("month", "Each month"),
                    ("half_month", "To the 15th and the month's end"),
                    ("two_weeks", "Every two weeks"),
                    ("week", "Each week"),
                    ("day", "Each day"),
                    ("ad_hoc", "Whenever somebody closes one"),
                ],
            ),
            period_detail: field("period_detail", "Last day of a period (optional)")
                .hint("Of two weeks: such a day, 2026-12-04. Of a week: Fri")
                .class("w8")
                .optional(),
            minimum: page
                .field("minimum", "Smallest remittance")
                .value(self.or("minimum", "0.00"))
                .money()
                .class("w8"),
            invoice_days: page
                .field("invoice_days", "Invoices are due after days")
                .value(self.or("invoice_days", &Terms::default().invoice_days.to_string()))
                .digits()
                .class("w4"),
            returns: select(
                "returns",
                "A total below zero after a return",
                "carry",
                &[
                    ("carry", "opens the next statement"),
                    ("invoice", "is billed"),
                    ("credit", "is an open credit for later totals"),
                ],
            ),
            fees: select(
                "fees",
                "Processor fees are borne by",
                "agency_share",
                &[
                    ("agency_share", "the agency's share in trust"),
                    ("gross_deposit", "operating, so that the gross amount is deposited"),
                ],
            ),
            flags: vec![
                yes("offset_directs", "Commission on direct payments is taken from trust", "yes"),
                yes("empty_statements", "Statement even where there is nothing to show", "no"),
                yes("show_matched", "Show a payment with its return before any statement", "no"),
            ],
            holds: HELD
                .into_iter()
                .zip(days)
                .map(|((name, unit, label), usual)| {
                    let typed = self.or(name, &usual.days.to_string());
                    let field = page.field(name, label).value(typed).digits().class("w4");
                    (field, select(unit, &format!("{label}, in"), usual.unit.name(), &units))
                })
                .collect(),
            interest: vec![
                select(
                    "basis",
                    "Interest",
                    "",
                    &[
                        ("", "None is added"),
                        ("365", "Year of 365 days"),
                        ("360", "Year of 360 days"),
                        ("364", "Year of 364 days"),
                        ("365.25", "Year of 365.25 days"),
                        ("actual", "Each day by its own year"),
                    ],
                ),
                select(
                    "base",
                    "It is on",
                    "principal",
                    &[
                        ("principal", "the principal"),
                        ("principal_and_costs", "principal and court costs"),
                        ("judgment_amount", "the principal, then the judgment amount"),
                    ],
                ),
                select(
                    "start",
                    "It starts, unless the placement says",
                    "placement",
                    &[
                        ("placement", "with the placement"),
                        ("charge_off", "with the charge-off"),
                        ("last_payment", "with the last payment before placement"),
                        ("service", "days after the service"),
                        ("judgment", "with the judgment"),
                        ("explicit", "on a day"),
                    ],
                ),
                select("compounding", "It compounds", "", &compounding),
                select("judgment_compounding", "After a judgment it compounds", "", &compounding),
                yes("stop_on_dispute", "A dispute stops it", "no"),
                yes("waive_on_plan", "A plan in good standing stops it", "no"),
            ],
            interest_fields: vec![
                field("start_days", "Days after the service (optional)")
                    .digits()
                    .class("w4")
                    .optional(),
                field("start_on", "Day on which it starts (optional)").kind("date").optional(),
                field("until", "Last day of interest (optional)").kind("date").optional(),
                field("cap", "Most interest per account (optional)").money().class("w8").optional(),
            ],
        }
    }
}
