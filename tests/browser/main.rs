//! The sites in a real browser: journeys with and without scripts, every page in both schemes, both
//! languages and three widths, and what strangers may not learn.
//!
//! Needs `chromedriver` and Chromium of the same version (Debian: `chromium`, `chromium-driver`), and
//! axe-core (`bin/npm-programs`). Without a driver the tests say so and pass, unless
//! `REQUIRE_BROWSER=1`, as `bin/test` sets.
#![cfg(test)]

#[expect(dead_code, reason = "shared with the integration tests, which use more of it")]
#[path = "../it/debts.rs"]
mod debts;
#[expect(dead_code, reason = "shared with the integration tests, which use more of it")]
#[path = "../it/world.rs"]
mod world;

mod agreeing;
mod axe;
mod bank;
mod browser;
mod client_site;
mod entering;
mod every_page;
mod journeys;
mod month_end;
mod reports;
mod site;
mod strangers;
mod workspace;
