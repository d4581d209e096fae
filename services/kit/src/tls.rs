//! Owns TLS of listeners: certificate, key and the authority of clients, read from files and read anew when they change. Never
//! who may call.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(3);
/// What is spoken over TLS, what is liked best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The files of a listener's TLS, all in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authorities of clients; with it a client without a certificate of theirs is refused.
    pub client_ca: Option<PathBuf>,
}

/// Why there is no TLS from these files. Never holds what is in them.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file holds no PEM of the kind that it should.
    #[error("{}: no {kind} in PEM", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        kind: &'static str,
    },
    /// The parts do not make TLS.
    #[error("{} and its key cannot be used: {cause}", path.display())]
    Unusable {
        /// The file of the certificate.
        path: PathBuf,
        /// Why, e.g. that the key belongs to another certificate.
        cause: String,
    },
}

/// The TLS of a listener. New connections take what the files held when they were last good.
pub struct Tls {
    files: TlsFiles,
    current: Mutex<Current>,
}

struct Current {
    config: Arc<ServerConfig>,
    /// Of what was read last, good or bad.
    digest: blake3::Hash,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files. Errors: one is not there or not what it should be, or the key is another certificate's.
    pub async fn open(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let read = Contents::read(&files).await?;
        let current = Mutex::new(Current { config: read.config(&files)?, digest: read.digest() });
        Ok(Arc::new(Self { files, current }))
    }

    /// What a new connection is shaken hands with.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// Takes files that have changed; answers whether they had. Errors: they cannot be used, and what was good stays. The same
    /// bad files are an error once.
    pub async fn refresh(&self) -> Result<bool, TlsError> {
        let read = Contents::read(&self.files).await?;
        let digest = read.digest();
        if self.current.lock().unwrap_or_else(PoisonError::into_inner).digest == digest {
            return Ok(false);
        }
        let made = read.config(&self.files);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.digest = digest;
        current.config = made?;
        Ok(true)
    }

    /// Looks at the files every few seconds until `stop`.
    pub async fn follow(&self, stop: CancellationToken) {
        let mut told_unreadable = false;
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            match self.refresh().await {
                Ok(changed) => {
                    told_unreadable = false;
                    if changed {
                        info!(certificate = %self.files.certificate.display(), "the certificate was read anew");
                    }
                }
                Err(TlsError::Unreadable { .. }) if told_unreadable => {}
                Err(error) => {
                    told_unreadable = matches!(error, TlsError::Unreadable { .. });
                    warn!(%error, "the changed certificate cannot be used; the old one stays");
                }
            }
        }
    }
}

struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Contents {
    async fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let client_ca = match &files.client_ca {
            Some(path) => Some(bytes_of(path).await?),
            None => None,
        };
        Ok(Self { certificate: bytes_of(&files.certificate).await?, key: bytes_of(&files.key).await?, client_ca })
    }

    fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for part in [&self.certificate, &self.key, self.client_ca.as_ref().unwrap_or(&Vec::new())] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        hasher.finalize()
    }

    fn config(&self, files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
        let unusable = |cause: String| TlsError::Unusable { path: files.certificate.clone(), cause };
        let chain = certificates(&self.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| TlsError::Missing { path: files.key.clone(), kind: "private key" })?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.to_string()))?;
        let builder = match (&self.client_ca, &files.client_ca) {
            (Some(pem), Some(path)) => builder.with_client_cert_verifier(verifier(pem, path, &provider)?),
            _ => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| unusable(error.to_string()))?;
        config.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

async fn bytes_of(path: &Path) -> Result<Vec<u8>, TlsError> {
    tokio::fs::read(path).await.map_err(|cause| TlsError::Unreadable { path: path.to_owned(), cause })
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let missing = || TlsError::Missing { path: path.to_owned(), kind: "certificate" };
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| missing())?;
    if found.is_empty() { Err(missing()) } else { Ok(found) }
}

fn verifier(
    pem: &[u8],
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let unusable = |cause: String| TlsError::Unusable { path: path.to_owned(), cause };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, path)? {
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    builder.build().map_err(|error| unusable(error.to_string()))
}

#[cfg(test)]
mod tests;
