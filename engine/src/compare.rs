//! Songs against each other and against a target: evidence in, proposed settings out. Nothing here changes a document;
//! what is proposed becomes an edit that the engineer sees, takes or leaves.

pub mod level;
pub mod neutral;
