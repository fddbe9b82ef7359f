//! Packed captures: the segments of a capture in one file, as they are, with an index at the end.
//!
//! The same segments give the same file. It is read in place, and unpacking gives the same segment files back.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::capture::Capture;
use crate::cursor::Cursor;
use crate::error::{Error, Invalid, Result};
use crate::segment::{Damage, SegmentSource, number_of};

/// First bytes of a packed capture.
pub const PACK_MAGIC: [u8; 8] = *b"TRACEEPK";
const END_MAGIC: [u8; 8] = *b"TRACEEPE";
const VERSION: u16 = 1;
/// Magic, version, zeros.
const HEADER_LEN: u64 = 16;
/// Hash of the index, offset of the index, magic.
const TRAILER_LEN: u64 = 48;
/// Name length, name (12 bytes), content length.
const ENTRY_LEN: u64 = 22;
const NAME_LEN: usize = 12;
/// Most bytes of an index: a hundred million segments have no place in 8 digits.
const INDEX_LIMIT: u64 = 64 << 20;

/// Packs the capture at `from` into the new file `to`. Gives the hash of the index: names, lengths and contents' hashes.
///
/// # Errors
/// `from` is no capture, `to` exists already, or the system refuses; a file that could not be finished is removed.
pub fn pack(from: &Path, to: &Path) -> Result<[u8; 32]> {
    let capture = Capture::open(from)?;
    let file = create(to)?;
    write(&capture, file, to).inspect_err(|_| {
        // Half a packed file helps nobody; the capture is where it was.
        let _ = std::fs::remove_file(to);
    })
}

fn write(capture: &Capture, file: File, to: &Path) -> Result<[u8; 32]> {
    let mut out = BufWriter::new(file);
    let mut put = |bytes: &[u8]| out.write_all(bytes).map_err(Error::io(to));
    put(&header())?;
    let mut index = Vec::new();
    let mut at = HEADER_LEN;
    for source in capture.segments() {
        let name = source.name.as_str();
        if number_of(name).is_none() {
            return Err(Error::NotACapture { path: source.path.clone(), why: "not named as a segment".to_owned() });
        }
        put(&entry(name, source.length))?;
        at = at.saturating_add(ENTRY_LEN);
        let mut hasher = blake3::Hasher::new();
        copy(source, |bytes| {
            hasher.update(bytes);
            put(bytes)
        })?;
        index.extend_from_slice(&entry(name, source.length));
        index.extend_from_slice(&at.to_le_bytes());
        index.extend_from_slice(hasher.finalize().as_bytes());
        at = at.saturating_add(source.length);
    }
    let root = hash(&index);
    put(&index)?;
    put(&root)?;
    put(&at.to_le_bytes())?;
    put(&END_MAGIC)?;
    let file = out.into_inner().map_err(|error| Error::io(to)(error.into_error()))?;
    file.sync_data().map_err(Error::io(to))?;
    Ok(root)
}

/// Writes the segments of the packed capture `from` into the directory `to`, which is made if it is not there.
///
/// # Errors
/// `from` is no packed capture, its index is damaged, a content is not what the index says, or a file exists already.
pub fn unpack(from: &Path, to: &Path) -> Result<()> {
    let mut file = File::open(from).map_err(Error::io(from))?;
    let mut magic = [0; PACK_MAGIC.len()];
    if file.read_exact(&mut magic).is_err() || magic != PACK_MAGIC {
        return Err(Error::NotACapture { path: from.to_path_buf(), why: "not a packed capture".to_owned() });
    }
    let entries = read_index(&mut file, from)?;
    std::fs::create_dir_all(to).map_err(Error::io(to))?;
    for (source, hash) in entries {
        // The name is eight digits and `.seg`, so it stays within the directory.
        let path = to.join(&source.name);
        let mut out = BufWriter::new(create(&path)?);
        let mut hasher = blake3::Hasher::new();
        copy(&source, |bytes| {
            hasher.update(bytes);
            out.write_all(bytes).map_err(Error::io(&path))
        })?;
        out.flush().map_err(Error::io(&path))?;
        if *hasher.finalize().as_bytes() != hash {
            return Err(Invalid("segment is not what was packed; it was unpacked as it is").at(from, source.offset));
        }
    }
    Ok(())
}

/// The segments of a packed file, by its index or, when that is damaged, by going from entry to entry.
pub(crate) fn index(path: &Path) -> Result<(Vec<SegmentSource>, Vec<Damage>)> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    match read_index(&mut file, path) {
        Ok(entries) => Ok((entries.into_iter().map(|(source, _)| source).collect(), Vec::new())),
        Err(Error::Corrupt { offset, what, .. }) => {
            let damage = Damage { file: path.to_path_buf(), offset, length: 0, what };
            Ok((walk(&mut file, path)?, vec![damage]))
        }
        Err(error) => Err(error),
    }
}

/// Segments with their places and their contents' hashes, which [`check`] and [`unpack`] compare.
fn read_index(file: &mut File, path: &Path) -> Result<Vec<(SegmentSource, [u8; 32])>> {
    let length = file.metadata().map_err(Error::io(path))?.len();
    let mut read = |offset: u64, length: u64| read_at(file, path, offset, length);
    let cut = || Invalid("packed file is cut or its end is damaged").at(path, length);
    let trailer_at = length.checked_sub(TRAILER_LEN).ok_or_else(cut)?;
    let trailer = read(trailer_at, TRAILER_LEN)?;
    let mut cursor = Cursor::new(&trailer);
    let (root, index_at, magic) = (cursor.array::<32>(), cursor.u64(), cursor.array::<8>());
    let (Ok(root), Ok(index_at), Ok(END_MAGIC)) = (root, index_at, magic) else { return Err(cut()) };
    let index_len = trailer_at.checked_sub(index_at).filter(|length| *length <= INDEX_LIMIT).ok_or_else(cut)?;
    let index = read(index_at, index_len)?;
    if hash(&index) != root {
        let head = read(0, HEADER_LEN)?;
        let version = head.get(8..).and_then(<[u8]>::first_chunk).map_or(0, |version| u16::from_le_bytes(*version));
        if version > VERSION {
            return Err(Error::Unsupported { path: path.to_path_buf(), major: version, minor: 0 });
        }
        return Err(Invalid("packed file's index is damaged").at(path, index_at));
    }
    entries(&index, path, index_at).map_err(|wrong| wrong.at(path, index_at))
}

fn entries(index: &[u8], path: &Path, index_at: u64) -> Result<Vec<(SegmentSource, [u8; 32])>, Invalid> {
    let mut cursor = Cursor::new(index);
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    let mut next = HEADER_LEN;
    while !cursor.is_empty() {
        let (name, length) = take_entry(&mut cursor)?;
        let offset = cursor.u64()?;
        let hash = cursor.array()?;
        let is_next = next.checked_add(ENTRY_LEN) == Some(offset);
        next = offset
            .checked_add(length)
            .filter(|end| is_next && *end <= index_at)
            .ok_or(Invalid("packed file's segments do not lie side by side"))?;
        if !names.insert(name.clone()) {
            return Err(Invalid("packed file's index names a segment twice"));
        }
        found.push((SegmentSource { path: path.to_path_buf(), name, offset, length }, hash));
    }
    if next == index_at { Ok(found) } else { Err(Invalid("packed file's index does not close over its segments")) }
}

/// Goes from entry to entry; the last may be cut.
fn walk(file: &mut File, path: &Path) -> Result<Vec<SegmentSource>> {
    let end = file.metadata().map_err(Error::io(path))?.len();
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    let mut at = HEADER_LEN;
    while at.saturating_add(ENTRY_LEN) < end {
        let bytes = read_at(file, path, at, ENTRY_LEN)?;
        let Ok((name, length)) = take_entry(&mut Cursor::new(&bytes)) else { break };
        let offset = at.saturating_add(ENTRY_LEN);
        let length = length.min(end.saturating_sub(offset));
        // The index begins like an entry does, but names what was there already.
        if !names.insert(name.clone()) {
            break;
        }
        found.push(SegmentSource { path: path.to_path_buf(), name, offset, length });
        at = offset.saturating_add(length);
    }
    Ok(found)
}

/// What is wrong around and in the segments of a packed file of which the index is whole.
pub(crate) fn check(path: &Path) -> Result<Vec<Damage>> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut found = Vec::new();
    let mut wrong = |offset, length, what: String| {
        found.push(Damage { file: path.to_path_buf(), offset, length, what });
    };
    if read_at(&mut file, path, 0, HEADER_LEN)? != header() {
        wrong(0, HEADER_LEN, "packed file's header is damaged".to_owned());
    }
    for (source, expected) in read_index(&mut file, path)? {
        let entry_at = source.offset.saturating_sub(ENTRY_LEN);
        if read_at(&mut file, path, entry_at, ENTRY_LEN)? != entry(&source.name, source.length) {
            wrong(entry_at, ENTRY_LEN, format!("entry before {} is not what the index says", source.name));
        }
        let mut hasher = blake3::Hasher::new();
        copy(&source, |bytes| {
            hasher.update(bytes);
            Ok(())
        })?;
        if *hasher.finalize().as_bytes() != expected {
            wrong(source.offset, source.length, format!("{} is not what was packed", source.name));
        }
    }
    Ok(found)
}

fn header() -> Vec<u8> {
    [PACK_MAGIC.as_slice(), &VERSION.to_le_bytes(), &[0; 6]].concat()
}

/// The hash that closes a packed file: over its header, as it should be, and its index.
fn hash(index: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header()).update(index);
    *hasher.finalize().as_bytes()
}

fn entry(name: &str, length: u64) -> Vec<u8> {
    [(NAME_LEN as u16).to_le_bytes().as_slice(), name.as_bytes(), length.to_le_bytes().as_slice()].concat()
}

fn take_entry(cursor: &mut Cursor<'_>) -> Result<(String, u64), Invalid> {
    let wrong = Invalid("packed entry has no segment's name");
    if usize::from(cursor.u16()?) != NAME_LEN {
        return Err(wrong);
    }
    let name = std::str::from_utf8(cursor.bytes(NAME_LEN)?).map_err(|_| wrong)?;
    if number_of(name).is_none() {
        return Err(wrong);
    }
    Ok((name.to_owned(), cursor.u64()?))
}

fn create(path: &Path) -> Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            Error::Exists { path: path.to_path_buf() }
        } else {
            Error::io(path)(error)
        }
    })
}

fn read_at(file: &mut File, path: &Path, offset: u64, length: u64) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    file.seek(SeekFrom::Start(offset)).map_err(Error::io(path))?;
    Read::take(&mut *file, length).read_to_end(&mut out).map_err(Error::io(path))?;
    Ok(out)
}

/// Gives the source's bytes to `each`, a piece at a time.
fn copy(source: &SegmentSource, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let path = &source.path;
    let mut file = File::open(path).map_err(Error::io(path))?;
    file.seek(SeekFrom::Start(source.offset)).map_err(Error::io(path))?;
    let mut left = source.length;
    let mut buffer = vec![0; 1 << 18];
    while left > 0 {
        let want = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let read = file.read(buffer.get_mut(..want).unwrap_or_default()).map_err(Error::io(path))?;
        if read == 0 {
            return Err(Error::Torn {
                path: path.clone(),
                offset: source.offset.saturating_add(source.length.saturating_sub(left)),
            });
        }
        each(buffer.get(..read).unwrap_or_default())?;
        left = left.saturating_sub(read as u64);
    }
    Ok(())
}
