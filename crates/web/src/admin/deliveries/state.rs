//! Where deliveries stand, in words that people read.

use devhub_domain::webhooks::{Close, DeliveryState};

use crate::admin::components::{Badge, Tone};

/// A state as people call it.
pub(in crate::admin) const fn label(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Leased => "Sending",
        DeliveryState::Waiting => "Waiting",
        DeliveryState::Held => "Held",
        DeliveryState::Withheld => "Withheld",
        DeliveryState::Delivered => "Delivered",
        DeliveryState::Exhausted => "Exhausted",
        DeliveryState::Closed(Close::Blocked) => "Blocked",
        DeliveryState::Closed(Close::Aborted) => "Aborted",
        DeliveryState::Closed(Close::EndpointDeleted) => "Endpoint deleted",
        DeliveryState::Closed(Close::Superseded) => "Superseded",
        DeliveryState::Closed(Close::Expired) => "Expired",
        DeliveryState::Parked => "Parked",
    }
}

/// The same as a badge.
pub(super) fn badge(state: DeliveryState) -> Badge {
    let tone = match state {
        DeliveryState::Delivered => Tone::Good,
        DeliveryState::Leased => Tone::Info,
        DeliveryState::Waiting | DeliveryState::Held | DeliveryState::Withheld => Tone::Warn,
        DeliveryState::Exhausted | DeliveryState::Parked | DeliveryState::Closed(Close::Blocked) => Tone::Bad,
        DeliveryState::Closed(_) => Tone::Neutral,
    };
    Badge { tone, text: label(state).to_owned() }
}

/// What a state means, and what can be done about it; empty where the word says it all.
pub(super) const fn meaning(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Leased => "It is being sent at this moment.",
        DeliveryState::Waiting => "It waits for its next attempt.",
        DeliveryState::Held => "It waits for its endpoint, which is paused or disabled.",
        DeliveryState::Withheld => "It was overdue when the hub was restored from a backup: somebody has to decide.",
        DeliveryState::Delivered => "",
        DeliveryState::Exhausted => "The last attempt failed. It can be sent again.",
        DeliveryState::Closed(Close::Blocked) => "The address of the endpoint is not allowed: nothing was sent.",
        DeliveryState::Closed(Close::Aborted) => "The receiver asked for no further attempt.",
        DeliveryState::Closed(Close::EndpointDeleted) => "The endpoint was deleted before it was taken.",
        DeliveryState::Closed(Close::Superseded) => "It was overdue after a restore, and somebody decided against it.",
        DeliveryState::Closed(Close::Expired) => {
            "It waited as long as events are kept. It can be sent again until it is removed with its event."
        }
        DeliveryState::Parked => "It could not even be tried: what is stored of it is damaged.",
    }
}
