"""The web server around the application: gunicorn, with its own lines in our log and its processes in our metrics."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from prometheus_client import multiprocess


class ServerLog(Logger):  # type: ignore[misc]
    """Gunicorn's lines go where all lines go, as JSON."""

    def setup(self, cfg: Any) -> None:
        """Leave formatting and output to the root logger."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True


class WebServer(BaseApplication):  # type: ignore[misc]
    """Gunicorn around an application that was built, and so checked, before its first process starts."""

    def __init__(self, app: Flask, options: Mapping[str, Any]) -> None:
        self.app = app
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Take gunicorn's settings from us alone."""
        ours = {
            "logger_class": ServerLog,
            # it would write into the home directory, which need not exist
            "control_socket_disable": True,
            "child_exit": lambda _, ended: multiprocess.mark_process_dead(ended.pid),  # type: ignore[no-untyped-call]
        }
        for name, value in {**ours, **self.options}.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application, the same in every process."""
        return self.app
