//! The guard around the callback: what runs inside may neither allocate nor free.

use assert_no_alloc::assert_no_alloc;

/// Runs `work` as the audio thread does. In programs whose global allocator is `assert_no_alloc::AllocDisabler`
/// (debug builds of the application, the tests) an allocation or a free inside ends the program or is counted.
pub fn guarded<T>(work: impl FnOnce() -> T) -> T {
    assert_no_alloc(work)
}
