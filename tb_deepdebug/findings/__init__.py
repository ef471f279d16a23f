"""What is wrong, as values: findings, the run they are found in, and what causes what."""
