//! Numbers in the bytes of elements whose type is known when the program runs.

use gausstack::ElementType;

/// Reads and writes elements of a type whose values are all exact as f64.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Codec {
    is_float: bool,
    is_signed: bool,
    size: usize,
}

impl Codec {
    pub(crate) fn of(element: ElementType) -> Self {
        let (is_float, size) = (element.is_float(), element.size());
        Self { is_float, is_signed: element.holds(-1.0), size }
    }

    /// Bytes of an element.
    pub(crate) fn size(self) -> usize {
        self.size
    }

    /// The number in the bytes of an element.
    pub(crate) fn read(self, bytes: &[u8]) -> f64 {
        if self.is_float {
            return match bytes {
                &[a, b, c, d] => f64::from(f32::from_ne_bytes([a, b, c, d])),
                bytes => f64::from_ne_bytes(bytes.try_into().expect("a float has 4 or 8 bytes")),
            };
        }
        let mut word = [0; 8];
        word[self.place()].copy_from_slice(bytes);
        let unused = 64 - 8 * self.size;
        let word = u64::from_ne_bytes(word) << unused;
        if self.is_signed { (word as i64 >> unused) as f64 } else { (word >> unused) as f64 }
    }

    /// Writes the element nearest to a number: of integers halves to even, and the limits beyond
    /// them.
    pub(crate) fn write(self, number: f64, bytes: &mut [u8]) {
        match (self.is_float, self.size) {
            (true, 4) => bytes.copy_from_slice(&(number as f32).to_ne_bytes()),
            (true, _) => bytes.copy_from_slice(&number.to_ne_bytes()),
            _ => {
                let [lowest, highest] = self.limits();
                let integer = number.round_ties_even().clamp(lowest, highest) as i64;
                bytes.copy_from_slice(&integer.to_ne_bytes()[self.place()]);
            }
        }
    }

    /// The lowest and the highest number of the type; infinities of a floating-point type.
    pub(crate) fn limits(self) -> [f64; 2] {
        if self.is_float {
            return [f64::NEG_INFINITY, f64::INFINITY];
        }
        let values = 2_f64.powi(8 * self.size as i32);
        if self.is_signed { [-values / 2.0, values / 2.0 - 1.0] } else { [0.0, values - 1.0] }
    }

    /// Where an integer's bytes are among the eight of a word.
    fn place(self) -> std::ops::Range<usize> {
        if cfg!(target_endian = "little") { 0..self.size } else { 8 - self.size..8 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(element: ElementType, number: f64) -> f64 {
        let codec = Codec::of(element);
        let mut bytes = vec![0; codec.size()];
        codec.write(number, &mut bytes);
        codec.read(&bytes)
    }

    #[test]
    fn every_type_holds_its_limits_and_no_more() {
        use ElementType as E;
        for (element, lowest, highest) in [
            (E::U8, 0.0, 255.0),
            (E::I8, -128.0, 127.0),
            (E::U16, 0.0, 65535.0),
            (E::I16, -32768.0, 32767.0),
            (E::U32, 0.0, f64::from(u32::MAX)),
            (E::I32, f64::from(i32::MIN), f64::from(i32::MAX)),
        ] {
            assert_eq!(Codec::of(element).limits(), [lowest, highest]);
            for (number, held) in [
                (lowest, lowest),
                (highest, highest),
                (lowest - 1.0, lowest),
                (highest + 1.0, highest),
                (f64::INFINITY, highest),
                (2.5, 2.0),
                (3.5, 4.0),
                (-1.0, lowest.max(-1.0)),
            ] {
                assert_eq!(round_trip(element, number), held, "{element}: {number}");
            }
        }
    }

    #[test]
    fn bytes_are_those_of_the_type() {
        let mut bytes = [0; 4];
        Codec::of(ElementType::I32).write(-2.0, &mut bytes);
        assert_eq!(bytes, (-2_i32).to_ne_bytes());
        Codec::of(ElementType::U16).write(513.0, &mut bytes[..2]);
        assert_eq!(bytes[..2], 513_u16.to_ne_bytes());
        assert_eq!(round_trip(ElementType::F32, 0.1), f64::from(0.1_f32));
        assert_eq!(round_trip(ElementType::F64, 0.1), 0.1);
        assert!(round_trip(ElementType::F32, f64::NAN).is_nan());
    }
}
