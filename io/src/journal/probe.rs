//! What a filter makes of a little noise: two that differ in anything make different things of it.

use gausstack::ElementType;

use crate::error::Error;
use crate::filter::Shared;
use crate::layout::{Layout, Order};
use crate::memory::Memory;

/// The most elements of the noise.
const ELEMENTS: usize = 8192;
/// The longest axis of it.
const LEN: usize = 24;

/// The checksum of what a filter makes of an array of noise with the axes of a shape, and of one
/// that has a NaN too.
pub(crate) fn probe(
    filter: &Shared<'_>,
    shape: &[usize],
    [from, to]: [ElementType; 2],
) -> Result<u32, Error> {
    let mut rest = ELEMENTS;
    let small = |&len: &usize| {
        let len = len.clamp(1, LEN).min(rest);
        rest /= len;
        len
    };
    let shape: Vec<usize> = shape.iter().map(small).collect();
    let plan = filter.plan(&shape, [from, to])?;
    let layout = |element| Layout { shape: shape.clone(), element, order: Order::C };
    let (input, output) = (layout(from), layout(to));
    let memory = |bytes| Memory::zeros(bytes).ok_or(Error::Buffers { bytes });
    let (mut noise, mut result) = (memory(input.bytes())?, memory(output.bytes())?);
    let valid = layout(ElementType::Bool);
    let mut mask = memory(valid.bytes())?;
    fill(mask.bytes_mut(), valid.element, false);
    let mut sum = crc32fast::Hasher::new();
    for has_nan in [false, true] {
        fill(noise.bytes_mut(), from, has_nan);
        let (input, output) = (input.view(noise.bytes())?, output.view_mut(result.bytes_mut())?);
        if filter.masked {
            plan.apply_masked_into(input, valid.view(mask.bytes())?, output)?;
        } else {
            plan.apply_into(input, output)?;
        }
        sum.update(result.bytes());
        if !from.is_float() {
            break;
        }
    }
    Ok(sum.finalize())
}

/// Numbers of either sign within 1000, or of all bits.
fn fill(bytes: &mut [u8], element: ElementType, has_nan: bool) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for (place, element_bytes) in bytes.chunks_exact_mut(element.size()).enumerate() {
        // Steele and Vigna's splitmix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bits = mixed ^ mixed >> 31;
        let number = (bits >> 11) as f64 / (1_u64 << 53) as f64 * 2000.0 - 1000.0;
        let number = if has_nan && place == 5 { f64::NAN } else { number };
        match element {
            ElementType::F32 => element_bytes.copy_from_slice(&(number as f32).to_ne_bytes()),
            ElementType::F64 => element_bytes.copy_from_slice(&number.to_ne_bytes()),
            ElementType::Bool => element_bytes[0] = (bits & 1) as u8,
            integer => element_bytes.copy_from_slice(&bits.to_ne_bytes()[..integer.size()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use gausstack::{Gaussian, Missing, Mode, Precision};

    use super::*;

    #[test]
    fn filters_that_differ_are_told_apart() {
        let types = [ElementType::F32, ElementType::F32];
        let shape = [3000, 16, 5000];
        let base = || Gaussian::new([3.0, 5.0]).axes([0, 2]);
        let filters = [
            base(),
            Gaussian::new([3.0, 5.0]).axes([0, 1]),
            Gaussian::new([3.0, 5.000_001]).axes([0, 2]),
            base().mode(Mode::Nearest),
            base().mode(Mode::Constant),
            base().mode(Mode::Constant).cval(1.0),
            base().order([0, 1]),
            base().truncate(3.0),
            base().precision(Precision::Double),
            base().missing(Missing::Ignore),
            base().missing(Missing::Keep),
            base().missing(Missing::Keep).fill(3.0),
        ];
        let of = |filter: &Gaussian| probe(&Shared::of(filter), &shape, types).unwrap();
        let mut sums: Vec<u32> = filters.iter().map(of).collect();
        assert_eq!(of(&base().threads(1)), sums[0]);
        sums.push(probe(&Shared::of(&base()).masked(true), &shape, types).unwrap());
        sums.sort_unstable();
        sums.dedup();
        assert_eq!(sums.len(), filters.len() + 1);
        let gaussian = Gaussian::new(2.0);
        for (element, masked) in ElementType::ALL.into_iter().zip([false, true].into_iter().cycle())
        {
            let filter = Shared::of(&gaussian).masked(masked);
            probe(&filter, &[7], [element, element]).unwrap();
            probe(&filter, &[], [element, element]).unwrap();
        }
    }
}
