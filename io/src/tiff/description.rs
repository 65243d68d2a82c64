//! What descriptions of ImageJ and tifffile say of a stack.

/// What a file's first description says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Description {
    /// ImageJ's: how many images, and how many of them along each axis that counts images, the
    /// outermost first.
    ImageJ { images: usize, axes: Vec<usize> },
    /// tifffile's: the shape of the whole array.
    Shape(Vec<usize>),
}

impl Description {
    /// Reads a description, if it is one of these.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.starts_with("ImageJ=") {
            return Some(Self::of_imagej(text));
        }
        let (_, list) = text.trim_start().strip_prefix('{')?.split_once("\"shape\":")?;
        let (list, _) = list.trim_start().strip_prefix('[')?.split_once(']')?;
        let lengths = list.split(',').map(|length| length.trim().parse().ok());
        let lengths: Vec<usize> = lengths.collect::<Option<_>>().or_else(|| {
            // The shape of an array without axes.
            list.trim().is_empty().then(Vec::new)
        })?;
        Some(Self::Shape(lengths))
    }

    fn of_imagej(text: &str) -> Self {
        let number = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            let mut values = lines.filter(|(found, _)| found.trim() == name);
            values.next().and_then(|(_, value)| value.trim().parse().ok())
        };
        let axes = ["frames", "slices", "channels"].map(|name| number(name).unwrap_or(1));
        let axes: Vec<usize> = axes.into_iter().filter(|&len| len != 1).collect();
        Self::ImageJ { images: number("images").unwrap_or(1), axes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_shapes_are_found() {
        let imagej =
            |images, axes: &[usize]| Some(Description::ImageJ { images, axes: axes.to_vec() });
        let text = "ImageJ=1.11a\nimages=24\nchannels=2\nslices=3\nframes=4\nhyperstack=true\n";
        assert_eq!(Description::of(text), imagej(24, &[4, 3, 2]));
        assert_eq!(Description::of("ImageJ=1.53t\nimages=7\nslices=7"), imagej(7, &[7]));
        assert_eq!(Description::of("ImageJ=\nslices=many"), imagej(1, &[]));
        let shape = |shape: &[usize]| Some(Description::Shape(shape.to_vec()));
        assert_eq!(Description::of(r#"{"shape": [3, 4, 5]}"#), shape(&[3, 4, 5]));
        assert_eq!(Description::of(r#"{"axes": "ZYX", "shape":[30]}"#), shape(&[30]));
        assert_eq!(Description::of(r#"{"shape": []}"#), shape(&[]));
        for other in ["", "a text", r#"{"shape": [3, -4]}"#, r#"{"shape": 3}"#, "\"shape\": [3]"] {
            assert_eq!(Description::of(other), None, "{other}");
        }
    }
}
