//! The identification of the CPU.

use std::sync::OnceLock;

/// The maker of a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Vendor {
    /// Intel.
    Intel,
    /// AMD.
    Amd,
    /// Any other.
    Other,
}

/// The identification of an x86-64 CPU, in the numbers that its maker and operating systems use.
///
/// Hybrid CPUs have one for all kinds of core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cpu {
    /// The maker.
    pub vendor: Vendor,
    /// The family, with its extension added.
    pub family: u32,
    /// The model, with its extension in the upper four bits.
    pub model: u32,
}

impl Cpu {
    /// Identifies the CPU that this runs on; `None` if it is no x86-64.
    #[must_use]
    pub fn identify() -> Option<Self> {
        // Under a hypervisor the instruction traps, which takes microseconds.
        static CPU: OnceLock<Option<Cpu>> = OnceLock::new();
        *CPU.get_or_init(read)
    }

    /// Decodes what the instruction CPUID tells: the maker's name in leaf 0 and the signature in
    /// `eax` of leaf 1.
    #[must_use]
    pub fn decode(name: [u8; 12], signature: u32) -> Self {
        let vendor = match &name {
            b"GenuineIntel" => Vendor::Intel,
            b"AuthenticAMD" => Vendor::Amd,
            _ => Vendor::Other,
        };
        let field = |first: u32, width: u32| signature >> first & ((1 << width) - 1);
        let family = match field(8, 4) {
            0xF => 0xF + field(20, 8),
            family => family,
        };
        // Older families have no extension of the model.
        let extension = if family >= 0xF || family == 6 { field(16, 4) } else { 0 };
        Self { vendor, family, model: extension << 4 | field(4, 4) }
    }
}

#[cfg(target_arch = "x86_64")]
fn read() -> Option<Cpu> {
    use std::arch::x86_64::__cpuid;

    #[allow(unused_unsafe, reason = "the function is safe in later compilers than Rust 1.89")]
    // SAFETY: every x86-64 CPU has the instruction, with leaves 0 and 1.
    let (maker, version) = unsafe { (__cpuid(0), __cpuid(1)) };
    let mut name = [0; 12];
    for (part, register) in name.chunks_exact_mut(4).zip([maker.ebx, maker.edx, maker.ecx]) {
        part.copy_from_slice(&register.to_le_bytes());
    }
    Some(Cpu::decode(name, version.eax))
}

#[cfg(not(target_arch = "x86_64"))]
fn read() -> Option<Cpu> {
    None
}
