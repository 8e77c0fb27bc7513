"""One index that apps feed (`actions.put`) and everybody searches (`queries.find`)."""
