//! Secrets from files and from standard input.

use super::{Origin, Place, ProviderError};
use crate::secret::{Secret, SecretSet};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use zeroize::Zeroizing;

/// The most that is read from one place.
pub const LIMIT: usize = 64 << 20;

/// Reads one secret: the exact bytes of a file, a final newline included.
///
/// # Errors
/// When it can't be read, is a directory, or is larger than [`LIMIT`].
pub fn secret(name: &str, path: &Path) -> Result<Secret, ProviderError> {
    let place = Place::File(path.to_owned());
    let mut bytes = read(&Origin { secret: Some(name.to_owned()), place })?;
    Ok(Secret::from_bytes(std::mem::take(&mut *bytes)))
}

/// Reads a JSON object of secrets by name.
///
/// # Errors
/// When it can't be read, is larger than [`LIMIT`], or isn't such an object.
pub fn set(place: Place) -> Result<SecretSet, ProviderError> {
    let origin = Origin { secret: None, place };
    let bytes = read(&origin)?;
    SecretSet::parse(&bytes).map_err(|source| ProviderError::Parse { origin, source })
}

fn read(origin: &Origin) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
    let failed =
        |errno: Errno| ProviderError::Read { origin: origin.clone(), source: errno.into() };
    match &origin.place {
        Place::Stdin => drain(rustix::stdio::stdin(), origin),
        Place::File(path) => {
            let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
            let file = rustix::fs::open(path, flags, Mode::empty()).map_err(failed)?;
            warn_if_exposed(&file, path);
            drain(file.as_fd(), origin)
        }
    }
}

/// Others who can read a secret's file need no cunning to overhear it.
fn warn_if_exposed(file: impl AsFd, path: &Path) {
    let Ok(stat) = rustix::fs::fstat(file) else { return };
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    if regular && stat.st_mode & 0o044 != 0 {
        tracing::warn!(
            ?path,
            mode = format_args!("{:04o}", stat.st_mode & 0o7777),
            "others can read this file of secrets; chmod 600 it"
        );
    }
}

/// Reads to the end, leaving no copy behind: the buffer has room for all that is
/// expected, and where it has to grow the old one is wiped.
fn drain(fd: BorrowedFd<'_>, origin: &Origin) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
    let failed = |source: io::Error| ProviderError::Read { origin: origin.clone(), source };
    let stat = rustix::fs::fstat(fd).map_err(|errno| failed(errno.into()))?;
    let expected = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => return Err(ProviderError::Directory(origin.clone())),
        FileType::RegularFile => usize::try_from(stat.st_size).unwrap_or(usize::MAX),
        _ => 0,
    };
    if expected > LIMIT {
        return Err(ProviderError::TooLarge(origin.clone()));
    }
    // One byte more than expected, so that the end is seen without growing.
    let mut bytes = Zeroizing::new(vec![0; (expected + 1).max(4096)]);
    let mut length = 0;
    loop {
        if length > LIMIT {
            return Err(ProviderError::TooLarge(origin.clone()));
        }
        if length == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; length * 2]);
            larger[..length].copy_from_slice(&bytes);
            bytes = larger;
        }
        match rustix::io::read(fd, &mut bytes[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_readable(fd).map_err(failed)?,
            Err(errno) => return Err(failed(errno.into())),
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

/// Somebody may have left our standard input in non-blocking mode.
fn wait_readable(fd: BorrowedFd<'_>) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, poll};
    match poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_one_secret_to_the_last_byte() {
        let dir = tempfile::tempdir().unwrap();
        for length in [0, 1, 4095, 4096, 4097, 300_000] {
            let path = dir.path().join("secret");
            fs::write(&path, vec![0xff; length]).unwrap();
            assert_eq!(secret("s", &path).unwrap().len(), length);
        }
    }

    #[test]
    fn a_pipe_grows_the_buffer_and_loses_nothing() {
        let (reader, mut writer) = io::pipe().unwrap();
        let feeder = std::thread::spawn(move || {
            io::Write::write_all(&mut writer, &vec![b'x'; 100_001]).unwrap();
        });
        let origin = Origin { secret: None, place: Place::Stdin };
        assert_eq!(drain(reader.as_fd(), &origin).unwrap().len(), 100_001);
        feeder.join().unwrap();
    }

    #[test]
    fn refusals_name_the_place_and_never_a_value() {
        let dir = tempfile::tempdir().unwrap();
        let error = secret("s", dir.path()).unwrap_err();
        assert!(matches!(error, ProviderError::Directory(_)), "{error}");

        let missing = dir.path().join("missing");
        let error = set(Place::File(missing.clone())).unwrap_err();
        assert!(error.to_string().contains(&format!("the secrets from {missing:?}")), "{error}");

        let broken = dir.path().join("broken");
        fs::write(&broken, "{\"token\": hunter2}").unwrap();
        let error = set(Place::File(broken)).unwrap_err();
        assert_eq!(error.code(), "secrets_invalid");
        assert!(!error.to_string().contains("hunter2"), "{error}");

        let huge = fs::File::create(dir.path().join("huge")).unwrap();
        huge.set_len(LIMIT as u64 + 1).unwrap();
        let error = secret("s", &dir.path().join("huge")).unwrap_err();
        assert!(error.to_string().contains("more than 64 MiB"), "{error}");
    }
}
