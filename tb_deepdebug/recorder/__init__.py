"""The recorder, whatever the framework: when to look, what to measure, what to write."""
