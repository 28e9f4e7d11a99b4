//! The frame of a chart: where values fall, and the lines of the grid.

use super::{Label, safe};
use std::fmt::Write as _;

/// Size of the drawing and its margins, in SVG units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub width: f64,
    pub height: f64,
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
}

impl Frame {
    pub fn inner_width(&self) -> f64 {
        self.width - self.left - self.right
    }

    /// Where a value stands on the vertical axis.
    pub fn y(&self, value: f64, scale: &Scale) -> f64 {
        let share = (value - scale.low) / (scale.high - scale.low);
        round(self.height - self.bottom - share * (self.height - self.top - self.bottom))
    }

    pub fn grid(&self, svg: &mut String, scale: &Scale, label: Label<'_>) {
        for tick in &scale.ticks {
            let y = self.y(*tick, scale);
            let (x1, x2) = (self.left, self.width - self.right);
            let _ = write!(
                svg,
                "<line class=\"grid-line\" x1=\"{x1}\" x2=\"{x2}\" y1=\"{y}\" y2=\"{y}\"/>\
                 <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                self.left - 8.0,
                round(y + 4.0),
                safe(&label(*tick)),
            );
        }
    }
}

/// A zero-based scale with round ticks.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<f64>,
}

impl Scale {
    /// Covers zero and all the values with about four steps of 1, 2 or 5 times a power of ten.
    pub fn over(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|v| v.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let span = if high - low > 0.0 { high - low } else { 1.0 };
        let raw = span / 4.0;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|m| m * power)
            .find(|step| *step >= raw)
            .unwrap_or(10.0 * power);
        let (first, last) = ((low / step).floor() * step, (high / step).ceil() * step);
        let last = if last > first { last } else { first + step };
        let mut ticks = vec![first];
        while let Some(tick) = ticks.last().copied().filter(|t| *t + step / 2.0 < last) {
            ticks.push(tick + step);
        }
        Self { low: first, high: last, ticks }
    }
}

pub(super) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A count as a coordinate.
pub(super) fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
