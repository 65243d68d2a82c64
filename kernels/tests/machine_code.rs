//! Reads the optimised machine code of every gate.
//!
//! A generic function has only the instructions of the gate it is inlined into. If one attribute is
//! missing, every test of results still passes, at a tenth of the speed, because each intrinsic has
//! become a call. So this test reads the code.
//!
//! It also checks what results cannot show on every input: fused multiply-add where sums are fused,
//! none where they must have scipy's roundings, and vectors of the level's full width.

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[test]
fn machine_code_is_read_on_x86_64_linux_only() {
    println!("SKIPPED: the machine code of the gates is read on x86-64 Linux only");
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod x86_64_linux {
    use gausstack_kernels::{Gate, Sums, gates};
    use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
    use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

    /// The test program's own functions.
    struct Program {
        text: Vec<(u64, Vec<u8>)>,
        functions: Vec<(String, u64, u64)>,
        /// The difference between addresses in memory and in the file.
        moved_by: u64,
    }

    impl Program {
        fn read() -> Self {
            let path = std::env::current_exe().expect("the test program's path");
            let bytes = std::fs::read(&path).expect("the test program");
            let file = object::File::parse(&*bytes).expect("an ELF file");
            let text = file
                .sections()
                .filter(|section| section.kind() == object::SectionKind::Text)
                .map(|section| (section.address(), section.data().expect("code").to_vec()))
                .collect();
            let functions = file
                .symbols()
                .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
                .map(|symbol| {
                    let name = symbol.name().unwrap_or_default().to_owned();
                    (name, symbol.address(), symbol.size())
                })
                .collect();
            let moved_by = match file.kind() {
                object::ObjectKind::Dynamic => Self::loaded_at(&path),
                _ => 0,
            };
            Self { text, functions, moved_by }
        }

        /// The lowest address at which the program's file is mapped.
        fn loaded_at(path: &std::path::Path) -> u64 {
            let path = path.canonicalize().expect("the test program's path");
            let maps =
                std::fs::read_to_string("/proc/self/maps").expect("the maps of this process");
            let own = maps.lines().filter(|line| line.ends_with(path.to_str().expect("UTF-8")));
            let starts = own.map(|line| {
                let (start, _) = line.split_once('-').expect("a range of addresses");
                u64::from_str_radix(start, 16).expect("a hexadecimal address")
            });
            starts.min().expect("the program itself")
        }

        /// The instructions of a gate.
        fn gate(&self, gate: &Gate) -> Vec<Instruction> {
            let address = gate.address.addr() as u64 - self.moved_by;
            let (_, start, size) = self
                .functions
                .iter()
                .find(|(_, start, _)| *start == address)
                .unwrap_or_else(|| panic!("no function for {gate:?}"));
            let code = self
                .text
                .iter()
                .find_map(|(address, data)| {
                    let from = usize::try_from(start.checked_sub(*address)?).ok()?;
                    data.get(from..from + *size as usize)
                })
                .expect("the gate's code");
            Decoder::with_ip(64, code, *start, DecoderOptions::NONE).into_iter().collect()
        }

        fn name_at(&self, address: u64) -> &str {
            self.functions
                .iter()
                .find(|(_, start, size)| (*start..start + size).contains(&address))
                .map_or("?", |(name, ..)| name)
        }
    }

    /// Addresses outside the gate to which it calls or jumps.
    fn leaves(code: &[Instruction]) -> impl Iterator<Item = u64> {
        let (first, last) = (code[0].ip(), code[code.len() - 1].ip());
        code.iter()
            .filter(|instruction| {
                let flow = instruction.flow_control();
                matches!(
                    flow,
                    FlowControl::Call
                        | FlowControl::UnconditionalBranch
                        | FlowControl::ConditionalBranch
                ) && instruction.op0_kind() == OpKind::NearBranch64
            })
            .map(Instruction::near_branch_target)
            .filter(move |target| !(first..=last).contains(target))
    }

    fn is_fused(instruction: &Instruction) -> bool {
        format!("{:?}", instruction.mnemonic()).to_lowercase().contains("fmadd")
            || format!("{:?}", instruction.mnemonic()).to_lowercase().contains("fmsub")
            || format!("{:?}", instruction.mnemonic()).to_lowercase().contains("fnmadd")
    }

    fn widest(instruction: &Instruction) -> usize {
        (0..instruction.op_count())
            .filter(|&i| instruction.op_kind(i) == OpKind::Register)
            .map(|i| instruction.op_register(i))
            .filter(|register: &Register| register.is_vector_register())
            .map(Register::size)
            .max()
            .unwrap_or(0)
    }

    /// Bytes of the level's vectors. The portable level has those of the build's target.
    fn width(level: &str) -> usize {
        match level {
            "avx512" => 64,
            "avx2" => 32,
            _ => 16,
        }
    }

    #[test]
    fn every_gate_is_inlined_to_the_last_intrinsic() {
        let program = Program::read();
        let mut read = 0;
        for gate in &gates() {
            let code = program.gate(gate);
            for target in leaves(&code) {
                let name = program.name_at(target);
                let allowed = name.contains("panic") || name.contains("mem") || name == "?";
                assert!(allowed, "{gate:?} calls {name}");
            }
            read += 1;
        }
        let levels = if cfg!(target_arch = "x86_64") { 3 } else { 1 };
        assert_eq!(read, levels * 104, "gates");
    }

    #[test]
    fn sums_are_fused_where_they_should_be_and_nowhere_else() {
        let program = Program::read();
        for gate in &gates() {
            let code = program.gate(gate);
            let fused: Vec<_> = code.iter().filter(|i| is_fused(i)).collect();
            let width = width(gate.level);
            match gate.sums {
                Sums::Fused if gate.level != "portable" => {
                    let wide = fused.iter().filter(|i| widest(i) == width).count();
                    assert!(wide >= 8, "{gate:?}: {wide} fused multiply-adds of {width} bytes");
                }
                Sums::Unfused => {
                    let products = code
                        .iter()
                        .filter(|i| matches!(i.mnemonic(), Mnemonic::Vmulpd | Mnemonic::Mulpd))
                        .filter(|i| widest(i) == width)
                        .count();
                    assert!(products >= 1, "{gate:?}: no products of {width} bytes");
                    // Every second pair is added as `a * 1 + b`; a product that was fused with the
                    // addition behind it would leave fewer products than that.
                    let fused = fused.len();
                    assert!(2 * fused <= products, "{gate:?}: {fused} fused, {products} products");
                }
                Sums::None => assert!(fused.is_empty(), "{gate:?} has fused multiply-adds"),
                Sums::Fused => {}
            }
        }
    }

    #[test]
    fn every_gate_uses_the_whole_width() {
        let program = Program::read();
        for gate in &gates() {
            let code = program.gate(gate);
            let widest = code.iter().map(widest).max().unwrap_or(0);
            assert_eq!(widest, width(gate.level), "{gate:?}");
        }
    }

    #[test]
    fn the_innermost_loops_do_not_spill() {
        // What is left is around the loops, where a window is set up.
        const MOST: f64 = 0.02;
        // Two kernels have twice as many sums, for which AVX2 has few registers; with fewer vectors
        // at a time it was slower.
        const MOST_OF_TWO: f64 = 0.04;
        let program = Program::read();
        let sums = |gate: &Gate| gate.name.starts_with("fir_") || gate.name.starts_with("in_row_");
        let mut read = 0;
        for gate in gates().iter().filter(|gate| sums(gate) && gate.level != "portable") {
            read += 1;
            let code = program.gate(gate);
            let spills = code
                .iter()
                .filter(|i| widest(i) == width(gate.level))
                .filter(|i| i.memory_base() == Register::RSP)
                .count();
            let share = spills as f64 / code.len() as f64;
            let two = gate.name.contains("even_even") || gate.name.contains("even_odd");
            let most = if two { MOST_OF_TWO } else { MOST };
            assert!(share < most, "{gate:?}: {spills} spills in {} instructions", code.len());
        }
        assert_eq!(read, 2 * 20, "gates that sum");
    }
}
