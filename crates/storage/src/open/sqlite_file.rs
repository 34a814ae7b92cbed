//! The file of a SQLite database: what can be wrong with it, and its creation.

use super::OpenError;
use std::{
    fs::OpenOptions,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Refuses a file or folder that is not there.
pub(crate) fn require(path: &Path) -> Result<(), OpenError> {
    require_folder(path)?;
    if path.exists() {
        Ok(())
    } else {
        Err(OpenError::MissingFile(path.to_path_buf()))
    }
}

/// Creates the file where it is not there, for its owner only: it holds hashes and sealed secrets.
pub(crate) fn create(path: &Path) -> Result<(), OpenError> {
    require_folder(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(_) => Err(OpenError::ReadOnly(path.to_path_buf())),
    }
}

/// What an error of SQLite means while a file is being opened.
pub(crate) fn refusal(path: &Path, error: &sqlx::Error) -> OpenError {
    // The primary result code is the low byte (https://www.sqlite.org/rescode.html).
    let code = match error {
        sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<u32>().ok()),
        _ => None,
    };
    let path = PathBuf::from(path);
    match code.map(|code| code & 0xff) {
        Some(5 | 6) => OpenError::Locked(path),
        Some(8 | 14) => OpenError::ReadOnly(path),
        Some(11 | 26) => OpenError::NotADatabase(path),
        _ => OpenError::Other(error.to_string()),
    }
}

fn require_folder(path: &Path) -> Result<(), OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(OpenError::MissingFolder(folder.to_path_buf())),
        _ => Ok(()),
    }
}
