//! All pages of a stack: found and checked before any pixel is read.

use std::collections::HashSet;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::batch::Largest;
use super::coding::Form;
use super::description::Description;
use super::directory::Directory;
use super::file::{Fault, TiffFile};
use super::page::Page;
use crate::error::Error;

/// The tag of a page's description.
const DESCRIPTION: u16 = 270;

/// A page of a stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Which file it is in.
    pub(super) file: usize,
    /// Which page of the file it is.
    pub(super) page: usize,
    pub(super) at: At,
}

/// Where a page is in its file.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// Its pixels lie one behind the other, from here on.
    Pixels(u64),
    /// Its directory lies here.
    Directory(u64),
}

/// The pages of a stack.
#[derive(Debug)]
pub(super) struct PageList {
    pub(super) files: Vec<(PathBuf, Metadata)>,
    pub(super) pages: Vec<Place>,
    /// What each of them holds.
    pub(super) form: Form,
    /// Lengths of the axes in front of a page's.
    pub(super) lead: Vec<usize>,
    /// A page's first axes that the array does not have, all of length 1.
    pub(super) dropped: usize,
    /// Rows and columns of the first page's chunks; none if its pixels lie one behind the other.
    pub(super) chunk: Option<[usize; 2]>,
    /// The largest chunks, and the most chunks of a page.
    pub(super) largest: Largest,
    pub(super) most_chunks: usize,
}

impl PageList {
    /// Finds and checks all pages of some files, each like the first.
    pub(super) fn of(paths: &[PathBuf], is_one_file: bool) -> Result<Self, Error> {
        let mut list = None;
        for path in paths {
            let mut file = TiffFile::open(path)?;
            let found = file.found.clone();
            let description = add_pages(&mut list, &mut file)?;
            let Some(list) = &mut list else { continue };
            list.files.push((path.clone(), found));
            if is_one_file {
                (list.lead, list.dropped) = lead(list.pages.len(), &list.form, description);
            }
        }
        let mut list = list.ok_or_else(|| Error::NoPages { path: PathBuf::new() })?;
        if !is_one_file {
            list.lead = vec![list.pages.len()];
        }
        Ok(list)
    }
}

/// Adds the pages of a file; returns what its first page says of itself.
fn add_pages(
    list: &mut Option<PageList>,
    file: &mut TiffFile,
) -> Result<Option<Description>, Error> {
    let path = file.path.clone();
    let (mut at, mut number) = (file.first, 0);
    let mut seen = HashSet::new();
    let mut description = None;
    let mut only = None;
    while at != 0 {
        let of_page = |fault: Fault| fault.of_page(&path, number);
        if !seen.insert(at) {
            return Err(of_page("its directory is one of a page before it".into()));
        }
        let directory = Directory::read(file, at).map_err(of_page)?;
        let page = Page::of(&directory, file).map_err(of_page)?;
        if number == 0 {
            let text = directory.text(file, DESCRIPTION).map_err(of_page)?;
            description = text.as_deref().and_then(Description::of);
        }
        add(list, &page, (&path, number), at)?;
        only = (number == 0).then_some(page);
        (at, number) = (directory.next, number + 1);
    }
    // A single directory, behind whose pixels lie those of more pages.
    if let (Some(page), Some(description)) = (only, &description) {
        let more = described(description, &page.form) - 1;
        if more > 0 {
            add_behind(list, file, &page, more)?;
        }
    }
    Ok(description)
}

/// Adds a page that is like the first.
fn add(
    list: &mut Option<PageList>,
    page: &Page,
    (path, number): (&Path, usize),
    at: u64,
) -> Result<(), Error> {
    let data = page.data();
    let list = list.get_or_insert_with(|| PageList {
        files: Vec::new(),
        pages: Vec::new(),
        form: page.form,
        lead: Vec::new(),
        dropped: 0,
        chunk: data.is_none().then_some(page.chunk),
        largest: Largest::default(),
        most_chunks: 0,
    });
    if page.form != list.form {
        let told = |form: &Form| format!("{} of shape {:?}", form.element, form.shape());
        return Err(Error::PageDiffers {
            path: path.to_owned(),
            page: number,
            found: told(&page.form),
            expected: told(&list.form),
        });
    }
    if data.is_none() {
        let chunk = page.chunk(0);
        let stored = page.stored.iter().map(|&(_, bytes)| bytes).max().unwrap_or(0);
        let stored = if page.coding.is_plain() { chunk.bytes } else { stored };
        let decoded = chunk.form.bytes();
        let Largest { stored: known, decoded: known_decoded, scratch } = list.largest;
        list.largest = Largest {
            stored: known.max(usize::try_from(stored).unwrap_or(usize::MAX)),
            decoded: known_decoded.max(decoded),
            scratch: scratch.max(page.coding.scratch(decoded)),
        };
        list.most_chunks = list.most_chunks.max(page.stored.len());
    }
    let at = data.map_or(At::Directory(at), At::Pixels);
    list.pages.push(Place { file: list.files.len(), page: number, at });
    Ok(())
}

/// How many pages a description speaks of.
fn described(description: &Description, form: &Form) -> usize {
    match description {
        Description::ImageJ { images, .. } => (*images).max(1),
        Description::Shape(shape) => {
            let all = shape.iter().try_fold(1_usize, |all, &len| all.checked_mul(len));
            let of_page = form.rows * form.columns * form.samples;
            all.filter(|all| all.is_multiple_of(of_page)).map_or(1, |all| (all / of_page).max(1))
        }
    }
}

/// Adds the pages behind an only one.
fn add_behind(
    list: &mut Option<PageList>,
    file: &TiffFile,
    page: &Page,
    more: usize,
) -> Result<(), Error> {
    let of_page = |fault: String| Fault::Page(fault).of_page(&file.path, 0);
    let all = more + 1;
    let Some(first) = page.data() else {
        let fault = "is the only page; more are only read behind plain pixels that lie together";
        return Err(of_page(format!("it speaks of {all} pages, and {fault}")));
    };
    let bytes = page.form.bytes() as u64;
    let needed = bytes.checked_mul(all as u64);
    if needed.is_none_or(|needed| !file.holds(first, needed)) {
        let len = file.found.len();
        return Err(of_page(format!(
            "it speaks of {all} pages of {bytes} bytes from {first} on, and the file ends at {len}"
        )));
    }
    let Some(list) = list else { return Ok(()) };
    let file = list.files.len();
    list.pages.extend((1..all).map(|page| Place {
        file,
        page,
        at: At::Pixels(first + page as u64 * bytes),
    }));
    Ok(())
}

/// The axes in front of a page's, of a file of some pages; and how many of a page's are dropped.
fn lead(pages: usize, form: &Form, description: Option<Description>) -> (Vec<usize>, usize) {
    let own = form.shape();
    let counted = |axes: &[usize]| axes.iter().product::<usize>() == pages;
    match description {
        Some(Description::Shape(shape)) if shape.ends_with(&own) => {
            let axes = &shape[..shape.len() - own.len()];
            if counted(axes) {
                return (axes.to_vec(), 0);
            }
        }
        Some(Description::Shape(shape)) if pages == 1 && own.ends_with(&shape) => {
            let dropped = own.len() - shape.len();
            if own[..dropped].iter().all(|&len| len == 1) {
                return (Vec::new(), dropped);
            }
        }
        Some(Description::ImageJ { axes, .. }) if counted(&axes) => return (axes, 0),
        _ => {}
    }
    (if pages == 1 { Vec::new() } else { vec![pages] }, 0)
}

#[cfg(test)]
mod tests {
    use gausstack::ElementType;

    use super::*;

    #[test]
    fn descriptions_name_axes_where_they_count_the_pages() {
        let form = Form { rows: 4, columns: 5, samples: 1, element: ElementType::U8 };
        let of = |pages, description| lead(pages, &form, description).0;
        let shape = |shape: &[usize]| Some(Description::Shape(shape.to_vec()));
        let imagej =
            |images, axes: &[usize]| Some(Description::ImageJ { images, axes: axes.to_vec() });
        assert_eq!(of(1, None), [0; 0]);
        assert_eq!(of(6, None), [6]);
        assert_eq!(of(6, shape(&[2, 3, 4, 5])), [2, 3]);
        assert_eq!(of(1, shape(&[1, 4, 5])), [1]);
        assert_eq!(of(6, shape(&[2, 3, 5, 4])), [6]);
        assert_eq!(of(6, shape(&[2, 2, 4, 5])), [6]);
        assert_eq!(of(6, imagej(6, &[3, 2])), [3, 2]);
        assert_eq!(of(6, imagej(7, &[7])), [6]);
        assert_eq!(described(&shape(&[2, 3, 4, 5]).unwrap(), &form), 6);
        assert_eq!(described(&shape(&[usize::MAX, 3]).unwrap(), &form), 1);
        assert_eq!(described(&shape(&[0, 4, 5]).unwrap(), &form), 1);
        let colours = Form { samples: 3, ..form };
        assert_eq!(lead(2, &colours, shape(&[2, 4, 5, 3])), (vec![2], 0));
        let line = Form { rows: 1, ..form };
        assert_eq!(lead(1, &line, shape(&[5])), (vec![], 1));
        assert_eq!(lead(1, &form, shape(&[5])), (vec![], 0));
        assert_eq!(lead(1, &Form { columns: 1, ..line }, shape(&[])), (vec![], 2));
    }
}
