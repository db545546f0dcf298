//! Songs against each other, against references and against a target: evidence in, proposed settings out. Nothing here
//! changes a document; what is proposed becomes an edit that the engineer sees, takes or leaves.

pub mod blind;
pub mod coded;
pub mod coherence;
pub mod difference;
pub mod exchange;
pub mod heard;
pub mod level;
pub mod loud;
pub mod matching;
pub mod neutral;
pub mod place;
pub mod portrait;
pub mod spacing;
pub mod translation;
pub mod verdict;
pub mod version;
