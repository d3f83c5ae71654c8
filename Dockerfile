# One image for every process: worker (the default), gateway, simulator, and each operator's command.
FROM python:3.12-slim-bookworm AS build
# A release sets it: compiled modules then hold hashes instead of the time of the build.
ARG SOURCE_DATE_EPOCH
WORKDIR /src
RUN python -m venv /opt/relist
# Dependencies first: they change rarely, the code often.
COPY requirements.lock build.lock ./
RUN /opt/relist/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement build.lock
COPY pyproject.toml README.md ./
COPY config config
COPY facts facts
COPY model model
COPY redis_client redis_client
COPY http_server http_server
COPY tracing tracing
COPY tiktok_shop tiktok_shop
COPY token_store token_store
COPY shop_queue shop_queue
COPY authorisation authorisation
COPY catalogue catalogue
COPY proposals proposals
COPY relisting relisting
COPY record record
COPY rollout rollout
COPY worker worker
COPY producers producers
COPY tables tables
COPY mapping_studio mapping_studio
COPY worklist worklist
COPY monitoring monitoring
COPY undo undo
COPY reports reports
COPY web_ui web_ui
COPY gateway gateway
COPY console console
COPY calibration calibration
COPY simulator simulator
COPY demo demo
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/relist/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.12-slim-bookworm
ARG COMMIT=unknown
ARG SOURCE_DATE_EPOCH
LABEL org.opencontainers.image.title="tiktok-relist" org.opencontainers.image.revision="$COMMIT"
ENV PATH=/opt/relist/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    RELIST_BIND_HOST=0.0.0.0 \
    RELIST_JOURNAL_DIR=/var/lib/relist/journal \
    RELIST_COMMIT=$COMMIT
RUN groupadd --gid 10001 relist \
    && useradd --uid 10001 --gid relist --no-create-home --shell /usr/sbin/nologin relist \
    && install --directory --mode 700 --owner relist --group relist /var/lib/relist/journal
COPY --from=build /opt/relist /opt/relist
WORKDIR /var/lib/relist
USER 10001:10001
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# The health check of the worker; docker-compose.yml has that of the gateway.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["python", "-m", "http_server.health_check", "127.0.0.1:9464/readyz"]
ENTRYPOINT ["relist"]
CMD ["worker"]
