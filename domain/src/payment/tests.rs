use super::*;

#[test]
fn names_are_those_of_the_wire_and_codes_those_of_the_trade() {
    for kind in PaymentKind::ALL.iter().copied() {
        assert_eq!(kind.reversed().reversed(), kind);
        assert_ne!(kind.is_return(), kind.reversed().is_return());
    }
    let codes: Vec<&str> = PaymentKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes, ["PU", "PC", "PA", "PUR", "PCR", "PAR"]);
    for state in PaymentState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
    let words = PaymentState::ALL.iter().map(|state| state.words());
    let distinct: std::collections::HashSet<_> = words.collect();
    assert_eq!(distinct.len(), PaymentState::ALL.len());
}

/// Money that has arrived is never un-arrived by a late message.
#[test]
fn a_payment_goes_only_the_ways_that_are_drawn() {
    use PaymentState::{
        Canceled, Created, Expired, Failed, Processing, Reversed, SessionOpen, Succeeded,
    };
    let ways = |from: PaymentState| -> Vec<PaymentState> {
        PaymentState::ALL.iter().copied().filter(|next| from.may_become(*next)).collect()
    };
    assert_eq!(ways(Created), [SessionOpen, Processing, Succeeded, Failed, Expired, Canceled]);
    assert_eq!(ways(SessionOpen), [Processing, Succeeded, Failed, Expired, Canceled]);
    assert_eq!(ways(Processing), [Succeeded, Failed, Canceled]);
    assert_eq!(ways(Succeeded), [Reversed]);
    assert_eq!(ways(Reversed), []);
    for given_up in [Failed, Expired, Canceled] {
        assert_eq!(ways(given_up), [Processing, Succeeded]);
    }
    for state in PaymentState::ALL {
        assert_eq!(state.is_open(), matches!(state, Created | SessionOpen | Processing));
    }
}
