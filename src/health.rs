//! `quittance health`: a container's health check without a shell or curl in the image.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Asks `/readyz` of the admin listener that `QUITTANCE_ADMIN_BIND` names.
///
/// # Errors
/// When it does not answer, or is not ready; the text says why.
pub fn ask() -> Result<()> {
    let bind = std::env::var("QUITTANCE_ADMIN_BIND").unwrap_or_default();
    let first = bind.split(',').next().unwrap_or_default().trim();
    let mut address: SocketAddr =
        first.parse().context("QUITTANCE_ADMIN_BIND names no address to ask")?;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    let patience = Duration::from_secs(2);
    let mut connection = TcpStream::connect_timeout(&address, patience)
        .with_context(|| format!("nothing listens on {address}"))?;
    connection.set_read_timeout(Some(patience))?;
    connection.write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    if !answer.lines().next().is_some_and(|status| status.contains(" 200 ")) {
        bail!("not ready: {}", answer.lines().last().unwrap_or("no answer"));
    }
    Ok(())
}
