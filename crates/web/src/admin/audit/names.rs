//! What people call who acted, and what it was done to.

use std::collections::HashMap;

use devhub_domain::audit::{Actor, AuditEntry};
use devhub_domain::id::{EndpointId, KeyId, OperatorId, WorkspaceId};
use devhub_domain::operators::Operator;

use crate::admin::key_names::KeyNames;
use crate::admin::webhooks;
use crate::problem_body::Problem;
use crate::services::Services;

/// Names for the entries of one page.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) operators: Vec<(OperatorId, String)>,
    keys: KeyNames,
    endpoints: HashMap<EndpointId, String>,
    workspace: Option<(WorkspaceId, String)>,
}

impl Names {
    /// Reads what these entries need, and whoever may have acted. Blocks.
    pub(super) fn read(
        services: &Services,
        (workspace_id, workspace): (WorkspaceId, &str),
        entries: &[AuditEntry],
        more: Option<Actor>,
    ) -> Result<Self, Problem> {
        let named = |operator: Operator| (operator.id, operator.email.as_str().to_owned());
        let operators = services.pages.sessions.operators(workspace_id)?.into_iter().map(named).collect();
        let actors = entries.iter().map(|entry| entry.actor).chain(more).filter_map(|actor| match actor {
            Actor::Key(id) => Some(id),
            Actor::System | Actor::CommandLine | Actor::Operator(_) => None,
        });
        let subjects = entries.iter().filter_map(|entry| entry.subject.parse::<KeyId>().ok());
        let keys = KeyNames::read(services, workspace_id, actors.chain(subjects))?;
        let wanted: Vec<EndpointId> = entries.iter().filter_map(|entry| entry.subject.parse().ok()).collect();
        let endpoints = if wanted.is_empty() { Vec::new() } else { services.endpoints.list_names(workspace_id)? };
        let endpoints = endpoints.into_iter().filter(|name| wanted.contains(&name.id));
        let endpoints = endpoints.map(|name| (name.id, webhooks::short_address(name.url.as_str()))).collect();
        Ok(Self { operators, keys, endpoints, workspace: Some((workspace_id, format!("Workspace {workspace}"))) })
    }

    /// Who acted.
    pub(super) fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::System => "The hub itself".to_owned(),
            Actor::CommandLine => "Command line".to_owned(),
            Actor::Operator(id) => self.operator(id).map_or_else(|| id.to_string(), str::to_owned),
            Actor::Key(id) => format!("Key {}", self.keys.of(id)),
        }
    }

    fn operator(&self, id: OperatorId) -> Option<&str> {
        self.operators.iter().find(|(known, _)| *known == id).map(|(_, email)| email.as_str())
    }

    /// What something is called that has this id, if it has a name.
    pub(super) fn subject(&self, subject: &str) -> Option<&str> {
        if let Ok(id) = subject.parse() {
            return self.keys.find(id);
        }
        if let Ok(id) = subject.parse::<EndpointId>() {
            return self.endpoints.get(&id).map(String::as_str);
        }
        if let Ok(id) = subject.parse::<OperatorId>() {
            return self.operator(id);
        }
        let workspace = self.workspace.as_ref().filter(|(id, _)| id.to_string() == subject);
        workspace.map(|(_, name)| name.as_str())
    }

    /// The page of what has this id, if it has one that is still there.
    pub(super) fn page_of(&self, subject: &str) -> Option<String> {
        if let Ok(id) = subject.parse::<KeyId>() {
            return self.keys.find(id).map(|_| format!("/admin/developer/api-keys/{id}"));
        }
        let endpoint = subject.parse::<EndpointId>().ok().filter(|id| self.endpoints.contains_key(id));
        endpoint.map(webhooks::page_of)
    }
}
