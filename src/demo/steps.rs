//! What is going on, a line per step with the time it took.

use std::future::Future;
use std::io::Write;
use std::time::Instant;

use anyhow::Result;

/// The clock of a start.
pub struct Steps {
    started: Instant,
}

impl Steps {
    /// The clock starts.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Does one step.
    pub fn run<T>(&self, what: &str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = begin(what);
        let result = step();
        end(begun, result.is_ok());
        result
    }

    /// Does one step that waits for others.
    pub async fn wait<T, E>(
        &self,
        what: &str,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let begun = begin(what);
        let result = step.await;
        end(begun, result.is_ok());
        result
    }

    /// A sign of life within a step.
    pub fn tick(&self) {
        print!(". ");
        let _ = std::io::stdout().flush();
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }
}

fn begin(what: &str) -> Instant {
    print!("  {what} … ");
    let _ = std::io::stdout().flush();
    Instant::now()
}

fn end(begun: Instant, well: bool) {
    let took = begun.elapsed().as_secs_f64();
    println!("{} ({took:.1} s)", if well { "done" } else { "FAILED" });
}
