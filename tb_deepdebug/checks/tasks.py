"""Every task there is: on one's own series, and the literature's."""

from __future__ import annotations

from tb_deepdebug.checks import literature_tasks, series_tasks
from tb_deepdebug.checks.task import TASKS, Task, found, register

__all__ = ["TASKS", "Task", "found", "literature_tasks", "register", "series_tasks"]
