//! Songs against each other, against references and against a target: evidence in, proposed settings out. Nothing here
//! changes a document; what is proposed becomes an edit that the engineer sees, takes or leaves.

pub mod blind;
pub mod coherence;
pub mod difference;
pub mod exchange;
pub mod level;
pub mod matching;
pub mod neutral;
pub mod place;
pub mod portrait;
pub mod spacing;
pub mod version;
