//! What a refused request is answered with: a page where a page was asked for, OwnPay's body on OwnPay's API, else a problem.

use actix_web::HttpResponse;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;

use super::RequestId;
use crate::admin::problem_page;
use crate::problem_body::Problem;
use crate::v1::{self, Failure};

/// A refusal, completed with the id of its request.
pub(super) struct Refused {
    /// The stable word for what is wrong.
    pub(super) code: &'static str,
    /// What went wrong inside; `None` when it is the caller's to change.
    pub(super) cause: Option<String>,
    /// The whole answer.
    pub(super) answer: HttpResponse,
}

impl Refused {
    /// The refusal that an answer is; `None` for any other.
    pub(super) fn of(res: &ServiceResponse, id: &RequestId) -> Option<Self> {
        let error = res.response().error()?;
        if let Some(failure) = error.as_error::<Failure>() {
            return Some(Self::merchant(failure, res, id));
        }
        let problem = error.as_error::<Problem>()?;
        if v1::is_below(res.request().path()) {
            return Some(Self::merchant(&Failure::from(problem), res, id));
        }
        let page = problem_page(res.request(), problem, id);
        let answer = page.unwrap_or_else(|| problem.to_response(Some(id.as_str())));
        Some(Self { code: problem.code(), cause: problem.cause(), answer })
    }

    fn merchant(failure: &Failure, res: &ServiceResponse, id: &RequestId) -> Self {
        let mut answer = failure.to_response(Some(id.as_str()));
        keep(res.headers(), answer.headers_mut());
        Self { code: failure.code(), cause: failure.cause().map(str::to_owned), answer }
    }
}

/// Keeps what stands around the API has said to browsers.
fn keep(before: &HeaderMap, after: &mut HeaderMap) {
    for (name, value) in before {
        if !after.contains_key(name) {
            after.insert(name.clone(), value.clone());
        }
    }
}
