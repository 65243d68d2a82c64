//! Texts in Python's quotes, with their escapes.

use super::cursor::Cursor;

/// Takes a text from its first quote on. `None`: it does not end, or has a wrong escape.
pub(super) fn quoted(cursor: &mut Cursor<'_>, is_raw: bool) -> Option<String> {
    let quote = ["'''", "\"\"\"", "'", "\""].into_iter().find(|quote| cursor.take(quote))?;
    let mut text = String::new();
    while !cursor.take(quote) {
        match cursor.take_char()? {
            '\\' if is_raw => text.extend(['\\', cursor.take_char()?]),
            '\\' => escaped(cursor, &mut text)?,
            '\n' if quote.len() == 1 => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

/// Takes what follows a backslash, and adds what it means to a text.
fn escaped(cursor: &mut Cursor<'_>, text: &mut String) -> Option<()> {
    let meant = match cursor.take_char()? {
        // The end of a line.
        '\n' => return Some(()),
        same @ ('\\' | '\'' | '"') => same,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => of_code(cursor, 2)?,
        'u' => of_code(cursor, 4)?,
        'U' => of_code(cursor, 8)?,
        first @ '0'..='7' => {
            let more = cursor.take_up_to(2, |next| next.is_digit(8));
            char::from_u32(u32::from_str_radix(&format!("{first}{more}"), 8).ok()?)?
        }
        // Characters by their names.
        'N' => return None,
        other => {
            text.push('\\');
            other
        }
    };
    text.push(meant);
    Some(())
}

/// Takes a character's code of so many hexadecimal digits.
fn of_code(cursor: &mut Cursor<'_>, count: usize) -> Option<char> {
    let digits = cursor.take_up_to(count, |next| next.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == count)?;
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, and what is left behind it.
    fn read(source: &str, is_raw: bool) -> Option<(String, &str)> {
        let mut cursor = Cursor::new(source);
        Some((quoted(&mut cursor, is_raw)?, cursor.rest()))
    }

    #[test]
    fn texts_end_at_their_quotes() {
        for (source, text, rest) in [
            ("''", "", ""),
            ("'a\"b'c", "a\"b", "c"),
            ("\"a'b\" # c", "a'b", " # c"),
            ("''''a''b\n'''", "'a''b\n", ""),
            ("\"\"\"\"\"\"\"", "", "\""),
            ("'\u{e9}\u{10348}'\u{e9}", "\u{e9}\u{10348}", "\u{e9}"),
        ] {
            for is_raw in [false, true] {
                assert_eq!(read(source, is_raw), Some((text.to_owned(), rest)), "{source}");
            }
        }
        for source in ["", "a", "'", "'a", "'a\"", "'a\n'", "'''a''", "'\\", "'\\'"] {
            assert_eq!((read(source, false), read(source, true)), (None, None), "{source}");
        }
    }

    #[test]
    fn escapes_mean_what_they_mean_in_python() {
        for (source, text) in [
            (r"'\\\'\x22'", "\\'\""),
            (r"'\a\b\f\n\r\t\v'", "\x07\x08\x0c\n\r\t\x0b"),
            (r"'\x41\u00e9\U00010348'", "A\u{e9}\u{10348}"),
            (r"'\0\60\1011\8\777'", "\x000A1\\8\u{1ff}"),
            ("'\\q\\\u{e9}'", "\\q\\\u{e9}"),
            ("'a\\\nb'", "ab"),
        ] {
            assert_eq!(read(source, false), Some((text.to_owned(), "")), "{source}");
        }
        assert_eq!(read(r"'\x41\''", true), Some((r"\x41\'".to_owned(), "")));
        let codes = [r"'\x4'", r"'\x+1'", r"'\u004'", "'\\x\u{e9}'", r"'\ud800'", r"'\U00110000'"];
        for source in codes.into_iter().chain([r"'\N{DASH}'"]) {
            assert_eq!(read(source, false), None, "{source}");
        }
    }
}
