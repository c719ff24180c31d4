//! The memory store keeps every promise of the ports.

devhub_domain::contract_tests!(|| (devhub_domain::testing::MemoryStore::default(), ()));
