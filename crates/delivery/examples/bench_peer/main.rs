//! The other side of a hub in measurements: a receiver that counts what it is sent, and a publisher that says when it sent it.
//!
//! Both are one program, because the time from sending to receipt is only known by one clock. It prints the address that it listens
//! on and runs until it is killed. Every POST is a receipt and is answered 200 at once, but a POST to `/hang` never. What it shall
//! measure it is told by GET, and its answer is one JSON object:
//!
//! - `/reset` forgets what was counted.
//! - `/await?receipts=N`: waits for that many since the last reset; how many came, and in how many seconds from the first.
//! - `/load?target=ADDRESS&path=PATH&events=N&connections=N&per_event=N&per_second=N`, with the `authorization` to publish with:
//!   publishes and waits for all receipts. `per_second=0` publishes as fast as the connections are answered. With `replay=1` the bytes
//!   of the latest receipt are sent to the target instead: the raw loop that a hub is held against.
//! - `/missing`: how many published events were accepted but have not come as often as they should; 1 in `last` if the latest is among
//!   them.

#![expect(clippy::print_stdout, reason = "a program for measurements, run by the bench command")]

mod publish;
mod receive;
mod tally;
mod wire;

use std::sync::Arc;

use tokio::net::TcpListener;

use tally::Tally;

/// As many as the machine that all figures are for has cores.
const THREADS: usize = 2;

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("http://{}", listener.local_addr()?);
        receive::serve(listener, Arc::new(Tally::new())).await
    })
}
