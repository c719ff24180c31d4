//! Takes over endpoints of OwnPay: looked at first, then written, some hundred at a time.

use std::sync::Arc;

use super::endpoint_service::{ENDPOINTS_MAX, detail_of, draft};
use super::{
    Endpoint, EndpointError, EndpointImportFile, EndpointLineRefusal, EndpointOrigin, EndpointSecret, EndpointSettings,
    EndpointTx, EndpointUrl, Endpoints, ImportedEndpoint, RefusedEndpoint, Target,
};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::append;
use crate::id::{EndpointId, WorkspaceId};
use crate::secret::Secret;
use crate::store::{Change, Lane, Prepared, StoreError, prepare, read};
use crate::time::Timestamp;

/// Most endpoints of one transaction: each is a row, a secret and an entry of the audit log.
pub const IMPORT_ENDPOINTS_MAX: usize = 100;

/// What became of endpoints that were to be imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointImportOutcome {
    /// Endpoints that were not there: they are now, or would be.
    pub new: Vec<Endpoint>,
    /// Endpoints that the workspace had already, by address and secret. They stay as they are, whatever the file says.
    pub existing: Vec<EndpointId>,
    /// Lines that cannot be taken over, with those that were refused when the file was read first.
    pub refused: Vec<RefusedEndpoint>,
}

/// An endpoint of a file, as it would be stored.
struct Candidate {
    line: u64,
    endpoint: Endpoint,
    secret: Secret,
    sealed: EndpointSecret,
}

impl Endpoints {
    /// Takes endpoints over; of more than [`IMPORT_ENDPOINTS_MAX`] those beyond are passed over. They are sent what is accepted from
    /// then on.
    ///
    /// *Repeat:* address and secret decide whether an endpoint is there, so that an import that was broken off is begun again.
    ///
    /// # Errors
    /// [`EndpointError::Forbidden`], and the store's own.
    pub fn import(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        file: &EndpointImportFile,
    ) -> Result<
        Prepared<
            dyn EndpointTx,
            impl Change<dyn EndpointTx, Output = EndpointImportOutcome, Error = EndpointError> + use<>,
        >,
        EndpointError,
    > {
        let now = self.clock.now();
        let (candidates, refused) = self.candidates(asker, workspace_id, file, now)?;
        let sealer = Arc::clone(&self.sealer);
        let change = move |tx: &mut (dyn EndpointTx + 'static)| {
            // Of two imports at once the second waits here, and finds what the first has taken over.
            tx.audit_head(workspace_id)?;
            let (outcome, new) = sorted(tx, (workspace_id, 0), &candidates, &refused, |target, secret| {
                target.has_secret(secret, &sealer)
            })?;
            for Candidate { endpoint, sealed, .. } in new {
                tx.insert_endpoint(endpoint)?;
                tx.insert_endpoint_secret(sealed)?;
                append(tx, &draft(endpoint, now, &asker, "endpoint.imported", detail_of(endpoint)))?;
            }
            Ok::<_, EndpointError>(outcome)
        };
        Ok(prepare(&self.store, Lane::Background, change, |_| {}))
    }

    /// What [`Endpoints::import`] would do after `planned` other new endpoints, such as those of the parts of a file before. Changes nothing.
    ///
    /// # Errors
    /// As [`Endpoints::import`].
    pub fn preview_import(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        file: &EndpointImportFile,
        planned: u64,
    ) -> Result<EndpointImportOutcome, EndpointError> {
        let (candidates, refused) = self.candidates(asker, workspace_id, file, self.clock.now())?;
        let has_secret = |target: &Target, secret: &Secret| target.has_secret(secret, &self.sealer);
        read(&*self.store, |tx| Ok(sorted(tx, (workspace_id, planned), &candidates, &refused, has_secret)?.0))
    }

    /// The endpoints that the rules of the installation accept, and the lines that are refused.
    fn candidates(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        file: &EndpointImportFile,
        now: Timestamp,
    ) -> Result<(Vec<Candidate>, Vec<RefusedEndpoint>), EndpointError> {
        asker.require(Scope::EndpointsWrite)?;
        let (mut candidates, mut refused) = (Vec::new(), file.refused.clone());
        for imported in file.endpoints.iter().take(IMPORT_ENDPOINTS_MAX) {
            match EndpointUrl::parse(imported.url.as_str(), &self.url_rules()) {
                Ok(url) => candidates.push(self.candidate(workspace_id, imported, url, now)),
                Err(error) => refused.push(RefusedEndpoint { line: imported.line, refusal: error.into() }),
            }
        }
        Ok((candidates, refused))
    }

    fn candidate(
        &self,
        workspace_id: WorkspaceId,
        imported: &ImportedEndpoint,
        url: EndpointUrl,
        now: Timestamp,
    ) -> Candidate {
        let endpoint = Endpoint {
            id: EndpointId::generate(now, &*self.entropy),
            workspace_id,
            url,
            description: imported.description(),
            event_types: imported.event_types.clone(),
            origin: EndpointOrigin::Manual,
            status: imported.status.status(),
            settings: EndpointSettings::default(),
            created_at: now,
            revision: 1,
        };
        let secret = imported.secret.clone();
        let sealed = EndpointSecret::first(endpoint.id, &secret, now, &self.sealer, &*self.entropy);
        Candidate { line: imported.line, endpoint, secret, sealed }
    }
}

/// Puts candidates where they belong; returns those that are new.
fn sorted<'c>(
    tx: &mut (dyn EndpointTx + '_),
    (workspace_id, planned): (WorkspaceId, u64),
    candidates: &'c [Candidate],
    refused: &[RefusedEndpoint],
    has_secret: impl Fn(&Target, &Secret) -> bool,
) -> Result<(EndpointImportOutcome, Vec<&'c Candidate>), StoreError> {
    let stored = tx.list_stored_targets(workspace_id)?;
    let taken = u64::try_from(stored.len()).unwrap_or(u64::MAX).saturating_add(planned);
    let mut room = ENDPOINTS_MAX.saturating_sub(taken);
    let mut outcome = EndpointImportOutcome { refused: refused.to_vec(), ..EndpointImportOutcome::default() };
    let mut new = Vec::new();
    for candidate in candidates {
        let is_it = |target: &&Arc<Target>| {
            let Endpoint { origin, url, .. } = &target.endpoint;
            *origin == EndpointOrigin::Manual && *url == candidate.endpoint.url && has_secret(target, &candidate.secret)
        };
        if let Some(existing) = stored.iter().find(is_it) {
            outcome.existing.push(existing.endpoint.id);
        } else if room == 0 {
            let refusal = EndpointLineRefusal::NoRoom;
            outcome.refused.push(RefusedEndpoint { line: candidate.line, refusal });
        } else {
            room -= 1;
            outcome.new.push(candidate.endpoint.clone());
            new.push(candidate);
        }
    }
    outcome.refused.sort_by_key(|refused| refused.line);
    Ok((outcome, new))
}
