//! The lines of a statement.

use super::{MOST_LINES, Sheets};
use crate::LetterError;
use crate::face::Weight;
use crate::press::{EDGE, Press};
use crate::table::{Column, GAP, Side, Table};
use crate::words::{figure, rate, short_day};
use domain::Money;
use domain::remittance::CommissionBasis;
use domain::statement::Line;

/// Sizes of type to try, so that the amounts of a rich creditor still fit.
const SIZES: [f32; 3] = [7.2, 6.6, 6.0];

/// The columns of amounts, in their order.
const AMOUNTS: [fn(&Line) -> Money; 6] = [
    |line| line.to_us,
    |line| line.direct,
    |line| line.commission,
    |line| line.tax,
    |line| line.due_creditor,
    |line| line.balance,
];

pub(super) fn print(press: &mut Press, sheets: &Sheets<'_>) -> Result<(), LetterError> {
    let breadth = press.breadth();
    press.heading(EDGE, breadth, 2, 11.0, "Payments on this statement")?;
    press.y += 2.0;
    let count = sheets.tally.lines();
    if count == 0 {
        let nothing = "There are no payments on this statement.";
        return press.paragraph(EDGE, breadth, Weight::Regular, 8.5, nothing);
    }
    let Some(lines) = sheets.lines else {
        let number = sheets.head.number;
        let apart = format!(
            "This statement has {count} payments, more than the {MOST_LINES} that are printed. They \
             are listed in the files of statement {number} (CSV or XLSX), which are part of it; the \
             sums above are the sums of all of them."
        );
        return press.paragraph(EDGE, breadth, Weight::Regular, 9.0, &apart);
    };
    let sums = totals(lines)?;
    let (size, columns) = columns(press, sheets.head.method.basis(), lines, &sums)?;
    let mut table = Table::new(EDGE, size, columns);
    table.begin(press)?;
    for line in lines {
        table.row(press, Weight::Regular, &cells(line))?;
        table.underline(press, 0.15);
    }
    table.underline(press, 0.8);
    press.y += 2.0;
    let blank = String::new;
    let [to_us, direct, commission, tax, due_creditor] = sums.map(figure);
    let all = [
        "All lines".to_owned(),
        blank(),
        blank(),
        blank(),
        blank(),
        blank(),
        to_us,
        direct,
        blank(),
        commission,
        tax,
        due_creditor,
        blank(),
        blank(),
    ];
    table.row(press, Weight::Bold, &all)?;
    table.end(press);
    press.y += 6.0;
    let legend = "PU paid to us, PC paid to you directly, PA paid to a forwarder; with R: returned. \
                  PIF paid in full, SIF settled in full. Balance is what is owed on the debt at the \
                  close. \u{201c}Prior period\u{201d}: paid before this period, posted in it.";
    press.paragraph(EDGE, breadth, Weight::Regular, 7.0, legend)
}

fn totals(lines: &[Line]) -> Result<[Money; 5], LetterError> {
    let mut sums = [Money::ZERO; 5];
    for line in lines {
        for (sum, of) in sums.iter_mut().zip(AMOUNTS) {
            *sum = sum.plus(of(line))?;
        }
    }
    Ok(sums)
}

fn columns(
    press: &Press,
    basis: CommissionBasis,
    lines: &[Line],
    sums: &[Money; 5],
) -> Result<(f32, Vec<Column>), LetterError> {
    let face = Press::face(Weight::Bold)?;
    // On a gross contract the creditor gets all of it; the column then only informs.
    let due = match basis {
        CommissionBasis::Net => "Due to you",
        CommissionBasis::Gross => "Less commission",
    };
    let heads = ["To us", "To you directly", "Commission", "Tax", due, "Balance"];
    for size in SIZES {
        let amount = |at: usize, head: &str| -> f32 {
            let of = AMOUNTS.get(at).copied();
            let each = lines.iter().filter_map(|line| of.map(|of| of(line)));
            let (least, most) = each.fold((Money::ZERO, Money::ZERO), |(least, most), amount| {
                (least.min(amount), most.max(amount))
            });
            let word = head.split(' ').map(|word| face.width(word, size)).fold(0.0, f32::max);
            [Some(least), Some(most), sums.get(at).copied()]
                .into_iter()
                .flatten()
                .map(|amount| face.width(&figure(amount), size))
                .fold(word, f32::max)
                + GAP
        };
        let day = face.width("Mmm 88, 2088", size) + GAP;
        let narrow = |widest: &str| face.width(widest, size) + GAP;
        let mut columns = vec![
            Column::new("File", 0.0, Side::Left),
            Column::new("Your account", 0.0, Side::Left),
            Column::new("Debtor", 0.0, Side::Left),
            Column::new("Paid on", day, Side::Left),
            Column::new("Posted on", day, Side::Left),
            Column::new("Type", narrow("Type"), Side::Left),
        ];
        for (at, head) in heads.iter().enumerate() {
            if at == 2 {
                let widest = narrow("33.3333%").max(narrow("several"));
                columns.push(Column::new("Rate", widest, Side::Right));
            }
            columns.push(Column::new(*head, amount(at, head), Side::Right));
        }
        columns.push(Column::new("Mark", narrow("Mark"), Side::Left));
        let taken: f32 = columns.iter().map(|column| column.width).sum();
        let left = press.breadth() + GAP - taken;
        if left >= 170.0 {
            for (column, share) in columns.iter_mut().zip([0.26, 0.29, 0.45]) {
                column.width = left * share;
            }
            return Ok((size, columns));
        }
    }
    Err(LetterError::TooWide)
}

fn cells(line: &Line) -> [String; 14] {
    let one_line = |text: &str| text.replace(['\n', '\r'], " ");
    let mut debtor = one_line(&line.debtor_name);
    if let Some(number) = line.returned_from {
        debtor.push_str(&format!("\nReturned from statement {number}"));
    }
    if line.prior_period {
        debtor.push_str("\nPrior period");
    }
    [
        one_line(&line.reference),
        one_line(&line.client_account_number),
        debtor,
        short_day(line.effective_on),
        short_day(line.posted_on),
        line.kind.code().to_owned(),
        figure(line.to_us),
        figure(line.direct),
        rate(line.rate.as_deref()),
        figure(line.commission),
        figure(line.tax),
        figure(line.due_creditor),
        figure(line.balance),
        one_line(line.mark.as_deref().unwrap_or_default()),
    ]
}
