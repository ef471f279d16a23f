"""Where layers are measured side by side."""

import concurrent.futures
import os

# NumPy and zlib let go of the interpreter while they compute, and the training waits for us anyway.
THREADS = concurrent.futures.ThreadPoolExecutor(
    min(4, os.cpu_count() or 1), thread_name_prefix="deepdebug-record"
)
