//! Decides rates: ten requests a minute, of which three may come at once.
//!
//! `cargo run -p devhub-domain --no-default-features --example limit`

use std::num::NonZeroU32;
use std::time::Duration;

use devhub_domain::rate::{Outcome, Quota, decide};
use devhub_domain::time::{Clock as _, SystemClock};

#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let units = |count| NonZeroU32::new(count).ok_or("a limit is not zero");
    let quota = Quota::new(units(10)?, Duration::from_mins(1))?.with_burst(units(3)?)?;
    let clock = SystemClock::new();

    // All that is kept of a caller. Whoever keeps it where several threads ask decides and stores in one step.
    let mut full_at = None;
    for request in 1..=4 {
        let decision = decide(full_at, clock.elapsed(), &quota, 1);
        full_at = decision.tat;
        match decision.outcome {
            Outcome::Allowed => println!("{request}: passes, {} left", decision.remaining),
            Outcome::Refused { retry_after } => println!("{request}: again in {} s", retry_after.as_secs_f32().ceil()),
            Outcome::NeverFits => println!("{request}: costs more than the burst"),
        }
    }
    Ok(())
}
