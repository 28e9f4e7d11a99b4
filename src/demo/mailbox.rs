//! The mail that a demo's people get: files in a directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, bail};

/// How long a mail may take from the click to the mailbox.
const PATIENCE: Duration = Duration::from_secs(15);

/// Waits for the one-time code in a mail to `recipient` that came after `asked`.
pub async fn code(mail: &Path, recipient: &str, asked: SystemTime) -> Result<String> {
    let recipient = recipient.to_lowercase();
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        for file in since(mail, asked)? {
            let text = fs::read_to_string(file)?;
            if text.to_lowercase().contains(&recipient)
                && let Some(code) = six_digits(&text)
            {
                return Ok(code);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("no code came to {recipient} within {} s", PATIENCE.as_secs())
}

fn since(mail: &Path, asked: SystemTime) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(mail)?.flatten() {
        let path = entry.path();
        let fresh = entry.metadata()?.modified()? >= asked;
        if fresh && path.extension().is_some_and(|extension| extension == "eml") {
            files.push(path);
        }
    }
    Ok(files)
}

/// The first run of exactly six digits in the body.
fn six_digits(message: &str) -> Option<String> {
    let body = message.split_once("\r\n\r\n").or_else(|| message.split_once("\n\n"))?.1;
    body.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| word.len() == 6 && word.chars().all(|c| c.is_ascii_digit()))
        .map(str::to_owned)
}
