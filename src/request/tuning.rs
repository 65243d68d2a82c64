//! The cores that constants are tuned for.

use std::fmt;

use gausstack_kernels::{Cpu, Vendor};

use crate::error::Error;

/// The core whose tuned constants a plan uses. It changes the speed and the scratch, but no bit.
///
/// A tuning is not a level: every CPU can use every one of them, at every level. By default it
/// follows from the identification of the CPU; [`Gaussian::tuning`] forces it.
///
/// ```
/// use gausstack::{Gaussian, Tuning};
///
/// let plan = Gaussian::new(2.0).tuning(Tuning::GoldenCove).plan::<f32, f32>([64, 96])?;
/// assert_eq!(plan.tuning().name(), "golden-cove");
/// assert_eq!(Tuning::from_name("golden-cove"), Ok(Tuning::GoldenCove));
/// # Ok::<(), gausstack::Error>(())
/// ```
///
/// [`Gaussian::tuning`]: crate::Gaussian::tuning
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tuning {
    /// AMD's Zen 5.
    Zen5,
    /// Intel's Golden Cove and its successors Raptor Cove and Redwood Cove: Xeons from Sapphire
    /// Rapids on, Cores from Alder Lake to Meteor Lake.
    GoldenCove,
    /// Any other core.
    Generic,
}

impl Tuning {
    /// All tunings.
    pub const ALL: [Self; 3] = [Self::Zen5, Self::GoldenCove, Self::Generic];

    /// The tuning of this CPU.
    #[must_use]
    pub fn detect() -> Self {
        Cpu::identify().map_or(Self::Generic, Self::of)
    }

    /// The tuning of a name: `zen5`, `golden-cove` or `generic`.
    ///
    /// # Errors
    /// [`Error::UnknownTuning`] for any other name.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|tuning| tuning.name() == name);
        found.ok_or_else(|| Error::UnknownTuning { name: name.to_owned() })
    }

    /// The tuning's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zen5 => "zen5",
            Self::GoldenCove => "golden-cove",
            Self::Generic => "generic",
        }
    }

    /// The tuning of an identified CPU.
    fn of(cpu: Cpu) -> Self {
        match (cpu.vendor, cpu.family, cpu.model) {
            // Later cores of the family are nearer to Zen 5 than to any other that was measured.
            (Vendor::Amd, 0x1A, _) => Self::Zen5,
            // Golden Cove: Sapphire Rapids, Alder Lake.
            (Vendor::Intel, 6, 0x8F | 0x97 | 0x9A)
            // Raptor Cove: Emerald Rapids, Raptor Lake, Bartlett Lake.
            | (Vendor::Intel, 6, 0xCF | 0xB7 | 0xBA | 0xBF | 0xD7)
            // Redwood Cove: Granite Rapids, Meteor Lake.
            | (Vendor::Intel, 6, 0xAD | 0xAE | 0xAA | 0xAC) => Self::GoldenCove,
            _ => Self::Generic,
        }
    }
}

impl fmt::Display for Tuning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_have_the_tuning_of_their_core() {
        let rows: [(Vendor, u32, &[u32], Tuning); 8] = [
            // Turin, Granite Ridge, Strix Point, Krackan Point.
            (Vendor::Amd, 0x1A, &[0x02, 0x11, 0x44, 0x24, 0x60, 0x70], Tuning::Zen5),
            // Genoa, Raphael, Phoenix, Bergamo; Milan and Vermeer are Zen 3 of the same family.
            (Vendor::Amd, 0x19, &[0x11, 0x1F, 0x61, 0x74, 0xA0, 0xAF, 0x01, 0x21], Tuning::Generic),
            (Vendor::Amd, 0x17, &[0x31, 0x71], Tuning::Generic),
            // Sapphire, Emerald and Granite Rapids.
            (Vendor::Intel, 6, &[0x8F, 0xCF, 0xAD, 0xAE], Tuning::GoldenCove),
            // Alder, Raptor, Bartlett and Meteor Lake.
            (
                Vendor::Intel,
                6,
                &[0x97, 0x9A, 0xB7, 0xBA, 0xBF, 0xD7, 0xAA, 0xAC],
                Tuning::GoldenCove,
            ),
            // Haswell, Skylake, Ice Lake and Rocket Lake; Gracemont alone; Sierra Forest; Lion Cove
            // in Arrow and Lunar Lake.
            (
                Vendor::Intel,
                6,
                &[0x3F, 0x55, 0x5E, 0x6A, 0xA7, 0xBE, 0xAF, 0xC5, 0xC6, 0xBD],
                Tuning::Generic,
            ),
            // The same numbers of others.
            (Vendor::Amd, 6, &[0x8F, 0xCF], Tuning::Generic),
            (Vendor::Other, 0x1A, &[0x02], Tuning::Generic),
        ];
        for (vendor, family, models, tuning) in rows {
            for &model in models {
                let cpu = Cpu { vendor, family, model };
                assert_eq!(Tuning::of(cpu), tuning, "{cpu:x?}");
            }
        }
        assert_eq!(
            Tuning::of(Cpu { vendor: Vendor::Intel, family: 0x1A, model: 2 }),
            Tuning::Generic
        );
    }

    #[test]
    fn names_give_tunings() {
        for tuning in Tuning::ALL {
            assert_eq!(Tuning::from_name(tuning.name()), Ok(tuning));
            assert_eq!(tuning.to_string(), tuning.name());
        }
        for name in ["", "Zen5", "zen4", "golden_cove", "generic "] {
            let unknown = Error::UnknownTuning { name: name.to_owned() };
            assert_eq!(Tuning::from_name(name), Err(unknown));
        }
    }
}
