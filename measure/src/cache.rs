//! A cache of the machine card.

use std::fmt;

use crate::units::binary_size;

/// One cache of the first CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Cache {
    /// 1, 2 or 3.
    pub level: u8,
    /// `Data`, `Instruction` or `Unified`.
    pub kind: String,
    /// Capacity in bytes.
    pub bytes: u64,
    /// How many logical CPUs share it.
    pub shared_by: usize,
}

impl fmt::Display for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind.as_str() {
            "Data" => "d",
            "Instruction" => "i",
            _ => "",
        };
        write!(f, "L{}{kind} {}", self.level, binary_size(self.bytes))?;
        if self.shared_by > 1 {
            write!(f, " for {} CPUs", self.shared_by)?;
        }
        Ok(())
    }
}
