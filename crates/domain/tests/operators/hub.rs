//! A hub on the memory store, and what its tests say again and again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::audit::{AuditEntry, AuditFilter, AuditTx};
use devhub_domain::id::{OperatorId, WorkspaceId};
use devhub_domain::operators::{
    Client, EmailAddress, FirstOwner, FirstStep, NewOperator, Operator, OperatorSessions, OperatorTx, Operators,
    Password, PasswordHash, Passwords, Role, SecondFactors, Setup, SignInAttempt, SignInError, SignIns, SignedIn,
    UserAgent,
};
use devhub_domain::page::PageRequest;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::secret::Secret;
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{ManualClock, MemoryFailedSignIns, MemoryStore, SeededEntropy};
use devhub_domain::time::Clock as _;
use devhub_domain::tx::Tx;
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus, Workspaces};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
pub(crate) const OTHER_WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([2; 16]);
pub(crate) const PASSWORD: &str = "seventeen blue teapots";
pub(crate) const OLD_PASSWORD: &str = "correct horse battery staple";
pub(crate) const OTHER_PASSWORD: &str = "eleven green umbrellas";

pub(crate) struct Hub {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) operators: Operators,
    pub(crate) sessions: OperatorSessions,
    pub(crate) sign_ins: SignIns,
    pub(crate) second_factors: SecondFactors,
    pub(crate) setup: Setup,
    pub(crate) workspaces: Workspaces,
    passwords: Passwords,
}

impl Hub {
    /// Two workspaces without operators.
    pub(crate) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SeededEntropy::new(1));
        let passwords = Passwords::new(entropy.clone());
        let failures = Arc::new(MemoryFailedSignIns::new(clock.clone()));
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32])));
        let tx: &dyn UnitOfWork<dyn Tx> = &*store;
        for (id, name) in [(WORKSPACE, "Shop"), (OTHER_WORKSPACE, "Other shop")] {
            let name = WorkspaceName::new(name).unwrap();
            let (status, time_zone) = (WorkspaceStatus::Active, TimeZone::utc());
            let workspace =
                Workspace { id, name, status, time_zone, event_checks: EventChecks::Off, created_at: clock.now() };
            write(tx, Lane::Interactive, |tx| tx.insert_workspace(&workspace)).unwrap();
        }
        Self {
            operators: Operators::new(store.clone(), clock.clone(), entropy.clone()),
            sessions: OperatorSessions::new(store.clone(), clock.clone()),
            second_factors: SecondFactors::new(store.clone(), sealer, failures.clone(), clock.clone(), entropy.clone()),
            sign_ins: SignIns::new(store.clone(), passwords.clone(), failures, clock.clone(), entropy.clone()),
            setup: Setup::new(store.clone(), WORKSPACE, passwords.clone(), clock.clone(), entropy),
            workspaces: Workspaces::new(store.clone(), clock.clone()),
            passwords,
            clock,
            store,
        }
    }

    pub(crate) fn hash(&self, password: &str, email: &str) -> PasswordHash {
        let password = Password::new(Secret::new(password), &address(email)).unwrap();
        self.passwords.hash(&password).unwrap()
    }

    pub(crate) fn new_operator(&self, email: &str, role: Role) -> NewOperator {
        NewOperator { email: address(email), role, password: Some(self.hash(PASSWORD, email)) }
    }

    /// Adds an operator with [`PASSWORD`].
    pub(crate) fn add(&self, email: &str, role: Role) -> Operator {
        self.operators.add(Asker::COMMAND_LINE, WORKSPACE, self.new_operator(email, role)).commit().unwrap()
    }

    /// Adds an owner with [`OLD_PASSWORD`], which is kept as it was once.
    pub(crate) fn add_with_old_hash(&self, email: &str) -> (OperatorId, PasswordHash) {
        // Made with argon2-cffi 25.1.0, one pass and the salt "sixteen bytes ok".
        let old = "$argon2id$v=19$m=19456,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AilMLG5Vx/W0v7oU/fguWfSOPshUXR2m3MU5oiZHShY";
        let old: PasswordHash = old.parse().unwrap();
        let new = NewOperator { email: address(email), role: Role::Owner, password: Some(old.clone()) };
        (self.operators.add(Asker::COMMAND_LINE, WORKSPACE, new).commit().unwrap().id, old)
    }

    /// Keeps a password as it was once.
    pub(crate) fn put_password(&self, id: OperatorId, old: &PasswordHash) {
        let operator = self.operators.find(WORKSPACE, id).unwrap();
        let revision = operator.revision + 1;
        let operator = Operator { password: Some(old.clone()), revision, ..operator };
        let store: &dyn UnitOfWork<dyn OperatorTx> = &*self.store;
        write(store, Lane::Interactive, |tx| tx.update_operator(&operator)).unwrap();
    }

    /// Adds an owner who has no password yet.
    pub(crate) fn add_silent_owner(&self, email: &str) -> Operator {
        let silent = NewOperator { email: address(email), role: Role::Owner, password: None };
        self.operators.add(Asker::COMMAND_LINE, WORKSPACE, silent).commit().unwrap()
    }

    /// Tries to sign in at an address.
    pub(crate) fn try_sign_in(&self, email: &str, password: &str, at: &Client) -> Result<SignedIn, SignInError> {
        self.sign_ins.sign_in(&attempt(email, password, at), None)?.commit().map(signed_in)
    }

    /// Signs in with [`PASSWORD`].
    pub(crate) fn sign_in(&self, email: &str) -> SignedIn {
        self.try_sign_in(email, PASSWORD, &client(1)).unwrap()
    }

    /// Adds an operator, signs it in, and returns it as one who asks.
    pub(crate) fn asker(&self, email: &str, role: Role) -> Asker {
        self.add(email, role);
        self.sign_in(email).asker()
    }

    pub(crate) fn id_of(&self, email: &str) -> OperatorId {
        self.operators.find_by_email(WORKSPACE, &address(email)).unwrap().unwrap().id
    }

    pub(crate) fn is_signed_in(&self, signed_in: &SignedIn) -> bool {
        self.sessions.find(signed_in.token.to_secret().expose()).unwrap().is_some()
    }

    /// What the audit log says was done, oldest first.
    pub(crate) fn log(&self) -> Vec<AuditEntry> {
        self.entries(WORKSPACE)
    }

    /// What was done in a workspace, oldest first.
    pub(crate) fn log_of(&self, id: WorkspaceId) -> Vec<String> {
        self.entries(id).into_iter().map(|entry| entry.action).collect()
    }

    fn entries(&self, id: WorkspaceId) -> Vec<AuditEntry> {
        let store: &dyn UnitOfWork<dyn AuditTx> = &*self.store;
        let listed = read(store, |tx| {
            let page = tx.list_audit_entries(id, &AuditFilter::default(), PageRequest::default())?;
            Ok::<_, StoreError>(page.items)
        });
        let mut entries = listed.unwrap();
        entries.reverse();
        entries
    }

    pub(crate) fn actions(&self) -> Vec<String> {
        self.log().into_iter().map(|entry| entry.action).collect()
    }
}

pub(crate) fn address(email: &str) -> EmailAddress {
    EmailAddress::new(email).unwrap()
}

/// A browser at 203.0.113.`last`.
pub(crate) fn client(last: u8) -> Client {
    let address = IpAddr::V4(Ipv4Addr::new(203, 0, 113, last));
    Client { address, user_agent: UserAgent::cut("Browser") }
}

/// What is typed, and where.
pub(crate) fn attempt(email: &str, password: &str, at: &Client) -> SignInAttempt {
    SignInAttempt { email: email.to_owned(), password: Secret::new(password), client: at.clone() }
}

/// Who is signed in by the password alone.
pub(crate) fn signed_in(step: FirstStep) -> SignedIn {
    let FirstStep::SignedIn(signed_in) = step else { panic!("a code is needed") };
    *signed_in
}

/// Who chose [`PASSWORD`].
pub(crate) fn first_owner(email: &str) -> FirstOwner {
    FirstOwner { email: address(email), password: Secret::new(PASSWORD), client: client(1) }
}
