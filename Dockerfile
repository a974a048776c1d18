# syntax=docker/dockerfile:1
# One image, four entry points: `lianqin serve`, `lianqin worker`, `lianqin terminals`, `lianqin db migrate`.

FROM python:3.12-slim AS build
WORKDIR /srv/lianqin
RUN python -m venv --without-pip /opt/venv && pip install --no-cache-dir 'uv>=0.13'
COPY requirements.lock .
RUN VIRTUAL_ENV=/opt/venv uv pip sync --no-cache --require-hashes --compile-bytecode requirements.lock
# Installed in place: migrations and seed stand beside the package, as in a checkout.
COPY pyproject.toml alembic.ini ./
COPY app app
COPY migrations migrations
COPY seed seed
RUN VIRTUAL_ENV=/opt/venv uv pip install --no-cache --no-deps -e .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/lianqin --create-home lianqin
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/lianqin /srv/lianqin
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LIANQIN_HOST=0.0.0.0 \
    LIANQIN_DATA_DIR=/var/lib/lianqin
WORKDIR /srv/lianqin
USER lianqin
VOLUME /var/lib/lianqin
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", \
  "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/readyz', timeout=2)"]
ENTRYPOINT ["lianqin"]
CMD ["serve"]
