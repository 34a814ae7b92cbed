//! The program itself: built once, run without anything of this process's environment, never waited for too long.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::Duration,
};

/// Longer than anything here takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where the program is. Cargo has mostly built it already.
fn hufu() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--offline",
                "--package",
                "hufu-api",
                "--bin",
                "hufu",
            ])
            .args(["--message-format", "json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs, since it runs this test");
        assert!(built.status.success(), "hufu is built");
        let told = String::from_utf8(built.stdout).expect("JSON is UTF-8");
        let lines = told
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut programs = lines.filter_map(|line| line["executable"].as_str().map(PathBuf::from));
        programs.next_back().expect("cargo tells where the program is")
    })
}

/// What a run that has ended told.
#[derive(Debug)]
pub(crate) struct Told {
    code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    /// Asserts success without a word on standard error, and gives standard output.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        self.out
    }

    /// Asserts a refusal: exit code 1, and on standard error one plain sentence, which says `what`.
    #[track_caller]
    pub(crate) fn refused(self, what: &str) -> Self {
        assert_eq!(self.code, Some(1), "{self:?}");
        let sentence = self
            .err
            .strip_suffix('\n')
            .unwrap_or_else(|| panic!("no line: {self:?}"));
        assert!(
            sentence.starts_with("hufu: ") && !sentence.contains('\n'),
            "{self:?}"
        );
        assert!(sentence.contains(what), "not {what:?}: {sentence}");
        for word in [
            "panicked",
            "Err(",
            "Error {",
            "RUST_BACKTRACE",
            "SqlxError",
            "Some(",
        ] {
            assert!(!sentence.contains(word), "{sentence}");
        }
        self
    }
}

/// A run. It is killed where a test ends before it.
pub(crate) struct Running {
    child: Child,
    out: Pipe,
    err: Pipe,
}

impl Running {
    /// Starts the program with these arguments and with nothing but these variables.
    pub(crate) fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(hufu())
            .args(arguments)
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = Pipe::of(child.stdout.take().expect("it is piped"));
        let err = Pipe::of(child.stderr.take().expect("it is piped"));
        Self { child, out, err }
    }

    /// The first line of standard output that has `what` in it, and all before it.
    pub(crate) fn told(&mut self, what: &str) -> (String, &str) {
        match self.out.until(what) {
            Some(line) => (line, &self.out.read),
            None => panic!("it ended without {what:?}: {}{}", self.out.read, self.err.rest()),
        }
    }

    /// Tells it to stop, as a service manager does.
    pub(crate) fn terminate(self) -> Told {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(
            told.is_ok_and(|status| status.success()),
            "it runs until it is told to stop"
        );
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Told {
        let (out, err) = (self.out.rest(), self.err.rest());
        let status = self.child.wait().expect("a child can be waited for");
        Told {
            code: status.code(),
            out,
            err,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has mostly ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Told {
    Running::start(arguments, variables).end()
}

/// What comes out of the program, line by line.
struct Pipe {
    lines: Receiver<String>,
    read: String,
}

impl Pipe {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            lines,
            read: String::new(),
        }
    }

    fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.read.push_str(&line);
                self.read.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("nothing more for {PATIENCE:?} after: {}", self.read),
        }
    }

    fn until(&mut self, what: &str) -> Option<String> {
        loop {
            let line = self.next()?;
            if line.contains(what) {
                return Some(line);
            }
        }
    }

    fn rest(&mut self) -> String {
        while self.next().is_some() {}
        self.read.clone()
    }
}
