//! Paths whose template the log can name, and whose 405 is a problem.

use std::cell::OnceCell;
use std::str::FromStr;

use actix_web::guard::{self, GuardContext};
use actix_web::http::Method;
use actix_web::{HttpRequest, Resource, Route, web};

use crate::metrics::{Metrics, RouteSeries};
use crate::problem_body::Problem;

/// The path with its placeholders, for log lines and metrics: a raw path may hold anything.
pub(crate) struct Template {
    pub(crate) path: &'static str,
    /// Each worker has its own.
    series: OnceCell<RouteSeries>,
}

impl Template {
    /// What requests of this path are counted in; looked up by the first one.
    pub(crate) fn series(&self, metrics: &Metrics) -> &RouteSeries {
        self.series.get_or_init(|| metrics.route(self.path))
    }
}

/// A path, the methods that it answers, and what answers them.
pub(crate) struct Path {
    template: &'static str,
    allowed: &'static str,
    /// What its `{change}` may be.
    #[cfg(test)]
    changes: Vec<&'static str>,
    resource: Resource,
}

impl Path {
    /// A path that answers the methods in `allowed`, such as `GET, HEAD, POST`, and refuses others by naming those.
    pub(crate) fn new(template: &'static str, allowed: &'static str) -> Self {
        Self::registered(template, allowed, web::resource(template))
    }

    /// The same within a scope, which the paths of all its resources begin with.
    pub(crate) fn below(scope: &str, template: &'static str, allowed: &'static str) -> Self {
        Self::registered(template, allowed, web::resource(template.strip_prefix(scope).unwrap_or(template)))
    }

    /// The same, whose `{change}` is one of these words of lower-case letters and hyphens: for others there is no such path. What a
    /// handler accepts besides is never reached, so that a test which asks for these words misses none.
    pub(crate) fn below_with_changes(
        scope: &str,
        template: &'static str,
        allowed: &'static str,
        changes: &[&'static str],
    ) -> Self {
        let path = template.strip_prefix(scope).unwrap_or(template);
        let resource = web::resource(path.replace("{change}", &format!("{{change:{}}}", changes.join("|"))));
        Self {
            #[cfg(test)]
            changes: changes.to_vec(),
            ..Self::registered(template, allowed, resource)
        }
    }

    /// The same, which a slash at the end is no other path than.
    pub(crate) fn below_with_slash(scope: &str, template: &'static str, allowed: &'static str) -> Self {
        let path = template.strip_prefix(scope).unwrap_or(template);
        Self::registered(template, allowed, web::resource([path.to_owned(), format!("{path}/")]))
    }

    fn registered(template: &'static str, allowed: &'static str, resource: Resource) -> Self {
        Self {
            template,
            allowed,
            #[cfg(test)]
            changes: Vec::new(),
            resource,
        }
    }

    /// The same, with what answers one of the methods.
    pub(crate) fn route(self, route: Route) -> Self {
        Self { resource: self.resource.route(route), ..self }
    }

    /// The same, with something that its handlers share.
    pub(crate) fn app_data<D: 'static>(self, data: D) -> Self {
        Self { resource: self.resource.app_data(data), ..self }
    }

    /// Whether a part of it may be anything.
    pub(crate) fn has_placeholder(&self) -> bool {
        self.template.contains('{')
    }

    /// What the web server registers.
    pub(crate) fn into_resource(self) -> Resource {
        let Self { template, allowed, resource, .. } = self;
        resource
            .app_data(Template { path: template, series: OnceCell::new() })
            .default_service(web::to(move || async move { Problem::method_not_allowed(allowed) }))
    }

    /// The path with its placeholders, and the methods that it answers.
    #[cfg(test)]
    pub(crate) const fn described(&self) -> (&'static str, &'static str) {
        (self.template, self.allowed)
    }

    /// What its `{change}` may be.
    #[cfg(test)]
    pub(crate) fn changes(&self) -> &[&'static str] {
        &self.changes
    }
}

/// A route for GET, and for HEAD, which every server must answer wherever it answers GET (RFC 9110 §9.1).
pub(crate) fn get() -> Route {
    // Not `web::get()`: its guard allocates on each request to remember methods for a 405 that we make ourselves.
    let reads = |ctx: &GuardContext<'_>| matches!(ctx.head().method, Method::GET | Method::HEAD);
    web::route().guard(guard::fn_guard(reads))
}

/// A route for POST.
pub(crate) fn post() -> Route {
    web::route().guard(guard::fn_guard(|ctx| ctx.head().method == Method::POST))
}

/// A route for PATCH.
pub(crate) fn patch() -> Route {
    web::route().guard(guard::fn_guard(|ctx| ctx.head().method == Method::PATCH))
}

/// A route for PUT.
pub(crate) fn put() -> Route {
    web::route().guard(guard::fn_guard(|ctx| ctx.head().method == Method::PUT))
}

/// A route for DELETE.
pub(crate) fn delete() -> Route {
    web::route().guard(guard::fn_guard(|ctx| ctx.head().method == Method::DELETE))
}

/// The value of a placeholder in a path; `None` when the text is none.
pub(crate) fn path_value<T: FromStr>(req: &HttpRequest, name: &str) -> Option<T> {
    req.match_info().get(name)?.parse().ok()
}
