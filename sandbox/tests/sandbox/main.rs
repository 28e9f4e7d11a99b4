//! The sandbox as its users see it: over HTTP, one instance per test.

#[cfg(test)]
mod client;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hosted;
#[cfg(test)]
mod money;
#[cfg(test)]
mod payouts;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod wire;
