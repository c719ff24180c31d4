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

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u32, size: u64) -> PageNumber {
        PageNumber { number: NonZeroU32::new(number).unwrap(), size: PageSize::new(size).unwrap() }
    }

    /// *Source:* contract §2.1.
    #[test]
    fn a_page_past_the_end_is_the_last_one() {
        let within = |number, size, total| {
            let (shown, before) = page(number, size).within(total);
            (shown.get(), before)
        };
        assert_eq!(within(1, 25, 0), (1, 0));
        assert_eq!(within(7, 25, 0), (1, 0));
        assert_eq!(within(2, 25, 26), (2, 25));
        assert_eq!(within(3, 25, 26), (2, 25));
        assert_eq!(within(u32::MAX, 1, u64::MAX), (u32::MAX, u64::from(u32::MAX) - 1));
    }

    /// *Source:* contract §2.1.
    #[test]
    fn an_empty_list_has_one_page() {
        let empty: Numbered<()> = Numbered::empty(PageSize::DEFAULT);
        assert_eq!((empty.total_pages(), empty.page.get(), empty.total), (1, 1, 0));
        assert_eq!(Numbered { total: 26, ..empty }.total_pages(), 2);
    }
}
