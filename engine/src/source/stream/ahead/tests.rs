use std::time::Instant;

use super::*;

/// A source whose sample at frame `n` is `n`, which may be slow or broken.
struct Ramp {
    frames: u64,
    pause: Duration,
    broken_from: u64,
}

impl Reader for Ramp {
    fn rate(&self) -> SampleRate {
        SampleRate(48_000)
    }
    fn layout(&self) -> Layout {
        Layout::Stereo
    }
    fn frames(&self) -> Frames {
        Frames(self.frames)
    }
    fn read(&mut self, start: u64, out: &mut Block) -> Result<(), Error> {
        std::thread::sleep(self.pause);
        if start + out.frames() as u64 > self.broken_from {
            return Err(Error::Cancelled { path: "ramp".into() });
        }
        for channel in 0..2 {
            for (index, sample) in out.channel_mut(channel).iter_mut().enumerate() {
                let frame = start + index as u64;
                *sample = if frame < self.frames { frame as f64 } else { 0.0 };
            }
        }
        Ok(())
    }
}

fn ramp(frames: u64) -> Box<Ramp> {
    Box::new(Ramp { frames, pause: Duration::ZERO, broken_from: u64::MAX })
}

/// Reads until the stream has it; fails after ten seconds.
fn wait(stream: &mut Stream, start: u64, block: &mut Block) {
    let begun = Instant::now();
    while stream.read(start, block) == Supply::Late {
        assert!(begun.elapsed() < Duration::from_secs(10), "the stream never came to frame {start}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn sequential_reads_are_whole_and_end_in_silence() {
    let mut stream = Stream::open(ramp(200_001), 0, 4).unwrap();
    for frames in [1usize, 333, 1024, 8192] {
        let mut block = Block::new(2, frames);
        let mut start = 0u64;
        let length = if frames == 1 { 5_000 } else { 210_000 };
        while start < length {
            wait(&mut stream, start, &mut block);
            for (index, sample) in block.channel(1).iter().enumerate() {
                let frame = start + index as u64;
                assert_eq!(*sample, if frame < 200_001 { frame as f64 } else { 0.0 });
            }
            start += frames as u64;
        }
    }
    assert_eq!(stream.error(), None);
}

#[test]
fn a_prefilled_stream_is_ready_at_once_and_a_jump_is_made_up() {
    let mut stream = Stream::open(ramp(10_000_000), 5_000, 2).unwrap();
    let mut block = Block::new(2, 512);
    assert_eq!(stream.read(5_000, &mut block), Supply::Ready);
    assert_eq!(block.channel(0)[0], 5_000.0);
    assert_eq!(stream.read(9_000_000, &mut block), Supply::Late);
    assert!(block.is_silent());
    wait(&mut stream, 9_000_000, &mut block);
    assert_eq!(block.channel(0)[511], 9_000_511.0);
    // A small step back needs no refill.
    let late = stream.late();
    assert_eq!(stream.read(9_000_000, &mut block), Supply::Ready);
    wait(&mut stream, 3, &mut block);
    assert_eq!(block.channel(0)[0], 3.0);
    assert!(stream.late() > late);
}

#[test]
fn a_failure_is_silence_and_is_told() {
    let broken = Box::new(Ramp { frames: 100_000, pause: Duration::ZERO, broken_from: 30_000 });
    let mut stream = Stream::open(broken, 0, 1).unwrap();
    let mut block = Block::new(2, 512);
    wait(&mut stream, 0, &mut block);
    let begun = Instant::now();
    while stream.error().is_none() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(stream.error().is_some());
    assert_eq!(stream.read(40_000, &mut block), Supply::Late);
    assert!(block.is_silent());
}

#[test]
fn a_slow_disk_makes_reads_late_never_slow() {
    let slow = Box::new(Ramp { frames: 1_000_000, pause: Duration::from_millis(200), broken_from: u64::MAX });
    let mut stream = Stream::open(slow, 0, 1).unwrap();
    let mut block = Block::new(2, 512);
    let begun = Instant::now();
    let late = (0..200).filter(|index| stream.read(index * 512, &mut block) == Supply::Late).count() as u64;
    assert!(late > 0 && stream.late() == late);
    assert!(begun.elapsed() < Duration::from_millis(150), "reading waited for the disk");
}

#[test]
fn the_thread_ends_when_the_stream_is_dropped() {
    let stream = Stream::open(ramp(1_000_000), 0, 1).unwrap();
    let shared = Arc::downgrade(&stream.shared);
    drop(stream);
    let begun = Instant::now();
    while shared.strong_count() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the thread lives on");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn reading_ahead_stays_within_its_memory() {
    for (rate, layout) in [(384_000, Layout::Surround714), (44_100, Layout::Stereo), (8_000, Layout::Mono)] {
        let frames = chunk_frames(SampleRate(rate), layout) * CHUNKS as u64;
        assert!(frames * layout.channels() as u64 * 8 <= WINDOW_BYTES);
    }
}
