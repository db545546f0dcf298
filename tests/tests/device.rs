//! What a real stream receives is the render, bit for bit.
//!
//! A PulseAudio daemon of the test's own runs a null sink at the programme's rate; cpal opens an ALSA device that copies
//! every sample it is given to a file and passes it on to that sink, which keeps the pace of a sound card.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lacquer_engine::realtime::{DeviceChoice, Load, Monitor, Notice};
use lacquer_engine::render::{Library, Plan, Start, Word};
use lacquer_engine::session::{ChainSettings, Scalar, StageSettings};
use lacquer_engine::unit::Frames;
use lacquer_tests::album::{Album, pull};
use lacquer_tests::signal;

const CHILD: &str = "LACQUER_TEST_DEVICE";
const RATE: u32 = 48_000;

/// A second of silence (the soft start of the monitor and of the transport lies in it), then music, through a chain.
fn album() -> Album {
    let mut album = Album::default();
    let channel = |seed| {
        let mut samples = vec![0.0; RATE as usize];
        samples.extend(signal::music(RATE, seed, RATE as usize * 3));
        signal::quantised(&samples, 24)
    };
    album.add(RATE, 24, 0.0, vec![channel(1), channel(2)]);
    // Every processor, those at work that would pass everything untouched as they come.
    let stages = lacquer_engine::chain::PROCESSORS.iter().map(|processor| {
        let mut stage = StageSettings::new(processor.table.id, processor);
        for (id, value) in [("gain", 3.0), ("drive", 6.0), ("width_low", 60.0)] {
            if processor.table.find(id).is_some() {
                stage.values.insert(id.into(), Scalar::Number(value));
            }
        }
        stage
    });
    album.session.passes[0].chain = Some(ChainSettings { stages: stages.collect(), ..ChainSettings::default() });
    album
}

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_stream_receives_the_render_bit_for_bit() {
    if std::env::var(CHILD).is_ok() {
        return play();
    }
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let folder = scratch.path();
    let _daemon = start_daemon(folder);
    let output = Command::new(std::env::current_exe().expect("this test's own program"))
        .args(["--exact", "a_stream_receives_the_render_bit_for_bit", "--nocapture"])
        .envs([(CHILD, "1"), ("HOME", &folder.display().to_string())])
        .envs(pulse_env(folder))
        .output()
        .expect("the child starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let heard = read_samples(&folder.join("heard.raw"));
    let album = album();
    let plan = Arc::new(Plan::new(&album.session, "streaming").expect("a plan"));
    let mut renderer = album.renderer(&plan, Word::Full);
    renderer.start_at(Frames(0), Start::Exact);
    // The device takes 32-bit floats or integers; the programme is compared as that word holds it.
    let made = pull(&mut renderer, plan.delivered_frames() as usize, 1000);
    let first = made[0].iter().position(|sample| word(*sample) != 0).expect("music");
    let at = heard.iter().position(|frame| frame.0 != 0).expect("something was heard");
    let compared = made[0].len() - first;
    assert!(heard.len() >= at + compared, "{} of {} frames were heard\n{text}", heard.len() - at, compared);
    for index in 0..compared {
        let want = (word(made[0][first + index]), word(made[1][first + index]));
        assert_eq!(heard[at + index], want, "frame {index} of {compared}");
    }
}

fn word(sample: f64) -> i32 {
    libm::floor(sample.clamp(-1.0, 1.0 - 1.0 / 2_147_483_648.0) * 2_147_483_648.0 + 0.5) as i32
}

fn read_samples(path: &Path) -> Vec<(i32, i32)> {
    let bytes = fs::read(path).expect("what was heard");
    let sample = |bytes: &[u8]| i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    bytes.chunks_exact(8).map(|frame| (sample(&frame[..4]), sample(&frame[4..]))).collect()
}

fn pulse_env(folder: &Path) -> [(&'static str, String); 3] {
    let run = folder.join("run").display().to_string();
    let server = format!("unix:{}/pulse/native", run);
    [("XDG_RUNTIME_DIR", run.clone()), ("PULSE_RUNTIME_PATH", format!("{run}/pulse")), ("PULSE_SERVER", server)]
}

fn start_daemon(folder: &Path) -> Daemon {
    fs::create_dir_all(folder.join("run/pulse")).expect("a folder");
    let script = folder.join("pulse.pa");
    let sink = format!("load-module module-null-sink sink_name=ears format=s32le rate={RATE} channels=2\n");
    fs::write(&script, format!("load-module module-native-protocol-unix\n{sink}")).expect("a script");
    // All that is played goes into a file, as 32-bit integers, and on to the sink.
    let rc = format!(
        "pcm.ears {{ type pulse device ears }}\n\
         pcm.copied {{ type file slave.pcm ears file {}/heard.raw format raw }}\n\
         pcm.tofile {{ type plug slave {{ pcm copied format S32_LE rate {RATE} channels 2 }} hint {{ show on description tofile }} }}\n",
        folder.display()
    );
    fs::write(folder.join(".asoundrc"), rc).expect("a configuration");
    let child = Command::new("pulseaudio")
        .args(["-n", "--exit-idle-time=-1", "--daemonize=no", "--disallow-exit", "--use-pid-file=no"])
        .args(["--realtime=no", "--resample-method=copy", "-F"])
        .arg(&script)
        .env("HOME", folder)
        .envs(pulse_env(folder).into_iter().filter(|(name, _)| *name != "PULSE_SERVER"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pulseaudio is needed for this test");
    let socket = folder.join("run/pulse/native");
    let limit = Instant::now() + Duration::from_secs(20);
    while !socket.exists() && Instant::now() < limit {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(socket.exists(), "pulseaudio did not start");
    Daemon(child)
}

/// The child: plays the album once on the device.
fn play() {
    let album = album();
    let library: Arc<dyn Library> = Arc::new(album.shelf.clone());
    let choice = DeviceChoice { id: Some("alsa:copied".into()), ..DeviceChoice::default() };
    let (mut monitor, notices) = Monitor::new(choice);
    assert!(notices.iter().any(|notice| matches!(notice, Notice::Playing { .. })), "{notices:?}");
    let plan = Arc::new(Plan::new(&album.session, "streaming").expect("a plan"));
    monitor.load(plan, library, Load::At(0));
    let output = monitor.output().expect("an output");
    assert_eq!((output.rate.0, output.is_device), (RATE, true));
    monitor.play();
    let limit = Instant::now() + Duration::from_secs(60);
    let mut ended = false;
    while !ended {
        std::thread::sleep(Duration::from_millis(10));
        ended =
            monitor.poll().iter().any(|notice| matches!(notice, Notice::Audio(lacquer_engine::realtime::Event::Ended)));
        assert!(Instant::now() < limit, "{:?}", monitor.status());
    }
    assert_eq!(monitor.status().late, 0, "no frame was late");
    // The last period is still on its way to the file.
    std::thread::sleep(Duration::from_millis(500));
}
