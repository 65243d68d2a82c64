//! Names of chunks' files.

/// How the file of a chunk is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// `c` stands in front.
    pub(super) has_prefix: bool,
    /// Between numbers, `/` or `.`.
    pub(super) separator: char,
}

impl Keys {
    /// The path of a chunk's file in the folder of the array.
    pub(super) fn of(self, chunk: &[usize]) -> String {
        let numbers = chunk.iter().map(usize::to_string);
        let prefix = self.has_prefix.then(|| "c".to_owned());
        let parts: Vec<String> = prefix.into_iter().chain(numbers).collect();
        if parts.is_empty() { "0".to_owned() } else { parts.join(&self.separator.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_specifications() {
        let of = |has_prefix, separator, chunk: &[usize]| Keys { has_prefix, separator }.of(chunk);
        assert_eq!(of(true, '/', &[1, 23, 45]), "c/1/23/45");
        assert_eq!(of(true, '.', &[1, 23]), "c.1.23");
        assert_eq!(of(false, '.', &[1, 23]), "1.23");
        assert_eq!(of(false, '/', &[7]), "7");
        assert_eq!((of(true, '/', &[]), of(false, '.', &[])), ("c".into(), "0".into()));
    }
}
