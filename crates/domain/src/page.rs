//! Cursor pages: stable under inserts, because a cursor names the last row seen and not a position.

use std::num::NonZeroU16;

use crate::time::Timestamp;

/// How many items a page may hold: 1 to [`PageSize::MAX`], [`PageSize::DEFAULT`] when nothing is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(NonZeroU16);

/// The page size is outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("limit must be between 1 and {}", PageSize::MAX.0)]
pub struct PageSizeError;

impl PageSize {
    /// The largest page: what one answer may reasonably cost.
    pub const MAX: Self = Self(NonZeroU16::new(100).expect("100 is not zero"));
    /// One item: where the next one alone is wanted.
    pub const ONE: Self = Self(NonZeroU16::MIN);
    /// The page that a caller gets who asks for none.
    pub const DEFAULT: Self = Self(NonZeroU16::new(25).expect("25 is not zero"));

    /// Checks a wanted size.
    ///
    /// # Errors
    /// [`PageSizeError`] for 0 and for more than [`PageSize::MAX`].
    pub fn new(size: u64) -> Result<Self, PageSizeError> {
        let size = u16::try_from(size).ok().and_then(NonZeroU16::new).ok_or(PageSizeError)?;
        if size > Self::MAX.0 { Err(PageSizeError) } else { Ok(Self(size)) }
    }

    /// The number of items.
    pub fn get(self) -> usize {
        usize::from(self.0.get())
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What part of a list is wanted: newest first, at most `size` items, those older than `after`.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<Id> {
    /// How many items at most.
    pub size: PageSize,
    /// The last item of the page before; `None` for the first page.
    pub after: Option<Id>,
}

impl<Id> Default for PageRequest<Id> {
    fn default() -> Self {
        Self { size: PageSize::DEFAULT, after: None }
    }
}

/// When the items of a list were made: from `from` on, before `before`, both to the millisecond. Unbounded where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first instant that counts.
    pub from: Option<Timestamp>,
    /// The first instant that does not count any more.
    pub before: Option<Timestamp>,
}

impl Period {
    /// Whether an instant lies within, to the millisecond.
    pub fn contains(&self, at: Timestamp) -> bool {
        let millis = |at: Timestamp| at.as_micros().div_euclid(1_000);
        self.from.is_none_or(|from| millis(at) >= millis(from))
            && self.before.is_none_or(|before| millis(at) < millis(before))
    }
}

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, Id> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// What [`PageRequest::after`] takes for the next page; `None` when this is the last.
    pub next: Option<Id>,
}

impl<T, Id> Page<T, Id> {
    /// Makes a page from up to `size + 1` rows: the row too many only tells that there is a next page.
    pub fn from_rows(mut rows: Vec<T>, size: PageSize, id_of: impl Fn(&T) -> Id) -> Self {
        let more = rows.len() > size.get();
        rows.truncate(size.get());
        let next = if more { rows.last().map(id_of) } else { None };
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_size_is_between_1_and_100() {
        assert_eq!(PageSize::new(0), Err(PageSizeError));
        assert_eq!(PageSize::new(1).unwrap().get(), 1);
        assert_eq!(PageSize::new(100).unwrap().get(), 100);
        assert_eq!(PageSize::new(101), Err(PageSizeError));
        assert_eq!(PageSizeError.to_string(), "limit must be between 1 and 100");
    }

    #[test]
    fn a_full_page_names_its_last_item_only_when_more_follow() {
        let size = PageSize::new(2).unwrap();
        assert_eq!(Page::from_rows(vec![9, 8, 7], size, |n| *n).next, Some(8));
        assert_eq!(Page::from_rows(vec![9, 8], size, |n| *n).next, None);
    }
}
