use crate::source;

/// Why a repair cannot be computed. The source is as it was, and every other repair too.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The source cannot be read, or the cache not written.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The user stopped it. Nothing is left half done.
    #[error("the repair was stopped; nothing is left half done")]
    Cancelled,
    /// There is not enough sound around the span to learn from.
    #[error(
        "{kind} at frame {start}: there is too little sound around the span to repair it from; \
         choose a shorter span, or draw a gain instead"
    )]
    Context {
        /// The kind of repair.
        kind: &'static str,
        /// First frame of the span.
        start: u64,
    },
}

impl From<Error> for source::Error {
    /// For readers, whose callers know one error.
    fn from(error: Error) -> source::Error {
        match error {
            Error::Source(error) => error,
            Error::Cancelled => source::Error::Cancelled { path: Default::default() },
            Error::Context { .. } => source::Error::Unsupported { path: Default::default(), what: error.to_string() },
        }
    }
}
