//! Lists by key, not by number: where a reader goes on, and how far.

/// Where a list goes on: after this position, at most so many rows.
#[derive(Debug, Clone)]
pub struct Window<P> {
    /// The position of the last row already seen; none at the start.
    pub after: Option<P>,
    /// Rows at most, 1 to 100.
    pub limit: u16,
}

/// Part of a list.
#[derive(Debug, Clone)]
pub struct Part<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// Whether rows follow.
    pub more: bool,
}

impl<P> Window<P> {
    /// Rows to ask the database for: one more than is shown tells whether rows follow.
    pub fn one_more(&self) -> u64 {
        u64::from(self.limit).saturating_add(1)
    }

    /// Takes what was asked for and notes whether there was more.
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Part<T> {
        let more = rows.len() > usize::from(self.limit);
        rows.truncate(usize::from(self.limit));
        Part { rows, more }
    }
}

impl<T> Part<T> {
    /// The same part with other rows.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Part<U> {
        Part { rows: self.rows.into_iter().map(each).collect(), more: self.more }
    }
}
