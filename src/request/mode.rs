//! Boundary modes: scipy's rules for samples outside the image.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// The boundary mode of an axis: how its line continues beyond its ends, named as in
/// [`scipy.ndimage`].
///
/// | mode | continuation of the line `a b c d` |
/// |---|---|
/// | `Reflect` | `d c b a` \| `a b c d` \| `d c b a` |
/// | `Mirror` | `d c b` \| `a b c d` \| `c b a` |
/// | `Nearest` | `a a a a` \| `a b c d` \| `d d d d` |
/// | `Wrap` | `a b c d` \| `a b c d` \| `a b c d` |
/// | `Constant` | `k k k k` \| `a b c d` \| `k k k k`, `k` = [`cval`](crate::Gaussian::cval) |
///
/// Every rule holds at any distance: beyond the first reflection follows the next. `numpy.pad`
/// calls `Reflect` "symmetric" and `Mirror` "reflect".
///
/// All eight of scipy's names parse:
///
/// ```
/// use gausstack::Mode;
///
/// assert_eq!("reflect".parse(), Ok(Mode::Reflect));
/// assert_eq!("grid-wrap".parse(), Ok(Mode::Wrap));
/// assert!("edge".parse::<Mode>().is_err());
/// ```
///
/// [`scipy.ndimage`]:
/// https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.gaussian_filter.html
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Reflection about the edge of the last sample, which is repeated (scipy's default).
    #[default]
    Reflect,
    /// Reflection about the centre of the last sample, which is not repeated.
    Mirror,
    /// The last sample, repeated.
    Nearest,
    /// The opposite end of the axis.
    Wrap,
    /// The constant set by [`cval`](crate::Gaussian::cval).
    Constant,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 5] =
        [Self::Reflect, Self::Mirror, Self::Nearest, Self::Wrap, Self::Constant];

    /// scipy's name of the mode.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reflect => "reflect",
            Self::Mirror => "mirror",
            Self::Nearest => "nearest",
            Self::Wrap => "wrap",
            Self::Constant => "constant",
        }
    }

    /// The index of the sample read at `position` of a line of `len > 0`; `None` is the constant.
    pub(crate) fn source(self, position: isize, len: usize) -> Option<usize> {
        let n = len as isize;
        if (0..n).contains(&position) {
            return Some(position as usize);
        }
        let index = match self {
            Self::Reflect => {
                let i = position.rem_euclid(2 * n);
                if i < n { i } else { 2 * n - 1 - i }
            }
            Self::Mirror if n == 1 => 0,
            Self::Mirror => {
                let i = position.rem_euclid(2 * n - 2);
                if i < n { i } else { 2 * n - 2 - i }
            }
            Self::Nearest => position.clamp(0, n - 1),
            Self::Wrap => position.rem_euclid(n),
            Self::Constant => return None,
        };
        Some(index as usize)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "reflect" | "grid-mirror" => Self::Reflect,
            "mirror" => Self::Mirror,
            "nearest" => Self::Nearest,
            "wrap" | "grid-wrap" => Self::Wrap,
            "constant" | "grid-constant" => Self::Constant,
            _ => return Err(Error::UnknownMode { name: name.to_owned() }),
        })
    }
}
