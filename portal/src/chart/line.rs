//! Curves, one point a period: liquidation by cohort.

use super::axis::{Frame, Scale, count, round};
use super::{Caption, Label, Svg, open, safe};
use std::fmt::Write as _;

/// One curve: point `i` belongs to period `i`. It ends where it ends; nothing is drawn as zero.
#[derive(Debug, Clone)]
pub struct Series<'a> {
    /// Written at the end of the curve.
    pub name: &'a str,
    /// The values.
    pub points: &'a [f64],
}

/// Up to four curves over the same periods, which are counted from 0; `periods` says of what.
pub fn lines(caption: &Caption<'_>, series: &[Series<'_>], periods: &str, label: Label<'_>) -> Svg {
    draw(caption, series, &|at| at.to_string(), periods, label)
}

/// Up to four curves over the same periods, each of which has a name.
pub fn lines_over(
    caption: &Caption<'_>,
    series: &[Series<'_>],
    names: &[String],
    label: Label<'_>,
) -> Svg {
    draw(caption, series, &|at| names.get(at).cloned().unwrap_or_default(), "", label)
}

fn draw(
    caption: &Caption<'_>,
    series: &[Series<'_>],
    name: &dyn Fn(usize) -> String,
    periods: &str,
    label: Label<'_>,
) -> Svg {
    let frame =
        Frame { width: 640.0, height: 300.0, left: 56.0, right: 84.0, top: 12.0, bottom: 44.0 };
    let scale = Scale::over(series.iter().flat_map(|s| s.points.iter().copied()));
    let longest = series.iter().map(|s| s.points.len()).max().unwrap_or(0).max(2);
    let x =
        |at: usize| round(frame.left + frame.inner_width() * count(at) / (count(longest) - 1.0));
    let mut svg = open(caption, frame.width, frame.height);
    frame.grid(&mut svg, &scale, label);
    let every = longest.div_ceil(8).max(1);
    for at in (0..longest).step_by(every) {
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x(at),
            frame.height - 26.0,
            safe(&name(at))
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        frame.left + frame.inner_width() / 2.0,
        frame.height - 6.0,
        safe(periods)
    );
    for (at, one) in series.iter().enumerate() {
        curve(&mut svg, one, at % 4 + 1, |i, v| (x(i), frame.y(v, &scale)));
    }
    svg.push_str("</svg>");
    Svg(svg)
}

fn curve(
    svg: &mut String,
    series: &Series<'_>,
    class: usize,
    place: impl Fn(usize, f64) -> (f64, f64),
) {
    let mut path = String::new();
    let mut end = None;
    for (at, value) in series.points.iter().enumerate() {
        let (x, y) = place(at, *value);
        let _ = write!(path, "{}{x} {y}", if at == 0 { "M" } else { "L" });
        end = Some((x, y));
    }
    let Some((x, y)) = end else { return };
    let _ = write!(
        svg,
        "<path class=\"s s{class}\" d=\"{path}\"/><circle class=\"s s{class} end\" cx=\"{x}\" \
         cy=\"{y}\" r=\"4\"/><text class=\"label\" x=\"{}\" y=\"{}\">{}</text>",
        round(x + 8.0),
        round(y + 4.0),
        safe(series.name)
    );
}
