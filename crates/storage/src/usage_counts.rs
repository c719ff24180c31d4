//! The thirteen counts of calls, as rows of keys and of workspaces have them alike.

/// A row with what is counted in it, and what it has besides.
macro_rules! row_with_counts {
    ($row:ident, $counts:expr, { $($field:ident: $value:expr),* $(,)? }) => {{
        use devhub_domain::usage::{AnswerKind, RefusalKind};
        let counts = $counts;
        let answered = |kind| $crate::usage_counts::stored(counts.answered(kind));
        let refused = |kind| $crate::usage_counts::stored(counts.refused_for(kind));
        $row {
            $($field: $value,)*
            success: answered(AnswerKind::Success),
            redirect: answered(AnswerKind::Redirect),
            client_error: answered(AnswerKind::ClientError),
            too_many: answered(AnswerKind::TooMany),
            server_error: answered(AnswerKind::ServerError),
            verifications: answered(AnswerKind::Verification),
            revoked: refused(RefusalKind::Revoked),
            locked: refused(RefusalKind::Locked),
            expired: refused(RefusalKind::Expired),
            workspace_suspended: refused(RefusalKind::WorkspaceSuspended),
            ip_not_allowed: refused(RefusalKind::IpNotAllowed),
            insufficient_scope: refused(RefusalKind::InsufficientScope),
            rate_limited: refused(RefusalKind::RateLimited),
        }
    }};
}

/// What is counted in a row, in the order of `AnswerKind::ALL` and `RefusalKind::ALL`; `$row` names it where a count is none.
macro_rules! counts_of_row {
    ($row:expr, $found:expr) => {{
        let (row, found) = ($row, $found);
        let answers = [
            row.number("success", found.success)?,
            row.number("redirect", found.redirect)?,
            row.number("client_error", found.client_error)?,
            row.number("too_many", found.too_many)?,
            row.number("server_error", found.server_error)?,
            row.number("verifications", found.verifications)?,
        ];
        let refusals = [
            row.number("revoked", found.revoked)?,
            row.number("locked", found.locked)?,
            row.number("expired", found.expired)?,
            row.number("workspace_suspended", found.workspace_suspended)?,
            row.number("ip_not_allowed", found.ip_not_allowed)?,
            row.number("insufficient_scope", found.insufficient_scope)?,
            row.number("rate_limited", found.rate_limited)?,
        ];
        devhub_domain::usage::CallCounts::new(answers, refusals)
    }};
}

/// The new value of each count: what is there and what comes.
macro_rules! counts_added {
    ($table:ident) => {
        $crate::usage_counts::counts_added!(
            $table: success redirect client_error too_many server_error verifications revoked locked expired
            workspace_suspended ip_not_allowed insufficient_scope rate_limited
        )
    };
    ($table:ident: $($column:ident)*) => {
        ($($table::$column.eq($table::$column + diesel::upsert::excluded($table::$column)),)*)
    };
}

pub(crate) use {counts_added, counts_of_row, row_with_counts};

/// A count as a column holds it.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
