//! All that was logged in this process, at every level, by everyone but the simulator.
//!
//! One subscriber for all tests: tracing remembers for each place that logs whether anyone listens, and may ask a thread
//! where nobody does.

use std::{
    io,
    sync::{Mutex, Once},
};
use tracing_subscriber::EnvFilter;

static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Comes before anything is logged.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        // Six digits would be found in instants and addresses of memory, some day.
        let filter = EnvFilter::new("trace,hufu_wxsim=off,mio=off");
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(false)
            .without_time();
        subscriber.with_writer(|| Writer).init();
    });
}

pub(crate) fn text() -> String {
    String::from_utf8(TEXT.lock().unwrap().clone()).unwrap()
}
