use super::*;
use crate::recovery::PercentOf;
use chrono::NaiveDate;
use proptest::prelude::*;

const GROSS: Denominator = Denominator::GrossPlaced;
const NET: Denominator = Denominator::NetPlaced;

fn cohort(month: u32, accounts: i64, placed: i64, withdrawn: i64, collected: &[i64]) -> CohortRow {
    let dollars = |it: i64| Money::from_minor(it * 100);
    CohortRow {
        cohort: Cohort {
            month: Month::of(NaiveDate::from_ymd_opt(2025, month, 1).unwrap()),
            accounts,
            placed: dollars(placed),
            withdrawn: dollars(withdrawn),
            collected: collected.iter().copied().map(dollars).collect(),
        },
        entered: collected.len(),
        commission: dollars(collected.iter().sum::<i64>() / 4),
        paid: 1,
        closed: 2,
        active: accounts - 3,
        active_balance: dollars(placed - withdrawn - collected.iter().sum::<i64>()),
    }
}

fn example() -> [CohortRow; 3] {
    [
        cohort(1, 120, 96_000, 2_400, &[1_920, 3_360, 2_880, 1_440]),
        cohort(2, 80, 72_000, 0, &[1_080, 2_160, 1_800]),
        cohort(3, 150, 105_000, 5_000, &[2_100, 3_500]),
    ]
}

fn percents(cells: &[Option<Cell>]) -> Vec<String> {
    cells.iter().flatten().map(|cell| cell.percentage.unwrap().percent().to_string()).collect()
}

fn report(measure: StepMeasure, denominator: Denominator) -> StairStep {
    climb(&example(), StepBasis::CalendarMonths, measure, denominator).unwrap()
}

fn steps(measure: StepMeasure, denominator: Denominator) -> Vec<Vec<String>> {
    report(measure, denominator).rows.iter().map(|row| percents(&row.cells)).collect()
}

#[test]
fn the_stair_step_of_the_trade() {
    assert_eq!(
        steps(StepMeasure::MonthOnly, GROSS),
        [vec!["2.00", "3.50", "3.00", "1.50"], vec!["1.50", "3.00", "2.50"], vec!["2.00", "3.33"]]
    );
    assert_eq!(
        steps(StepMeasure::Cumulative, GROSS),
        [vec!["2.00", "5.50", "8.50", "10.00"], vec!["1.50", "4.50", "7.00"], vec!["2.00", "5.33"]]
    );
    assert_eq!(
        steps(StepMeasure::Cumulative, NET),
        [vec!["2.05", "5.64", "8.72", "10.26"], vec!["1.50", "4.50", "7.00"], vec!["2.10", "5.60"]]
    );
    let footer = report(StepMeasure::MonthOnly, GROSS).footer;
    let tally = &footer.tally;
    assert_eq!(tally.collected, Money::from_minor(2_024_000));
    assert_eq!((tally.placed.minor(), tally.net.minor()), (27_300_000, 26_560_000));
    assert_eq!(tally.of_gross.unwrap().to_string(), "7.41 % of gross placed");
    assert_eq!(tally.of_net.unwrap().to_string(), "7.62 % of net placed");
    assert_eq!(percents(&footer.columns), ["1.87", "3.30", "2.79", "1.50"]);
    let of: Vec<(i64, i64)> = footer
        .columns
        .iter()
        .flatten()
        .map(|cell| (cell.collected.minor() / 100, cell.percentage.unwrap().amount.minor() / 100))
        .collect();
    assert_eq!(of, [(5_100, 273_000), (9_020, 273_000), (4_680, 168_000), (1_440, 96_000)]);
    assert!(
        footer.columns.iter().flatten().all(|c| c.percentage.unwrap().of == PercentOf::GrossPlaced)
    );
    assert_eq!(footer.columns.len(), COLUMNS.len());
}

#[test]
fn the_averages_of_the_other_readings() {
    // Net placed: Mo 1 5,100 / 265,600, Mo 3 4,680 / 165,600.
    let net = report(StepMeasure::MonthOnly, NET).footer.columns;
    assert_eq!(percents(&net), ["1.92", "3.40", "2.83", "1.54"]);
    // Cumulative: Mo 2 14,120 / 273,000, Mo 3 13,200 / 168,000, Mo 4 9,600 / 96,000.
    let cumulative = report(StepMeasure::Cumulative, GROSS).footer.columns;
    assert_eq!(percents(&cumulative), ["1.87", "5.17", "7.86", "10.00"]);
}

#[test]
fn the_figures_beside_the_cells() {
    let report = report(StepMeasure::MonthOnly, GROSS);
    let jan = &report.rows[0].tally;
    assert_eq!(jan.average, Some(Money::from_minor(80_000)));
    assert_eq!(jan.unit_yield, Some(Money::from_minor(8_000)));
    assert_eq!(jan.effective_fee.unwrap().to_string(), "25.00 % of collected");
    let all = &report.footer.tally;
    assert_eq!((all.accounts, all.paid, all.closed, all.active), (350, 3, 6, 341));
    assert_eq!(all.commission, Money::from_minor(506_000));
    assert_eq!(all.active_balance, Money::from_minor(24_536_000));
}

#[test]
fn later_months_are_gathered_and_the_last_column_is_open() {
    let collected: Vec<i64> = (1..=40).collect();
    let old = cohort(1, 10, 10_000, 0, &collected);
    let cells = |measure| {
        let report =
            climb(std::slice::from_ref(&old), StepBasis::CalendarMonths, measure, GROSS).unwrap();
        let minor = |cell: &Option<Cell>| cell.unwrap().collected.minor() / 100;
        report.rows[0].cells.iter().map(minor).collect::<Vec<_>>()
    };
    let sum = |range: std::ops::RangeInclusive<i64>| range.sum::<i64>();
    assert_eq!(cells(StepMeasure::MonthOnly)[11..], [12, sum(13..=24), sum(25..=36), sum(37..=40)]);
    assert_eq!(cells(StepMeasure::Cumulative)[11..], [78, 300, 666, 820]);
}

#[test]
fn a_bucket_waits_for_the_youngest_account_and_loses_no_cent() {
    // One account is 40 days old, the last 20: money of the second bucket shows in no cell yet.
    let mut young = cohort(2, 2, 1_000, 0, &[100, 50]);
    young.entered = 1;
    let old = cohort(1, 2, 1_000, 0, &[100, 70]);
    let report =
        climb(&[old, young], StepBasis::AgeBuckets, StepMeasure::MonthOnly, GROSS).unwrap();
    assert_eq!(percents(&report.rows[1].cells), ["10.00"]);
    assert_eq!(report.rows[1].early, Money::from_minor(5_000));
    assert_eq!(report.rows[1].tally.collected, Money::from_minor(15_000));
    assert_eq!(percents(&report.footer.columns), ["10.00", "7.00"]);
    assert_eq!(report.footer.tally.collected, Money::from_minor(32_000));
}

#[test]
fn nothing_placed_has_no_percentage() {
    let recalled = cohort(1, 1, 100, 100, &[5]);
    let report =
        climb(&[recalled], StepBasis::CalendarMonths, StepMeasure::MonthOnly, NET).unwrap();
    let cell = report.rows[0].cells[0].unwrap();
    assert_eq!((cell.collected.minor(), cell.percentage), (500, None));
    assert_eq!(report.footer.columns[0].unwrap().percentage, None);
    assert_eq!(report.footer.columns[1], None);
    let none = climb(&[], StepBasis::CalendarMonths, StepMeasure::MonthOnly, NET).unwrap();
    assert!(none.footer.columns.iter().all(Option::is_none));
}

proptest! {
    #[test]
    fn the_cells_of_a_row_sum_to_its_total(
        rows in proptest::collection::vec(
            (1_i64..100_000, proptest::collection::vec(-5_000_i64..50_000, 0..60), 0_usize..60),
            0..8,
        ),
    ) {
        let cohorts: Vec<CohortRow> = rows
            .iter()
            .map(|(placed, collected, entered)| {
                CohortRow { entered: *entered, ..cohort(1, 5, *placed, 0, collected) }
            })
            .collect();
        let report =
            climb(&cohorts, StepBasis::AgeBuckets, StepMeasure::MonthOnly, GROSS).unwrap();
        let mut sum = Money::ZERO;
        for row in &report.rows {
            let cells = Money::total(row.cells.iter().flatten().map(|c| c.collected)).unwrap();
            prop_assert_eq!(cells.plus(row.early), Ok(row.tally.collected));
            sum = sum.plus(cells).unwrap();
        }
        let columns = report.footer.columns.iter().flatten().map(|c| c.collected);
        prop_assert_eq!(Money::total(columns), Ok(sum));
    }
}
