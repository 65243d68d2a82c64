//! Why a measurement could not be made.

/// Why a measurement could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Threads could not be started.
    #[error("could not start {threads} threads: {reason}")]
    Threads {
        /// How many threads were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// A thread could not be pinned.
    #[error("could not pin a thread to CPU {cpu}")]
    Pin {
        /// The CPU's number.
        cpu: usize,
    },
    /// The two arrays of a copy differ in shape.
    #[error("cannot copy shape {source_shape:?} to shape {target_shape:?}")]
    Shape {
        /// The array copied from.
        source_shape: Vec<usize>,
        /// The array copied to.
        target_shape: Vec<usize>,
    },
    /// Elements of a copy lie outside of the memory, one on the other, or have another size than 1, 2,
    /// 4 or 8 bytes.
    #[error(
        "the memory holds no array of shape {shape:?} with strides {strides:?}, in elements of \
         {element_bytes} bytes"
    )]
    Places {
        /// The array's shape.
        shape: [usize; 3],
        /// Its strides in elements.
        strides: [usize; 3],
        /// Bytes of an element.
        element_bytes: usize,
    },
    /// The filter that was measured failed.
    #[error(transparent)]
    Filter(#[from] gausstack::Error),
}
