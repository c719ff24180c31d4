//! Writes that a caller may repeat: carried out once for each `Idempotency-Key`, and answered alike.

use actix_web::HttpResponse;
use devhub_domain::idempotency::{Caller, OnceRequest, Outcome};
use devhub_domain::store::{Change, Prepared};
use devhub_domain::tx::{Narrow, Tx};

use crate::problem_body::Problem;
use crate::request::{Demand, Reply, replayed};
use crate::services::Services;
use crate::writes;

/// To whom an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Showing {
    /// To whoever made the change: secrets are shown, this once.
    First,
    /// To whoever repeats the request; kept until then, so that no secret may be in it.
    Again,
}

/// How the outcome of a change is answered. A function and no closure, because it is needed twice.
pub(crate) type Render<O> = fn(&O, Showing) -> Reply;

/// A change that was asked for, and its answer.
pub(crate) struct Carried<O> {
    pub(crate) answer: HttpResponse,
    /// What it led to; `None` when it was carried out before.
    pub(crate) output: Option<O>,
}

impl<O> Carried<O> {
    fn now(output: O, render: Render<O>) -> Self {
        Self { answer: render(&output, Showing::First).into_response(), output: Some(output) }
    }
}

/// Carries a change out as `demand` says.
///
/// # Errors
/// Those of the change, and `idempotency_key_reused`.
pub(crate) async fn run<P, C>(
    services: &Services,
    caller: impl Into<Caller>,
    demand: Demand,
    prepared: Prepared<P, C>,
    render: Render<C::Output>,
) -> Result<Carried<C::Output>, Problem>
where
    P: ?Sized + 'static,
    dyn Tx: Narrow<P>,
    C: Change<P> + 'static,
    C::Output: 'static,
    C::Error: 'static,
    Problem: From<C::Error>,
{
    let Some((key, fingerprint)) = demand.named else {
        return Ok(Carried::now(writes::run(prepared).await?, render));
    };
    let request = OnceRequest { caller: caller.into(), key, fingerprint };
    let kept = move |output: &C::Output| render(output, Showing::Again).into_kept();
    match writes::run(services.idempotency.once(request, prepared, kept)).await? {
        Outcome::Done(output) => Ok(Carried::now(output, render)),
        Outcome::Replayed(answer) => Ok(Carried { answer: replayed(answer)?, output: None }),
    }
}
