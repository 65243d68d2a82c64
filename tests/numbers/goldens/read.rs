//! Reads the goldens: `cases.txt` and the numbers it points at in `values.npy` and `integers.npy`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::str::FromStr;

use gausstack::{Precision, Rounding};
use ndarray::{Array1, ArrayD};

use crate::common::case::{Along, Case};
use crate::common::pixel::Pixel;

/// One call of scipy.
pub(crate) struct Golden {
    /// What the case is about.
    pub(crate) group: String,
    /// The function, if it is another than gaussian_filter, correlate1d and convolve1d.
    pub(crate) function: Option<String>,
    /// Element types, as numpy names them: "f4", "u1", .., "b1".
    pub(crate) types: (String, String),
    /// The request with scipy's own weights.
    pub(crate) case: Case,
    x: Numbers,
    y: Numbers,
}

/// An array as its file holds it.
enum Numbers {
    Float(ArrayD<f64>),
    Integer(ArrayD<i64>),
}

impl Numbers {
    fn of<T: Pixel>(&self) -> ArrayD<T> {
        match self {
            Self::Float(values) => values.mapv(T::of),
            Self::Integer(values) => values.mapv(T::of_bits),
        }
    }
}

impl Golden {
    /// The input.
    pub(crate) fn input<T: Pixel>(&self) -> ArrayD<T> {
        self.x.of()
    }

    /// scipy's result.
    pub(crate) fn output<T: Pixel>(&self) -> ArrayD<T> {
        self.y.of()
    }

    /// Whether the weights were handed to scipy.
    pub(crate) fn is_of_lists(&self) -> bool {
        self.group == "lists"
    }

    /// The request without scipy's weights, so that the library makes its own.
    pub(crate) fn own_weights(&self) -> Case {
        let mut case = self.case.clone();
        case.along.iter_mut().for_each(|along| along.weights = None);
        case
    }

    /// Whether input and output have these types.
    pub(crate) fn is(&self, input: &str, output: &str) -> bool {
        self.types.0 == input && self.types.1 == output
    }
}

/// Those of separable filters.
pub(crate) fn goldens() -> Vec<Golden> {
    let mut goldens = read();
    goldens.retain(|golden| golden.function.is_none());
    assert!(goldens.len() > 4000, "the goldens are cut short: {}", goldens.len());
    goldens
}

/// Those of the filters that combine derivatives.
pub(crate) fn derived() -> Vec<Golden> {
    let mut goldens = read();
    goldens.retain(|golden| golden.function.is_some());
    assert!(goldens.len() > 400, "the goldens are cut short: {}", goldens.len());
    goldens
}

fn read() -> Vec<Golden> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let values: Array1<f64> =
        ndarray_npy::read_npy(folder.join("values.npy")).expect("values.npy is readable");
    let integers: Array1<i64> =
        ndarray_npy::read_npy(folder.join("integers.npy")).expect("integers.npy is readable");
    let values = values.as_slice().expect("a vector is contiguous");
    let integers = integers.as_slice().expect("a vector is contiguous");
    let cases = std::fs::read_to_string(folder.join("cases.txt")).expect("cases.txt is readable");
    let lines = cases.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| golden(line, values, integers)).collect()
}

fn golden(line: &str, values: &[f64], integers: &[i64]) -> Golden {
    let fields: HashMap<&str, &str> =
        line.split(' ').map(|field| field.split_once('=').expect("key=value")).collect();
    let shape: Vec<usize> = list(fields["shape"]);
    let len = shape.iter().product::<usize>();
    let array = |offset: &str| match offset.strip_prefix('i') {
        Some(offset) => Numbers::Integer(shaped(&shape, &integers[number(offset)..][..len])),
        None => Numbers::Float(shaped(&shape, &values[number(offset)..][..len])),
    };
    let taps = |place: &str| match place.split_once(':') {
        Some((start, len)) => values[number(start)..][..number(len)].to_vec(),
        None => vec![1.0],
    };
    let axes: Vec<isize> = list(fields["axes"]);
    let mode: Vec<&str> = parts(fields["mode"]).collect();
    // What calls of correlate1d have not.
    let field = |name: &str, i: usize, otherwise: &'static str| -> String {
        fields.get(name).and_then(|values| parts(values).nth(i)).unwrap_or(otherwise).to_owned()
    };
    let along = (0..axes.len()).map(|i| {
        let radius = field("radius", i, "-");
        Along {
            order: number(&field("order", i, "0")),
            radius: (radius != "-").then(|| number(&radius)),
            mode: mode[i].parse().expect("one of scipy's modes"),
            weights: fields.get("weights").and_then(|all| parts(all).nth(i)).map(taps),
            origin: number(&field("origin", i, "0")),
            ..Along::new(axes[i], number(&field("sigma", i, "1")))
        }
    });
    Golden {
        group: fields["group"].to_owned(),
        function: fields.get("filter").map(|&name| name.to_owned()),
        types: (fields["in"].to_owned(), fields["out"].to_owned()),
        case: Case {
            along: along.collect(),
            truncate: number(&field("truncate", 0, "4")),
            convolves: field("convolve", 0, "0") == "1",
            cval: number(fields["cval"]),
            precision: Precision::Double,
            rounding: Rounding::Scipy,
            shape: shape.clone(),
        },
        x: array(fields["x"]),
        y: array(fields["y"]),
    }
}

fn shaped<T: Clone>(shape: &[usize], numbers: &[T]) -> ArrayD<T> {
    ArrayD::from_shape_vec(shape, numbers.to_vec()).expect("as many numbers as the shape has")
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|part| !part.is_empty())
}

fn list<T: FromStr>(text: &str) -> Vec<T> {
    parts(text).map(number).collect()
}

fn number<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("not a number: {text}"))
}
