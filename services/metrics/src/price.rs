//! Owns what thousand views of a platform and form of post cost, as bands with their sources. Never a creator.
//!
//! A price is modelled: nobody observed it. The typical CPM of a platform is a published one that turns views into a media value
//! (MightyScout). The band around it is as wide as the published corrections for the quality of an account (Keepface, 20 %
//! either way) and for the estimate itself (15 %) together: 0.8 x 0.85 to 1.2 x 1.15. No published band by country, tier or
//! form of post was found, so there is none here; an entry for a form goes before that for its platform.

use creatorscope_domain::{Platform, PostFormat};

/// The currency of all bands.
pub const CURRENCY: &str = "USD";
/// The lower end of the band, as a part of the typical price.
const LOW: f64 = 0.8 * 0.85;
/// The upper end.
const HIGH: f64 = 1.2 * 1.15;

/// What thousand views cost, in minor units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cpm {
    /// Where.
    pub platform: Platform,
    /// The form of post; none for all that have no entry.
    pub format: Option<PostFormat>,
    /// The typical price of thousand views, in cents.
    pub typical: f64,
    /// Where it is published.
    pub reference: &'static str,
}

impl Cpm {
    /// The lower end of the band, in cents.
    pub fn low(&self) -> f64 {
        self.typical * LOW
    }

    /// The upper end of the band, in cents.
    pub fn high(&self) -> f64 {
        self.typical * HIGH
    }
}

/// Where the width of the band is published.
pub const BAND_REFERENCE: &str = "Keepface: quality +-20 %, estimate +-15 %";

const MIGHTYSCOUT: &str =
    "MightyScout, earned media value: views x CPM / 1000 with 20 USD for YouTube, 10 for Instagram, 5 for TikTok";

/// Every band.
pub static CPMS: &[Cpm] = &[
    Cpm { platform: Platform::Youtube, format: None, typical: 2_000.0, reference: MIGHTYSCOUT },
    Cpm { platform: Platform::Tiktok, format: None, typical: 500.0, reference: MIGHTYSCOUT },
    Cpm { platform: Platform::Instagram, format: None, typical: 1_000.0, reference: MIGHTYSCOUT },
];

/// The band of a platform and form of post.
pub fn cpm(platform: Platform, format: Option<PostFormat>) -> Option<&'static Cpm> {
    let of = |format| CPMS.iter().find(|cpm| cpm.platform == platform && cpm.format == format);
    of(format).or_else(|| of(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_a_band_around_its_typical_price() {
        for platform in Platform::ALL {
            let band = cpm(*platform, Some(PostFormat::Short)).expect("a band");
            assert!(0.0 < band.low() && band.low() < band.typical && band.typical < band.high());
            assert!(!band.reference.is_empty());
        }
    }
}
