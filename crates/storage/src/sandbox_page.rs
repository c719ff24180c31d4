//! Pages by number: how much there is, and which rows a page shows.
//!
//! Both are asked of an index that has everything which the filter asks for, so that only the rows that are shown are read themselves. To
//! count costs a step of the index for each row that is wanted, and so does to skip the pages before: [`COUNT_MAX`] is the bound of both.

use devhub_domain::store::StoreError;
use devhub_sandbox::{Numbered, PageNumber};
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;

use crate::row::limit;

/// As many rows are counted, and as many can be reached by turning pages: some 30 ms of a reader's time. What a list has beyond is reached
/// by its period.
pub(crate) const COUNT_MAX: i64 = 1_000_000;

/// How many rows a query has. Diesel itself counts no more than a whole table's.
#[derive(QueryId)]
pub(crate) struct Counted<Q>(pub(crate) Q);

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q> Query for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q, Conn> RunQueryDsl<Conn> for Counted<Q> {}

/// Which part of a list a page shows.
pub(crate) struct Part {
    page: PageNumber,
    total: u64,
    /// Rows that stand before it.
    pub(crate) before: i64,
    /// Rows that it has at most.
    pub(crate) count: i64,
}

impl Part {
    /// The part that a page shows of a list of so many rows: a page past the end is the last one.
    pub(crate) fn of(page: PageNumber, counted: i64) -> Self {
        let total = u64::try_from(counted).unwrap_or(0);
        let (_, before) = page.within(total);
        Self { page, total, before: i64::try_from(before).unwrap_or(i64::MAX), count: limit(page.size.get()) }
    }

    /// The page, of rows in whichever order.
    pub(crate) fn show<T>(
        self,
        rows: impl IntoIterator<Item = Result<T, StoreError>>,
        number: impl Fn(&T) -> i64,
    ) -> Result<Numbered<T>, StoreError> {
        let mut items = rows.into_iter().collect::<Result<Vec<T>, _>>()?;
        items.sort_unstable_by_key(|item| std::cmp::Reverse(number(item)));
        let (shown, _) = self.page.within(self.total);
        Ok(Numbered { items, total: self.total, page: shown, per_page: self.page.size })
    }
}
