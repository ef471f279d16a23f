"""SERVE: the TensorBoard plugin. Imports no framework."""
