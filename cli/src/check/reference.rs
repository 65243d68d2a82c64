//! A second opinion on single pixels: the definition of the filter, summed in f64 by brute force.
//!
//! Nothing here comes from the library: weights, borders and sums are written out again, and as
//! plainly as they can be.

use gausstack::Mode;

use crate::layout::Image;

/// The separable Gaussian of one slice.
pub(crate) struct Reference {
    /// All `2 radius + 1` weights per axis.
    weights: [Vec<f64>; 2],
    mode: Mode,
}

impl Reference {
    /// The filter that ends four sigmas from its centre; outside is what `mode` says, zeros in mode
    /// constant.
    pub(crate) fn new(sigma: [f64; 2], mode: Mode) -> Self {
        Self { weights: sigma.map(weights), mode }
    }

    /// Samples to each side, per axis.
    pub(crate) fn radius(&self) -> [usize; 2] {
        [self.weights[0].len() / 2, self.weights[1].len() / 2]
    }

    /// The largest factor by which the filter can grow a value.
    pub(crate) fn magnitude(&self) -> f64 {
        self.weights.iter().map(|w| w.iter().map(|w| w.abs()).sum::<f64>()).product()
    }

    /// One pixel: the two-dimensional sum.
    pub(crate) fn pixel(&self, image: &Image<'_>, y: usize, x: usize) -> f64 {
        let [wy, wx] = &self.weights;
        let columns = self.places(x, wx.len() / 2, image.columns());
        let mut sum = 0.0;
        for (row, weight) in self.places(y, wy.len() / 2, image.rows()).into_iter().zip(wy) {
            let Some(row) = row else { continue };
            let mut line = 0.0;
            for (&column, weight) in columns.iter().zip(wx) {
                line += column.map_or(0.0, |column| weight * image.at(row, column));
            }
            sum += weight * line;
        }
        sum
    }

    /// A whole row, in far fewer steps than pixel by pixel.
    pub(crate) fn row(&self, image: &Image<'_>, y: usize) -> Vec<f64> {
        self.line(image, y, &self.weights[0], &self.weights[1])
    }

    /// A whole column.
    pub(crate) fn column(&self, image: &Image<'_>, x: usize) -> Vec<f64> {
        self.line(&image.transposed(), x, &self.weights[1], &self.weights[0])
    }

    /// Row `y`: first the sum across rows, then along the row.
    fn line(&self, image: &Image<'_>, y: usize, across: &[f64], along: &[f64]) -> Vec<f64> {
        let mut line = vec![0.0; image.columns()];
        let rows = self.places(y, across.len() / 2, image.rows());
        for (row, weight) in rows.into_iter().zip(across) {
            let Some(row) = row else { continue };
            for (x, sum) in line.iter_mut().enumerate() {
                *sum += weight * image.at(row, x);
            }
        }
        (0..line.len())
            .map(|x| {
                let samples = self.places(x, along.len() / 2, line.len()).into_iter();
                let value = |place: Option<usize>| place.map_or(0.0, |place| line[place]);
                samples.zip(along).map(|(place, weight)| weight * value(place)).sum()
            })
            .collect()
    }

    /// Where the samples from `centre - radius` to `centre + radius` lie, one step after the other;
    /// `None` where zeros are.
    fn places(&self, centre: usize, radius: usize, len: usize) -> Vec<Option<usize>> {
        let (centre, radius, len) = (centre as i64, radius as i64, len as i64);
        (centre - radius..=centre + radius)
            .map(|mut place| {
                while place < 0 || place >= len {
                    place = match self.mode {
                        Mode::Mirror if len == 1 => 0,
                        Mode::Mirror if place < 0 => -place,
                        Mode::Mirror => 2 * (len - 1) - place,
                        Mode::Nearest => place.clamp(0, len - 1),
                        Mode::Wrap if place < 0 => place + len,
                        Mode::Wrap => place - len,
                        Mode::Constant => return None,
                        // Walking back at each end.
                        _ if place < 0 => -1 - place,
                        _ => 2 * len - 1 - place,
                    };
                }
                Some(place as usize)
            })
            .collect()
    }
}

fn weights(sigma: f64) -> Vec<f64> {
    if sigma <= 1e-15 {
        return vec![1.0];
    }
    let radius = (4.0 * sigma + 0.5).floor() as i64;
    let bell: Vec<f64> =
        (-radius..=radius).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
    let total: f64 = bell.iter().sum();
    bell.iter().map(|value| value / total).collect()
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;
    use crate::layout::fixture;

    const F32: ElementType = ElementType::F32;

    #[test]
    fn scipy_s_numbers() {
        // scipy.ndimage.gaussian_filter1d([1, 2, 3, 4, 5], 1)
        let line = fixture::bytes(F32, [1, 5], |_, x| x as f64 + 1.0);
        let line = fixture::image(F32, [1, 5], &line);
        let want = [1.427040950391, 2.067822034779, 3.0, 3.932177965221, 4.572959049609];
        let got = Reference::new([0.0, 1.0], Mode::Reflect).row(&line, 0);
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-11), "{got:?}");
        let got = Reference::new([1.0, 0.0], Mode::Reflect).column(&line.transposed(), 0);
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-11), "{got:?}");
    }

    #[test]
    fn samples_outside_are_where_the_mode_says() {
        let places = |mode, centre, radius, len| {
            let all = Reference::new([0.0; 2], mode).places(centre, radius, len);
            // -1 stands for a zero.
            all.into_iter().map(|place| place.map_or(-1, |place| place as i64)).collect::<Vec<_>>()
        };
        assert_eq!(places(Mode::Reflect, 0, 5, 2), [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]);
        assert_eq!(places(Mode::Reflect, 2, 2, 3), [0, 1, 2, 2, 1]);
        assert_eq!(places(Mode::Mirror, 0, 5, 3), [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1]);
        assert_eq!(places(Mode::Nearest, 0, 3, 3), [0, 0, 0, 0, 1, 2, 2]);
        assert_eq!(places(Mode::Wrap, 0, 4, 3), [2, 0, 1, 2, 0, 1, 2, 0, 1]);
        assert_eq!(places(Mode::Constant, 0, 3, 3), [-1, -1, -1, 0, 1, 2, -1]);
        for mode in [Mode::Reflect, Mode::Mirror, Mode::Nearest, Mode::Wrap] {
            assert_eq!(places(mode, 0, 2, 1), [0, 0, 0, 0, 0]);
        }
    }

    #[test]
    fn pixels_rows_and_columns_agree() {
        let image = fixture::bytes(F32, [7, 9], |y, x| ((y * 31 + x * 17) % 13) as f64);
        let image = fixture::image(F32, [7, 9], &image);
        for mode in [Mode::Reflect, Mode::Mirror, Mode::Nearest, Mode::Wrap, Mode::Constant] {
            let reference = Reference::new([2.0, 0.7], mode);
            assert_eq!(reference.radius(), [8, 3]);
            assert!((reference.magnitude() - 1.0).abs() < 1e-12);
            for y in 0..7 {
                let row = reference.row(&image, y);
                for (x, in_row) in row.into_iter().enumerate() {
                    let pixel = reference.pixel(&image, y, x);
                    assert!((in_row - pixel).abs() < 1e-12);
                    assert!((reference.column(&image, x)[y] - pixel).abs() < 1e-12);
                }
            }
        }
    }
}
