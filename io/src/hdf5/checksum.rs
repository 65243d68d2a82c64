//! The checksum of HDF5's filter 3, which its Rust library strips without looking at it.

/// Whether stored bytes end with their own checksum.
pub(super) fn is_intact(stored: &[u8]) -> bool {
    let Some((data, &sum)) = stored.split_last_chunk::<4>() else { return false };
    let [found, sum] = [fletcher32(data), u32::from_le_bytes(sum)];
    // Releases before 1.6.3 swapped the bytes of each half.
    let swapped = (sum & 0x00ff_00ff) << 8 | (sum >> 8) & 0x00ff_00ff;
    found == sum || found == swapped
}

/// Fletcher's checksum of big-endian words of 16 bits; an odd last byte is the high one of a word.
fn fletcher32(data: &[u8]) -> u32 {
    // The most words whose sums do not overflow.
    const WORDS: usize = 360;
    let fold = |sum: u32| (sum & 0xffff) + (sum >> 16);
    let (mut first, mut second) = (0_u32, 0_u32);
    for words in data.chunks(2 * WORDS) {
        for word in words.chunks(2) {
            let low = word.get(1).copied().unwrap_or(0);
            first += u32::from(word[0]) << 8 | u32::from(low);
            second += first;
        }
        (first, second) = (fold(first), fold(second));
    }
    fold(second) << 16 | fold(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums modulo 65535, word by word.
    #[test]
    fn sums_are_those_of_the_definition() {
        let data: Vec<u8> = (0..5001_u32).map(|at| ((at * at) >> 3) as u8).collect();
        for len in [0, 1, 2, 719, 720, 721, 1441, 5001] {
            let (mut first, mut second) = (0_u64, 0_u64);
            for word in data[..len].chunks(2) {
                first += u64::from(word[0]) << 8 | u64::from(word.get(1).copied().unwrap_or(0));
                second += first;
            }
            let found = fletcher32(&data[..len]);
            assert_eq!(u64::from(found & 0xffff) % 65535, first % 65535, "{len}");
            assert_eq!(u64::from(found >> 16) % 65535, second % 65535, "{len}");
        }
    }

    #[test]
    fn a_flipped_bit_is_found() {
        let mut stored = b"abcdefg".to_vec();
        stored.extend(fletcher32(b"abcdefg").to_le_bytes());
        assert!(is_intact(&stored) && !is_intact(b"abc"));
        for place in 0..stored.len() {
            stored[place] ^= 4;
            assert!(!is_intact(&stored), "{place}");
            stored[place] ^= 4;
        }
    }
}
