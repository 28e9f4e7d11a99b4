//! Tables that go on over pages, and lines that are broken to fit.

use crate::LetterError;
use crate::face::{Face, Weight};
use crate::press::{Part, Press};

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) head: String,
    /// Points, the gap to its neighbour included.
    pub(crate) width: f32,
    pub(crate) side: Side,
}

impl Column {
    pub(crate) fn new(head: impl Into<String>, width: f32, side: Side) -> Self {
        Self { head: head.into(), width, side }
    }
}

/// Points between two columns.
pub(crate) const GAP: f32 = 7.0;

/// A table from the present height on.
pub(crate) struct Table {
    pub(crate) x: f32,
    pub(crate) size: f32,
    pub(crate) columns: Vec<Column>,
    pub(crate) begun: bool,
}

impl Table {
    pub(crate) fn new(x: f32, size: f32, columns: Vec<Column>) -> Self {
        Self { x, size, columns, begun: false }
    }

    fn leading(&self) -> f32 {
        self.size * 1.3
    }

    fn width(&self) -> f32 {
        self.columns.iter().map(|column| column.width).sum()
    }

    /// Begins with the heads of the columns.
    pub(crate) fn begin(&mut self, press: &mut Press) -> Result<(), LetterError> {
        press.open(Part::Table);
        press.open(Part::TableHead);
        press.open(Part::Row);
        self.heads(press, true)?;
        press.close();
        press.close();
        press.open(Part::TableBody);
        Ok(())
    }

    fn heads(&mut self, press: &mut Press, first: bool) -> Result<(), LetterError> {
        let face = Press::face(Weight::Bold)?;
        let broken: Vec<Vec<String>> = self
            .columns
            .iter()
            .map(|column| wrap(face, &column.head, self.size, column.width - GAP))
            .collect();
        let tallest = broken.iter().map(Vec::len).max().unwrap_or_default();
        let top = press.y;
        let mut x = self.x;
        for (column, lines) in self.columns.iter().zip(&broken) {
            if first {
                press.open(Part::ColumnHead);
            }
            // Heads of one line stand on the line under them.
            let mut y = top + self.leading() * count(tallest - lines.len());
            for line in lines {
                let at = (place(face, line, self.size, x, column), y + self.size);
                if first {
                    press.text(at, Weight::Bold, self.size, line)?;
                } else {
                    press.furniture(at, Weight::Bold, self.size, line)?;
                }
                y += self.leading();
            }
            if first {
                press.close();
            }
            x += column.width;
        }
        press.y = top + self.leading() * count(tallest) + 3.0;
        press.rule(self.x, press.y - 1.5, self.width() - GAP, 0.8);
        press.y += 1.5;
        self.begun = true;
        Ok(())
    }

    /// A row, one text for each column; the heads are repeated where it begins a page. Where a text
    /// has several lines already, they stay lines. A row that has a line above it is a sum.
    pub(crate) fn row(
        &mut self,
        press: &mut Press,
        weight: Weight,
        cells: &[String],
    ) -> Result<(), LetterError> {
        let face = Press::face(weight)?;
        let broken: Vec<Vec<String>> = self
            .columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| wrap(face, cell, self.size, column.width - GAP))
            .collect();
        let tallest = broken.iter().map(Vec::len).max().unwrap_or_default().max(1);
        let height = self.leading() * count(tallest) + 2.6;
        if press.room() < height {
            press.feed()?;
            self.heads(press, false)?;
        }
        press.open(Part::Row);
        let mut x = self.x;
        for (at, (column, lines)) in self.columns.iter().zip(&broken).enumerate() {
            press.open(if at == 0 { Part::RowHead } else { Part::Cell });
            let mut y = press.y + 1.0;
            for line in lines {
                // An empty cell holds a blank: a cell without content would not be one, and those
                // after it would stand under the wrong heads.
                let line = if line.is_empty() { " " } else { line };
                let at = (place(face, line, self.size, x, column), y + self.size);
                press.text(at, weight, self.size, line)?;
                y += self.leading();
            }
            press.close();
            x += column.width;
        }
        press.close();
        press.y += height;
        Ok(())
    }

    /// The line under a row.
    pub(crate) fn underline(&self, press: &mut Press, thickness: f32) {
        press.rule(self.x, press.y - thickness / 2.0, self.width() - GAP, thickness);
    }

    /// Ends the table.
    pub(crate) fn end(self, press: &mut Press) {
        press.close();
        press.close();
    }
}

fn place(face: &Face, line: &str, size: f32, x: f32, column: &Column) -> f32 {
    match column.side {
        Side::Left => x,
        Side::Right => x + column.width - GAP - face.width(line.trim_end(), size),
    }
}

fn count(lines: usize) -> f32 {
    f32::from(u16::try_from(lines).unwrap_or(u16::MAX))
}

/// Text as lines that fit a width: broken at blanks, and inside a word that is wider than a line.
/// Nothing is left out.
pub(crate) fn wrap(face: &Face, text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        if face.width(paragraph, size) <= width {
            lines.push(paragraph.to_owned());
        } else {
            break_up(face, paragraph, size, width, &mut lines);
        }
    }
    lines
}

fn break_up(face: &Face, text: &str, size: f32, width: f32, lines: &mut Vec<String>) {
    let mut line = String::new();
    for word in text.split_inclusive([' ', '-', '/', ',']) {
        let longer = format!("{line}{word}");
        if face.width(longer.trim_end(), size) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for sign in word.chars() {
            let longer = format!("{line}{sign}");
            if !line.is_empty() && face.width(longer.trim_end(), size) > width {
                lines.push(std::mem::take(&mut line));
                line.push(sign);
            } else {
                line = longer;
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
}

#[cfg(test)]
mod tests;
