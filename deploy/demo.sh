#!/bin/sh
# What the container of the demo runs: the math tutor, a model that uses a tool, and a stream.
set -eu

# OpenAI has shut its Assistants API down, so the tutor that runs against it is the one on Responses.
if [ -n "${OPENAI_API_KEY:-}" ]; then
    responses
else
    math_tutor
fi
tools
chat_stream
