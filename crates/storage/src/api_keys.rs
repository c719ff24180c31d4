//! API keys.

use devhub_domain::api_keys::{
    ApiKey, ApiKeyFilter, ApiKeyTx, DigestScheme, Environment, Heard, KeyDigest, KeyStatus, KeyTold, Label, LastUse,
    Owner, Retirement, ScannedKeys, Stragglers,
};
use devhub_domain::events::tell_of_key;
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::rate::OverrideTx;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::WorkspaceStatus;
use diesel::prelude::*;
use ipnet::IpNet;

use crate::api_key_filter::wanted;
use crate::dialect::Dialect;
use crate::row::{Row, instant, limit, micros, own_id, written};
use crate::schema::api_keys::{self, dsl};
use crate::schema::{api_key_stragglers, workspaces};
use crate::stragglers::StragglersRow;
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct ApiKeyRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    label: String,
    prefix: String,
    digest: Vec<u8>,
    digest_scheme: String,
    scopes: String,
    environment: String,
    status: String,
    expires_at_us: Option<i64>,
    allow_list: String,
    owner: Option<String>,
    metadata: String,
    rotated_at_us: Option<i64>,
    successor_id: Option<Vec<u8>>,
    created_at_us: i64,
    created_by: String,
    last_used_at_us: Option<i64>,
    revision: i64,
}

impl From<&ApiKey> for ApiKeyRow {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.as_bytes().to_vec(),
            workspace_id: key.workspace_id.as_bytes().to_vec(),
            label: key.label.to_string(),
            prefix: key.prefix.clone(),
            digest: key.digest.0.to_vec(),
            digest_scheme: key.digest_scheme.as_str().to_owned(),
            scopes: key.scopes.to_string(),
            environment: key.environment.to_string(),
            status: key.status.as_str().to_owned(),
            expires_at_us: micros(key.expires_at),
            allow_list: nets(&key.allow_list),
            owner: key.owner.as_ref().map(ToString::to_string),
            metadata: key.metadata.to_string(),
            rotated_at_us: micros(key.retirement.map(|retirement| retirement.rotated_at)),
            successor_id: successor(key),
            created_at_us: key.created_at.as_micros(),
            created_by: key.created_by.to_string(),
            last_used_at_us: micros(key.last_used_at),
            revision: key.revision,
        }
    }
}

fn nets(allow_list: &[IpNet]) -> String {
    allow_list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn successor(key: &ApiKey) -> Option<Vec<u8>> {
    key.retirement.map(|retirement| retirement.successor_id.as_bytes().to_vec())
}

impl ApiKeyRow {
    fn retirement(&self, row: &Row<'_>) -> Result<Option<Retirement>, StoreError> {
        let (Some(rotated_at), Some(successor)) = (instant(self.rotated_at_us), &self.successor_id) else {
            return Ok(None);
        };
        let successor_id = KeyId::from_bytes(row.bytes("successor_id", successor)?);
        Ok(Some(Retirement { rotated_at, successor_id }))
    }

    fn into_key(self) -> Result<ApiKey, StoreError> {
        let id = KeyId::from_bytes(own_id("api_keys", &self.id)?);
        let row = Row { table: "api_keys", id: &id };
        let retirement = self.retirement(&row)?;
        let owner = self.owner.as_deref().map(|owner| row.value("owner", Owner::new(owner).ok())).transpose()?;
        Ok(ApiKey {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            label: row.value("label", Label::new(&self.label).ok())?,
            prefix: self.prefix,
            digest: KeyDigest(row.bytes("digest", &self.digest)?),
            digest_scheme: row.value("digest_scheme", DigestScheme::parse(&self.digest_scheme))?,
            scopes: row.text("scopes", &self.scopes)?,
            environment: row.value("environment", Environment::new(&self.environment).ok())?,
            status: row.value("status", KeyStatus::parse(&self.status))?,
            expires_at: instant(self.expires_at_us),
            allow_list: row.texts("allow_list", ',', &self.allow_list)?,
            owner,
            metadata: row.text("metadata", &self.metadata)?,
            retirement,
            created_at: Timestamp::from_micros(self.created_at_us),
            created_by: row.text("created_by", &self.created_by)?,
            last_used_at: instant(self.last_used_at_us),
            revision: self.revision,
        })
    }
}

/// Keys of all workspaces with ids above `$after`, at most `$count`. Served by the primary key.
macro_rules! scanned {
    ($self:ident, $after:ident, $count:ident) => {{
        let after = $after.map(|id: KeyId| id.as_bytes().to_vec()).unwrap_or_default();
        let query = dsl::api_keys
            .filter(dsl::id.gt(after))
            .order(dsl::id.asc())
            .limit(limit($count))
            .select(ApiKeyRow::as_select());
        $self.state.note(query.load(&mut *$self.conn))
    }};
}

fn all(rows: Vec<ApiKeyRow>) -> Result<Vec<ApiKey>, StoreError> {
    rows.into_iter().map(ApiKeyRow::into_key).collect()
}

both! {
    impl ApiKeyTx {
        fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
            let insert = diesel::insert_into(dsl::api_keys).values(ApiKeyRow::from(key)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "api_keys")
        }

        fn find_api_key(&mut self, workspace_id: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_api_key(id.as_bytes()))?;
            }
            let query = dsl::api_keys
                .filter(dsl::id.eq(id.as_bytes()).and(dsl::workspace_id.eq(workspace_id.as_bytes())))
                .select(ApiKeyRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(ApiKeyRow::into_key).transpose()
        }

        fn find_api_key_by_digest(&mut self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
            let query = dsl::api_keys.filter(dsl::digest.eq(&digest.0[..])).select(ApiKeyRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(ApiKeyRow::into_key).transpose()
        }

        /// There are few workspaces: all are looked at.
        fn suspended_workspaces(&mut self) -> Result<Vec<WorkspaceId>, StoreError> {
            let suspended = workspaces::table.filter(workspaces::status.eq(WorkspaceStatus::Suspended.as_str()));
            let ids: Vec<Vec<u8>> = self.state.note(suspended.select(workspaces::id).load(&mut *self.conn))?;
            ids.iter().map(|id| Ok(WorkspaceId::from_bytes(own_id("workspaces", id)?))).collect()
        }

        fn update_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
            let earlier = dsl::id.eq(key.id.as_bytes()).and(dsl::revision.eq(key.revision - 1));
            let update = diesel::update(dsl::api_keys.filter(earlier)).set((
                dsl::status.eq(key.status.as_str()),
                dsl::label.eq(key.label.as_str()),
                dsl::scopes.eq(key.scopes.to_string()),
                dsl::environment.eq(key.environment.to_string()),
                dsl::expires_at_us.eq(micros(key.expires_at)),
                dsl::allow_list.eq(nets(&key.allow_list)),
                dsl::owner.eq(key.owner.as_ref().map(ToString::to_string)),
                dsl::metadata.eq(key.metadata.to_string()),
                dsl::rotated_at_us.eq(micros(key.retirement.map(|retirement| retirement.rotated_at))),
                dsl::successor_id.eq(successor(key)),
                dsl::revision.eq(key.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "api_keys.revision")
        }

        /// Served by `api_keys_by_prefix` (hardly two keys share one), else by `api_keys_by_status` or `api_keys_by_workspace`. What has
        /// no index of its own (environment, expiry, a search in labels) is asked of each key of the workspace: 4 ms of 10,000
        /// (`examples/key_list_cost.rs`).
        fn list_api_keys(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &ApiKeyFilter,
            now: Timestamp,
            page: PageRequest<KeyId>,
        ) -> Result<Page<ApiKey, KeyId>, StoreError> {
            let query = dsl::api_keys
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order(dsl::id.desc())
                .limit(limit(page.size.get() + 1))
                .select(ApiKeyRow::as_select())
                .into_boxed();
            let query = wanted!(query, filter, (now, page.after), self.conn);
            let rows = self.state.note(query.load(&mut *self.conn))?;
            Ok(Page::from_rows(all(rows)?, page.size, |key| key.id))
        }

        /// Served as the list is: what has no index of its own is asked of each key.
        fn count_api_keys(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &ApiKeyFilter,
            now: Timestamp,
            (below, count): (Option<KeyId>, usize),
        ) -> Result<usize, StoreError> {
            let query = dsl::api_keys
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order(dsl::id.desc())
                .limit(limit(count))
                .select(dsl::id)
                .into_boxed();
            let query = wanted!(query, filter, (now, below), self.conn);
            let ids: Vec<Vec<u8>> = self.state.note(query.load(&mut *self.conn))?;
            Ok(ids.len())
        }

        fn scan_api_keys(&mut self, after: Option<KeyId>, count: usize) -> Result<Vec<ApiKey>, StoreError> {
            all(scanned!(self, after, count)?)
        }

        fn scan_readable_api_keys(&mut self, after: Option<KeyId>, count: usize) -> Result<ScannedKeys, StoreError> {
            let rows: Vec<ApiKeyRow> = scanned!(self, after, count)?;
            let mut scanned = ScannedKeys::default();
            for row in rows {
                // One whose id is damaged is no place to go on from: it is met again.
                scanned.last = own_id("api_keys", &row.id).ok().map(KeyId::from_bytes).or(scanned.last);
                match row.into_key() {
                    Ok(key) => scanned.keys.push(key),
                    Err(error) => scanned.unreadable.push(error),
                }
            }
            Ok(scanned)
        }

        fn add_stragglers(&mut self, stragglers: &[Stragglers]) -> Result<(), StoreError> {
            // In one order everywhere, as with last uses. The key stands for its row, which may not be there yet.
            let mut stragglers: Vec<&Stragglers> = stragglers.iter().collect();
            stragglers.sort_unstable_by_key(|counted| counted.key_id);
            for counted in stragglers {
                let id = counted.key_id.as_bytes();
                self.state.note(self.conn.lock_api_key(id))?;
                let key = dsl::api_keys.filter(dsl::id.eq(id)).select(dsl::id);
                let key: Option<Vec<u8>> = self.state.note(key.first(&mut *self.conn).optional())?;
                if key.is_none() {
                    continue;
                }
                let mut sum = self.find_stragglers(counted.key_id)?.unwrap_or_else(|| Stragglers::none(counted.key_id));
                sum.add(counted);
                let insert = diesel::insert_into(api_key_stragglers::table)
                    .values(StragglersRow::from(&sum))
                    .on_conflict(api_key_stragglers::key_id)
                    .do_update()
                    .set(StragglersRow::from(&sum));
                self.state.note(insert.execute(&mut *self.conn))?;
            }
            Ok(())
        }

        /// Served by the primary key.
        fn find_stragglers(&mut self, id: KeyId) -> Result<Option<Stragglers>, StoreError> {
            let query = api_key_stragglers::table
                .filter(api_key_stragglers::key_id.eq(id.as_bytes()))
                .select(StragglersRow::as_select());
            let row = self.state.note(query.first(&mut *self.conn).optional())?;
            row.map(StragglersRow::into_stragglers).transpose()
        }

        fn record_last_uses(&mut self, uses: &[LastUse]) -> Result<(), StoreError> {
            // In one order everywhere, so that two nodes that note the same keys wait for each other instead of dead-locking.
            let mut uses: Vec<&LastUse> = uses.iter().collect();
            uses.sort_unstable_by_key(|last_use| last_use.key_id);
            for last_use in uses {
                let at = last_use.at.as_micros();
                let earlier = dsl::last_used_at_us.is_null().or(dsl::last_used_at_us.lt(at));
                let row = dsl::api_keys.filter(dsl::id.eq(last_use.key_id.as_bytes())).filter(earlier);
                let update = diesel::update(row).set(dsl::last_used_at_us.eq(at));
                self.state.note(update.execute(&mut *self.conn))?;
            }
            Ok(())
        }

        fn overrides(&mut self) -> Option<&mut (dyn OverrideTx + '_)> {
            Some(self)
        }

        fn tell(&mut self, told: &KeyTold) -> Result<Heard, StoreError> {
            tell_of_key(self, told)
        }
    }
}
