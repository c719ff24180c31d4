//! The tables of the sandbox, as both databases have them; the test of `schema.rs` compares this file as well.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    sandbox_numbers (workspace_id, kind) {
        workspace_id -> Binary,
        kind -> Text,
        last -> BigInt,
    }
}

table! {
    sandbox_payments (id) {
        id -> Binary,
        workspace_id -> Binary,
        token -> Binary,
        status -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        reference -> Text,
        customer -> Nullable<BigInt>,
        callback_url -> Nullable<Text>,
        redirect_url -> Nullable<Text>,
        cancel_url -> Nullable<Text>,
        gateway -> Nullable<Text>,
        metadata -> Text,
        created_at_us -> BigInt,
        updated_at_us -> BigInt,
        expires_at_us -> BigInt,
        revision -> BigInt,
    }
}

table! {
    sandbox_transactions (workspace_id, number) {
        workspace_id -> Binary,
        number -> BigInt,
        trx_id -> Binary,
        payment_id -> Binary,
        gateway -> Text,
        gateway_trx_id -> Text,
        status -> Text,
        method -> Text,
        amount_minor -> BigInt,
        fee_minor -> BigInt,
        currency -> Text,
        reference -> Text,
        settles_at_us -> Nullable<BigInt>,
        settles_as -> Nullable<Text>,
        created_at_us -> BigInt,
        updated_at_us -> BigInt,
        completed_at_us -> Nullable<BigInt>,
        revision -> BigInt,
    }
}

table! {
    sandbox_refunds (workspace_id, number) {
        workspace_id -> Binary,
        number -> BigInt,
        id -> Binary,
        payment_id -> Binary,
        transaction_number -> BigInt,
        trx_id -> Binary,
        gateway_trx_id -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        reason -> Text,
        status -> Text,
        settles_at_us -> Nullable<BigInt>,
        settles_as -> Nullable<Text>,
        processed_at_us -> Nullable<BigInt>,
        created_at_us -> BigInt,
        revision -> BigInt,
    }
}

table! {
    sandbox_customers (workspace_id, number) {
        workspace_id -> Binary,
        number -> BigInt,
        id -> Binary,
        name -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        phone -> Nullable<Text>,
        phone_key -> Nullable<Text>,
        created_at_us -> BigInt,
        updated_at_us -> BigInt,
        revision -> BigInt,
    }
}

table! {
    sandbox_gateways (workspace_id, name) {
        workspace_id -> Binary,
        name -> Text,
        is_on -> BigInt,
        outcome -> Nullable<Text>,
        updated_at_us -> BigInt,
        revision -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(sandbox_payments, sandbox_transactions);
