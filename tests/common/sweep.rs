//! The lists of cases that both oracles judge.

use gausstack::Mode;

use super::case::Case;

/// Every mode and many orders on images of odd shapes, and every pair of modes.
pub(crate) fn images() -> Vec<Case> {
    const SHAPES: [[usize; 2]; 13] = [
        [1, 1],
        [1, 40],
        [40, 1],
        [2, 3],
        [3, 2],
        [5, 7],
        [15, 16],
        [16, 17],
        [17, 15],
        [31, 33],
        [33, 31],
        [48, 32],
        [65, 66],
    ];
    const ORDERS: [[usize; 2]; 8] =
        [[0, 0], [1, 0], [0, 1], [2, 0], [0, 3], [1, 2], [3, 3], [4, 5]];
    let mut cases = vec![];
    for shape in SHAPES {
        for mode in Mode::ALL {
            for orders in ORDERS {
                let case = Case::image(shape, [1.3, 2.1]).mode(mode).orders(&orders).cval(0.75);
                cases.push(case);
            }
        }
    }
    for first in Mode::ALL {
        for second in Mode::ALL {
            let case = Case::image([9, 35], [2.2, 1.4]).modes(&[first, second]).cval(-1.5);
            cases.push(case.clone());
            cases.push(case.orders(&[0, 1]));
        }
    }
    cases
}

/// Radii up to three times the axis, along lines and along either axis of an image.
pub(crate) fn radii() -> Vec<Case> {
    let mut cases = vec![];
    for n in [1usize, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 31, 33] {
        let radii = match n {
            1..=8 => (0..=3 * n).collect(),
            _ => vec![1, 2, 3, n - 1, n, n + 1, 2 * n - 1, 2 * n, 2 * n + 1, 3 * n],
        };
        for radius in radii {
            // Wide enough for the outermost weights to count.
            let sigma = 0.5 + radius as f64 / 2.0;
            for (i, mode) in Mode::ALL.into_iter().enumerate() {
                let order = (radius + i) % 3;
                let finish =
                    |case: Case, orders: &[usize]| case.mode(mode).orders(orders).cval(1.25);
                let line = Case::new(&[n], &[0], &[sigma]).radii(&[radius]);
                cases.push(finish(line, &[order]));
                let tall = Case::image([n, 19], [sigma, 0.8]).radii(&[radius, 2]);
                cases.push(finish(tall, &[order, 0]));
                let wide = Case::image([19, n], [0.8, sigma]).radii(&[2, radius]);
                cases.push(finish(wide, &[0, order]));
            }
        }
    }
    cases
}

/// Stacks and volumes: loop axes in every place, axes listed in every order.
pub(crate) fn volumes() -> Vec<Case> {
    const MODES: [Mode; 4] = [Mode::Wrap, Mode::Mirror, Mode::Nearest, Mode::Reflect];
    let listed: &[&[isize]] = &[
        &[0],
        &[1],
        &[2],
        &[-1],
        &[0, 1],
        &[1, 0],
        &[0, 2],
        &[2, 0],
        &[1, 2],
        &[-1, -2],
        &[0, 1, 2],
        &[2, 1, 0],
        &[1, 2, 0],
    ];
    let mut cases = vec![Case::new(&[6, 5], &[], &[])];
    for axes in listed {
        for shape in [[5, 6, 7], [19, 3, 18], [4, 33, 2]] {
            let n = axes.len();
            let plain = Case::new(&shape, axes, &[1.1, 0.7, 1.6][..n]);
            cases.push(plain.clone());
            cases.push(plain.clone().modes(&MODES[..n]).orders(&[0, 1, 2][..n]));
            // Where the constant comes in, the passes keep the listed order if a derivative does.
            cases.push(plain.clone().mode(Mode::Constant).cval(0.3));
            cases.push(plain.mode(Mode::Constant).orders(&[1, 0, 0][..n]).cval(0.3));
        }
    }
    for axes in [[0isize, 2], [3, 1], [1, 2], [-1, 0]] {
        cases
            .push(Case::new(&[4, 5, 3, 17], &axes, &[1.2, 0.9]).modes(&[Mode::Wrap, Mode::Mirror]));
    }
    cases.push(Case::new(&[3, 4, 5, 6], &[0, 1, 2, 3], &[0.8, 0.6, 0.9, 1.0]));
    // Axes that are left alone, by their sigma or by weights that are [1].
    cases.push(Case::new(&[8, 9, 10], &[0, 1, 2], &[1.0, 0.0, 1.2]).orders(&[0, 2, 0]));
    cases.push(Case::new(&[8, 9, 10], &[2, 1, 0], &[1.0, 1e-3, 1.2]));
    cases
}

/// Images larger than a tile, and the widest sigma of the contract.
pub(crate) fn large() -> Vec<Case> {
    let mut cases = vec![
        Case::image([300, 2500], [3.0, 5.0]),
        Case::image([1100, 257], [5.0, 3.0]).modes(&[Mode::Wrap, Mode::Mirror]),
        Case::image([300, 701], [10.0, 25.0]).modes(&[Mode::Nearest, Mode::Constant]).cval(0.5),
        Case::image([260, 310], [60.0, 60.0]),
    ];
    cases.push(cases[0].clone().orders(&[1, 2]));
    // More interleaved images than one panel takes, and single axes whose neighbours in memory fill
    // vectors by themselves, or do not.
    cases.push(Case::new(&[25, 34, 150], &[0, 1], &[1.5, 2.0]).mode(Mode::Wrap));
    cases.push(Case::new(&[131, 401], &[0], &[3.0]).mode(Mode::Mirror));
    cases.push(Case::new(&[131, 401], &[1], &[3.0]).mode(Mode::Wrap));
    cases.push(Case::new(&[60, 3, 300], &[0], &[2.0]));
    cases.push(Case::new(&[60, 300, 3], &[0], &[2.0]).mode(Mode::Wrap));
    cases.push(Case::new(&[3, 60, 300], &[1], &[2.0]).mode(Mode::Constant).orders(&[1]));
    cases
}
