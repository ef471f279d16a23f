"""`python -m benchmarks.faults collect|report`: how well the diagnosis tells ill runs from healthy.

Small nets on generated data and on scikit-learn's bundled sets. Healthy runs are of a dozen kinds;
faulty ones differ from a healthy one by one line. Whether a fault did harm is told by its outcome
on clean validation data, never by the diagnosis. Half of the faults may be used to tune rules, the
other half is only reported.
"""
