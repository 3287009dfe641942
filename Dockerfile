# The demo of the compose file: examples that send traces, as a user without rights.
FROM docker.io/library/rust:1.95-slim AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY README.md CHANGELOG.md ./
COPY src src
COPY benches benches
COPY examples examples
RUN cargo build --locked --release \
    --example math_tutor --example responses --example tools --example chat_stream

FROM docker.io/library/debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home demo
COPY --from=build /src/target/release/examples/math_tutor \
    /src/target/release/examples/responses \
    /src/target/release/examples/tools \
    /src/target/release/examples/chat_stream \
    /usr/local/bin/
COPY deploy/demo.sh /usr/local/bin/demo
USER demo
CMD ["demo"]
