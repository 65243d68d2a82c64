//! Shares of a job: what one of several processes does of it.

use std::ops::Range;
use std::str::FromStr;

use crate::slabs::Slabs;

/// One of several shares of a job, whose processes write one output together.
///
/// ```
/// use gausstack_io::Share;
///
/// let share: Share = "3/8".parse()?;
/// assert_eq!(Some(share), Share::new(3, 8));
/// assert_eq!((Share::new(0, 8), Share::new(9, 8)), (None, None));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// From 1.
    number: usize,
    of: usize,
}

impl Share {
    /// The share of a number from 1 to that of all shares; `None` of any other number.
    #[must_use]
    pub fn new(number: usize, of: usize) -> Option<Self> {
        (1..=of).contains(&number).then_some(Self { number, of })
    }

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> usize {
        self.number
    }

    /// How many shares there are.
    #[must_use]
    pub fn of(self) -> usize {
        self.of
    }

    /// All shares.
    pub(crate) fn all(self) -> impl Iterator<Item = Self> {
        (1..=self.of).map(move |number| Self { number, ..self })
    }

    /// The slabs of the share. Those of two shares have no chunk in common.
    pub(crate) fn slabs(self, slabs: &Slabs, chunks: &[usize]) -> Range<usize> {
        let count = slabs.count();
        let border = |before: usize| {
            let wanted = count as u128 * before as u128 / self.of as u128;
            let wanted = if before == self.of { count } else { wanted as usize };
            let mut border = wanted;
            while border < count && !slabs.are_apart(border, chunks) {
                border -= 1;
            }
            border
        };
        border(self.number - 1)..border(self.number)
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share = text.split_once('/').and_then(|(number, of)| {
            Self::new(number.trim().parse().ok()?, of.trim().parse().ok()?)
        });
        share.ok_or_else(|| "must be a share of several, such as 3/8, from 1/8 to 8/8".to_owned())
    }
}
