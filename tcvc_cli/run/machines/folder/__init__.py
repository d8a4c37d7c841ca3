"""A folder of films dealt among shards that know of each other by the disk alone."""
