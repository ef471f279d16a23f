"""Where README's figures come from: `python -m benchmarks [NAME...]`.

Every figure is taken side by side with what it is compared to: the arms of a benchmark take turns
within each round, so that a machine that is busy for a while is busy for all of them, and the same
arm runs twice (A/A), which shows how far chance alone goes.
"""
