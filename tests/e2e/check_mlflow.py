"""What MLflow's own API answers about the examples: check_mlflow.py URL EXAMPLES.

MLflow is a translator of `gen_ai.*` that knows nothing of Phoenix's, and it reads inputs and outputs under
Langfuse's names as well. Every example gets an experiment of its own.
"""

import json
import sys
import unittest

import programs

URL, EXAMPLES = sys.argv.pop(1), sys.argv.pop(1)
API = f"{URL}/api/3.0/mlflow/traces"


def value(any_value):
    """OTLP's JSON as plain values."""
    if not any_value:
        return None
    [(kind, content)] = any_value.items()
    if kind == "array_value":
        return [value(item) for item in content.get("values", [])]
    if kind == "kvlist_value":
        return {item["key"]: value(item.get("value")) for item in content.get("values", [])}
    return content


class Trace:
    def __init__(self, info):
        self.info = info
        self.metadata = info.get("trace_metadata", {})
        self.spans = programs.get(f"{API}/get?trace_id={info['trace_id']}")["trace"]["spans"]
        for span in self.spans:
            span["attributes"] = {a["key"]: value(a.get("value")) for a in span["attributes"]}

    def __getitem__(self, name):
        found = [span["attributes"] for span in self.spans if span["name"] == name]
        assert len(found) == 1, (name, self.tree())
        return found[0]

    def tree(self):
        names = {span["span_id"]: span["name"] for span in self.spans}
        return sorted((s["name"], names.get(s.get("parent_span_id"))) for s in self.spans)

    def types(self):
        return {s["name"]: s["attributes"].get("mlflow.spanType") for s in self.spans}

    def tokens(self):
        return json.loads(self.metadata.get("mlflow.trace.tokenUsage", "{}"))

    def cost(self):
        return json.loads(self.metadata["mlflow.trace.cost"])["total_cost"]

    def show(self):
        info, metadata = self.info, self.metadata
        print(
            f"  {info['state']} {info.get('request_preview')} → {info.get('response_preview')}"
            f" tokens {metadata.get('mlflow.trace.tokenUsage')} cost {metadata.get('mlflow.trace.cost')}"
            f" session {metadata.get('mlflow.trace.session')} user {metadata.get('mlflow.trace.user')}"
        )
        for span in self.spans:
            a = span["attributes"]
            print(f"  {a.get('mlflow.spanType')} {span['name']} {a.get('mlflow.chat.tokenUsage', '')}")


def experiment(name):
    """A new experiment, and the variables that lead to it."""
    created = programs.post(f"{URL}/api/2.0/mlflow/experiments/create", {"name": name})
    identity = created["experiment_id"]
    return identity, {
        "OTEL_EXPORTER_OTLP_ENDPOINT": URL,
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-mlflow-experiment-id={identity}",
        "OTEL_SERVICE_NAME": name,
        "TRACING_GENAI_OTLP_MAPPING": "langfuse",
    }


def traces(name, count, spans, example=None, **more):
    """Runs an example and returns its traces, once all of their spans are there."""
    identity, variables = experiment(name)
    lost = programs.run(EXAMPLES, example or name, {**variables, **more})
    assert not lost, lost
    where = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": identity}}

    def look():
        found = programs.post(f"{API}/search", {"locations": [where], "max_results": 200})
        return [Trace(info) for info in found.get("traces", [])]

    found = programs.wait_for(
        f"{count} traces of {name}",
        lambda all_: len(all_) == count and sum(len(t.spans) for t in all_) == spans,
        look,
    )
    print(f"\n{name}: {count} traces")
    if count < 10:
        for trace in found:
            trace.show()
    return found


def roles(messages):
    return [message["role"] for message in messages]


class Mlflow(unittest.TestCase):
    maxDiff = None

    def test_math_tutor(self):
        [trace] = traces("math_tutor", 1, 7)
        self.assertEqual(trace.tree(), programs.MATH_TUTOR)
        types = trace.types()
        self.assertEqual(types["create_agent Math Tutor"], "AGENT")
        self.assertEqual(types["invoke_agent Math Tutor"], "AGENT")
        self.assertEqual(types["chat gpt-4"], "CHAT_MODEL")
        self.assertEqual(json.loads(trace.info["request_preview"]), {"user_input": programs.QUESTION})
        self.assertEqual(json.loads(trace.info["response_preview"]), programs.ANSWER)
        self.assertEqual(trace.info["state"], "OK")
        for name in ("invoke_agent Math Tutor", "chat gpt-4"):
            asked, answered = trace[name]["mlflow.spanInputs"], trace[name]["mlflow.spanOutputs"]
            self.assertEqual(roles(asked), ["system", "assistant", "user"])
            self.assertEqual(asked[-1]["content"], programs.QUESTION)
            self.assertEqual([m["content"] for m in answered], [programs.ANSWER])
        self.assertEqual(
            trace.tokens(), {"input_tokens": 75, "output_tokens": 18, "total_tokens": 93}
        )
        self.assertAlmostEqual(trace.cost(), 75 * 30e-6 + 18 * 60e-6)
        thread = trace["chat gpt-4"]["gen_ai.conversation.id"]
        self.assertEqual(trace.metadata["mlflow.trace.session"], thread)

    def test_tools(self):
        time, weather = sorted(traces("tools", 2, 9), key=lambda trace: len(trace.spans))
        chats = [("answer", None)] + [("chat gpt-4o-mini", "answer")] * 2
        self.assertEqual(time.tree(), chats + [("execute_tool get_time", "answer")])
        self.assertEqual(weather.tree(), chats + [("execute_tool get_weather", "answer")] * 2)
        self.assertEqual(weather.types()["execute_tool get_weather"], "TOOL")
        self.assertEqual(time["execute_tool get_time"]["mlflow.spanType"], "TOOL")
        self.assertEqual(time["execute_tool get_time"]["mlflow.spanInputs"], {"location": "Tokyo"})
        self.assertEqual(time["execute_tool get_time"]["mlflow.spanOutputs"], "21:30")
        last = weather.spans[-1]["attributes"]["mlflow.spanInputs"]["messages"]
        self.assertEqual(roles(last), ["user", "assistant", "tool", "tool"])
        self.assertEqual([m["content"] for m in last[2:]], ["4 °C and sunny", "7 °C and rain"])
        first = weather.spans[1]["attributes"]
        calls = first["mlflow.spanOutputs"][0]["tool_calls"]
        self.assertEqual([c["function"]["name"] for c in calls], ["get_weather"] * 2)
        self.assertEqual(len(first["mlflow.spanInputs"]["tools"]), 2)
        self.assertEqual(
            weather.tokens(),
            {
                "input_tokens": 122 + 170,
                "output_tokens": 26 + 16,
                "total_tokens": 334,
                "cache_read_input_tokens": 15,
            },
        )
        self.assertAlmostEqual(weather.cost(), 277 * 0.15e-6 + 15 * 0.075e-6 + 42 * 0.6e-6)

    def test_chat_stream(self):
        [trace] = traces("chat_stream", 1, 3)
        calls = [s["attributes"] for s in trace.spans if s["name"] == "chat gpt-4o-mini"]
        outputs = [call["mlflow.spanOutputs"][0]["content"] for call in calls]
        self.assertEqual(outputs[0], programs.ANSWER)
        self.assertTrue(outputs[1].startswith("You said"), outputs)
        self.assertEqual(
            trace.tokens(), {"input_tokens": 17, "output_tokens": 18, "total_tokens": 35}
        )

    def test_embeddings(self):
        [trace] = traces("embeddings", 1, 2)
        call = trace["embeddings text-embedding-3-small"]
        self.assertEqual(call["mlflow.spanType"], "EMBEDDING")
        self.assertEqual(call["mlflow.spanInputs"], ["a cat on a mat", "a cat on a roof"])
        self.assertEqual(trace.tokens()["input_tokens"], 10)

    def test_an_error(self):
        with programs.Refusing() as server:
            [trace] = traces("refused", 1, 2, "chat", **server)
        self.assertEqual(trace.info["state"], "ERROR")
        for span in trace.spans:
            self.assertEqual(span["status"]["code"], "STATUS_CODE_ERROR")
            self.assertIn(programs.REFUSAL, span["status"]["message"])
        call = trace["chat gpt-4o-mini"]
        self.assertEqual(call["error.type"], "invalid_api_key")
        self.assertEqual(roles(call["mlflow.spanInputs"]), ["system", "user"])

    def test_users_and_sessions(self):
        # Its spans also go to memory; beside another destination content has to be asked for.
        capture = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}
        found = traces("context", 100, 300, **capture)
        users = {trace.metadata["mlflow.trace.user"] for trace in found}
        self.assertEqual(len(users), 100)
        sessions = {trace.metadata["mlflow.trace.session"] for trace in found}
        self.assertEqual(sessions, {f"lesson-{number}" for number in range(7)})
        for trace in found:
            user = trace.metadata["mlflow.trace.user"]
            self.assertEqual(json.loads(trace.info["response_preview"]), f"42, {user}")
            self.assertEqual(trace.tokens()["total_tokens"], 10)

    def test_two_processes(self):
        [trace] = traces("two_processes", 1, 3)
        self.assertEqual(
            trace.tree(),
            [("answer", "ask"), ("ask", None), ("chat gpt-4o-mini", "answer")],
        )
        self.assertEqual(json.loads(trace.info["response_preview"]), programs.ANSWER)
        self.assertEqual(trace.tokens()["total_tokens"], 35)


if __name__ == "__main__":
    # The first price that MLflow looks up takes it longer than a program waits at its end.
    _, FIRST = experiment("first")
    for _ in range(6):
        if not programs.run(EXAMPLES, "chat", FIRST):
            break
    unittest.main(verbosity=2)
