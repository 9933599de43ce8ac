//! The server on this machine: its data folder, its log, and the surface that it serves.

use std::{
    fs::{self, File, TryLockError},
    future::Future,
    io,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use local_surface::{ENDPOINT_CREDENTIALS, Options, REGION, Surface};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};

use crate::{
    arguments::{Context, folder_of_this_program},
    exit::Failure,
};

/// The server, opened.
pub(crate) struct Server {
    surface: Surface,
    /// Held as long as the server lives; the operating system lets go of it however that ends.
    _lock: File,
}

impl Server {
    /// Opens the data folder, and listens at `address`.
    ///
    /// # Errors
    /// If another server uses the folder, if the port is taken, or if the folder or the file of secrets cannot be used.
    pub(crate) async fn open(
        data_dir: &Path,
        address: SocketAddr,
        secrets: Option<&Path>,
        context: &Context,
    ) -> Result<Self, Failure> {
        make_private(data_dir).map_err(|error| unusable(data_dir, &error))?;
        // Job programs run in folders of their own, and the paths of their logs are shown.
        let data_dir = fs::canonicalize(data_dir).map_err(|error| unusable(data_dir, &error))?;
        let secrets = secrets.map(|file| secrets_file(file, &data_dir)).transpose()?;
        let lock = lock(&data_dir)?;
        write_log_to(&log_file(&data_dir)).map_err(|error| unusable(&data_dir, &error))?;
        let options = Options {
            data_dir,
            address,
            path_prepend: folder_of_this_program(),
            secrets,
            clock: context.clock.clone(),
            ids: context.ids.clone(),
        };
        let surface = Box::pin(Surface::open(options)).await.map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self { surface, _lock: lock })
    }

    /// Where clients find it.
    pub(crate) fn endpoint(&self) -> String {
        let address = self.surface.address();
        let host = if address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { address.ip().to_string() };
        format!("http://{host}:{}", address.port())
    }

    /// Serves until `shutdown` resolves, and every job process has been stopped.
    ///
    /// # Errors
    /// If a part of it breaks.
    pub(crate) async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), Failure> {
        self.surface.run(shutdown).await.map_err(|error| Failure::failed(format!("the server broke: {error}")))
    }
}

/// What tells AWS's own tools of it.
pub(crate) fn exports(endpoint: &str) -> String {
    let (access_key, secret_key) = ENDPOINT_CREDENTIALS;
    format!(
        "export AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID={access_key} AWS_SECRET_ACCESS_KEY={secret_key} \
         AWS_REGION={REGION}"
    )
}

/// The server's log: one JSON object a line.
pub(crate) fn log_file(data_dir: &Path) -> PathBuf {
    data_dir.join("batchwright.log")
}

/// A new data folder is for nobody else's eyes, and not for Git's.
fn make_private(data_dir: &Path) -> io::Result<()> {
    let new = !data_dir.exists();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir)?;
    if new { fs::write(data_dir.join(".gitignore"), "*\n") } else { Ok(()) }
}

/// The file of secrets, which jobs must not find among what belongs to runs.
fn secrets_file(file: &Path, data_dir: &Path) -> Result<PathBuf, Failure> {
    let unusable = |why: String| Failure::failed(format!("the secrets file {} cannot be used: {why}", file.display()));
    let path = fs::canonicalize(file).map_err(|error| unusable(error.to_string()))?;
    File::open(&path).map_err(|error| unusable(error.to_string()))?;
    if path.starts_with(data_dir) {
        return Err(unusable(format!("it lies in the data folder {}; put it elsewhere", data_dir.display())));
    }
    Ok(path)
}

fn lock(data_dir: &Path) -> Result<File, Failure> {
    let path = data_dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| unusable(data_dir, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::failed(format!(
            "another server uses the data folder {}; --data-dir names another one",
            data_dir.display()
        ))),
        Err(TryLockError::Error(error)) => Err(unusable(data_dir, &error)),
    }
}

fn unusable(data_dir: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("the data folder {} cannot be used: {error}", data_dir.display()))
}

/// As [`control::telemetry`] logs on AWS, but into a file: standard output is for people.
fn write_log_to(path: &Path) -> io::Result<()> {
    let file = File::options().create(true).append(true).open(path)?;
    let filter = EnvFilter::try_from_env("BATCHWRIGHT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(Arc::new(file))
        .finish();
    // A second server in one process, as in tests, logs to where the first one does.
    let _ = subscriber.try_init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_folder_serves_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        let refused = lock(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("another server") && refused.contains("--data-dir"), "{refused}");
        drop(first);
        lock(folder.path()).unwrap();
    }

    #[test]
    fn secrets_lie_outside_of_the_data_folder() {
        let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let data_dir = fs::canonicalize(data.path()).unwrap();
        let (inside, outside) = (data_dir.join("secrets"), elsewhere.path().join("secrets"));
        for file in [&inside, &outside] {
            assert!(secrets_file(file, &data_dir).unwrap_err().to_string().contains("cannot be used"));
            fs::write(file, "a=b").unwrap();
        }
        assert!(secrets_file(&inside, &data_dir).unwrap_err().to_string().contains("data folder"));
        assert_eq!(secrets_file(&outside, &data_dir).unwrap(), fs::canonicalize(&outside).unwrap());
    }

    #[test]
    fn a_new_folder_is_private_and_an_old_one_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("a/b");
        make_private(&new).unwrap();
        assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(new.join(".gitignore").is_file());
        make_private(folder.path()).unwrap();
        assert!(!folder.path().join(".gitignore").exists());
    }
}
