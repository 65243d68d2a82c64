//! What was written to a spool, read again.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::records::Records;
use crate::block::BlockMut;
use crate::ends::Source;
use crate::error::Error;
use crate::layout::Layout;
use crate::workers::Workers;

/// The parts of an array that a spool has.
pub(super) struct SpoolSource {
    records: Records,
    path: PathBuf,
    workers: Workers,
}

impl SpoolSource {
    pub(super) fn new(records: Records, path: PathBuf) -> Self {
        Self { records, path, workers: Workers::default() }
    }
}

impl Source for SpoolSource {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn layout(&self) -> &Layout {
        &self.records.encoder().layout
    }

    fn use_workers(&mut self, workers: &Workers) {
        self.workers = workers.clone();
    }

    fn read(&mut self, mut block: BlockMut<'_>) -> Result<(), Error> {
        block.check(self.layout(), &self.name())?;
        let (region, records) = (block.region().clone(), &self.records);
        let chunks = &records.encoder().chunks;
        let parts = chunks.single(&region);
        let bytes = block.bytes_mut();
        let all = Mutex::new(&mut *bytes);
        let mut states = vec![(); self.workers.count().min(parts.len()).max(1)];
        let read = self.workers.for_each(&mut states, parts.iter(), |part, ()| {
            let layout = Layout { shape: part.shape.clone(), ..*self.layout() };
            let len = layout.bytes();
            let memory = crate::memory::Memory::zeros(len);
            let mut memory = memory.ok_or(Error::Buffers { bytes: len })?;
            let copied = records.copy(part, (part, memory.bytes_mut()));
            copied.map_err(|unusable| unusable.of(self.path.clone(), chunks.chunk_of(part)))?;
            let whole = crate::region::Region::whole(&part.shape);
            let to = Layout { shape: region.shape.clone(), ..*self.layout() };
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            let place = part.within(&region);
            crate::runs::copy((&layout, &whole, memory.bytes()), (&to, &place, &mut all));
            Ok::<_, Error>(())
        });
        read.inspect_err(|_| bytes.fill(0))
    }
}
