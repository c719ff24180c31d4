//! Writes that a caller may repeat: carried out once for each `Idempotency-Key` of its workspace. *Source:* wire contract §2.12.
//!
//! Unlike on the hub's own API the name of a request is the workspace's, whichever of its keys it comes with.

use actix_web::HttpResponse;
use devhub_domain::id::WorkspaceId;
use devhub_domain::idempotency::{self, Answers, OnceError, OnceRequest, Outcome};
use devhub_domain::store::{Change, Prepared};
use devhub_domain::tx::{Narrow, Tx};

use super::Failure;
use super::envelope::{Answer, replayed};
use crate::once::Showing;
use crate::request::Demand;
use crate::services::Services;
use crate::writes;

/// Makes of what came of a change the answer that is kept.
type Kept<O> = Box<dyn FnMut(&O) -> idempotency::Answer + Send>;

/// Carries a change of the hub's own things out as `demand` says.
///
/// # Errors
/// Those of the change, and [`super::Code::IdempotencyKeyReused`].
pub(crate) async fn run<P, C>(
    services: &Services,
    workspace_id: WorkspaceId,
    demand: Demand,
    prepared: Prepared<P, C>,
    render: impl Fn(&C::Output, Showing) -> Answer + Clone + Send + 'static,
) -> Result<HttpResponse, Failure>
where
    P: ?Sized + 'static,
    dyn Tx: Narrow<P>,
    C: Change<P> + 'static,
    C::Output: 'static,
    C::Error: 'static,
    Failure: From<C::Error>,
{
    let once = |request, prepared, kept| services.idempotency.once(request, prepared, kept);
    carried((workspace_id, demand), prepared, render, once).await
}

/// The same of things in a store of their own, which keeps the answer as well.
///
/// # Errors
/// As for [`run`].
pub(crate) async fn run_in<W, C>(
    services: &Services,
    workspace_id: WorkspaceId,
    demand: Demand,
    prepared: Prepared<W, C>,
    render: impl Fn(&C::Output, Showing) -> Answer + Clone + Send + 'static,
) -> Result<HttpResponse, Failure>
where
    W: ?Sized + Answers + Narrow<W> + 'static,
    C: Change<W> + 'static,
    C::Output: 'static,
    C::Error: 'static,
    Failure: From<C::Error>,
{
    let once = |request, prepared, kept| services.idempotency.once_in(request, prepared, kept);
    carried((workspace_id, demand), prepared, render, once).await
}

/// Carries a change out, by `once` where it has a name.
async fn carried<P, C, W, D>(
    (workspace_id, demand): (WorkspaceId, Demand),
    prepared: Prepared<P, C>,
    render: impl Fn(&C::Output, Showing) -> Answer + Clone + Send + 'static,
    once: impl FnOnce(OnceRequest, Prepared<P, C>, Kept<C::Output>) -> Prepared<W, D>,
) -> Result<HttpResponse, Failure>
where
    P: ?Sized + 'static,
    C: Change<P> + 'static,
    C::Output: 'static,
    C::Error: 'static,
    W: ?Sized + 'static,
    D: Change<W, Output = Outcome<C::Output>, Error = OnceError<C::Error>> + 'static,
    Failure: From<C::Error>,
{
    let Some((key, fingerprint)) = demand.named else {
        return Ok(render(&writes::run(prepared).await?, Showing::First).into_response());
    };
    let request = OnceRequest { caller: workspace_id.into(), key, fingerprint };
    let again = render.clone();
    let kept = Box::new(move |output: &C::Output| again(output, Showing::Again).into_kept());
    match writes::run(once(request, prepared, kept)).await? {
        Outcome::Done(output) => Ok(render(&output, Showing::First).into_response()),
        Outcome::Replayed(answer) => replayed(answer),
    }
}
