//! Owns public keys (JWK, RFC 7517 and 8037) and whether a signature is theirs. Never where a key is from, nor a secret: there are
//! only signatures of key pairs here, so a public key can never be taken for the secret of a shared one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

/// Most keys of one issuer that are looked at.
const MAX_KEYS: usize = 100;

/// How a token is signed (RFC 7518 and 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, keys of 2 048 to 8 192 bits.
    Rs256,
    /// RSASSA-PSS with SHA-256, keys of 2 048 to 8 192 bits.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    pub(super) const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// As it stands in tokens, keys and settings.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn names(list: &[Self]) -> String {
        list.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
    }
}

/// A key that can check signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// What tokens call it.
    pub(super) kid: Option<String>,
    /// The one algorithm that it is for; none for every one of its kind.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key as the issuer tells it.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl PublicKey {
    /// Whether it may check signatures of this algorithm: kind and purpose are the key's, a token cannot change them.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let of_kind = matches!(
            (&self.material, algorithm),
            (Material::Rsa { .. }, Algorithm::Rs256 | Algorithm::Ps256)
                | (Material::P256(_), Algorithm::Es256)
                | (Material::Ed25519(_), Algorithm::EdDsa)
        );
        of_kind && self.algorithm.is_none_or(|only| only == algorithm)
    }

    /// Whether the signature over `signed` is this key's.
    pub(super) fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let outcome = match (&self.material, algorithm) {
            (Material::Rsa { n, e }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
            (Material::Rsa { n, e }, Algorithm::Ps256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, signed, signature)
            }
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
            }
            (Material::Ed25519(key), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&ED25519, key).verify(signed, signature)
            }
            _ => return false,
        };
        self.fits(algorithm) && outcome.is_ok()
    }
}

/// Reads a JWK set. Keys that are for something else (other kinds, encryption, algorithms that are not taken here) are passed over. Errors: no
/// set, or no key of use in it.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<PublicKey>, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(bytes).map_err(|error| format!("is no JWK set: {error}"))?;
    let keys = set.keys.into_iter().take(MAX_KEYS).filter_map(|key| public_key(serde_json::from_value(key).ok()?));
    let keys: Vec<PublicKey> = keys.collect();
    if keys.is_empty() { Err("holds no key that signs tokens taken here".to_owned()) } else { Ok(keys) }
}

fn public_key(jwk: Jwk) -> Option<PublicKey> {
    let Jwk { kty, kid, alg, purpose, key_ops, crv, n, e, x, y } = jwk;
    let signs = purpose.is_none_or(|purpose| purpose == "sig")
        && key_ops.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
    // A key that names an algorithm is for no other one.
    let algorithm = match &alg {
        Some(name) => Some(Algorithm::of(name).or((name == "Ed25519").then_some(Algorithm::EdDsa))?),
        None => None,
    };
    let material = match (kty.as_str(), crv.as_deref()) {
        ("RSA", _) => Material::Rsa { n: number(&n?)?, e: number(&e?)? },
        ("EC", Some("P-256")) => Material::P256([vec![4], sized(&x?)?, sized(&y?)?].concat()),
        ("OKP", Some("Ed25519")) => Material::Ed25519(sized(&x?)?),
        _ => return None,
    };
    let key = PublicKey { kid, algorithm, material };
    (signs && Algorithm::ALL.into_iter().any(|algorithm| key.fits(algorithm))).then_some(key)
}

/// A number without leading zeros, as ring takes it.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes[start..].to_vec())
}

/// 32 bytes.
fn sized(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32)
}
