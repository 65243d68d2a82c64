//! Directories of TIFF files: the list of tags that describes a page.

use super::file::{Fault, TiffFile};

/// More tags than any page has.
const MOST_TAGS: u64 = 65_535;
/// What is read of a text.
const MOST_TEXT: u64 = 64 << 10;

/// The tags of a page, and where the next page's are.
#[derive(Debug)]
pub(super) struct Directory {
    entries: Vec<Entry>,
    /// The next page's directory; 0 behind the last page.
    pub(super) next: u64,
}

/// A tag with its value, or with the place of it.
#[derive(Debug)]
struct Entry {
    tag: u16,
    kind: u64,
    count: u64,
    value: [u8; 8],
}

impl Directory {
    /// Reads the directory at a place.
    pub(super) fn read(file: &mut TiffFile, at: u64) -> Result<Self, Fault> {
        // Bytes of the number of tags, of a tag, of an offset.
        let [of_count, of_entry, of_offset] = if file.is_big { [8, 20, 8] } else { [2, 12, 4] };
        let beyond = || Fault::from("its directory lies beyond the end of the file");
        let mut start = [0; 8];
        let start = &mut start[..of_count];
        bytes_at(file, at, start).and_then(|is_there| is_there.then_some(()).ok_or_else(beyond))?;
        let count = file.number(start);
        if count > MOST_TAGS {
            return Err(format!("its directory has {count} tags").into());
        }
        let mut bytes = vec![0; count as usize * of_entry + of_offset];
        let is_there = bytes_at(file, at + of_count as u64, &mut bytes)?;
        if !is_there {
            return Err(beyond());
        }
        let (entries, next) = bytes.split_at(count as usize * of_entry);
        let entries = entries.chunks_exact(of_entry).map(|entry| {
            let mut value = [0; 8];
            value[..of_offset].copy_from_slice(&entry[of_entry - of_offset..]);
            Entry {
                tag: file.number(&entry[..2]) as u16,
                kind: file.number(&entry[2..4]),
                count: file.number(&entry[4..4 + of_offset]),
                value,
            }
        });
        Ok(Self { entries: entries.collect(), next: file.number(next) })
    }

    /// The numbers of a tag, of which more than `most` are left out.
    pub(super) fn numbers(
        &self,
        file: &mut TiffFile,
        tag: u16,
        most: usize,
    ) -> Result<Option<Vec<u64>>, Fault> {
        let Some(entry) = self.entry(tag) else { return Ok(None) };
        let size = match entry.kind {
            1 => 1,
            3 => 2,
            4 | 13 => 4,
            16 | 18 => 8,
            kind => return Err(format!("tag {tag} is of type {kind}, and no number").into()),
        };
        let count = entry.count.min(most as u64);
        let bytes = entry.bytes(file, count, size)?;
        let numbers: Vec<u64> =
            bytes.chunks_exact(size as usize).map(|bytes| file.number(bytes)).collect();
        if numbers.is_empty() {
            return Err(format!("tag {tag} has no number").into());
        }
        Ok(Some(numbers))
    }

    /// The first number of a tag.
    pub(super) fn number(&self, file: &mut TiffFile, tag: u16) -> Result<Option<u64>, Fault> {
        Ok(self.numbers(file, tag, 1)?.and_then(|numbers| numbers.first().copied()))
    }

    /// The text of a tag; none if it is not one.
    pub(super) fn text(&self, file: &mut TiffFile, tag: u16) -> Result<Option<String>, Fault> {
        let Some(entry) = self.entry(tag).filter(|entry| [1, 2].contains(&entry.kind)) else {
            return Ok(None);
        };
        let bytes = entry.bytes(file, entry.count.min(MOST_TEXT), 1)?;
        Ok(Some(String::from_utf8_lossy(&bytes).trim_end_matches('\0').to_owned()))
    }

    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

impl Entry {
    /// The bytes of the first `count` values of a size.
    fn bytes(&self, file: &mut TiffFile, count: u64, size: u64) -> Result<Vec<u8>, Fault> {
        let inline = if file.is_big { 8 } else { 4 };
        // Whether a value is in the tag depends on all values.
        let all = self.count.checked_mul(size);
        let bytes = count * size;
        if all.is_some_and(|all| all <= inline) {
            return Ok(self.value[..bytes as usize].to_vec());
        }
        let at = file.number(&self.value[..inline as usize]);
        // So many bytes are in the file: no more memory is taken than that.
        if all.is_none_or(|all| !file.holds(at, all)) {
            let fault = format!("the values of tag {} lie beyond the end of the file", self.tag);
            return Err(fault.into());
        }
        let mut values = vec![0; bytes as usize];
        file.read(at, &mut values).map_err(Fault::Read)?;
        Ok(values)
    }
}

/// Reads bytes, if they are in the file.
fn bytes_at(file: &mut TiffFile, at: u64, bytes: &mut [u8]) -> Result<bool, Fault> {
    if !file.holds(at, bytes.len() as u64) {
        return Ok(false);
    }
    file.read(at, bytes).map_err(Fault::Read)?;
    Ok(true)
}
