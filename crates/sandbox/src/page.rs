//! Pages by number, as OwnPay's clients turn them. *Source:* contract §2.1.

use std::num::NonZeroU32;

use devhub_domain::page::PageSize;

/// Which page of a list is wanted, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageNumber {
    /// Counted from 1. One past the end means the last page.
    pub number: NonZeroU32,
    /// How many items a page has.
    pub size: PageSize,
}

impl Default for PageNumber {
    fn default() -> Self {
        Self { number: NonZeroU32::MIN, size: PageSize::DEFAULT }
    }
}

impl PageNumber {
    /// How many items stand before the page that is shown of a list with `total` items: a page past the end is the last one.
    ///
    /// *Shape:* the page that is shown, and the number of items before it.
    pub fn within(self, total: u64) -> (NonZeroU32, u64) {
        let size = u64::try_from(self.size.get()).unwrap_or(1);
        let last = total.div_ceil(size).max(1);
        let shown = u64::from(self.number.get()).min(last);
        let number = u32::try_from(shown).ok().and_then(NonZeroU32::new).unwrap_or(self.number);
        (number, (shown - 1) * size)
    }
}

/// One page of a list, newest first, and how much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
    /// Which page this is, counted from 1; the last one when the wanted one is past the end.
    pub page: NonZeroU32,
    /// How many items a page has.
    pub per_page: PageSize,
}

impl<T> Numbered<T> {
    /// A list in which there is nothing.
    pub const fn empty(per_page: PageSize) -> Self {
        Self { items: Vec::new(), total: 0, page: NonZeroU32::MIN, per_page }
    }

    /// How many pages there are; 1 when there is nothing.
    pub fn total_pages(&self) -> u64 {
        self.total.div_ceil(u64::try_from(self.per_page.get()).unwrap_or(1)).max(1)
    }
}
