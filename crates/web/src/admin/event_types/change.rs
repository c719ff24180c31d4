//! Types of one's own are added, changed and removed.

use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::events::{EventType, KnownType, OwnType, OwnTypeError};

use super::form::{Purpose, TypeFormPage, refused};
use super::sent::TypeSent;
use super::typed::Typed;
use super::{PATH, below, page_of, type_name};
use crate::admin::components::Confirm;
use crate::admin::confirm::ConfirmPage;
use crate::admin::form_errors::Refused;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// Shows an empty form.
pub(in crate::admin) async fn show_new(signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::EventTypesWrite)?;
    TypeFormPage::show(signed, &Purpose::Add, &Typed::default())
}

/// Adds a type. The same form sent twice adds it once: its name is taken then.
pub(in crate::admin) async fn create(form: TypeSent) -> Result<HttpResponse, Problem> {
    let TypeSent { signed, fields, .. } = form;
    let typed = Typed::of(&fields);
    match add(&signed, typed.clone()).await {
        Ok(own) => Ok(signed.visit.see_other_with(&page_of(own.name.as_str()), Notice::EventTypeSaved)),
        Err(refused) => TypeFormPage::refuse(signed, &Purpose::Add, &typed, refused?),
    }
}

async fn add(signed: &Signed, typed: Typed) -> Result<OwnType, Result<Refused, Problem>> {
    let (event_types, asker, workspace_id) =
        (signed.visit.services.event_types.clone(), signed.asker(), signed.workspace_id());
    // Compiling a schema takes longer than a worker may be kept from others.
    let prepare = move || {
        let new = typed.new_type();
        Ok::<_, OwnTypeError>(match new {
            Ok(new) => Ok(event_types.create(asker, workspace_id, new)?),
            Err(refused) => Err(refused),
        })
    };
    let prepared = blocking::run(prepare).await.map_err(refused)?.map_err(Ok)?;
    writes::run(prepared).await.map_err(refused)
}

/// Shows the form, filled with what the type is.
pub(in crate::admin) async fn show_edit(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let name = type_name(&req)?;
    signed.asker().require(Scope::EventTypesWrite)?;
    let own = find(&signed, name).await?;
    let typed = Typed::from_own(&own);
    TypeFormPage::show(signed, &Purpose::Edit { own: &own, revision: own.revision }, &typed)
}

/// Changes it.
pub(in crate::admin) async fn edit(req: HttpRequest, form: TypeSent) -> Result<HttpResponse, Problem> {
    let TypeSent { signed, fields, .. } = form;
    let name = type_name(&req)?;
    let own = find(&signed, name).await?;
    // A form without it is nothing of ours, and overwrites nothing.
    let (typed, seen) = (Typed::of(&fields), fields.text("revision").parse().unwrap_or_default());
    match update(&signed, own.clone(), typed.clone(), seen).await {
        Ok(()) => Ok(signed.visit.see_other_with(&page_of(own.name.as_str()), Notice::EventTypeSaved)),
        Err(refused) => {
            let refused = refused?;
            let purpose = Purpose::Edit { own: &own, revision: refused.revision(seen, own.revision) };
            TypeFormPage::refuse(signed, &purpose, &typed, refused)
        }
    }
}

async fn update(signed: &Signed, own: OwnType, typed: Typed, seen: i64) -> Result<(), Result<Refused, Problem>> {
    let name = own.name.clone();
    let read = move || Ok::<_, OwnTypeError>(typed.changes(&own, seen));
    let changes = blocking::run(read).await.map_err(refused)?.map_err(Ok)?;
    let event_types = &signed.visit.services.event_types;
    let prepared = event_types.update(signed.asker(), signed.workspace_id(), name, changes).map_err(refused)?;
    writes::run(prepared).await.map(drop).map_err(refused)
}

/// Asks whether a type shall be removed.
pub(in crate::admin) async fn ask_remove(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let name = type_name(&req)?;
    signed.asker().require(Scope::EventTypesWrite)?;
    let own = find(&signed, name).await?;
    let confirm = Confirm {
        title: format!("Remove {}?", own.name),
        lines: vec![
            "Its description, its schema and its example are gone. What was published of it stays in the log, and endpoints that want it \
             want it still."
                .to_owned(),
            "A strict workspace refuses what is published of it from then on. To keep it to be read, archive it instead: edit it and \
             choose the status."
                .to_owned(),
        ],
        action: below(own.name.as_str(), "remove"),
        token: signed.form_token(),
        button: "Remove event type".to_owned(),
        is_danger: true,
        cancel: page_of(own.name.as_str()),
    };
    ConfirmPage::answer(signed, Place::DeveloperHub, confirm)
}

/// Removes it, whatever it has become meanwhile: that was asked.
pub(in crate::admin) async fn remove(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let (name, signed) = (type_name(&req)?, form.signed);
    let event_types = &signed.visit.services.event_types;
    writes::run(event_types.delete(signed.asker(), signed.workspace_id(), name, None)?).await?;
    Ok(signed.visit.see_other_with(PATH, Notice::EventTypeRemoved))
}

/// The type of one's own with this name.
async fn find(signed: &Signed, name: EventType) -> Result<OwnType, Problem> {
    let (event_types, workspace_id) = (signed.visit.services.event_types.clone(), signed.workspace_id());
    let read = move || match event_types.find(workspace_id, &name)? {
        KnownType::Own(own) => Ok(own),
        KnownType::BuiltIn(_) => Err(OwnTypeError::BuiltIn(name)),
    };
    Ok(blocking::run(read).await?)
}
