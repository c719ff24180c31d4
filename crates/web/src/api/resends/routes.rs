//! Which use case answers what is asked about jobs that resend deliveries.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::access::Asker;
use devhub_domain::id::{JobId, WorkspaceId};
use devhub_domain::resends::{NewResend, ResendJobError, Resends, Standing};
use devhub_domain::store::{Change, Prepared};
use devhub_domain::tx::{Narrow, Tx};

use super::body::{CreateResend, EstimateBody, ResendJobBody};
use crate::auth::{Caller, DeliveriesRead, DeliveriesWrite};
use crate::problem_body::Problem;
use crate::request::{Incoming, PageBody, Path, Reply, get, ok, parse, post};
use crate::services::Services;
use crate::{blocking, once};

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/deliveries/resends", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        Path::new("/api/hub/v1/deliveries/resends/{id}", "GET, HEAD").route(get().to(find)),
        Path::new("/api/hub/v1/deliveries/resends/{id}/pause", "POST").route(post().to(pause)),
        Path::new("/api/hub/v1/deliveries/resends/{id}/resume", "POST").route(post().to(resume)),
        Path::new("/api/hub/v1/deliveries/resends/{id}/cancel", "POST").route(post().to(cancel)),
    ]
}

async fn create(
    caller: Caller<DeliveriesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let (filter, is_dry_run) = parse::<CreateResend>(&demand.body)?.check()?;
    let (resends, wanted) = (services.resends.clone(), filter.clone());
    let estimate = blocking::run(move || resends.estimate(caller.workspace_id, &wanted)).await?;
    if is_dry_run {
        return Ok(ok(&EstimateBody::new(estimate)));
    }
    let new = NewResend { filter, estimate };
    let prepared = services.resends.create(caller.asker(), caller.workspace_id, new)?;
    let accepted = |job: &Standing, _| Reply::accepted(&ResendJobBody::from(job));
    Ok(once::run(&services, caller.key_id, demand, prepared, accepted).await?.answer)
}

async fn list(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let request = incoming.page()?;
    let resends = services.resends.clone();
    let page = blocking::run(move || resends.list(caller.workspace_id, request)).await?;
    Ok(ok(&PageBody::new(&page, ResendJobBody::from)))
}

async fn find(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = job_id(&incoming)?;
    let resends = services.resends.clone();
    let job = blocking::run(move || resends.find(caller.workspace_id, id)).await?;
    Ok(ok(&ResendJobBody::from(&job)))
}

async fn pause(
    caller: Caller<DeliveriesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change(&caller, &services, incoming, Resends::pause).await
}

async fn resume(
    caller: Caller<DeliveriesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change(&caller, &services, incoming, Resends::resume).await
}

async fn cancel(
    caller: Caller<DeliveriesWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change(&caller, &services, incoming, Resends::cancel).await
}

async fn change<P, C>(
    caller: &Caller<DeliveriesWrite>,
    services: &Services,
    incoming: Incoming,
    change: impl FnOnce(&Resends, Asker, WorkspaceId, JobId) -> Prepared<P, C>,
) -> Result<HttpResponse, Problem>
where
    P: ?Sized + 'static,
    dyn Tx: Narrow<P>,
    C: Change<P, Output = Standing, Error = ResendJobError> + 'static,
{
    let id = job_id(&incoming)?;
    let demand = incoming.bare_demand(services.limits).await?;
    let prepared = change(&services.resends, caller.asker(), caller.workspace_id, id);
    Ok(once::run(services, caller.key_id, demand, prepared, |job, _| Reply::ok(&ResendJobBody::from(job)))
        .await?
        .answer)
}

fn job_id(incoming: &Incoming) -> Result<JobId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("resend_job_not_found", "job"))
}
