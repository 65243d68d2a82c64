//! The Rust side of the race in `peers.py`: gausstack, other Rust filters and the arithmetic floor
//! behind C entries, so that one process can time them beside scipy, OpenCV and Halide.
//!
//! * [`boundary`]: the entries, and all that is read from foreign memory;
//! * `layout`: where foreign elements lie, checked;
//! * `job`: what an entry is asked for, checked;
//! * `ours`: gausstack, with plans that are kept;
//! * `others`: libblur, imageproc and ndarray-ndimage;
//! * `floor`: arithmetic in registers alone; `copy`: a copy past the caches.

pub mod boundary;
mod copy;
mod floor;
mod job;
mod layout;
mod others;
mod ours;
