//! A place in a text of Python, with what stands between its values.

/// What is left of a text; lines end with `\n`.
pub(super) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// What was taken since `earlier` was the rest.
    pub(super) fn since(&self, earlier: &'t str) -> &'t str {
        &earlier[..earlier.len() - self.rest.len()]
    }

    /// Takes a token if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn take_char(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    pub(super) fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        self.take_up_to(usize::MAX, is_part)
    }

    /// Takes at most so many characters.
    pub(super) fn take_up_to(&mut self, most: usize, is_part: impl Fn(char) -> bool) -> &'t str {
        let parts = self.rest.chars().take(most).take_while(|&next| is_part(next));
        let (taken, rest) = self.rest.split_at(parts.map(char::len_utf8).sum());
        self.rest = rest;
        taken
    }

    /// Takes blanks, ends of lines (also those behind a backslash) and comments.
    pub(super) fn skip_blanks(&mut self) {
        loop {
            self.take_while(|next| " \t\x0c\n".contains(next));
            if self.rest.starts_with('#') {
                self.take_while(|next| next != '\n');
            } else if !self.take("\\\n") {
                return;
            }
        }
    }
}
