//! Inputs to begin with: files of the library's own writers, and lines that people type.

use std::fs::{self, File};
use std::path::PathBuf;

use gausstack::{ElementType, Gaussian};
use gausstack_io::{FileJob, Layout, Order, Storage, npy};

use crate::folder::folder;
use crate::zarr;

/// The data set that the target reads.
pub const DATA_SET: &str = "d";

/// Metadata of an array of version 2.
const VERSION_2: &str = r#"{"zarr_format": 2, "shape": [8, 8], "chunks": [5, 3], "dtype": ">f4",
 "compressor": {"id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0},
 "fill_value": "NaN", "order": "F", "filters": null}"#;

const LINES: [&str; 8] = [
    "filter|a.npy|b.npy|--sigma|3,5|--slice-axis|1|--threads|2|--force",
    "filter|a.h5:/d|b.zarr|--sigma|1|--axes|-1,0|--mode|mirror,grid-wrap|--chunks|4,5|--compress|gzip:4",
    "filter|a|b|--sigma|2|--order|1,0,2|--cval|nan|--truncate|2.5|--memory|512MiB|--resume|--dry-run",
    "filter|a|b|--sigma|2|--filter|laplace|--derivatives|exact|--radius|3|--rounding|scipy|--output-dtype|u16",
    "filter|a|b|--sigma|30|--ideal|1e-6|--missing|keep|--fill|0|--precision|double|--level|avx2|--tuning|zen5",
    "filter|a|b.zarr|--sigma=4|--shard|3/8|--shards|8,8,8|--mask|m.npy",
    "demo|--shape|30,4,50|--sigma|3,5|--slice-axis|-2|--dtype|uint8|--rounds|3|--picture|a.png",
    "report|--quick|--threads|2,4..=8|--levels|portable|--out|r|--compare|a|b|--fail-above|5%",
];

/// The inputs of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "npy" => vec![file("a.npy", 3, None), file("b.npy", 1, None)],
        "hdf5" => {
            vec![file("a.h5:/d", 2, None), file("b.h5:/d", 3, Some(1)), file("c.h5:/d", 1, Some(1))]
        }
        "tiff" => vec![file("a.tif", 3, None), file("b.tif", 3, Some(1))],
        "zarr" => vec![
            store(None, None),
            store(Some(1), None),
            store(Some(1), Some(vec![4, 4, 5])),
            zarr::input(1, VERSION_2.as_bytes(), &blosc([4; 60])),
        ],
        "journal" => [vec![b"\0gausstack journal 1 9a4b6bb8\n".to_vec()], choices()].concat(),
        "arguments" => LINES.iter().map(|line| line.replace('|', "\n").into_bytes()).collect(),
        "report" => [vec![include_bytes!("../seeds/report.json").to_vec()], choices()].concat(),
        _ => choices(),
    }
}

/// A chunk of 4-byte elements that Blosc keeps as it is: flag 2 says so.
fn blosc(bytes: [u8; 60]) -> Vec<u8> {
    let words = [60_u32, 60, 76].map(u32::to_le_bytes);
    [&[2, 1, 2, 4], words.as_flattened(), &bytes].concat()
}

/// Bytes for targets that draw each choice from a few of them.
fn choices() -> Vec<Vec<u8>> {
    let mut rng = fastrand::Rng::with_seed(1);
    // Few bytes are few changes.
    let lens = [1, 3, 6, 10, 20, 40].into_iter().chain([400; 26]);
    lens.map(|len| (0..len).map(|_| rng.u8(1..)).collect()).collect()
}

/// A small array, written under a name; and what is then in the file.
fn file(name: &str, axes: usize, gzip: Option<u32>) -> Vec<u8> {
    let chunks = gzip.map(|_| [2, 3, 5][..axes].to_vec()).filter(|_| !name.ends_with("tif"));
    let folder = written(name, axes, Storage { chunks, gzip, shards: None });
    fs::read(folder.join(name.split(":/").next().expect("a name"))).expect("a file in memory")
}

fn store(gzip: Option<u32>, shards: Option<Vec<usize>>) -> Vec<u8> {
    let storage = Storage { chunks: Some(vec![2, 2, 5]), gzip, shards };
    let store = written("a.zarr", 3, storage).join("a.zarr");
    let read = |name: &str| fs::read(store.join(name)).expect("a file in memory");
    zarr::input(0, &read("zarr.json"), &read("c/0/0/0"))
}

fn written(name: &str, axes: usize, storage: Storage) -> PathBuf {
    let folder = folder("seeds");
    let input = folder.join("in.npy");
    let element = [ElementType::U8, ElementType::F32, ElementType::U16][axes - 1];
    let layout = Layout { shape: [4, 5, 6][..axes].to_vec(), element, order: Order::C };
    let bytes: Vec<u8> = (0..layout.bytes()).map(|at| (at * at % 63) as u8).collect();
    npy::write(&layout, &bytes, File::create(&input).expect("a file in memory"))
        .expect("a file in memory");
    let copy = Gaussian::new(0.0);
    let output = folder.join(name);
    let job = FileJob::new(&input, &output, &copy).storage(storage).replace(true);
    job.run().expect("a job of a small file");
    folder
}
