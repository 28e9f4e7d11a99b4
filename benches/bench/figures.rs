//! What was measured, against what it is to be.

use std::fmt;

/// What a figure is to be.
#[derive(Debug, Clone, Copy)]
pub enum Aim {
    /// A share of what the database does by itself, or more.
    AtLeast(f64),
    /// So many of its unit, or fewer.
    Below(f64),
    /// Nobody has said.
    Open,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// The figure itself: a ratio, or a number of its unit.
    pub figure: f64,
    /// `x` for a ratio, else `s`, `ms`, `MiB`.
    pub unit: &'static str,
    /// What it is to be.
    pub aim: Aim,
}

impl Figure {
    /// A figure with its aim.
    pub fn new(what: impl Into<String>, figure: f64, unit: &'static str, aim: Aim) -> Self {
        Self { what: what.into(), figure, unit, aim }
    }

    fn aim(&self) -> String {
        match self.aim {
            Aim::AtLeast(least) => format!(">= {least} {}", self.unit),
            Aim::Below(most) => format!("< {most} {}", self.unit),
            Aim::Open => "none".to_owned(),
        }
    }

    fn verdict(&self) -> &'static str {
        let met = match self.aim {
            Aim::AtLeast(least) => self.figure >= least,
            Aim::Below(most) => self.figure < most,
            Aim::Open => return "",
        };
        if met { "met" } else { "MISSED" }
    }
}

/// All of them, as a table.
pub struct Table(pub Vec<Figure>);

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|one| one.what.chars().count()).max().unwrap_or(0);
        writeln!(f, "| {:width$} | {:>12} | {:>11} | {:7} |", "", "measured", "aim", "verdict")?;
        writeln!(f, "|{:-<1$}|{2:->14}|{2:->13}|{2:-<9}|", "", width + 2, "")?;
        for one in &self.0 {
            let figure = format!("{:.2} {}", one.figure, one.unit);
            let (aim, verdict) = (one.aim(), one.verdict());
            writeln!(f, "| {:width$} | {figure:>12} | {aim:>11} | {verdict:7} |", one.what)?;
        }
        Ok(())
    }
}
