"""Records <-> `Summary.Value`: the only place that knows protos and bytes.

The format is described in docs/wire_format.md.
"""
