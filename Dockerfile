# One image for workers, desk and sweeper: docker-compose.yml says which of them a container is.
# Nothing comes from apt: the wheels carry ffmpeg, the codecs and the queue server.
#
# To pin the very bytes too, add the digest that `docker buildx imagetools inspect <image:tag>` prints:
#   FROM python:3.11.15-slim-bookworm@sha256:…
FROM python:3.11.15-slim-bookworm AS base

FROM base AS build
# Unset unless given (--build-arg, or in the environment of `docker compose build`): a package mirror near you.
ARG PIP_INDEX_URL
ARG NPM_CONFIG_REGISTRY
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/footage/bin:$PATH
RUN python -m venv /opt/footage
WORKDIR /src
COPY requirements.lock ./
RUN pip install --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY worker worker
COPY pipelines pipelines
COPY storage storage
COPY desk desk
COPY web web
RUN python web/fetch.py
RUN pip install --no-deps --no-build-isolation .

FROM base
LABEL org.opencontainers.image.title="nanyue-footage" \
      org.opencontainers.image.description="Phone footage in, compliant, checked, published footage out" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# The number is fixed, so that volumes keep their owner from one image to the next.
RUN groupadd --gid 10001 footage \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin footage \
 && install --directory --owner footage --group footage --mode 0750 /data
COPY --from=build /opt/footage /opt/footage
ENV PATH=/opt/footage/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 FOOTAGE_HOME=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
# What is healthy differs between a desk and a worker: docker-compose.yml knows.
HEALTHCHECK NONE
ENTRYPOINT ["footage"]
CMD ["--help"]
