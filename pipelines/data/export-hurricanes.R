# Writes hurricanes.csv from dplyr's `storms` (see README.md): one time column in place of four, longer names, nothing else changed.
storms <- as.data.frame(dplyr::storms)
write.csv(with(storms, data.frame(
  name, time = sprintf("%04d-%02d-%02dT%02d:00:00Z", as.integer(year), as.integer(month), as.integer(day), as.integer(hour)),
  latitude = lat, longitude = long, status, category, wind_knots = wind, pressure_mb = pressure,
  gale_diameter_nm = tropicalstorm_force_diameter, hurricane_diameter_nm = hurricane_force_diameter)),
  "hurricanes.csv", row.names = FALSE, quote = FALSE, na = "")
