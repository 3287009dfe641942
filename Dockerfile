# The demo of the compose file: examples that send traces, as a user without rights.
FROM docker.io/library/rust:1.95-slim-trixie AS build
WORKDIR /src
# Four programs have to be small more than fast.
ENV CARGO_PROFILE_RELEASE_STRIP=symbols \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=s \
    CARGO_PROFILE_RELEASE_LTO=thin

# The dependencies, in a layer that changes only when they do: the targets that the manifest names stand
# there empty.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src/bin benches examples \
    && touch src/lib.rs \
    && for target in src/bin/tracing-genai-doctor benches/caller_path benches/delivery benches/runs benches/span_cost benches/spool examples/empty examples/standard_pipeline; do \
        echo 'fn main() {}' >"$target.rs"; \
    done \
    && cargo build --locked --release --example empty \
    && rm -r src benches examples

COPY README.md CHANGELOG.md ./
COPY src src
COPY benches benches
COPY examples examples
# Copied files are older than what was built of the empty library.
RUN touch src/lib.rs \
    && cargo build --locked --release \
        --example math_tutor --example responses --example tools --example chat_stream

FROM docker.io/library/debian:trixie-slim
RUN useradd --system --uid 10001 --no-create-home demo
# The authorities that the programs trust, without the packages that maintain them.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/target/release/examples/math_tutor \
    /src/target/release/examples/responses \
    /src/target/release/examples/tools \
    /src/target/release/examples/chat_stream \
    /usr/local/bin/
COPY deploy/demo.sh /usr/local/bin/demo
USER 10001
CMD ["demo"]
