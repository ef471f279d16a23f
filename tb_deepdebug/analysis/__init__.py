"""What predictions say: a table, its metrics with intervals, strata, weak slices, loss patterns."""
