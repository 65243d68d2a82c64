//! The filters beside the Gaussian: what combined derivatives take beside the separate filters that
//! they are made of, weights without symmetry beside symmetric ones, and data of which some are
//! missing beside the same where none are.
//!
//! `cargo bench -p gausstack-benches --bench filters` prints the table, with `-- --write` it goes
//! to docs/performance.md. With `-- --test` one round of a small image shows that it runs.

use std::ops::{Add, Mul};

use gausstack::{
    Element, Error, Gaussian, GradientMagnitude, Laplace, Missing, Plan, Separable, Threads,
};
use gausstack_benches::{announce, kernel, tested, write_table};
use gausstack_measure::{Rounds, Summary};
use ndarray::{ArrayD, IxDyn, Zip};

/// An image and how far it is smoothed.
struct Workload {
    shape: Vec<usize>,
    sigma: Vec<f64>,
}

impl Workload {
    fn new<const N: usize>(shape: [usize; N], sigma: [f64; N]) -> Self {
        Self { shape: shape.to_vec(), sigma: sigma.to_vec() }
    }
}

/// What the contenders write to.
struct Outputs<T> {
    first: ArrayD<T>,
    second: ArrayD<T>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let test = tested();
    let rounds = if test { 1 } else { 15 };
    announce();
    let mut workloads = vec![
        Workload::new([3000, 5000], [3.0, 5.0]),
        Workload::new([2048, 2048], [1.0, 1.0]),
        Workload::new([2048, 2048], [2.0, 2.0]),
        Workload::new([2048, 2048], [4.0, 4.0]),
        Workload::new([2048, 2048], [8.0, 8.0]),
        Workload::new([192, 192, 192], [2.0, 2.0, 2.0]),
    ];
    if test {
        workloads = vec![Workload::new([108, 192], [3.0, 5.0])];
    }
    let mut rows = vec![
        "| image | sigma | element | plain, ms | gradient magnitude, ms | of its terms added up | Laplacian, ms | of its terms \
         added up | without symmetry / symmetric | NaN ignored / plain | masked / plain |"
            .to_owned(),
        "|-------|-------|---------|----------:|-----------------------:|----------------------:|--------------:|-------------\
         ---------:|-----------------------------:|--------------------:|---------------:|"
            .to_owned(),
    ];
    for workload in &workloads {
        rows.push(measure(workload, rounds, f32::sqrt)?);
    }
    rows.push(measure(&workloads[if test { 0 } else { 2 }], rounds, f64::sqrt)?);
    let table = rows.join("\n");
    println!("{table}");
    if arguments.iter().any(|argument| argument == "--write") && !test {
        write_table("filters", &table)?;
    }
    Ok(())
}

/// A row of the table.
fn measure<T>(workload: &Workload, rounds: usize, root: impl Fn(T) -> T) -> Result<String, Error>
where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    let Workload { shape, sigma } = workload;
    let mut random = fastrand::Rng::with_seed(20_261_123);
    let mut image = || ArrayD::from_shape_simple_fn(IxDyn(shape), || T::from_f64(random.f64()));
    let data = image();
    let mut outputs = Outputs { first: image(), second: image() };
    let gaussian = || Gaussian::new(sigma.clone()).threads(Threads::Fixed(1));
    let derivatives = |order: usize| -> Result<Vec<Plan<T, T>>, Error> {
        let orders = |along| -> Vec<usize> {
            (0..sigma.len()).map(|i| if i == along { order } else { 0 }).collect()
        };
        (0..sigma.len()).map(|along| gaussian().order(orders(along)).plan(shape)).collect()
    };
    let plain: Plan<T, T> = gaussian().plan(shape)?;
    // One pixel in a hundred is missing.
    let mask = data.mapv(|_| random.f64() >= 0.01);
    let mut gaps = data.clone();
    gaps.zip_mut_with(&mask, |x, &there| *x = if there { *x } else { T::from_f64(f64::NAN) });
    let ignoring: Plan<T, T> = gaussian().missing(Missing::Ignore).plan(shape)?;
    let masked: Plan<T, T> = gaussian().plan_masked(shape)?;
    let magnitude: Plan<T, T> =
        GradientMagnitude::new(sigma.clone()).threads(Threads::Fixed(1)).plan(shape)?;
    let laplace: Plan<T, T> = Laplace::new(sigma.clone()).threads(Threads::Fixed(1)).plan(shape)?;
    // The Gaussian's own weights, and the same moved out of their symmetry in the last digits.
    let lists = |skew: f64| -> Result<Plan<T, T>, Error> {
        let list = |&sigma: &f64| {
            let mut weights = kernel(sigma);
            weights[0] += skew;
            weights
        };
        let lists: Vec<Vec<f64>> = sigma.iter().map(list).collect();
        Separable::new(gausstack::PerAxis::Each(lists)).threads(Threads::Fixed(1)).plan(shape)
    };
    let (symmetric, skewed) = (lists(0.0)?, lists(1e-9)?);
    let (slopes, bends) = (derivatives(1)?, derivatives(2)?);

    let data = &data;
    let mut race = Rounds::new(rounds);
    let alone = |plan: Plan<T, T>| {
        move |outputs: &mut Outputs<T>| plan.apply_into(data, &mut outputs.first)
    };
    let plain = race.add("plain", alone(plain));
    let magnitude = race.add("gradient magnitude", alone(magnitude));
    let laplace = race.add("Laplacian", alone(laplace));
    let symmetric = race.add("symmetric", alone(symmetric));
    let skewed = race.add("without symmetry", alone(skewed));
    let ignoring = race.add("NaN ignored", |outputs: &mut Outputs<T>| {
        ignoring.apply_into(&gaps, &mut outputs.first)
    });
    let masked = race.add("masked", |outputs: &mut Outputs<T>| {
        masked.apply_masked_into(data, &mask, &mut outputs.first)
    });
    let separate_slopes = race.add("slopes", separate(data, slopes, |x| x * x, root));
    let separate_bends = race.add("bends", separate(data, bends, |x| x, |sum| sum));
    let outcome = race.run(&mut outputs)?;
    let milliseconds = |contender| outcome.seconds(contender).times(1e3);
    let (magnitude_ratio, laplace_ratio): (Summary, Summary) =
        (outcome.ratio(magnitude, separate_slopes), outcome.ratio(laplace, separate_bends));
    let joined = |values: Vec<String>, by: &str| values.join(by);
    Ok(format!(
        "| {} | {} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} |",
        joined(shape.iter().map(ToString::to_string).collect(), " x "),
        joined(sigma.iter().map(ToString::to_string).collect(), ", "),
        T::TYPE,
        milliseconds(plain),
        milliseconds(magnitude),
        magnitude_ratio,
        milliseconds(laplace),
        laplace_ratio,
        outcome.ratio(skewed, symmetric),
        outcome.ratio(ignoring, plain),
        outcome.ratio(masked, plain),
    ))
}

/// The terms one after the other, as they are combined without a filter for it.
fn separate<'a, T: Element + Add<Output = T>>(
    data: &'a ArrayD<T>,
    plans: Vec<Plan<T, T>>,
    each: impl Fn(T) -> T + 'a,
    last: impl Fn(T) -> T + 'a,
) -> impl FnMut(&mut Outputs<T>) -> Result<(), Error> + 'a {
    move |outputs| {
        let Outputs { first, second } = outputs;
        for (number, plan) in plans.iter().enumerate() {
            if number == 0 {
                plan.apply_into(data, first)?;
                continue;
            }
            plan.apply_into(data, second)?;
            let sums = Zip::from(&mut *first).and(&*second);
            match (number == 1, number + 1 == plans.len()) {
                (true, true) => sums.for_each(|sum, &x| *sum = last(each(*sum) + each(x))),
                (true, false) => sums.for_each(|sum, &x| *sum = each(*sum) + each(x)),
                (false, true) => sums.for_each(|sum, &x| *sum = last(*sum + each(x))),
                (false, false) => sums.for_each(|sum, &x| *sum = *sum + each(x)),
            }
        }
        Ok(())
    }
}
