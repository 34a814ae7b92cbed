# The server alone: built without the feature `dev`, so there is no simulator and no demo tenant in the image.
#
#     docker build -t hufu .
#
# It keeps nothing in its file system, so run it with --read-only; configuration is read from /etc/hufu/hufu.toml, and
# every key of it also from HUFU_<SECTION>__<KEY>.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# What cargo downloads and builds outlives the layer, so a rebuild compiles only what changed.
RUN --mount=type=cache,id=hufu-registry,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,id=hufu-target,target=/src/target,sharing=locked \
    cargo build --locked --release --package hufu-api --bin hufu --no-default-features \
    && install -D target/release/hufu /out/hufu

FROM debian:bookworm-slim
# The roots that WeChat's certificate is checked against; the newest ones, so the version is not pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/hufu /usr/local/bin/hufu
# Numeric, so that an orchestrator can see that it is not root.
USER 10001:10001
# The public door, and /metrics /healthz /readyz, which is not for the public.
EXPOSE 8080 9090
ENTRYPOINT ["hufu"]
CMD ["serve", "--config", "/etc/hufu/hufu.toml"]
# Asks /readyz where the configuration says that it listens.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
    CMD ["hufu", "healthcheck", "--config", "/etc/hufu/hufu.toml"]
