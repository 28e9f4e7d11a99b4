//! Bars from zero, and the waterfall from gross to net.

use super::axis::{Frame, Scale, count, round};
use super::{Caption, Label, Svg, open, safe};
use std::fmt::Write as _;

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar<'a> {
    /// Under the bar.
    pub name: &'a str,
    /// Its height.
    pub value: f64,
}

/// One step of a waterfall.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// Under the step.
    pub name: &'a str,
    /// A change, or a total that starts from zero.
    pub value: f64,
    /// Whether it is a total.
    pub total: bool,
}

impl<'a> Step<'a> {
    /// A step up or down.
    pub fn change(name: &'a str, value: f64) -> Self {
        Self { name, value, total: false }
    }

    /// A total, drawn from zero.
    pub fn total(name: &'a str, value: f64) -> Self {
        Self { name, value, total: true }
    }
}

/// Bars side by side, each with its value.
pub fn bars(caption: &Caption<'_>, bars: &[Bar<'_>], label: Label<'_>) -> Svg {
    let blocks: Vec<Block<'_>> = bars
        .iter()
        .map(|bar| Block {
            name: bar.name,
            from: 0.0,
            to: bar.value,
            value: bar.value,
            class: "up",
        })
        .collect();
    draw(caption, &blocks, false, label)
}

/// From the first total through the changes to the last total.
pub fn waterfall(caption: &Caption<'_>, steps: &[Step<'_>], label: Label<'_>) -> Svg {
    let mut level = 0.0;
    let mut blocks = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let from = if step.total { 0.0 } else { level };
        let to = from + step.value;
        let class = match (step.total, step.value < 0.0) {
            (true, _) if at > 0 => "sum",
            (false, true) => "down",
            (true | false, _) => "up",
        };
        blocks.push(Block { name: step.name, from, to, value: step.value, class });
        level = to;
    }
    draw(caption, &blocks, true, label)
}

/// The widest bar, in SVG units.
const WIDEST: f64 = 96.0;

struct Block<'a> {
    name: &'a str,
    from: f64,
    to: f64,
    value: f64,
    class: &'static str,
}

fn draw(caption: &Caption<'_>, blocks: &[Block<'_>], linked: bool, label: Label<'_>) -> Svg {
    let frame =
        Frame { width: 640.0, height: 300.0, left: 72.0, right: 8.0, top: 24.0, bottom: 28.0 };
    let scale = Scale::over(blocks.iter().flat_map(|b| [b.from, b.to]));
    let slot = frame.inner_width() / count(blocks.len().max(1));
    let mut svg = open(caption, frame.width, frame.height);
    frame.grid(&mut svg, &scale, label);
    for (at, block) in blocks.iter().enumerate() {
        // A few bars do not become walls.
        let wide = (slot * 0.72).min(WIDEST);
        let x = frame.left + slot * count(at) + (slot - wide) / 2.0;
        let (a, b) = (frame.y(block.from, &scale), frame.y(block.to, &scale));
        let (top, height) = (a.min(b), (a - b).abs().max(1.0));
        let middle = round(x + wide / 2.0);
        let _ = write!(
            svg,
            "<rect class=\"{}\" x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"2\"/>\
             <text class=\"value\" x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            block.class,
            round(x),
            round(wide),
            round(height),
            round(top - 6.0),
            safe(&label(block.value)),
            frame.height - 8.0,
            safe(block.name),
        );
        if linked && at + 1 < blocks.len() {
            let (x1, x2) = (round(x + wide), round(x + slot));
            let _ =
                write!(svg, "<line class=\"link\" x1=\"{x1}\" x2=\"{x2}\" y1=\"{b}\" y2=\"{b}\"/>");
        }
    }
    svg.push_str("</svg>");
    Svg(svg)
}
