//! The contract of the ports on both backends, and what storage promises beyond it.

#[cfg(test)]
mod audit_chain;
mod bulk_keys;
#[cfg(test)]
mod corrupt;
#[cfg(test)]
mod embed;
#[cfg(test)]
mod expiring_keys;
#[cfg(test)]
mod log_plans;
#[cfg(test)]
mod open;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod rates;
#[cfg(test)]
mod report_plans;
#[cfg(test)]
mod resend_jobs;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod sandbox_corrupt;
#[cfg(test)]
mod sandbox_plans;
#[cfg(test)]
mod sandbox_support;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod size;
#[cfg(test)]
mod support;
#[cfg(test)]
mod template;
#[cfg(test)]
mod workspace_hours;
#[cfg(test)]
mod workspace_names;
#[cfg(test)]
mod write_plans;
#[cfg(test)]
mod writer;

mod sqlite_contract {
    devhub_domain::contract_tests!(crate::support::sqlite);
}

mod postgres_contract {
    devhub_domain::contract_tests!(crate::support::postgres);
}
