"""A process that forks (gunicorn, Celery) never shares a database connection with its children."""

import os

from flask import Flask
from sqlalchemy import text

from tenants.database import engine


def test_a_child_opens_connections_of_its_own(app: Flask) -> None:
    with app.app_context():
        with engine().connect() as connection:
            ours = connection.execute(text("select pg_backend_pid()")).scalar_one()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            told = b"0"
            try:
                with engine().connect() as connection:
                    told = str(connection.execute(text("select pg_backend_pid()")).scalar_one()).encode()
            finally:
                os.write(writing, told)
                os._exit(0)
        os.waitpid(child, 0)
        theirs = int(os.read(reading, 100))
        os.close(reading), os.close(writing)
        assert theirs not in (0, ours)
        with engine().connect() as connection:
            assert connection.execute(text("select pg_backend_pid()")).scalar_one() == ours
