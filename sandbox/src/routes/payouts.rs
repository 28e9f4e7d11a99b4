//! `/v1/payouts`: read only; payouts are made through the control plane.

use super::{Served, equals, only_page};
use crate::{wire::form::Params, wire::page, world::Desk};

pub(super) fn serve(desk: &mut Desk<'_>, method: &str, rest: &[&str], params: &Params) -> Served {
    Some(match (method, rest) {
        ("GET", []) => {
            let filters = ["status"];
            only_page(params, &filters).and_then(|()| {
                page::list(desk.world, "payout", "/v1/payouts", params, equals(params, &filters))
            })
        }
        ("GET", [id]) => params.only(&[], &[]).and_then(|()| desk.world.of("payout", id).cloned()),
        _ => return None,
    })
}
