//! Instruction levels, and the tokens that prove them.

use std::fmt;

/// The reason that a level cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LevelError {
    /// No level has this name.
    Unknown {
        /// The unknown name.
        name: String,
    },
    /// This CPU, or the target that the crate was built for, lacks the level.
    Absent {
        /// The level's name.
        name: &'static str,
    },
}

// By hand: with a derive, this crate, the longest to build, would wait for a parser of Rust.
impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => {
                write!(f, "unknown level '{name}' (expected portable, avx2 or avx512)")
            }
            Self::Absent { name } => write!(f, "this CPU lacks level '{name}'"),
        }
    }
}

impl std::error::Error for LevelError {}

/// The token of the level that every target has; it proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Portable(());

/// The token that proves AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Avx2(());

/// The token that proves AVX-512F.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Avx512(());

impl Portable {
    /// The token; it needs no proof.
    #[must_use]
    #[inline(always)]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Default for Portable {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// The token, if this CPU and the operating system have AVX2 and FMA.
    #[must_use]
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// The token, proved by the caller's own features: a gate that lacks a feature in its list does
    /// not build.
    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub(crate) const fn assume() -> Self {
        Self(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Avx512 {
    /// The token, if this CPU and the operating system have AVX-512F.
    #[must_use]
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }

    /// The token, proved by the caller's own features.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub(crate) const fn assume() -> Self {
        Self(())
    }
}

/// An instruction level that this CPU has; a level that it lacks cannot be named.
///
/// ```
/// use gausstack_kernels::Level;
///
/// let level = Level::detect();
/// assert!(Level::available().contains(&level));
/// assert_eq!(Level::from_name(level.name()), Ok(level));
/// ```
///
/// The tokens inside cannot be made up:
///
/// ```compile_fail
/// let forged = gausstack_kernels::Level::Avx512(gausstack_kernels::Avx512(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Vectors of four f32 on `wide`, in whatever instructions the build's target has (SSE2 on
    /// plain x86-64).
    Portable(Portable),
    /// AVX2 and FMA: 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX-512F: 512-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Level {
    const NAMES: [&'static str; 3] = ["portable", "avx2", "avx512"];

    /// The widest level of this CPU.
    #[must_use]
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self::Portable(Portable::new()))
    }

    /// Every level of this CPU, the narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::NAMES.iter().filter_map(|name| Self::from_name(name).ok()).collect()
    }

    /// The level of a name: `portable`, `avx2` or `avx512`.
    ///
    /// # Errors
    /// [`LevelError::Unknown`] for any other name, [`LevelError::Absent`] when this CPU lacks it.
    pub fn from_name(name: &str) -> Result<Self, LevelError> {
        let [portable, avx2, avx512] = Self::NAMES;
        let (found, name) = match name {
            _ if name == portable => (Some(Self::Portable(Portable::new())), portable),
            #[cfg(target_arch = "x86_64")]
            _ if name == avx2 => (Avx2::detect().map(Self::Avx2), avx2),
            #[cfg(target_arch = "x86_64")]
            _ if name == avx512 => (Avx512::detect().map(Self::Avx512), avx512),
            #[cfg(not(target_arch = "x86_64"))]
            _ if name == avx2 => (None, avx2),
            #[cfg(not(target_arch = "x86_64"))]
            _ if name == avx512 => (None, avx512),
            _ => return Err(LevelError::Unknown { name: name.to_owned() }),
        };
        found.ok_or(LevelError::Absent { name })
    }

    /// The level's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let [portable, _avx2, _avx512] = Self::NAMES;
        match self {
            Self::Portable(_) => portable,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => _avx2,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => _avx512,
        }
    }

    /// Whether multiply-add rounds once at this level. The portable level fuses where the build's
    /// target does: always on AArch64, on x86-64 with the target feature `fma`.
    #[must_use]
    pub fn fuses(self) -> bool {
        match self {
            Self::Portable(_) => {
                cfg!(any(
                    target_feature = "fma",
                    all(target_arch = "aarch64", target_feature = "neon")
                ))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) | Self::Avx512(_) => true,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
