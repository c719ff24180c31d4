//! Turns the suites into tests.

/// One `#[test]` for each case of every suite.
///
/// `$make` is called for each test and returns `(store, guard)`: an empty, migrated store that implements
/// `UnitOfWork<dyn Tx>`, and whatever must live as long as it.
#[macro_export]
macro_rules! contract_tests {
    ($make:expr) => {
        $crate::contract_tests!(@suite $make, api_keys: a_key_reads_back_as_it_was_written,
            an_update_writes_what_may_change, an_id_and_a_digest_are_taken_once,
            a_key_of_another_workspace_is_not_found, an_update_of_an_old_revision_is_a_conflict,
            an_update_of_an_unknown_key_is_a_conflict, pages_are_stable_under_inserts, a_list_shows_what_its_filter_asks_for,
            a_list_shows_the_state_of_the_moment, a_list_shows_one_environment,
            a_search_finds_parts_of_labels_and_starts_of_tokens, a_search_keeps_to_its_workspace_and_its_page,
    a_list_agrees_with_its_filter_on_many_keys, a_scan_sees_every_key_once, a_last_use_never_moves_back, an_update_keeps_the_last_use, stragglers_add_up, a_list_shows_what_retires,
            eight_threads_change_one_key_one_after_the_other);
        $crate::contract_tests!(@suite $make, key_tellings: what_becomes_of_a_key_reaches_who_wants_to_know,
            what_nobody_wants_to_know_is_not_kept, what_is_told_once_is_kept_and_known_again,
            a_telling_goes_with_its_transaction, eight_threads_tell_once);
        $crate::contract_tests!(@suite $make, audit: a_log_reads_back_and_verifies, an_empty_log_has_no_head,
            a_position_is_taken_once, a_log_is_read_page_by_page, a_log_shows_who_acted_and_when,
            a_chain_is_read_oldest_first, a_log_shows_what_its_filter_asks_for, eight_threads_append_without_a_gap);
        $crate::contract_tests!(@suite $make, operators: an_operator_reads_back_as_it_was_written,
            an_operator_of_another_workspace_is_not_found, operators_are_listed_in_their_workspace,
            an_address_is_taken_once, an_update_of_an_old_revision_is_a_conflict,
            an_operator_goes_with_its_sessions, eight_threads_that_take_turns_make_one_owner);
        $crate::contract_tests!(@suite $make, memberships: each_workspace_knows_its_role,
            an_operator_is_added_to_a_workspace_once, a_role_changes_where_it_is_known, workspaces_of_an_operator_are_listed,
            a_home_moves, an_operator_goes_from_every_workspace, a_session_goes_to_another_workspace,
            eight_threads_that_hold_an_operator_add_it_once);
        $crate::contract_tests!(@suite $make, operator_sessions: a_session_reads_back_as_it_was_written,
            a_digest_is_taken_once, sessions_are_listed_by_operator, a_use_moves_a_session_on, sessions_are_removed_by_id,
            ended_sessions_are_removed_in_steps);
        $crate::contract_tests!(@suite $make, second_factors: a_second_factor_reads_back_as_it_was_written,
            a_second_factor_is_written_over, a_second_factor_goes_with_its_operator,
            holders_of_a_second_factor_are_listed_where_they_work);
        $crate::contract_tests!(@suite $make, installation: a_store_is_installed_once, workspaces_read_back,
            a_workspace_changes, a_name_is_that_of_one_workspace, eight_threads_take_a_name_once,
            suspended_workspaces_are_named);
        $crate::contract_tests!(@suite $make, events: an_event_reads_back_as_it_was_written, an_external_id_is_taken_once,
            an_event_id_is_taken_once, eight_threads_publish_one_event, targets_come_with_their_secrets,
            targets_show_the_latest_change, targets_do_not_show_what_was_undone,
            publishing_stores_event_and_deliveries_together,
            an_event_is_stored_with_its_deliveries_once, an_event_or_delivery_whose_id_is_taken_is_a_conflict, a_delivery_is_made_once,
            events_are_listed_as_their_filter_asks, events_are_listed_page_by_page);
        $crate::contract_tests!(@suite $make, own_types: an_event_type_reads_back_as_it_was_written,
            a_name_is_taken_once_in_a_workspace, an_update_of_an_old_revision_is_a_conflict,
            a_removal_of_an_old_revision_is_a_conflict, event_types_are_listed_by_name_byte_by_byte,
            the_latest_schema_is_found_and_no_archived_one, checks_show_the_latest_change,
            checks_do_not_show_what_was_undone, a_strict_workspace_is_obeyed, two_at_once_do_not_exceed_the_most);
        $crate::contract_tests!(@suite $make, reference_documents: a_document_reads_back_as_it_was_written,
            a_workspace_has_one_document, a_document_of_an_old_revision_is_a_conflict);
        $crate::contract_tests!(@suite $make, rates: a_policy_reads_back_as_it_was_written, policies_are_listed_in_their_order,
            a_policy_name_is_taken_once_in_a_workspace, a_policy_of_an_old_revision_is_a_conflict,
            a_policy_goes_with_its_overrides, an_override_reads_back_as_it_was_written,
            an_override_is_made_once_for_a_subject,
            the_overrides_for_a_subject_are_found_whatever_policy_they_are_of, an_override_of_an_old_revision_is_a_conflict,
            overrides_are_listed_page_by_page, a_state_is_written_over_the_one_before_it,
            eight_threads_change_rules_one_after_the_other);
        $crate::contract_tests!(@suite $make, policy_hours: an_hour_of_a_policy_adds_up, hours_are_those_that_are_asked_for,
            eight_threads_count_for_one_policy, old_hours_of_policies_are_removed_in_steps);
        $crate::contract_tests!(@suite $make, endpoints: an_endpoint_reads_back_as_it_was_written, an_id_is_taken_once,
            an_update_of_an_old_revision_is_a_conflict, endpoints_are_listed_in_their_workspace,
            settings_are_changed_and_go_back_to_their_defaults, a_deleted_endpoint_is_found_and_not_listed);
        $crate::contract_tests!(@suite $make, callbacks: an_endpoint_that_payments_name_reads_back,
            targets_are_read_as_they_are_stored, an_address_gets_the_events_of_its_payments,
            eight_threads_name_the_same_addresses);
        $crate::contract_tests!(@suite $make, endpoint_secrets: a_secret_reads_back_as_it_was_written,
            an_id_and_a_number_are_taken_once, secrets_come_in_the_order_of_their_numbers, a_secret_is_given_an_end,
            secrets_whose_time_is_over_are_removed, targets_show_the_latest_change_of_a_secret,
            eight_threads_rotate_one_after_the_other);
        $crate::contract_tests!(@suite $make, endpoint_health: a_health_reads_back_as_it_was_written, a_health_is_removed, a_health_is_held,
            what_fails_is_listed_in_order, eight_threads_count_one_after_the_other, a_probe_takes_what_is_longest_due,
            a_probe_passes_over_paused_endpoints, a_backlog_of_an_endpoint_counts_what_is_not_over, a_backlog_of_a_workspace_is_that_of_all_its_endpoints,
            tallies_add_up_by_endpoint_and_hour, eight_threads_count_together, old_tallies_are_removed_in_steps);
        $crate::contract_tests!(@suite $make, deliveries: a_claim_takes_what_is_due, a_claim_serves_endpoints_in_turn, a_claim_brings_fewer_to_who_has_less_room,
            a_claim_keeps_to_its_limit_and_to_endpoints_with_room, a_claim_passes_over_paused_endpoints,
            the_next_due_instant_is_the_earliest,
            a_backlog_counts_what_waits, a_backlog_is_as_old_as_what_could_be_claimed, eight_threads_claim_each_delivery_once, a_result_is_fenced_by_its_lease,
            a_result_is_fenced_by_its_attempt, every_state_and_failure_reads_back, attempts_read_back_in_order,
            a_list_shows_what_its_filter_asks_for, deliveries_are_listed_page_by_page,
            a_claim_tells_what_has_no_content, a_resend_is_written_over_its_last_state,
            held_deliveries_of_active_endpoints_wait_again, deliveries_of_deleted_endpoints_are_closed);
        $crate::contract_tests!(@suite $make, resend_jobs: a_job_reads_back_as_it_was_written, a_job_moves_on,
            a_workspace_has_one_job_that_is_not_over, jobs_are_listed_in_their_workspace, running_jobs_are_found,
            old_jobs_are_removed, a_scan_sees_every_delivery_once, a_scan_sees_what_its_filter_wants,
            what_somebody_asked_for_is_counted_until_it_comes_back,
            what_somebody_asked_for_is_not_counted_while_its_endpoint_is_probed);
        $crate::contract_tests!(@suite $make, restores: what_is_overdue_is_withheld, what_is_withheld_says_since_when,
            what_was_on_its_way_is_withheld,
            what_is_withheld_is_given_up);
        $crate::contract_tests!(@suite $make, retention: old_events_are_listed_oldest_first,
            deliveries_are_found_by_their_events, stopped_endpoints_are_found, what_waits_in_vain_expires, attempts_are_removed_up_to_a_limit, events_and_deliveries_are_removed,
            revisions_go_when_no_event_has_met_them, a_deleted_endpoint_goes_when_nothing_names_it);
        $crate::contract_tests!(@suite $make, delivery_log: an_attempt_reads_back_with_its_report,
            a_first_success_reads_back_with_its_delivery, results_are_recorded_together, what_a_session_held_was_interrupted, an_orphan_was_interrupted,
            interruptions_have_an_end, a_change_keeps_what_an_endpoint_was, a_change_that_is_refused_keeps_nothing,
            endpoints_that_an_event_could_have_met_are_listed, deliveries_are_found_by_their_ids);
        $crate::contract_tests!(@suite $make, shares: a_claim_brings_no_more_of_a_workspace_than_it_has_room_for,
            workspaces_with_endpoints_are_told_apart);
        $crate::contract_tests!(@suite $make, sessions: a_session_beats_until_it_is_removed,
            a_release_makes_deliveries_wait_again, orphans_wait_again);
        $crate::contract_tests!(@suite $make, idempotency: an_answer_reads_back_for_its_caller_and_key,
            a_later_answer_takes_the_place_of_an_earlier, old_answers_are_removed_oldest_first,
            eight_threads_find_the_answer_of_the_first);
        $crate::contract_tests!(@suite $make, usage: an_hour_of_a_key_adds_up, eight_threads_count_for_one_key,
            hours_are_listed_within_their_bounds, hours_are_summed_for_each_key, old_hours_are_removed_in_steps,
            hours_are_counted_by_key_and_day, attempts_add_up_by_network_and_hour, attempts_are_listed_page_by_page,
            attempts_are_summed_by_network, old_attempts_are_removed_in_steps);
        $crate::contract_tests!(@suite $make, workspace_hours: hours_add_up_for_the_workspace,
            calls_that_were_not_timed_count_beside_those_that_were, eight_threads_count_for_one_workspace,
            old_hours_of_workspaces_are_removed_in_steps);
        $crate::contract_tests!(@suite $make, transactions: a_body_that_fails_leaves_no_trace, a_body_sees_its_own_writes,
            a_conflict_undoes_its_body, every_queued_job_is_finished_once, waiting_and_queued_writers_share_the_store);
    };
    (@suite $make:expr, $suite:ident: $($case:ident),+) => {
        mod $suite {
            #[allow(unused_imports, reason = "the store may be made by a path from the surrounding module")]
            use super::*;
            $(
                #[test]
                fn $case() {
                    let (store, _guard) = $make();
                    $crate::testing::contract::seed(&store);
                    let store: &dyn $crate::store::UnitOfWork<dyn $crate::tx::Tx> = &store;
                    $crate::testing::contract::$suite::$case(store);
                }
            )+
        }
    };
}

/// One `#[test]` for each case of the suite of API keys, for a store that holds nothing else.
///
/// `$make` is called for each test and returns `(store, guard)`: an empty store that implements
/// `UnitOfWork<dyn ApiKeyTx>`, and whatever must live as long as it.
#[macro_export]
macro_rules! api_key_contract_tests {
    ($make:expr) => {
        $crate::api_key_contract_tests!(@cases $make, a_key_reads_back_as_it_was_written,
            an_update_writes_what_may_change, an_id_and_a_digest_are_taken_once,
            a_key_of_another_workspace_is_not_found, an_update_of_an_old_revision_is_a_conflict,
            an_update_of_an_unknown_key_is_a_conflict, pages_are_stable_under_inserts, a_list_shows_what_its_filter_asks_for,
            a_list_shows_the_state_of_the_moment, a_list_shows_one_environment,
            a_search_finds_parts_of_labels_and_starts_of_tokens, a_search_keeps_to_its_workspace_and_its_page,
    a_list_agrees_with_its_filter_on_many_keys, a_scan_sees_every_key_once, a_last_use_never_moves_back, an_update_keeps_the_last_use, stragglers_add_up, a_list_shows_what_retires,
            eight_threads_change_one_key_one_after_the_other);
    };
    (@cases $make:expr, $($case:ident),+) => {
        $(
            #[test]
            fn $case() {
                let (store, _guard) = $make();
                let store: &dyn $crate::store::UnitOfWork<dyn $crate::api_keys::ApiKeyTx> = &store;
                $crate::testing::contract::api_keys::$case(store);
            }
        )+
    };
}

/// One `#[test]` for each case of the suite of rate limits.
///
/// `$limiter` is called for each test and returns a `RateLimiter` without buckets; `$failures` takes a quota and a clock and
/// returns a `FailedAuthentications` that has counted nothing.
#[macro_export]
macro_rules! rate_contract_tests {
    ($limiter:expr, $failures:expr) => {
        $crate::rate_contract_tests!(@limiter $limiter, a_request_spends_in_all_limits_or_in_none,
            one_limit_is_decided_as_among_several,
            subjects_and_policies_do_not_share, eight_threads_pass_as_often_as_the_burst_allows);
        $crate::rate_contract_tests!(@failures $failures, an_address_that_fails_too_often_waits, looking_counts_nothing,
            a_network_of_64_bits_counts_as_one);
    };
    (@limiter $limiter:expr, $($case:ident),+) => {
        $(
            #[test]
            fn $case() {
                $crate::testing::contract::rate::$case(&$limiter());
            }
        )+
    };
    (@failures $failures:expr, $($case:ident),+) => {
        $(
            #[test]
            fn $case() {
                let clock = ::std::sync::Arc::new($crate::testing::ManualClock::default());
                let failures = $failures($crate::testing::contract::rate::quota(), clock.clone());
                $crate::testing::contract::rate::$case(&failures, &clock);
            }
        )+
    };
}

/// One `#[test]` for each case of the suite of failed sign-ins.
///
/// `$make` takes a clock and returns a `FailedSignIns` that has counted nothing.
#[macro_export]
macro_rules! sign_in_contract_tests {
    ($make:expr) => {
        $crate::sign_in_contract_tests!(@cases $make, an_account_waits_where_it_failed, an_address_waits_for_all_accounts,
            a_wait_does_not_grow, looking_counts_nothing, a_success_forgives_its_own_failures_only,
            a_network_of_64_bits_counts_as_one);
    };
    (@cases $make:expr, $($case:ident),+) => {
        $(
            #[test]
            fn $case() {
                let clock = ::std::sync::Arc::new($crate::testing::ManualClock::default());
                let failures = $make(clock.clone());
                $crate::testing::contract::sign_ins::$case(&failures, &clock);
            }
        )+
    };
}
