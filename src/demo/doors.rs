//! Where a demo listens. The second agency has loopback addresses of its own, so that the cookies
//! of the two never meet in one browser.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result};

/// The first port of the usual ones; `QUITTANCE_DEMO_PORT` sets another.
const FIRST_PORT: u16 = 8080;

/// The addresses of a demo.
#[derive(Debug, Clone)]
pub struct Doors {
    /// The JSON API.
    pub api: SocketAddr,
    /// Health and metrics.
    pub admin: SocketAddr,
    /// The Stripe sandbox and its mailbox.
    pub sandbox: SocketAddr,
    /// The sites, one set per agency.
    pub houses: Vec<HouseDoors>,
}

/// The three sites of one agency.
#[derive(Debug, Clone)]
pub struct HouseDoors {
    /// The debtor site.
    pub debtor: SocketAddr,
    /// The creditors' site.
    pub client: SocketAddr,
    /// The agency's workspace.
    pub workspace: SocketAddr,
}

impl Doors {
    /// Always the same ones, so that bookmarks hold.
    pub fn usual() -> Result<Self> {
        let first = match std::env::var("QUITTANCE_DEMO_PORT") {
            Ok(text) => text.parse().context("QUITTANCE_DEMO_PORT is not a port")?,
            Err(_) => FIRST_PORT,
        };
        Self::with(|offset| first.checked_add(offset).context("ports end at 65535"))
    }

    /// Free ones, so that a check disturbs nothing.
    pub fn free() -> Result<Self> {
        // All are held until all are found, so that none is found twice.
        let mut held = Vec::new();
        Self::with(|_| {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?;
            let port = listener.local_addr()?.port();
            held.push(listener);
            Ok(port)
        })
    }

    fn with(mut port: impl FnMut(u16) -> Result<u16>) -> Result<Self> {
        let (api, debtor, client) = (port(0)?, port(1)?, port(2)?);
        let (workspace, sandbox, admin) = (port(3)?, port(4)?, port(5)?);
        let at = |last, port| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), port);
        let house = |last| HouseDoors {
            debtor: at(last, debtor),
            client: at(last, client),
            workspace: at(last, workspace),
        };
        Ok(Self {
            api: at(1, api),
            admin: at(1, admin),
            sandbox: at(1, sandbox),
            houses: vec![house(1), house(2)],
        })
    }
}
