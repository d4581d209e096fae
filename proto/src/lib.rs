//! Owns the contracts: messages, clients and servers generated from the `.proto` files. Never anything else.
//!
//! `campaign::v1`, `common::v1`, `discovery::v1`, `gateway::v1`, `metrics::v1` and `scoring::v1` mirror the packages; [`DESCRIPTORS`] is what reflection serves and
//! [`pool`] what masks, policies and tests read.
#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    reason = "generated code; the documentation is in the .proto files"
)]

use std::sync::OnceLock;

/// The encoded `FileDescriptorSet` of all contracts, imports and comments included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/creatorscope.bin"));

/// The descriptors of all contracts, custom options included; decoded once.
pub fn pool() -> &'static prost_reflect::DescriptorPool {
    static POOL: OnceLock<prost_reflect::DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| {
        prost_reflect::DescriptorPool::decode(DESCRIPTORS).expect("the build script wrote these descriptors")
    })
}

pub mod campaign {
    pub mod v1 {
        tonic::include_proto!("creatorscope.campaign.v1");
    }
}

pub mod common {
    pub mod v1 {
        tonic::include_proto!("creatorscope.common.v1");
    }
}

pub mod discovery {
    pub mod v1 {
        tonic::include_proto!("creatorscope.discovery.v1");
    }
}

pub mod gateway {
    pub mod v1 {
        tonic::include_proto!("creatorscope.gateway.v1");
    }
}

pub mod metrics {
    pub mod v1 {
        tonic::include_proto!("creatorscope.metrics.v1");
    }
}

pub mod scoring {
    pub mod v1 {
        tonic::include_proto!("creatorscope.scoring.v1");
    }
}
