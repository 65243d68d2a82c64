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

    /// Decodes the maker's name in leaf 0 and the signature in `eax` of leaf 1.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "there is no CPUID"))]
    fn decode(name: [u8; 12], signature: u32) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Signatures as the makers' manuals and lists of CPUs have them.
    #[test]
    fn signatures_are_decoded() {
        let (intel, amd) = ((b"GenuineIntel", Vendor::Intel), (b"AuthenticAMD", Vendor::Amd));
        for ((name, vendor), signature, family, model) in [
            (intel, 0x0008_06F8, 0x06, 0x8F), // Sapphire Rapids
            (intel, 0x000C_06F2, 0x06, 0xCF), // Emerald Rapids
            (intel, 0x0009_0672, 0x06, 0x97), // Alder Lake
            (intel, 0x0005_0657, 0x06, 0x55), // Cascade Lake
            (intel, 0x0000_0F43, 0x0F, 0x04), // Pentium 4
            (intel, 0x0000_0543, 0x05, 0x04), // Pentium MMX
            (amd, 0x00A1_0F11, 0x19, 0x11),   // Genoa
            (amd, 0x00B0_0F21, 0x1A, 0x02),   // Turin
            (amd, 0x0080_0F12, 0x17, 0x01),   // Naples
            ((b"HygonGenuine", Vendor::Other), 0x0090_0F02, 0x18, 0x00),
        ] {
            let expected = Cpu { vendor, family, model };
            assert_eq!(Cpu::decode(*name, signature), expected, "{signature:#010x}");
        }
    }

    /// The kernel says the same of this CPU.
    #[test]
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    fn this_cpu_is_the_one_that_linux_names() {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").expect("Linux has it");
        let field = |name: &str| {
            let mut lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
            let found = lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim());
            found.unwrap_or_else(|| panic!("no {name} in {cpuinfo}"))
        };
        let vendor = match field("vendor_id") {
            "GenuineIntel" => Vendor::Intel,
            "AuthenticAMD" => Vendor::Amd,
            _ => Vendor::Other,
        };
        let [family, model] = ["cpu family", "model"].map(|name| field(name).parse().unwrap());
        assert_eq!(Cpu::identify(), Some(Cpu { vendor, family, model }));
    }
}
