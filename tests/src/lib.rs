//! Support for the promises: signals, null comparison, tolerances named after their standard.
