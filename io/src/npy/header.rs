//! Headers of .npy files: every variant that numpy reads is read, one is written.

use gausstack::ElementType;

use super::descriptor::{Descriptor, native};
use super::literal::Literal;

/// numpy's default limit of a header.
pub(super) const MAX_BYTES: usize = 10_000;

/// The header of a .npy file, understood.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) descriptor: Descriptor,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// Where the data begin.
    pub(crate) start: usize,
}

/// Why there is no array to read.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// What is wrong with the file.
    Format(String),
    /// What the file holds instead of elements that can be filtered.
    Elements(String),
}

impl Header {
    /// Reads the header at the start of a file; whatever numpy writes or reads, of whatever
    /// version, is read.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (text, start, version) = text(bytes).map_err(Fault::Format)?;
        let facts = facts(&text, version < 3).map_err(Fault::Format)?;
        let [descriptor, fortran, shape] = facts;
        let Literal::Truth(fortran) = fortran else {
            return Err(Fault::Format("'fortran_order' is neither True nor False".to_owned()));
        };
        let shape = lengths(&shape).ok_or_else(|| {
            Fault::Format(format!("its shape {shape} is no tuple of lengths of at least 0"))
        })?;
        let descriptor = Descriptor::of(&descriptor).map_err(Fault::Elements)?;
        Ok(Self { descriptor, fortran, shape, start })
    }
}

/// The header of a file of version 1.0, as numpy writes it: the data begin on a boundary of 64
/// bytes.
pub(crate) fn written(element: ElementType, fortran: bool, shape: &[usize]) -> Vec<u8> {
    let shape = Literal::Tuple(shape.iter().map(|&len| Literal::Length(len)).collect());
    let (descriptor, fortran) = (Literal::Text(native(element)), Literal::Truth(fortran));
    let facts = format!("{{'descr': {descriptor}, 'fortran_order': {fortran}, 'shape': {shape}}}");
    const PREFIX: usize = 10;
    // At least one blank, and the line's end.
    let length = (PREFIX + facts.len() + 2).next_multiple_of(64) - PREFIX;
    let shown = u16::try_from(length).expect("no array has so many axes");
    let mut bytes = [&b"\x93NUMPY\x01\x00"[..], &shown.to_le_bytes(), facts.as_bytes()].concat();
    bytes.resize(PREFIX + length - 1, b' ');
    bytes.push(b'\n');
    bytes
}

/// The header's text, whose lines end with `\n`, where the data begin, and the version of the
/// format.
fn text(bytes: &[u8]) -> Result<(String, usize, u8), String> {
    let cut = || "it ends within the header".to_owned();
    let magic = b"\x93NUMPY";
    if !bytes.starts_with(&magic[..bytes.len().min(magic.len())]) {
        return Err("it does not begin as one".to_owned());
    }
    let rest = bytes.get(magic.len()..).ok_or_else(cut)?;
    let (&version, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
    let (length, rest) = match version {
        [1, 0] => {
            let (&length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
            (usize::from(u16::from_le_bytes(length)), rest)
        }
        [2 | 3, 0] => {
            let (&length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
            (u32::from_le_bytes(length) as usize, rest)
        }
        [major, minor] => return Err(format!("version {major}.{minor} of the format is unknown")),
    };
    if length > MAX_BYTES {
        return Err(format!("its header has {length} bytes, and {MAX_BYTES} are the most"));
    }
    let text = rest.get(..length).ok_or_else(cut)?;
    let start = bytes.len() - rest.len() + length;
    let text = if version[0] < 3 {
        // Latin-1.
        text.iter().copied().map(char::from).collect()
    } else {
        String::from_utf8(text.to_vec()).map_err(|_| "its header is not UTF-8".to_owned())?
    };
    // As Python does before it reads, within quotes too.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Ok((text, start, version[0]))
}

/// The values of the three keys; any other key is an error. `old` files may have long integers.
fn facts(text: &str, old: bool) -> Result<[Literal<'_>; 3], String> {
    let literal = Literal::read(text, old).ok_or("its header is not a literal of Python")?;
    let Literal::Dict(entries) = literal else {
        return Err("its header is not a dict".to_owned());
    };
    let mut values = [None, None, None];
    for (key, value) in entries {
        let known = ["descr", "fortran_order", "shape"];
        let place = known.iter().position(|&name| key == Literal::Text(name.to_owned()));
        let place = place.ok_or_else(|| format!("its header has an unknown key: {key}"))?;
        // The last of several counts.
        values[place] = Some(value);
    }
    let [descriptor, fortran, shape] = values;
    let lacks = |key: &str| format!("its header lacks '{key}'");
    Ok([
        descriptor.ok_or_else(|| lacks("descr"))?,
        fortran.ok_or_else(|| lacks("fortran_order"))?,
        shape.ok_or_else(|| lacks("shape"))?,
    ])
}

/// The lengths of a tuple.
fn lengths(shape: &Literal<'_>) -> Option<Vec<usize>> {
    let Literal::Tuple(lengths) = shape else { return None };
    let length = |value: &Literal<'_>| match value {
        Literal::Length(length) => Some(*length),
        _ => None,
    };
    lengths.iter().map(length).collect()
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    fn file(version: u8, header: impl AsRef<[u8]>) -> Vec<u8> {
        let header = header.as_ref();
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        match version {
            1 => bytes.extend((header.len() as u16).to_le_bytes()),
            _ => bytes.extend((header.len() as u32).to_le_bytes()),
        }
        bytes.extend(header);
        bytes
    }

    const PLAIN: &str = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";

    #[test]
    fn headers_that_say_the_same_are_the_same() {
        let python2 = PLAIN.replace("3,", "3L,").replace("4)", "4 L)");
        let same = [
            PLAIN.to_owned(),
            format!("{PLAIN}\n"),
            format!("\n # a comment, isn't it\r\n\t{PLAIN} # another"),
            PLAIN.replace(' ', ""),
            PLAIN.replace(' ', " \n  "),
            PLAIN.replace(", ", ",\r\n"),
            PLAIN.replace(", ", ", # it's\n"),
            PLAIN.replace(", ", ", \\\n"),
            PLAIN.replace('\'', "\""),
            PLAIN.replace("'<f4'", "u'<f4'").replace("'shape'", "r'shape'"),
            PLAIN.replace("'<f4'", "'''<f4'''").replace("'shape'", "\"\"\"shape\"\"\""),
            PLAIN.replace("'<f4'", "'\\x3cf4'"),
            PLAIN.replace("'<f4'", "('<'\r\n u'f' # it's\r r'4' \"\")"),
            PLAIN.replace("(3, 4)", "(0x3, 0b100,)"),
            "{'shape': (3, 4), 'fortran_order': False, 'descr': '>f8', 'descr': '<f4'}".to_owned(),
        ];
        for version in [1, 2, 3] {
            for text in &same {
                let bytes = file(version, text);
                let header = Header::read(&bytes).unwrap();
                assert_eq!((&header.shape[..], header.fortran), (&[3, 4][..], false), "{text}");
                assert_eq!(header.descriptor.element, ElementType::F32);
                assert_eq!(header.start, bytes.len());
            }
        }
        assert_eq!(Header::read(&file(1, &python2)).unwrap().shape, [3, 4]);
        assert!(Header::read(&file(3, &python2)).is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        for element in ElementType::ALL {
            for (fortran, shape) in [(false, &[][..]), (true, &[3, 4]), (false, &[0, 1 << 60])] {
                let bytes = written(element, fortran, shape);
                assert_eq!((bytes.len() % 64, bytes.last()), (0, Some(&b'\n')));
                let descriptor = Descriptor { element, swapped: false };
                let (shape, start) = (shape.to_vec(), bytes.len());
                let expected = Header { descriptor, fortran, shape, start };
                assert_eq!(Header::read(&bytes), Ok(expected));
            }
        }
        let bytes = written(ElementType::Bool, false, &[5]);
        assert!(bytes.starts_with(
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '|b1', 'fortran_order': False, 'shape': (5,)} "
        ));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |text: &str| match Header::read(&file(2, text)) {
            Err(Fault::Format(fault)) => fault,
            other => panic!("{text}: {other:?}"),
        };
        assert!(told("garbage").contains("not a literal"));
        assert!(told("[1, 2, 3]").contains("not a dict"));
        assert!(told("{'descr': '<f4'}").contains("lacks 'fortran_order'"));
        assert!(told(&PLAIN.replace("}", "'x': 1}")).contains("unknown key: 'x'"));
        assert!(told(&PLAIN.replace("False", "0")).contains("neither True nor False"));
        for shape in ["[3, 4]", "(3, -4)", "(3, 4.0)", "(True,)", "3", "(99999999999999999999,)"] {
            assert!(told(&PLAIN.replace("(3, 4)", shape)).contains("no tuple"), "{shape}");
        }
        assert!(told(&(PLAIN.to_owned() + &" ".repeat(10_000))).contains("are the most"));
        assert_eq!(
            Header::read(&file(3, PLAIN)[..30]),
            Err(Fault::Format("it ends within the header".to_owned()))
        );
        let latin = [&file(1, "")[..8], &[3, 0], b"{\xff}"].concat();
        assert!(matches!(Header::read(&latin), Err(Fault::Format(_))));
    }

    #[test]
    fn headers_changed_anywhere_are_read_or_refused() {
        let others = [
            "\"",
            "'''",
            "\"\"\"",
            "\\",
            "\\x4",
            "\\u00",
            "\\U0001",
            "\\77",
            "\\N",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "#",
            "\n",
            "\r",
            "\r\n",
            "L",
            "l",
            "_",
            "0x",
            "-",
            "+",
            ".",
            "e",
            "u'",
            "bR'",
            "99999999999999999999",
            "True",
            "None",
            "",
            "",
            "",
            "\0",
            "\u{e9}",
            "\u{10348}",
        ];
        let others = others.map(str::as_bytes).into_iter().chain([&b"'"[..], b"\xff", b"\xc3"]);
        let others: Vec<&[u8]> = others.collect();
        let commented =
            PLAIN.replace(", ", ", # it's\n").replace("'<f4'", "'''<''' r\"f\" u'\\x34'");
        let mut rng = Rng::with_seed(1);
        let (mut read, mut refused) = (0, 0);
        for case in 0..100_000 {
            let mut text = [PLAIN, &commented][case % 2].as_bytes().to_vec();
            for _ in 0..rng.usize(1..4) {
                let from = rng.usize(..=text.len());
                let to = text.len().min(from + rng.usize(..3));
                text.splice(from..to, others[rng.usize(..others.len())].iter().copied());
            }
            let bytes = file(rng.u8(1..4), &text);
            match Header::read(&bytes) {
                Ok(header) => {
                    assert_eq!(header.start, bytes.len());
                    read += 1;
                }
                Err(Fault::Format(told) | Fault::Elements(told)) => {
                    assert!(!told.contains(char::is_control), "{told:?}");
                    refused += 1;
                }
            }
        }
        assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
    }
}
