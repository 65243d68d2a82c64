//! Requests of any kind on arrays of any kind: what is filtered has the right bits, and what is not is
//! refused in words.

mod checks;
mod drawn;

use arbitrary::{Result, Unstructured};

use self::checks::{gaps, ideal, modelled, nonsense};

/// Draws a request and an array, and checks what the library makes of them.
pub fn target(data: &[u8]) {
    let mut data = Unstructured::new(data);
    // What ends too early is no request.
    let _ = check(&mut data);
}

fn check(data: &mut Unstructured<'_>) -> Result<()> {
    /// One of the checks for one of the pairs of types.
    macro_rules! with_pair {
        ($pair:expr, $check:ident: $($number:literal $from:ty, $to:ty;)*) => {
            match $pair {
                $($number => $check::<$from, $to>(data),)*
                _ => Ok(()),
            }
        };
    }
    let kind = data.int_in_range(0..=7)?;
    let pair = data.int_in_range(0..=15)?;
    match kind {
        0..=3 => with_pair!(pair, modelled:
            0 f32, f32; 1 f64, f64; 2 u8, u8; 3 i8, i8; 4 u16, u16; 5 i16, i16; 6 u32, u32;
            7 i32, i32; 8 u64, u64; 9 i64, i64; 10 bool, bool; 11 u8, f32; 12 f32, u8; 13 f64, f32;
            14 u16, i64; 15 f32, bool;),
        4 | 5 => with_pair!(pair % 8, gaps:
            0 f32, f32; 1 f64, f64; 2 u8, u8; 3 i16, i16; 4 u8, f32; 5 f64, f32; 6 f32, u16;
            7 i64, u8;),
        6 => with_pair!(pair % 3, ideal: 0 f32, f32; 1 f64, f64; 2 f32, f64;),
        _ => nonsense(data),
    }
}
