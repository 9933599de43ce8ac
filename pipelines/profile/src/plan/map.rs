//! Recognising coordinates, and the grid in which places are counted.

use serde::{Deserialize, Serialize};

use super::bins::floor;
use super::{Column, Kind};

/// Grid cells along the longer side of the map.
const CELLS: f64 = 400.0;

/// Which columns are coordinates, which number gives a place its colour, and the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapPlan {
    /// The column of latitudes, in degrees north.
    pub latitude: usize,
    /// The column of longitudes, in degrees east.
    pub longitude: usize,
    /// The column of numbers whose mean gives a place its colour.
    pub weight: Option<usize>,
    south: f64,
    west: f64,
    step: f64,
}

impl MapPlan {
    /// Finds the coordinates among the columns by their names and bounds.
    pub fn of(columns: &[Column]) -> Option<Self> {
        let (latitude, (south, north)) = find(columns, &["latitude", "lat"], 90.0)?;
        let (longitude, (west, east)) = find(columns, &["longitude", "long", "lon", "lng"], 180.0)?;
        let is_weight =
            |position: usize, column: &Column| position != latitude && position != longitude && varies(&column.kind);
        let weight = columns.iter().enumerate().find(|(position, column)| is_weight(*position, column));
        let step = ((north - south).max(east - west) / CELLS).max(1e-4);
        Some(Self { latitude, longitude, weight: weight.map(|(position, _)| position), south, west, step })
    }

    /// The grid cell of a place, or nothing for what is no place on Earth.
    pub fn cell(&self, latitude: f64, longitude: f64) -> Option<u32> {
        let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let row = floor((latitude - self.south) / self.step);
        let column = floor((longitude - self.west) / self.step);
        on_earth.then_some(u32::from(row) << 16 | u32::from(column))
    }
}

fn find(columns: &[Column], names: &[&str], limit: f64) -> Option<(usize, (f64, f64))> {
    columns.iter().enumerate().find_map(|(position, column)| {
        let lower = column.name.to_lowercase();
        let named = lower.split(|c: char| !c.is_alphabetic()).any(|word| names.contains(&word));
        let Kind::Number { bins } = &column.kind else { return None };
        (named && bins.low >= -limit && bins.high <= limit).then_some((position, (bins.low, bins.high)))
    })
}

/// True for a number with enough values to be worth a colour.
fn varies(kind: &Kind) -> bool {
    match kind {
        Kind::Number { bins } => bins.count > 8,
        Kind::Time { .. } | Kind::Text => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::bins::Bins;

    fn number(name: &str, low: f64, high: f64) -> Column {
        Column { name: name.into(), kind: Kind::Number { bins: Bins::covering(low, high, false) } }
    }

    #[test]
    fn coordinates_are_known_by_name_and_bounds() {
        let columns = [number("wind", 0.0, 160.0), number("start_lat", 7.0, 51.0), number("Start Lng", -109.0, -6.0)];
        let map = MapPlan::of(&columns).unwrap();
        assert_eq!((map.latitude, map.longitude, map.weight), (1, 2, Some(0)));
        assert_eq!(MapPlan::of(&[number("lat", 0.0, 500.0), number("lon", 0.0, 1.0)]), None);
        assert_eq!(MapPlan::of(&[number("flat", 0.0, 1.0), number("longest", 0.0, 1.0)]), None);
    }

    #[test]
    fn only_places_on_earth_have_a_cell() {
        let map = MapPlan::of(&[number("lat", -10.0, 10.0), number("lon", -20.0, 20.0)]).unwrap();
        assert_ne!(map.cell(-10.0, -20.0), map.cell(10.0, 20.0));
        assert_eq!(map.cell(91.0, 0.0), None);
        assert_eq!(map.cell(f64::NAN, 0.0), None);
    }
}
