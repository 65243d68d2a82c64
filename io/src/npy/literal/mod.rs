//! Literals of Python, as headers of .npy files hold them and `ast.literal_eval` reads them.

mod cursor;
mod quoted;

use std::fmt;

use self::cursor::Cursor;
use self::quoted::quoted;

/// How deeply brackets may be nested: as in Python.
const MOST_NESTED: usize = 200;

/// A value in a header. What no header has a use for is kept as it is written there.
#[derive(Debug, PartialEq)]
pub(super) enum Literal<'t> {
    Text(String),
    /// An integer that can be a length.
    Length(usize),
    Truth(bool),
    Tuple(Vec<Self>),
    List(&'t str),
    Dict(Vec<(Self, Self)>),
    /// `None`, bytes, floats, and integers that can be no length.
    Other(&'t str),
}

impl<'t> Literal<'t> {
    /// Reads the only literal of a text whose lines end with `\n`; an `L` may follow integers that
    /// may be `long`, as in Python 2. `None`: it is none, or holds what stands in no array's header:
    /// sets, complex numbers, floats with underscores, characters by their names.
    pub(super) fn read(text: &'t str, long: bool) -> Option<Self> {
        let mut reader = Reader { cursor: Cursor::new(text), nested: 0, long };
        // Python reads no text with a zero in it, not even in a comment.
        let literal = reader.literal().filter(|_| !text.contains('\0'))?;
        reader.cursor.skip_blanks();
        reader.cursor.rest().is_empty().then_some(literal)
    }
}

/// As Python shows them, on one line.
impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{}'", text.escape_debug()),
            Self::Length(length) => length.fmt(f),
            Self::Truth(truth) => f.write_str(if *truth { "True" } else { "False" }),
            Self::Tuple(parts) => match &parts[..] {
                [part] => write!(f, "({part},)"),
                parts => {
                    let parts: Vec<String> = parts.iter().map(Self::to_string).collect();
                    write!(f, "({})", parts.join(", "))
                }
            },
            Self::Dict(_) => f.write_str("{...}"),
            Self::List(written) | Self::Other(written) => {
                f.write_str(&written.replace(char::is_control, " "))
            }
        }
    }
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    /// The brackets that are open.
    nested: usize,
    long: bool,
}

impl<'t> Reader<'t> {
    fn literal(&mut self) -> Option<Literal<'t>> {
        self.cursor.skip_blanks();
        let start = self.cursor.rest();
        if self.cursor.take("{") {
            Some(Literal::Dict(self.parts("}", Self::entry)?.0))
        } else if self.cursor.take("[") {
            self.parts("]", Self::literal)?;
            Some(Literal::List(self.cursor.since(start)))
        } else if self.cursor.take("(") {
            match self.parts(")", Self::literal)? {
                // One without a comma is itself.
                (mut parts, false) if parts.len() == 1 => parts.pop(),
                (parts, _) => Some(Literal::Tuple(parts)),
            }
        } else if start.starts_with(|next: char| next.is_ascii_digit() || ".+-".contains(next)) {
            self.number()
        } else {
            self.texts_or_word()
        }
    }

    fn entry(&mut self) -> Option<(Literal<'t>, Literal<'t>)> {
        let key = self.literal()?;
        self.cursor.skip_blanks();
        if !self.cursor.take(":") {
            return None;
        }
        Some((key, self.literal()?))
    }

    /// Takes parts with commas between them, and the bracket that closes them. True: a comma is
    /// behind the last.
    fn parts<T>(
        &mut self,
        close: &str,
        part: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<(Vec<T>, bool)> {
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return None;
        }
        let (mut parts, mut has_comma) = (Vec::new(), true);
        loop {
            self.cursor.skip_blanks();
            if self.cursor.take(close) {
                self.nested -= 1;
                return Some((parts, has_comma));
            }
            if !has_comma {
                return None;
            }
            parts.push(part(self)?);
            self.cursor.skip_blanks();
            has_comma = self.cursor.take(",");
        }
    }

    fn number(&mut self) -> Option<Literal<'t>> {
        let start = self.cursor.rest();
        let negative = self.cursor.take("-");
        if negative || self.cursor.take("+") {
            self.cursor.skip_blanks();
        }
        // With the signs of exponents, without the L of long integers.
        let is_part =
            |next: char| next != 'L' && (next.is_ascii_alphanumeric() || "._+-".contains(next));
        let length = length(self.cursor.take_while(is_part))?.filter(|&len| !negative || len == 0);
        let number = length.map_or(Literal::Other(self.cursor.since(start)), Literal::Length);
        if self.long {
            self.cursor.take_while(|next| " \t".contains(next));
            self.cursor.take("L");
        }
        Some(number)
    }

    /// Takes texts, of which those side by side are one, or a word that is a value.
    fn texts_or_word(&mut self) -> Option<Literal<'t>> {
        let start = self.cursor.rest();
        let (mut text, mut has_bytes) = (String::new(), false);
        // The texts as they are written.
        let mut found = None;
        loop {
            let word = self.cursor.take_while(|next| next.is_ascii_alphanumeric());
            if !self.cursor.rest().starts_with(['\'', '"']) {
                return match (word, found) {
                    ("True" | "False", None) => Some(Literal::Truth(word == "True")),
                    ("None", None) => Some(Literal::Other(word)),
                    ("", Some(written)) if has_bytes => Some(Literal::Other(written)),
                    ("", Some(_)) => Some(Literal::Text(text)),
                    _ => None,
                };
            }
            let (is_bytes, is_raw) = match word.to_ascii_lowercase().as_str() {
                "" | "u" => (false, false),
                "r" => (false, true),
                "b" => (true, false),
                "br" | "rb" => (true, true),
                _ => return None,
            };
            text.push_str(&quoted(&mut self.cursor, is_raw)?);
            has_bytes |= is_bytes;
            found = Some(self.cursor.since(start));
            self.cursor.skip_blanks();
        }
    }
}

/// The value of a number without a sign, if it can be a length. `None`: it is no number.
fn length(number: &str) -> Option<Option<usize>> {
    let number = number.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((number.strip_prefix(prefix)?, radix)));
    let (digits, radix) = match prefixed {
        Some((digits, radix)) => (digits.strip_prefix('_').unwrap_or(digits), radix),
        None => (&number[..], 10),
    };
    let are_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_digit(radix));
    if digits.split('_').all(are_digits) {
        let digits = digits.replace('_', "");
        // 007 is no number, 000 is.
        let is_padded = radix == 10 && digits.starts_with('0') && digits.contains(|c| c != '0');
        return (!is_padded).then(|| usize::from_str_radix(&digits, radix).ok());
    }
    // A float. Rust's may begin with a sign, or be words.
    let is_float = number.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && number.parse::<f64>().is_ok();
    is_float.then_some(None)
}

#[cfg(test)]
mod tests {
    use super::Literal::{Dict, Length, List, Other, Text, Truth, Tuple};
    use super::*;

    #[test]
    fn values_are_pythons() {
        let text = |text: &str| Text(text.to_owned());
        for (source, value) in [
            ("0", Length(0)),
            ("00_0", Length(0)),
            ("-0", Length(0)),
            ("+1_000", Length(1000)),
            ("0x_fF", Length(255)),
            ("0o17", Length(15)),
            ("(0B101)", Length(5)),
            ("99999999999999999999", Other("99999999999999999999")),
            ("- 12", Other("- 12")),
            ("1.5", Other("1.5")),
            ("-10e+3", Other("-10e+3")),
            ("None", Other("None")),
            ("bR'a\\'b' b'' # it", Other("bR'a\\'b' b''")),
            ("True", Truth(true)),
            ("False", Truth(false)),
            ("()", Tuple(vec![])),
            ("(1,)", Tuple(vec![Length(1)])),
            ("(1, (2,3) , )", Tuple(vec![Length(1), Tuple(vec![Length(2), Length(3)])])),
            ("(([1, (2, 'a'),]))", List("[1, (2, 'a'),]")),
            ("{}", Dict(vec![])),
            ("{1: 'a', 'b' :{},}", Dict(vec![(Length(1), text("a")), (text("b"), Dict(vec![]))])),
            (r"'\x61b'", text("ab")),
            ("('a'u\"b\" # it's\n R'\\c')", text("ab\\c")),
            ("# first\n\t( # it's\n1, \\\n2 )\x0c", Tuple(vec![Length(1), Length(2)])),
        ] {
            assert_eq!(Literal::read(source, false), Some(value), "{source}");
        }
    }

    #[test]
    fn what_python_refuses_is_refused() {
        let all = [
            "1+1|1 + 1|1-1|1 << 1|--1|+-1|-True|-'1'|-|01|1__0|1_|_1|0x|0x+1|0b2|0b1.0|1L|1.5.",
            ".|-inf|nan|1\u{e9}",
            "(|(1|(,)|(1,,)|(1 2)|(1)(|(1]|[1|[,]|[1+1]|)|{1}|{1:}|{:1}|{1: 2, 3}|{,}|{1: 2",
            "|#|true|a|Truex|None'a'|dict(a=1)|f'a'|ur'a'|'a' f'b'|'a' b|'a' True|'a' 1|1 'a'",
            "1 2|1;|1\0|1 \\|\\|1\u{a0}|\x0b1|,|1,\u{e9}|\u{feff}1|1 #\0|'\0'|\u{e9}'a'",
        ];
        for source in all.into_iter().flat_map(|sources| sources.split('|')) {
            assert_eq!(Literal::read(source, false), None, "{source:?}");
        }
        let nested = |depth: usize| "(".repeat(depth) + "1" + &")".repeat(depth);
        assert_eq!(Literal::read(&nested(MOST_NESTED), false), Some(Length(1)));
        assert_eq!(Literal::read(&nested(MOST_NESTED + 1), false), None);
        assert_eq!(Literal::read(&"[{".repeat(3000), false), None);
        // Brackets that are closed do not count.
        assert!(Literal::read(&format!("[{}]", "[],".repeat(2 * MOST_NESTED)), false).is_some());
    }

    #[test]
    fn integers_of_python_2_may_be_long() {
        for source in ["12L", "12 L", "0xcL", "(12\tL\n)"] {
            assert_eq!(Literal::read(source, true), Some(Length(12)), "{source}");
            assert_eq!(Literal::read(source, false), None, "{source}");
        }
        for source in ["12l", "L", "12LL", "12L L", "(12\nL)", "L12", "1L2", "'a'L"] {
            assert_eq!(Literal::read(source, true), None, "{source}");
        }
    }

    #[test]
    fn literals_are_shown_on_one_line() {
        let shown = |source| Literal::read(source, false).expect("a literal").to_string();
        for source in ["(1, 'a', True)", "((1,), (), None)", "[1, -2]", "'a\\nb'", "-1.5"] {
            assert_eq!(shown(source), source);
        }
        assert_eq!(shown("[b'''\n''',\n1]"), "[b''' ''', 1]");
        assert_eq!(shown("{1: 2}"), "{...}");
    }
}
