//! The tab of rate limits: the default, rules, overrides, exempt networks, buckets in use.

mod applied;
mod buckets;
mod default;
mod networks;
mod one_override;
mod override_form;
mod overrides;
mod page;
mod paths;
mod quota_form;
mod reference;
mod refusals;
mod removals;
mod rule_fields;
mod rule_form;
mod rules;
pub(super) mod words;

pub(super) use applied::applied_table;
pub(super) use buckets::{ask as ask_reset, reset};
pub(super) use networks::save as save_networks;
pub(super) use override_form::{
    create as create_override, edit as edit_override, show_edit as show_edit_override, show_new as show_new_override,
};
pub(super) use page::show;
pub(super) use paths::PATH;
pub(super) use removals::{ask_override, ask_rule, delete_override, delete_rule};
pub(super) use rule_form::{
    create as create_rule, edit as edit_rule, show_edit as show_edit_rule, show_new as show_new_rule,
};
pub(super) use rules::move_one as move_rule;

#[cfg(test)]
pub(super) use applied::sample as applied_sample;
#[cfg(test)]
pub(super) use override_form::OverridePage;
#[cfg(test)]
pub(super) use page::RatesPage;
#[cfg(test)]
pub(super) use rule_form::RulePage;
