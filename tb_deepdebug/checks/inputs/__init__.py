"""What enters the net: batches pass through unchanged and are measured on their way."""
