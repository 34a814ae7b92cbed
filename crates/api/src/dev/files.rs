//! The data folder of `hufu dev`: secrets as files that only their owner can read.

use anyhow::{Context, bail};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hufu_core::{Random, random};
use hufu_storage::MasterKey;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

/// The folder.
pub(super) struct DataDir(PathBuf);

impl DataDir {
    /// Makes the folder where it is missing, and says plainly if nothing can be written there.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let refused = || {
            format!(
                "the folder {} cannot be written: choose another with --data-dir",
                path.display()
            )
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).with_context(refused)?;
        let path = fs::canonicalize(path).with_context(refused)?;
        let probe = path.join(".writable");
        fs::write(&probe, b"")
            .and_then(|()| fs::remove_file(&probe))
            .with_context(refused)?;
        Ok(Self(path))
    }

    /// The absolute path.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Reads a secret file; `None` where it is missing.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Option<String>> {
        let path = self.0.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// Writes a secret file whole or not at all, mode 0600.
    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.0.join(name);
        let half = self.0.join(format!(".{name}.half"));
        let write = || -> std::io::Result<()> {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&half)?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::rename(&half, &path)
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }

    /// The secret in the file `name`, made on the first run.
    pub(super) fn secret(&self, name: &str, make: impl FnOnce() -> String) -> anyhow::Result<String> {
        if let Some(text) = self.read(name)? {
            return Ok(text);
        }
        let text = make();
        self.write(name, &text)?;
        Ok(text)
    }

    /// The master key, made on the first run. A database without its key is refused, never given another one.
    pub(super) fn master_key(&self, random: &dyn Random) -> anyhow::Result<SecretString> {
        const NAME: &str = "master.key";
        if self.read(NAME)?.is_none() && self.0.join("hufu.db").exists() {
            bail!(
                "{} is missing, and without it the database beside it cannot be read",
                self.0.join(NAME).display()
            );
        }
        let text = self.secret(NAME, || {
            MasterKey::generate(random).reveal().expose_secret().to_owned()
        })?;
        MasterKey::parse(&text)
            .with_context(|| format!("{} is not a master key", self.0.join(NAME).display()))?;
        Ok(text.into())
    }
}

/// 256 random bits as text.
pub(super) fn random_text(random: &dyn Random) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<32>(random))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[cfg(unix)]
    #[test]
    fn secrets_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&folder.path().join("new/folder")).unwrap();
        dir.write("secret", "s").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir.path().join("secret")), 0o600);
        assert_eq!(mode(dir.path()), 0o700);
    }

    #[test]
    fn a_secret_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        let first = dir.secret("s", || random_text(&SystemRandom)).unwrap();
        assert_eq!(dir.secret("s", || random_text(&SystemRandom)).unwrap(), first);
    }

    #[test]
    fn a_database_without_its_master_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(folder.path()).unwrap();
        fs::write(dir.path().join("hufu.db"), b"").unwrap();
        let refusal = dir.master_key(&SystemRandom).err().unwrap().to_string();
        assert!(refusal.contains("master.key is missing"), "{refusal}");
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_one_plain_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, b"").unwrap();
        let refusal = DataDir::open(&path).err().unwrap().to_string();
        assert!(refusal.contains("choose another with --data-dir"), "{refusal}");
    }
}
