//! What the filters compute: bits and values against the oracles, on every level, for all types,
//! layouts and shapes.
//!
//! One program, because what these tests share takes longer to compile than they do.

#[path = "../common/mod.rs"]
mod common;

mod accuracy;
mod combination;
mod derivatives;
mod derived;
mod element_types;
mod goldens;
mod ideal;
mod integers;
mod layouts;
mod levels;
mod missing;
mod new_arrays;
mod nonfinite;
mod order_bits;
mod poisoning;
mod properties;
mod shapes;
mod stack_full_size;
mod stores;
mod tuning;
mod volumes;

#[global_allocator]
static ALLOCATOR: poisoning::Poisoning = poisoning::Poisoning;
