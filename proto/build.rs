//! Compiles the contracts with protox, so that no protoc is needed.

use std::{env, fs, path::PathBuf};

use prost::Message;

const CONTRACTS: [&str; 19] = [
    "creatorscope/campaign/v1/campaign.proto",
    "creatorscope/campaign/v1/campaign_service.proto",
    "creatorscope/campaign/v1/deliverable.proto",
    "creatorscope/campaign/v1/disclosure.proto",
    "creatorscope/campaign/v1/tracking.proto",
    "creatorscope/common/v1/ingest.proto",
    "creatorscope/common/v1/metric_value.proto",
    "creatorscope/common/v1/platform.proto",
    "creatorscope/common/v1/policy.proto",
    "creatorscope/discovery/v1/discovery.proto",
    "creatorscope/discovery/v1/discovery_service.proto",
    "creatorscope/gateway/v1/gateway.proto",
    "creatorscope/gateway/v1/gateway_service.proto",
    "creatorscope/metrics/v1/metrics.proto",
    "creatorscope/metrics/v1/metrics_service.proto",
    "creatorscope/scoring/v1/judgement.proto",
    "creatorscope/scoring/v1/scoring_service.proto",
    "creatorscope/scoring/v1/sentiment.proto",
    "google/api/annotations.proto",
];

#[allow(clippy::disallowed_methods, reason = "cargo tells a build script where to write in its environment")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=creatorscope");
    println!("cargo:rerun-if-changed=google");
    // `protox::compile(..).encode_to_vec()` would drop our method options; the compiler's own encoding keeps them.
    let encoded = protox::Compiler::new(["."])?
        .include_imports(true)
        .include_source_info(true)
        .open_files(CONTRACTS)?
        .encode_file_descriptor_set();
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("creatorscope.bin"), &encoded)?;
    let descriptors = prost_types::FileDescriptorSet::decode(encoded.as_slice())?;
    tonic_prost_build::configure().compile_well_known_types(false).compile_fds(descriptors)?;
    Ok(())
}
