//! Writes a statement of so many lines and an invoice, to look at and to measure:
//! `cargo run -p letters --example specimen -- 1000 /tmp/letters`.

#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let lines: u64 = arguments.next().unwrap_or_else(|| "40".to_owned()).parse()?;
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let letter = fixture::statement(lines)?;
    let started = Instant::now();
    let statement = letters::statement_pdf(&letter)?;
    println!("{lines} lines: {:?}, {} bytes", started.elapsed(), statement.len());
    std::fs::write(folder.join("statement.pdf"), statement)?;
    let started = Instant::now();
    let invoice = letters::invoice_pdf(&fixture::invoice())?;
    println!("invoice: {:?}, {} bytes", started.elapsed(), invoice.len());
    std::fs::write(folder.join("invoice.pdf"), invoice)?;
    Ok(())
}
