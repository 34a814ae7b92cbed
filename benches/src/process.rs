//! A process that is measured: its CPU time and memory as Linux tells them.

use anyhow::{Context, Result};
use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Clock ticks in a second, as `/proc` counts them on every Linux of today.
const TICKS: u64 = 100;

/// A child process. Dropping it kills it.
pub(crate) struct Process(Child);

impl Process {
    /// Starts a program on one core.
    pub(crate) fn start(core: u8, program: &str, arguments: &[&str]) -> Result<Self> {
        let child = Command::new("taskset")
            .args(["-c", &core.to_string(), program])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        Ok(Self(child))
    }

    /// User and system time so far.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        // proc(5): the name in parentheses may hold blanks; utime and stime are fields 14 and 15.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks =
            |field: usize| -> Result<u64> { Ok(fields.get(field - 3).context("a short stat")?.parse()?) };
        Ok(Duration::from_millis((ticks(14)? + ticks(15)?) * 1_000 / TICKS))
    }

    /// Resident memory.
    pub(crate) fn resident_mb(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("no VmRSS")?;
        let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kib / 1_024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing left to do then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
