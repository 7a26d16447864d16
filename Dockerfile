# One image for every process; the command selects it.

# By digest: a tag may become another image any day. This one is of September 2026; a release renews it (CONTRIBUTING.md).
ARG PYTHON_IMAGE=python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/crossdock
# Before the source, so that a change of code installs nothing again.
COPY requirements.lock .
RUN /opt/crossdock/bin/pip install --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN /opt/crossdock/bin/pip install --no-index --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Crossdock" org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin crossdock
COPY --from=build /opt/crossdock /opt/crossdock
ENV PATH=/opt/crossdock/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
# The embedded default keeps its database in the working folder; a served set-up writes nothing there.
WORKDIR /tmp
ENTRYPOINT ["crossdock"]
CMD ["--help"]
