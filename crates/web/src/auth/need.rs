//! What a route needs of a key, as types: a handler's signature says it, and none can forget it.

use devhub_domain::api_keys::{Scope, ScopeSet};

/// What a key must be allowed to.
pub(crate) trait Need: 'static {
    /// The scope; `None` when any accepted key will do.
    const SCOPE: Option<Scope>;

    /// The same as a set.
    fn scopes() -> ScopeSet {
        ScopeSet::from_iter(Self::SCOPE)
    }
}

macro_rules! needs {
    ($($name:ident = $scope:expr, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub(crate) enum $name {}

        impl Need for $name {
            const SCOPE: Option<Scope> = $scope;
        }
    )*};
}

needs! {
    AnyKey = None, "Any accepted key.";
    KeysRead = Some(Scope::KeysRead), "`keys:read`.";
    KeysWrite = Some(Scope::KeysWrite), "`keys:write`.";
    EndpointsRead = Some(Scope::EndpointsRead), "`endpoints:read`.";
    EndpointsWrite = Some(Scope::EndpointsWrite), "`endpoints:write`.";
    EventsRead = Some(Scope::EventsRead), "`events:read`.";
    EventsWrite = Some(Scope::EventsWrite), "`events:write`.";
    EventTypesWrite = Some(Scope::EventTypesWrite), "`event_types:write`.";
    DeliveriesRead = Some(Scope::DeliveriesRead), "`deliveries:read`.";
    DeliveriesWrite = Some(Scope::DeliveriesWrite), "`deliveries:write`.";
    LimitsRead = Some(Scope::LimitsRead), "`limits:read`.";
    LimitsWrite = Some(Scope::LimitsWrite), "`limits:write`.";
    AuditRead = Some(Scope::AuditRead), "`audit:read`.";
}
