"""The faults, a file a group: each has `FAULTS`."""
