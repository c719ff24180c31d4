//! Rules and overrides are deleted: asked for on a page of its own, then done.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::rate::PolicyRef;

use super::one_override::OneOverride;
use super::paths::{PATH, override_id, override_path, rule_id, rule_path};
use super::words;
use crate::admin::components::Confirm;
use crate::admin::confirm::ConfirmPage;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// Asks whether a rule shall be deleted.
pub(in crate::admin) async fn ask_rule(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = rule_id(&req)?;
    signed.asker().require(Scope::LimitsWrite).map_err(Problem::from)?;
    let (policies, workspace_id) = (signed.visit.services.rate_policies.clone(), signed.workspace_id());
    let policy = blocking::run(move || policies.find(workspace_id, id)).await.map_err(Problem::from)?;
    let confirm = Confirm {
        title: format!("Delete {}?", policy.rule.name),
        lines: vec![
            format!("{}, {}.", words::route(&policy.rule), words::quota(&policy.rule.quota)),
            "It limits nothing any more from the next request on. Its overrides, buckets and counts go with it."
                .to_owned(),
        ],
        action: format!("{}/delete", rule_path(id)),
        token: signed.form_token(),
        button: "Delete rule".to_owned(),
        is_danger: true,
        cancel: PATH.to_owned(),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Deletes a rule.
pub(in crate::admin) async fn delete_rule(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let (id, signed) = (rule_id(&req)?, form.signed);
    let policies = &signed.visit.services.rate_policies;
    writes::run(policies.delete(signed.asker(), (signed.workspace_id(), id), None)?).await?;
    Ok(signed.visit.see_other_with(PATH, Notice::RuleDeleted))
}

/// Asks whether an override shall be deleted.
pub(in crate::admin) async fn ask_override(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = override_id(&req)?;
    signed.asker().require(Scope::LimitsWrite).map_err(Problem::from)?;
    let found = OneOverride::find(&signed, id).await?;
    let (made, context) = (&found.made, found.context(&signed));
    let name = context.subject(made.subject);
    let instead = match made.policy {
        PolicyRef::Default => "the default".to_owned(),
        PolicyRef::Of(_) => format!("the rule {}", context.policy(made.policy)),
    };
    let confirm = Confirm {
        title: format!("Delete the override for {name}?"),
        lines: vec![
            format!("{}, instead of {instead}.", words::quota(&made.quota)),
            "What stands behind it holds again from the next request on. What was spent stays spent.".to_owned(),
        ],
        action: format!("{}/delete", override_path(id)),
        token: signed.form_token(),
        button: "Delete override".to_owned(),
        is_danger: true,
        cancel: PATH.to_owned(),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Deletes an override.
pub(in crate::admin) async fn delete_override(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let (id, signed) = (override_id(&req)?, form.signed);
    let overrides = &signed.visit.services.rate_overrides;
    writes::run(overrides.delete(signed.asker(), (signed.workspace_id(), id), None)?).await?;
    Ok(signed.visit.see_other_with(PATH, Notice::OverrideDeleted))
}
