//! The tokens of a source file, as far as imports need them.

/// Names, `::` and single signs of a text, without its comments and literals.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        at += match bytes[at] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'"' => 1 + end_of_text(&rest[1..]),
            b'r' if rest.starts_with("r\"") || rest.starts_with("r#\"") => {
                let quote = rest.find('"').unwrap();
                let end = format!("\"{}", "#".repeat(quote - 1));
                let body = &rest[quote + 1..];
                quote + 1 + body.find(&end).unwrap() + end.len()
            }
            // A character, unless it is a lifetime.
            b'\'' => match rest.char_indices().nth(2) {
                _ if rest.starts_with("'\\") => 3 + rest[3..].find('\'').unwrap() + 1,
                Some((end, '\'')) => end + 1,
                _ => 1,
            },
            b':' if rest.starts_with("::") => {
                tokens.push(&rest[..2]);
                2
            }
            byte if byte.is_ascii_whitespace() => 1,
            _ => {
                let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
                let name = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
                let len = if name > 0 { name } else { rest.chars().next().unwrap().len_utf8() };
                tokens.push(&rest[..len]);
                len
            }
        };
    }
    tokens
}

/// Bytes of a text literal behind its first quote, with the last one.
fn end_of_text(rest: &str) -> usize {
    let mut bytes = rest.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Whether a token is a name or a keyword.
pub(crate) fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}
