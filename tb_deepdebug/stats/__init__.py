"""How it is measured: pure functions from arrays to arrays, numpy only."""
