//! Ranges that must follow each other without gap or overlap: adjacent systems take the lower rule
//! on an overlap, silently (domain section 3, "silent rule errors"); here it is refused when saved.

/// From `from` on, below `below`; without end when there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span<T> {
    pub(crate) from: T,
    pub(crate) below: Option<T>,
}

/// What is wrong with a row of ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpanFault<T> {
    /// No range holds these.
    Gap(Span<T>),
    /// More than one range holds these.
    Overlap(Span<T>),
    /// The range holds nothing, or starts below zero.
    Empty(Span<T>),
}

/// What keeps the ranges from holding each value from zero on exactly once.
pub(crate) fn faults<T: Copy + Ord + Default>(spans: &[Span<T>]) -> Vec<SpanFault<T>> {
    let zero = T::default();
    let (mut sound, empty): (Vec<_>, Vec<_>) = spans
        .iter()
        .copied()
        .partition(|span| span.from >= zero && span.below.is_none_or(|below| below > span.from));
    let mut faults: Vec<_> = empty.into_iter().map(SpanFault::Empty).collect();
    sound.sort_by_key(|span| span.from);
    // What is held so far ends here; none: nowhere.
    let mut reach = Some(zero);
    for span in sound {
        match reach {
            Some(end) if span.from > end => {
                faults.push(SpanFault::Gap(Span { from: end, below: Some(span.from) }));
            }
            Some(end) if span.from < end => {
                let below = Some(span.below.map_or(end, |below| below.min(end)));
                faults.push(SpanFault::Overlap(Span { from: span.from, below }));
            }
            Some(_) => {}
            None => faults.push(SpanFault::Overlap(span)),
        }
        reach = reach.and_then(|end| span.below.map(|below| below.max(end)));
    }
    if let Some(end) = reach {
        faults.push(SpanFault::Gap(Span { from: end, below: None }));
    }
    faults
}
