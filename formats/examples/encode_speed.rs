//! Encoding and decoding speed and size on generated frames: `cargo run --release -p tracee-formats --example encode_speed`.

use std::time::Instant;

use formats::block::{BlockDecoder, BlockEncoder, Effort, RawBlock};
use formats::event::Lane;
use formats::events;
use formats::frame::FrameHeader;
use formats::schema::Schema;

/// A small generator: the same frames on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// Around `middle`, like the time that a system call takes.
    fn near(&mut self, middle: u64) -> u64 {
        let spread = (0..4).map(|_| self.below(middle / 8)).sum::<u64>();
        let tail = if self.below(50) == 0 { self.below(middle * 20) } else { 0 };
        middle * 3 / 4 + spread + tail
    }
}

fn slots(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// `dd bs=1` from one file to another: nothing changes but the time.
fn copy_loop(random: &mut Random, frames: u64) -> Vec<u8> {
    let (mut rows, mut boot_ns) = (Vec::new(), 5_000_000_000_000);
    for n in 0..frames {
        boot_ns += random.near(300);
        let (event, fd) = if n % 2 == 0 { (4096, 0) } else { (4097, 1) };
        let header =
            FrameHeader { boot_ns, context: 77, tid: 4242, sequence: n as u32 + 1, event, ..Default::default() };
        let payload = slots(&[1, fd, 0x5581_2345_6000, 1, 900 + fd]);
        header.append(&payload, &mut rows).expect("short payload");
    }
    rows
}

/// Many processes that open, read, stat, map and close files.
fn build(random: &mut Random, frames: u64) -> Vec<u8> {
    let path = |n: u64| format!("/usr/lib/x86_64-linux-gnu/part{}/lib{n}.so.{}", n % 17, n % 5);
    let (mut rows, mut boot_ns, mut task, mut object) = (Vec::new(), 5_000_000_000_000, 1, 10_000);
    let mut n = 0u32;
    while u64::from(n) < frames {
        if random.below(40) == 0 {
            task = 1 + random.below(30);
        }
        object += 1;
        let number = random.below(3000);
        let name = path(number);
        let fd = 3 + random.below(3);
        let size = random.below(100_000);
        let map = 0x7f00_0000_0000 + random.below(1 << 22) * 4096;
        let words = name.len() as u64 | (name.len() as u64) << 32;
        let named = |values: &[u64]| [slots(values), name.clone().into_bytes()].concat();
        let calls = [
            (4096 + 257, named(&[fd, u64::MAX - 99, words, 0x80000, 0, 0, object, 500 + task])),
            (4096 + 5, slots(&[0, fd, 0x7ffc_0000_1000 + task * 4096, object])),
            (4096, slots(&[832.min(size), fd, 0x7ffc_0000_2000 + task * 4096, 832, object])),
            (4096 + 9, slots(&[map, 0, size, 1, 2, fd, 0, object])),
            (4096 + 3, slots(&[0, fd, object])),
        ];
        for (event, payload) in calls {
            boot_ns += random.near(1500);
            n += 1;
            let header = FrameHeader {
                boot_ns,
                context: 1 << 32 | task,
                tid: 4000 + task as u32,
                sequence: n,
                event,
                ..Default::default()
            };
            header.append(&payload, &mut rows).expect("short payload");
        }
    }
    rows
}

fn measure(name: &str, rows: Vec<u8>, effort: Effort) {
    let block = RawBlock { lane: Lane::Events, cpu: 0, keyframe: false, first_sequence: 1, rows };
    let mut encoder = BlockEncoder::new().expect("memory");
    let mut decoder = BlockDecoder::new().expect("memory");
    let mut encoded = encoder.encode(&block, effort).expect("block");
    let frames = f64::from(encoded.header.frames);
    let mut out = Vec::new();
    let (mut encode_ns, mut decode_ns) = (f64::MAX, f64::MAX);
    for _ in 0..30 {
        let start = Instant::now();
        encoded = encoder.encode(&block, effort).expect("block");
        encode_ns = encode_ns.min(start.elapsed().as_nanos() as f64 / frames);
        let start = Instant::now();
        decoder.decode(&encoded.header, &encoded.bytes, &mut out).expect("block");
        decode_ns = decode_ns.min(start.elapsed().as_nanos() as f64 / frames);
    }
    assert_eq!(out, block.rows, "{name} came back otherwise");
    println!(
        "{name:10} {effort:12?} {frames:7} frames, {:5.1} B raw, {:6.3} B stored, encode {encode_ns:6.1} ns, decode {decode_ns:6.1} ns a frame",
        block.rows.len() as f64 / frames,
        encoded.bytes.len() as f64 / frames,
    );
}

fn main() {
    let known = events::all().filter(|event| Schema::builtin().get(event.id).is_some()).count();
    println!("{known} events in the table");
    for effort in [Effort::Columns(1), Effort::Columns(3), Effort::Rows(1), Effort::Stored] {
        measure("copy loop", copy_loop(&mut Random(1), 14_000), effort);
        measure("build", build(&mut Random(2), 14_000), effort);
    }
}
