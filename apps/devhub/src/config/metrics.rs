//! `[metrics]`.

use std::net::SocketAddr;

use super::fields::{Fields, Read};

/// Where metrics are served; `None` when they are not.
pub(super) fn read_listen(fields: &mut Fields) -> Read<Option<SocketAddr>> {
    let expected = "an address and port, such as 127.0.0.1:9780, or \"\"";
    fields.convert(
        "metrics.listen",
        expected,
        |text| {
            if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
        },
    )
}
