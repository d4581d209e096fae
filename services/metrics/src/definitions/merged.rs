//! Owns putting the parts of the registry into one list in order. Never an entry.

use super::Definition;

/// One list, in order, of two that are in order; `N` is the number of entries of both.
pub(super) const fn merged<const N: usize>(first: &[Definition], second: &[Definition]) -> [Definition; N] {
    let mut all = [first[0]; N];
    let (mut left, mut right, mut place) = (0, 0, 0);
    while place < N {
        let takes_left = right == second.len() || (left < first.len() && comes_before(&first[left], &second[right]));
        if takes_left {
            all[place] = first[left];
            left += 1;
        } else {
            all[place] = second[right];
            right += 1;
        }
        place += 1;
    }
    all
}

const fn comes_before(left: &Definition, right: &Definition) -> bool {
    let (one, other) = (left.id.as_bytes(), right.id.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() {
        if one[place] != other[place] {
            return one[place] < other[place];
        }
        place += 1;
    }
    if one.len() != other.len() { one.len() < other.len() } else { left.version < right.version }
}
