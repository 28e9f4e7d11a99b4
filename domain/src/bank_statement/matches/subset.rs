//! Which lines of a day are one deposit, when they are not all of them.

use super::Rank;

/// The most lines among which a selection is looked for; more are left to a person. The search
/// doubles with each line, and a hostile statement may ask for it on every line.
pub(super) const MOST: usize = 12;

/// The selection of two or more that sums to the target, if there is exactly one. Where two do,
/// nobody can know which the bank meant.
pub(super) fn only_one(lines: &[(Rank, u64)], target: u64) -> Option<Vec<Rank>> {
    if lines.len() > MOST {
        return None;
    }
    let rest = lines.iter().map(|(_, size)| u128::from(*size)).sum();
    let mut search = Search { chosen: Vec::new(), found: Vec::new() };
    search.walk(lines, u128::from(target), rest);
    let mut found = search.found.into_iter();
    match (found.next(), found.next()) {
        (Some(one), None) if one.len() > 1 => Some(one),
        (_, _) => None,
    }
}

struct Search {
    chosen: Vec<Rank>,
    found: Vec<Vec<Rank>>,
}

impl Search {
    /// Tries each line in and out; `missing` is what is still to be reached, `rest` what is left
    /// to reach it with.
    fn walk(&mut self, lines: &[(Rank, u64)], missing: u128, rest: u128) {
        if missing == 0 {
            self.found.push(self.chosen.clone());
            return;
        }
        let Some(((rank, size), others)) = lines.split_first() else { return };
        if self.found.len() > 1 || missing > rest {
            return;
        }
        let size = u128::from(*size);
        let rest = rest.saturating_sub(size);
        if let Some(less) = missing.checked_sub(size) {
            self.chosen.push(*rank);
            self.walk(others, less, rest);
            self.chosen.pop();
        }
        self.walk(others, missing, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_is_found_when_there_is_only_one() {
        let lines = [(0, 5_000), (1, 7_500), (2, 2_500), (3, 1_111)];
        assert_eq!(only_one(&lines, 6_111), Some(vec![0, 3]));
        // 75.00 is one line, and two others together.
        assert_eq!(only_one(&lines, 7_500), None);
        assert_eq!(only_one(&lines, 9_999), None);
        assert_eq!(only_one(&[(0, 5_000), (1, 5_000), (2, 2_500)], 7_500), None);
        let many: Vec<(Rank, u64)> = (0..13).map(|n| (n, 1 << n)).collect();
        assert_eq!(only_one(&many, 3), None);
        assert_eq!(only_one(&many[..12], 3), Some(vec![0, 1]));
    }
}
