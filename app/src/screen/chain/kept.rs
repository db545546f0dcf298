//! Pictures that are dear to make, kept for each stage until what they were made of changes.

use std::cell::RefCell;
use std::collections::HashMap;

/// What was made of a key, by stage.
#[derive(Debug)]
pub struct Kept<K, V>(RefCell<HashMap<String, (K, V)>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Kept<K, V> {
        Kept(RefCell::default())
    }
}

impl<K: PartialEq, V: Clone> Kept<K, V> {
    /// What belongs to `key` of this stage: kept, or made now.
    pub fn get(&self, stage: &str, key: K, make: impl FnOnce(&K) -> V) -> V {
        let mut known = self.0.borrow_mut();
        if let Some((_, value)) = known.get(stage).filter(|(of, _)| *of == key) {
            return value.clone();
        }
        let value = make(&key);
        known.insert(stage.to_owned(), (key, value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_made_once_for_a_key() {
        let (kept, made) = (Kept::default(), std::cell::Cell::new(0));
        let make = |key: &i32| {
            made.set(made.get() + 1);
            key * 2
        };
        assert_eq!([kept.get("a", 1, make), kept.get("a", 1, make), kept.get("b", 1, make)], [2, 2, 2]);
        assert_eq!((kept.get("a", 3, make), kept.get("b", 1, make), made.get()), (6, 2, 3));
    }
}
