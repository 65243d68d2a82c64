//! Which workers the stages of a stream have.

mod common;

use std::sync::{Arc, Mutex};

use common::{Given, Taken};
use gausstack::{ElementType, Gaussian, Threads};
use gausstack_io::{Block, BlockMut, Error, Layout, Order, Sink, Source, Stream, Workers};
use rayon::ThreadPoolBuilder;

/// An end of a stream that notes which workers it may use.
struct Asked<E> {
    end: E,
    workers: Arc<Mutex<Vec<Workers>>>,
}

impl Source for Asked<Given> {
    fn name(&self) -> String {
        self.end.name()
    }

    fn layout(&self) -> &Layout {
        self.end.layout()
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.workers.lock().unwrap().push(workers.clone());
    }

    fn read(&mut self, block: BlockMut<'_>) -> Result<(), Error> {
        self.end.read(block)
    }
}

impl Sink for Asked<Taken> {
    fn name(&self) -> String {
        self.end.name()
    }

    fn layout(&self) -> &Layout {
        self.end.layout()
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.workers.lock().unwrap().push(workers.clone());
    }

    fn write(&mut self, block: Block<'_>) -> Result<(), Error> {
        self.end.write(block)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        Box::new(self.end).finish()
    }
}

/// The workers of both ends of a stream.
fn workers_of(filter: &Gaussian) -> [Workers; 2] {
    let layout = Layout { shape: vec![40, 600], element: ElementType::U8, order: Order::C };
    let workers = Arc::default();
    let source = Asked {
        end: Given::new(&layout, &vec![7; layout.bytes()], &[40, 600]),
        workers: Arc::clone(&workers),
    };
    let sink = Asked { end: Taken::new(&layout, &[40, 600]), workers: Arc::clone(&workers) };
    Stream::new(Box::new(source), Box::new(sink), filter).run().unwrap();
    let found = workers.lock().unwrap().clone();
    found.try_into().unwrap_or_else(|all| panic!("both ends, and not {all:?}"))
}

#[test]
fn all_stages_have_the_threads_of_the_filter() {
    let filter = Gaussian::new(2.0);
    for workers in workers_of(&filter.clone().threads(1)) {
        assert_eq!(workers.count(), 1);
    }
    let pool = Arc::new(ThreadPoolBuilder::new().num_threads(3).build().unwrap());
    for workers in workers_of(&filter.clone().threads(Arc::clone(&pool))) {
        let Threads::Pool(shared) = workers.threads() else { panic!("{workers:?}") };
        assert!(Arc::ptr_eq(&shared, &pool) && workers.count() == 3);
    }
    // A number of threads is one pool, whatever stage it is for.
    let [source, sink] = workers_of(&filter.threads(4));
    assert_eq!(source.count(), sink.count());
    if let Threads::Pool(one) = source.threads() {
        assert!(matches!(sink.threads(), Threads::Pool(other) if Arc::ptr_eq(&one, &other)));
        assert!(one.current_num_threads() <= 4);
    } else {
        assert_eq!(source.count(), 1);
    }
}
