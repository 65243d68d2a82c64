//! The list of all gates, for the test that reads their machine code.

use super::levels;
use super::tables::{Inputs, Outputs, SumGates, Tables};
use crate::element::{Arithmetic, ElementType};
use crate::rounding::Rounding;

/// What the multiplications and additions of a gate must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Sums {
    Fused,
    Unfused,
    None,
}

/// A gate, as the machine-code test looks for it.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Gate {
    pub level: &'static str,
    pub name: String,
    pub sums: Sums,
    pub address: *const (),
}

/// Every gate of this build, also of levels that this CPU lacks, read from the tables themselves.
#[doc(hidden)]
#[must_use]
pub fn gates() -> Vec<Gate> {
    let mut gates = gates_of("portable", &levels::portable::TABLES);
    #[cfg(target_arch = "x86_64")]
    gates.extend(gates_of("avx2", &levels::avx2::TABLES));
    #[cfg(target_arch = "x86_64")]
    gates.extend(gates_of("avx512", &levels::avx512::TABLES));
    gates
}

fn gates_of(level: &'static str, tables: &Tables) -> Vec<Gate> {
    let mut list = List { level, gates: Vec::new() };
    list.sums((tables.sums_f32)(), Sums::Fused);
    list.sums((tables.sums_f64)(), Sums::Unfused);
    list.push("peak<f32>".to_owned(), Sums::Fused, tables.peak_f32 as *const ());
    list.push("peak<f64>".to_owned(), Sums::Unfused, tables.peak_f64 as *const ());
    for element in ElementType::ALL {
        list.inputs((tables.inputs_f32)(element));
        list.inputs(Some((tables.inputs_f64)(element)));
        let roundings: &[_] = match element.is_float() {
            true => &[Rounding::Nearest],
            false => &[Rounding::Nearest, Rounding::Scipy],
        };
        for &rounding in roundings {
            list.outputs((tables.outputs_f32)(element, rounding), rounding);
            list.outputs(Some((tables.outputs_f64)(element, rounding)), rounding);
        }
    }
    list.gates
}

struct List {
    level: &'static str,
    gates: Vec<Gate>,
}

impl List {
    fn push(&mut self, name: String, sums: Sums, address: *const ()) {
        self.gates.push(Gate { level: self.level, name, sums, address });
    }

    fn sums<A: Arithmetic>(&mut self, gates: SumGates<A>, sums: Sums) {
        for (name, address) in gates.sums() {
            self.push(format!("{name}<{}>", A::TYPE), sums, address);
        }
        for (name, address) in gates.moves() {
            self.push(format!("{name}<{}>", A::TYPE), Sums::None, address);
        }
    }

    fn inputs<A: Arithmetic>(&mut self, inputs: Option<Inputs<A>>) {
        let Some(Inputs { element, pack, load_row }) = inputs else { return };
        self.push(format!("pack<{element}, {}>", A::TYPE), Sums::None, pack as *const ());
        self.push(format!("load_row<{element}, {}>", A::TYPE), Sums::None, load_row as *const ());
    }

    fn outputs<A: Arithmetic>(&mut self, outputs: Option<Outputs<A>>, rounding: Rounding) {
        let Some(Outputs { element, store, intermediate }) = outputs else { return };
        let types = format!("<{element}, {}, {rounding:?}>", A::TYPE);
        self.push(format!("store{types}"), Sums::None, store as *const ());
        // Between passes, `bool` has the gate of u8.
        if let Some(gate) = intermediate.filter(|_| element != ElementType::Bool) {
            self.push(format!("round_intermediate{types}"), Sums::None, gate as *const ());
        }
    }
}
