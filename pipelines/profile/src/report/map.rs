//! The map of places: a dot for each grid cell that holds records, coloured by the mean of a number.

use super::Profile;
use super::html::escape;
use super::land;
use super::numbers::{count, number, several};
use super::projection::Projection;
use super::ramp::{CLASSES, Ramp};
use crate::stats::places::Place;

const WIDTH: f64 = 1120.0;

/// The map, or nothing if the table has no coordinates.
pub(super) fn section(profile: &Profile<'_>) -> String {
    let places = &profile.stats.places;
    let Some(map) = Projection::around(places.iter().map(Place::centre), WIDTH) else { return String::new() };
    let weights: Vec<f64> = places.iter().filter_map(Place::weight).collect();
    let weighed = profile.plan.map.as_ref().and_then(|map| profile.plan.columns.get(map.weight?));
    let ramp = Ramp::over(weights);
    let legend = weighed.map_or_else(String::new, |column| legend(&column.name, &ramp));
    let without = profile.stats.records - places.records();
    let note = if without > 0 { format!(" · {} without a place", count(without)) } else { String::new() };
    let (located, spots) = (several(places.records(), "record"), several(places.iter().count() as u64, "spot"));
    format!(
        "<section><h2>Where</h2><p class=\"note\">{located} at {spots}{note}</p><figure class=\"map\">{}{legend}</figure></section>\n",
        draw(&map, places.iter(), &ramp),
    )
}

fn draw<'a>(map: &Projection, places: impl Iterator<Item = &'a Place>, ramp: &Ramp) -> String {
    let mut classes = vec![String::new(); CLASSES];
    for place in places {
        let class = place.weight().map_or(CLASSES / 2, |weight| ramp.class(weight));
        if let Some(dots) = classes.get_mut(class) {
            dots.push_str(&dot(map, place));
        }
    }
    let dots = classes.iter().enumerate().map(|(class, dots)| format!("<g class=\"c{class}\">{dots}</g>"));
    format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Map of the records\"><path class=\"land\" d=\"{}\"/>{}{}</svg>",
        map.width,
        map.height,
        land::path(map),
        graticule(map),
        dots.collect::<String>()
    )
}

fn dot(map: &Projection, place: &Place) -> String {
    let (latitude, longitude) = place.centre();
    let (x, y) = map.point(latitude, longitude);
    let radius = (1.7 + (place.count as f64).ln() * 0.8).min(7.0);
    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"/>")
}

/// Lines of latitude and longitude at round degrees, with their names.
fn graticule(map: &Projection) -> String {
    let span = map.longitudes.1 - map.longitudes.0;
    let step = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0]
        .into_iter()
        .find(|step| span / step <= 9.0)
        .unwrap_or(45.0);
    let meridians =
        round_degrees(map.longitudes, step).into_iter().filter(|degree| degree.abs() <= 180.0).map(|degree| {
            let (x, _) = map.point(0.0, degree);
            let (end, name) = (map.height, degrees(degree, "E", "W"));
            format!(
                "<path d=\"M{x:.1} 0V{end}\"/><text x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                x + 5.0,
                map.height - 8.0
            )
        });
    let parallels =
        round_degrees(map.latitudes, step).into_iter().filter(|degree| degree.abs() <= 90.0).map(|degree| {
            let (_, y) = map.point(degree, 0.0);
            let (end, name) = (map.width, degrees(degree, "N", "S"));
            format!("<path d=\"M0 {y:.1}H{end}\"/><text x=\"8\" y=\"{:.1}\">{name}</text>", y - 5.0)
        });
    format!("<g class=\"graticule\">{}</g>", meridians.chain(parallels).collect::<String>())
}

fn round_degrees((low, high): (f64, f64), step: f64) -> Vec<f64> {
    let first = (low / step).ceil() * step;
    (0..40_u32).map(|index| first + f64::from(index) * step).take_while(|&degree| degree < high).collect()
}

fn degrees(value: f64, positive: &str, negative: &str) -> String {
    let size = number((value.abs() * 100.0).round() / 100.0);
    let side = if value > 1e-9 {
        positive
    } else if value < -1e-9 {
        negative
    } else {
        ""
    };
    format!("{size}°{side}")
}

fn legend(name: &str, ramp: &Ramp) -> String {
    let labels = (0..CLASSES).map(|class| match (class.checked_sub(1), ramp.limits().get(class)) {
        (None, Some(limit)) => format!("under {}", number(*limit)),
        (Some(before), _) => ramp.limits().get(before).map_or_else(String::new, |limit| format!("{}+", number(*limit))),
        (None, None) => String::new(),
    });
    let keys = labels.enumerate().map(|(class, label)| format!("<span><i class=\"c{class}\"></i>{label}</span>"));
    format!("<figcaption><div>mean <b>{}</b></div>{}</figcaption>", escape(name), keys.collect::<String>())
}
