//! The states of our dealings with the payment gateway.

names! {
    /// Whose keys are used.
    GatewayMode {
        /// The agency's own keys.
        OwnKeys = "own_keys";
        /// A connected account of the platform.
        Connect = "connect";
        /// The simulator.
        Sandbox = "sandbox";
    }
}

names! {
    /// The life of a journalled call.
    CallState {
        /// Written down, not sent.
        Planned = "planned";
        /// Sent, no answer recorded.
        Sent = "sent";
        /// Answered: it happened.
        Done = "done";
        /// Answered: it did not happen.
        Failed = "failed";
        /// Sent, answer unknown: ask the gateway, never assume.
        Unknown = "unknown";
        /// Looked up and not found; a new attempt may be made.
        Abandoned = "abandoned";
    }
}

names! {
    /// The life of a received event.
    EventState {
        /// Stored, to be processed.
        Pending = "pending";
        /// Processed.
        Done = "done";
        /// Of a type that means nothing to us.
        Ignored = "ignored";
        /// Given up; a person has to look.
        Failed = "failed";
    }
}

names! {
    /// How an event came.
    ReceivedVia {
        /// The gateway called us.
        Webhook = "webhook";
        /// We asked.
        Poll = "poll";
    }
}
