//! How many records lie where, counted in the plan's grid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cell::{self, DecimalMark};
use crate::plan::MapPlan;

/// The places by grid cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Places(BTreeMap<u32, Place>);

/// The records in one grid cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// How many.
    pub count: u64,
    latitudes: f64,
    longitudes: f64,
    weights: f64,
    weighed: u64,
}

impl Places {
    /// Adds a record, if it has coordinates.
    pub fn observe(&mut self, cells: &[&str], map: &MapPlan, mark: DecimalMark) {
        let number = |position: usize| cells.get(position).copied().and_then(|cell| cell::number(cell, mark));
        let (Some(latitude), Some(longitude)) = (number(map.latitude), number(map.longitude)) else { return };
        let Some(key) = map.cell(latitude, longitude) else { return };
        let weight = map.weight.and_then(number);
        self.0.entry(key).or_default().merge(&Place {
            count: 1,
            latitudes: latitude,
            longitudes: longitude,
            weights: weight.unwrap_or(0.0),
            weighed: u64::from(weight.is_some()),
        });
    }

    /// Adds the places of other records.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(key, place)| self.0.entry(*key).or_default().merge(place));
    }

    /// All places, from south to north.
    pub fn iter(&self) -> impl Iterator<Item = &Place> {
        self.0.values()
    }

    /// How many records have coordinates.
    pub fn records(&self) -> u64 {
        self.iter().map(|place| place.count).sum()
    }
}

impl Place {
    /// The mean latitude and longitude of its records, in degrees.
    pub fn centre(&self) -> (f64, f64) {
        let count = self.count.max(1) as f64;
        (self.latitudes / count, self.longitudes / count)
    }

    /// The mean of the numbers that give it its colour.
    pub fn weight(&self) -> Option<f64> {
        (self.weighed > 0).then(|| self.weights / self.weighed as f64)
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.latitudes += other.latitudes;
        self.longitudes += other.longitudes;
        self.weights += other.weights;
        self.weighed += other.weighed;
    }
}
