//! Turns the suite into tests.

/// One `#[test]` for each case of the suite of the sandbox.
///
/// `$make` is called for each test and returns `(store, guard)`: an empty, migrated store that implements
/// `UnitOfWork<dyn SandboxTx>`, and whatever must live as long as it.
#[macro_export]
macro_rules! contract_tests {
    ($make:expr) => {
        $crate::contract_tests!(@suite $make, payments: a_payment_reads_back_as_it_was_written,
            a_payment_of_another_workspace_is_not_found, a_token_finds_its_payment, an_id_and_a_token_are_taken_once,
            an_update_writes_what_may_change, an_update_of_an_old_revision_is_a_conflict,
            every_status_and_currency_reads_back, payments_are_due_when_their_time_is_over,
            a_payment_that_waits_for_its_gateway_is_not_due, old_payments_go_with_what_belongs_to_them);
        $crate::contract_tests!(@suite $make, transactions: a_transaction_reads_back_as_it_was_written,
            every_status_method_and_outcome_reads_back, a_transaction_of_another_workspace_is_not_found,
            a_number_and_a_name_are_taken_once_in_a_workspace, an_update_writes_what_may_change,
            an_update_of_an_old_revision_is_a_conflict, the_newest_transaction_of_a_payment_is_found,
            the_newest_with_a_name_of_its_gateway_is_found, a_list_shows_what_its_filter_asks_for,
            a_list_is_read_page_by_page, transactions_are_due_when_their_gateway_answers);
        $crate::contract_tests!(@suite $make, refunds: a_refund_reads_back_as_it_was_written, every_status_reads_back,
            a_number_and_an_id_are_taken_once, an_update_writes_what_may_change,
            an_update_of_an_old_revision_is_a_conflict, the_refunds_of_a_transaction_are_found_newest_first,
            a_list_shows_what_its_filter_asks_for, a_list_is_read_page_by_page,
            refunds_are_due_when_they_are_answered_or_old);
        $crate::contract_tests!(@suite $make, customers: a_customer_reads_back_as_it_was_written,
            a_customer_is_found_by_whatever_identifies_it, a_mail_address_is_taken_once_in_a_workspace,
            customers_without_a_mail_address_do_not_collide, an_update_writes_what_may_change,
            an_update_of_an_old_revision_is_a_conflict, customers_are_listed_page_by_page);
        $crate::contract_tests!(@suite $make, gateways: a_setting_reads_back_as_it_was_written,
            settings_are_listed_by_name_in_their_workspace, a_setting_is_written_over_the_revision_before_it);
        $crate::contract_tests!(@suite $make, joined: numbers_count_from_1_by_workspace_and_kind,
            what_the_hub_keeps_goes_with_the_sandbox, a_body_that_fails_leaves_no_trace_in_either);
        $crate::contract_tests!(@suite $make, races: eight_threads_get_eight_numbers,
            eight_threads_make_one_customer, eight_threads_change_one_payment_one_after_the_other,
            of_32_refunds_of_everything_one_is_made, of_32_refunds_of_a_part_no_more_than_fit_are_made,
            of_8_payers_one_pays);
    };
    (@suite $make:expr, $suite:ident: $($case:ident),+) => {
        mod $suite {
            #[allow(unused_imports, reason = "the store may be made by a path from the surrounding module")]
            use super::*;
            $(
                #[test]
                fn $case() {
                    let (store, _guard) = $make();
                    let store: $crate::testing::contract::Store = ::std::sync::Arc::new(store);
                    $crate::testing::contract::seed(&store);
                    $crate::testing::contract::$suite::$case(&store);
                }
            )+
        }
    };
}
