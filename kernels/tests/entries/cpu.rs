//! The identification of the CPU.

use gausstack_kernels::{Cpu, Vendor};

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
