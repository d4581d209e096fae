//! Owns an issuer for tests: keys that sign tokens, and a server on a free port that tells the public halves.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
        RsaKeyPair,
    },
};
use serde_json::{Value, json};

use super::URL_SAFE_NO_PAD;

/// An RSA key of 2 048 bits that signs nothing but these tests: ring makes none.
const RSA: &str = "\
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC4mqCMlJlvh3gLbpukRccX7VdOoeI7LPqOcOVUHrPcpZmKUQJtSR5LxuWkIC\
    JkRHK/BpDUZkOjaxIjNA59MHDDqHxiUTfl7MWvmqSH0kNRnlQq07ta6PFXH2O26jfmouwA3NwGG5eCbKY+VGZZdv+NzEDycJdGG6wYR5SidjOI\
    yIN+a8HY4HgyVgW3ZdD5feZLmVK1jOElQYPSWgN+4Riy6MHZPBzy2k6nJo1AS5KYFs//AT1sWXLT2nj4eMOyFCDxTJn8yL7nO7AsgKd2wa/P6I\
    k32AoUBjtmk6CWBKUdP/sH7N7lAn2y2fhEExZOdnrCXLpcYAWsmfXbGGxgfI6VAgMBAAECggEADZrnxjSVclDLmhwWwG6cE7lcO+FWaQIRnTnY\
    zPBOVS6nODhsM122K+OGvSfZIQaiZk23ks/OoFadyZZmkvdk+CaMtDpEIl/m2eBNy+zFJVjD3zwnjLWqQ79+e9abNBZBynZ8iL6z1droDaPuvx\
    00DGFHUBbYL0SO1GNCIw8PET+FvdkvugkqDDykwQRKBFJFHQnofoyN0BF8rBsqJR6RQoQToS6urbByqNM+aH6EulemhXQrVFXnqOJWUxdSn5ec\
    boLwshHUVfpF9+vU98ZFHXauulNwPhmiG76XjK5+L+8X3bShbAkWmF9oppnqtBKKhYw55gs9qL1aOOeWJqJgQQKBgQDq1i+SFwoDkF/e0TqG2V\
    Rn1pQqgBPzIcSy2CsBxm0O2ygpCkF76LDUcsKH22UcJCc24c+NeklTHl3830qDmiropK97xYftf3ptIctU19uasWM7VijqWIUU9eeo9pdv7vMm\
    YWFMp/gVgJoZl92S7KKV8RLrOck2SeuxrgsWK2o7KQKBgQDJPYu2UVHyLF3Ff9HfjyIaiCcaZ3Nl+jJBk0MiWtBZE5LmwsWiZebjZjfAgV3CM0\
    DbhSXF97jG1ex3kgtIvLwquWhDlO7a9LVJSSfClPmKRJZBNrDKNihp5Ej/MAOU4UXzdJdHJvb5jnkOzExXSPTvhOz6lR6C2fze0ojhsnJRjQKB\
    gFDcK0kcUcBkZ/5rAMIJ9zxB8IapzzS6feYu9LAJyOeCotNuypmFx81/LmhlLO2BrVcCbdsDLlhGbopxwFCMNxYgDqSJoYIvkNIe/spaAS3Ewq\
    xdwHzgugI7oebV8dMC7gpbIYupkoyk2WrSleLPRDRo6+C+5v+geF2X1g1uKYfxAoGAMbUeGX6kuyjyUKJt+MamKd+PqRn8iyft2fzCDG5aIGaR\
    VqatopuBGJJbGxXZTurSDmcpGWlDHvogWricSO81m2gItQjIpxTi4qNLSuj5aoneg2U67ffKq71TupTljZTHbodSBqU9RA9JH7qe8MB4n+E5l/\
    vVeYTWzUM7xGQLkNECgYEAnPYkdJAMxOXHzUSqz8YWlgdVonusnsYFLLbS0OptUHCiAdQ71t8zNdV/YJdrKu7V2dv0UXQwojNBvUMi+MXflS+e\
    YqKEHCjXgaiuuXmblvqcLbR10FBIdfxJkePgeBUlrGynBVXZQAUJ6m+Mev7h0B+B6/PSeZRNTgT7LfoSQmM=";

/// A key pair and what tokens call it.
#[derive(Clone)]
pub(crate) struct Signer {
    kid: String,
    alg: &'static str,
    pair: Arc<Pair>,
}

enum Pair {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub(crate) fn rsa(kid: &str, alg: &'static str) -> Self {
        let der = STANDARD.decode(RSA).expect("base64");
        Self::new(kid, alg, Pair::Rsa(RsaKeyPair::from_pkcs8(&der).expect("a key")))
    }

    pub(crate) fn p256(kid: &str) -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let der = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("randomness");
        Self::new(kid, "ES256", Pair::P256(EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &random).expect("a key")))
    }

    pub(crate) fn ed25519(kid: &str) -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("randomness");
        Self::new(kid, "EdDSA", Pair::Ed25519(Ed25519KeyPair::from_pkcs8(der.as_ref()).expect("a key")))
    }

    fn new(kid: &str, alg: &'static str, pair: Pair) -> Self {
        Self { kid: kid.to_owned(), alg, pair: Arc::new(pair) }
    }

    /// The same key under another name.
    pub(crate) fn named(&self, kid: &str) -> Self {
        Self { kid: kid.to_owned(), ..self.clone() }
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half as it stands in a set.
    pub(crate) fn jwk(&self) -> Value {
        let (kid, alg) = (&self.kid, self.alg);
        match &*self.pair {
            Pair::Rsa(pair) => {
                let PublicKeyComponents::<Vec<u8>> { n, e } = pair.public_key().into();
                json!({"kty": "RSA", "kid": kid, "alg": alg, "use": "sig", "n": encoded(n), "e": encoded(e)})
            }
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": encoded(x), "y": encoded(y)})
            }
            Pair::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "key_ops": ["verify"], "x": encoded(pair.public_key())})
            }
        }
    }

    /// The public half as bytes.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match &*self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::P256(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// A token with these claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        self.signed(&json!({"alg": self.alg, "kid": self.kid, "typ": "at+jwt"}), &claims.to_string())
    }

    /// A token with this header and these claims, whatever they are.
    pub(crate) fn signed(&self, header: &Value, claims: &str) -> String {
        let signed = format!("{}.{}", encoded(header.to_string()), encoded(claims));
        let random = SystemRandom::new();
        let signature = match &*self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let padding: &dyn ring::signature::RsaEncoding =
                    if self.alg == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                pair.sign(padding, &random, signed.as_bytes(), &mut signature).expect("signed");
                signature
            }
            Pair::P256(pair) => pair.sign(&random, signed.as_bytes()).expect("signed").as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", encoded(signature))
    }
}

/// A token with no signature at all.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.", encoded(header.to_string()), encoded(claims.to_string()))
}

/// A token that is signed with a shared secret.
pub(crate) fn shared_secret(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let signed = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", encoded(tag))
}

/// What the server tells.
struct Told {
    away: bool,
    status: u16,
    keys: String,
    fetches: usize,
}

/// A server with a description and keys.
pub(crate) struct Issuer {
    address: SocketAddr,
    told: Arc<Mutex<Told>>,
}

impl Issuer {
    pub(crate) fn start(signers: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let told = Arc::new(Mutex::new(Told { away: false, status: 200, keys: String::new(), fetches: 0 }));
        let issuer = Self { address, told: Arc::clone(&told) };
        issuer.publish(signers);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = Vec::new();
                let mut part = [0; 1_024];
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut part) {
                        Ok(count) if count > 0 => request.extend_from_slice(&part[..count]),
                        _ => break,
                    }
                }
                let answer =
                    answer(&String::from_utf8_lossy(&request), address, &mut told.lock().expect("not poisoned"));
                _ = stream.write_all(answer.as_bytes());
            }
        });
        issuer
    }

    /// As it stands in tokens.
    pub(crate) fn name(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The issuer has these keys from now on.
    pub(crate) fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
        self.answer(200, &json!({ "keys": keys }).to_string());
    }

    /// Answers those who ask for keys.
    pub(crate) fn answer(&self, status: u16, keys: &str) {
        let mut told = self.told.lock().expect("not poisoned");
        (told.status, told.keys) = (status, keys.to_owned());
    }

    /// Whether connections end without an answer.
    pub(crate) fn away(&self, away: bool) {
        self.told.lock().expect("not poisoned").away = away;
    }

    /// How often the keys were asked for and told.
    pub(crate) fn fetches(&self) -> usize {
        self.told.lock().expect("not poisoned").fetches
    }
}

fn answer(request: &str, address: SocketAddr, told: &mut Told) -> String {
    if told.away {
        return String::new();
    }
    let (status, body) = if request.starts_with("GET /.well-known/openid-configuration ") {
        (200, json!({"issuer": format!("http://{address}"), "jwks_uri": format!("http://{address}/keys")}).to_string())
    } else if request.starts_with("GET /keys ") {
        told.fetches += 1;
        (told.status, told.keys.clone())
    } else {
        (404, String::new())
    };
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nlocation: /keys\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}
