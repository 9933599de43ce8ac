//! From degrees to the picture: an equirectangular map, true to scale along its middle parallel.

/// A rectangle of the Earth and its picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Projection {
    /// Degrees north at the lower and the upper edge.
    pub(super) latitudes: (f64, f64),
    /// Degrees east at the left and the right edge.
    pub(super) longitudes: (f64, f64),
    /// The picture's width.
    pub(super) width: f64,
    /// The picture's height.
    pub(super) height: f64,
}

impl Projection {
    /// A picture of the given width around places, wider than tall, with a margin.
    pub(super) fn around(places: impl Iterator<Item = (f64, f64)>, width: f64) -> Option<Self> {
        let bounds = places.fold(None, |bounds: Option<[f64; 4]>, (latitude, longitude)| {
            let [south, north, west, east] = bounds.unwrap_or([latitude, latitude, longitude, longitude]);
            Some([south.min(latitude), north.max(latitude), west.min(longitude), east.max(longitude)])
        });
        let [south, north, west, east] = bounds?;
        let middle = f64::midpoint(south, north);
        let shrink = middle.to_radians().cos().max(0.2);
        let margin = ((north - south).max((east - west) * shrink) * 0.06).max(0.25);
        let (mut tall, mut wide) = (north - south + 2.0 * margin, (east - west) * shrink + 2.0 * margin);
        tall = tall.max(wide / 2.3);
        wide = wide.max(tall * 1.6);
        let (half_tall, half_wide) = (tall / 2.0, wide / shrink / 2.0);
        let centre = f64::midpoint(west, east);
        Some(Self {
            latitudes: (middle - half_tall, middle + half_tall),
            longitudes: (centre - half_wide, centre + half_wide),
            width,
            height: (width * tall / wide).round(),
        })
    }

    /// Where a place lies in the picture.
    pub(super) fn point(&self, latitude: f64, longitude: f64) -> (f64, f64) {
        let (south, north) = self.latitudes;
        let (west, east) = self.longitudes;
        ((longitude - west) / (east - west) * self.width, (north - latitude) / (north - south) * self.height)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_places_no_picture() {
        assert_eq!(Projection::around(std::iter::empty(), 1000.0), None);
    }

    proptest! {
        #[test]
        fn every_place_lies_within_a_picture_of_sane_shape(places in proptest::collection::vec((-90_f64..=90.0, -180_f64..=180.0), 1..20)) {
            let map = Projection::around(places.iter().copied(), 1000.0).unwrap();
            prop_assert!((400.0..=630.0).contains(&map.height), "{}", map.height);
            for (latitude, longitude) in places {
                let (x, y) = map.point(latitude, longitude);
                prop_assert!((0.0..=1000.0).contains(&x) && (0.0..=map.height).contains(&y));
            }
        }
    }
}
