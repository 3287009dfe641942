"""What Arize Phoenix's own API answers about the examples: check_phoenix.py URL EXAMPLES.

Phoenix checks every content attribute against the convention's schema and drops the whole of it if one item is
wrong, without a word. It keeps the attributes as they came, so what it made of them is compared with them.
"""

import json
import sys
import unittest

import programs

URL, EXAMPLES = sys.argv.pop(1), sys.argv.pop(1)


def project(name, count, example=None, **variables):
    """Runs an example and returns its spans, once all of them are there."""
    variables = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": URL,
        "OTEL_SERVICE_NAME": name,
        "TRACING_GENAI_OTLP_MAPPING": "openinference",
        **variables,
    }
    lost = programs.run(EXAMPLES, example or name, variables)
    assert not lost, lost
    spans = programs.wait_for(
        f"{count} spans of {name}",
        lambda spans: len(spans) >= count,
        lambda: programs.get(f"{URL}/v1/projects/{name}/spans?limit=1000")["data"],
    )
    print(f"\n{name}: {len(spans)} spans")
    return spans


def tree(spans):
    names = {span["context"]["span_id"]: span["name"] for span in spans}
    return sorted((s["name"], names.get(s["parent_id"])) for s in spans)


def one(spans, name):
    found = [span for span in spans if span["name"] == name]
    assert len(found) == 1, (name, tree(spans))
    return found[0]


def show(spans):
    for span in sorted(spans, key=lambda span: span["start_time"]):
        a = span["attributes"]
        tokens = (a.get("llm.token_count.prompt"), a.get("llm.token_count.completion"))
        print(
            f"  {span['span_kind']:9} {span['name']}: {a.get('input.value', '–')[:60]}"
            f" → {a.get('output.value', '–')[:60]}, tokens {tokens}, {span['status_code']}"
        )


def traces(name):
    return programs.get(f"{URL}/v1/projects/{name}/traces?limit=1000")["data"]


def sessions(name):
    return programs.get(f"{URL}/v1/projects/{name}/sessions?limit=1000")["data"]


def cost(name):
    """Dollars, as Phoenix computes them a little later; its REST API does not tell."""
    query = "{projects(first: 100){edges{node{name costSummary{total{cost}}}}}}"

    def look():
        edges = programs.post(f"{URL}/graphql", {"query": query})["data"]["projects"]["edges"]
        [found] = [edge["node"] for edge in edges if edge["node"]["name"] == name]
        return found["costSummary"]["total"]["cost"]

    return programs.wait_for(f"cost of {name}", lambda cost: cost is not None, look)


def messages(attributes, prefix):
    """What Phoenix made of messages: (role, text, tool calls, tool call id) of each."""
    found = []
    while f"{prefix}.{len(found)}.message.role" in attributes:
        base = f"{prefix}.{len(found)}.message."
        calls = []
        while f"{base}tool_calls.{len(calls)}.tool_call.function.name" in attributes:
            call = f"{base}tool_calls.{len(calls)}.tool_call."
            arguments = json.loads(attributes[f"{call}function.arguments"])
            calls.append((attributes[f"{call}id"], attributes[f"{call}function.name"], arguments))
        found.append(
            (
                attributes[f"{base}role"],
                attributes.get(f"{base}content"),
                calls,
                attributes.get(f"{base}tool_call_id"),
            )
        )
    return found


def sent(attributes, *keys):
    """The same of what was sent under the names of the conventions."""
    found = []
    for key in keys:
        items = json.loads(attributes.get(key, "[]"))
        if key == "gen_ai.system_instructions" and items:
            items = [{"role": "system", "parts": items}]
        for message in items:
            texts, calls, answered = [], [], None
            for part in message["parts"]:
                if part["type"] == "text":
                    texts.append(part["content"])
                elif part["type"] == "tool_call":
                    calls.append((part["id"], part["name"], part["arguments"]))
                elif part["type"] == "tool_call_response":
                    answered = part["id"]
                    texts.append(part["response"])
                else:
                    raise AssertionError(f"a part that this check does not know: {part}")
            found.append((message["role"], "".join(texts) or None, calls, answered))
    return found


class Phoenix(unittest.TestCase):
    maxDiff = None

    def whole(self, spans, calls):
        """So many spans carry messages, and not one message or tool was dropped."""
        checked = 0
        for span in spans:
            a = span["attributes"]
            asked = sent(a, "gen_ai.system_instructions", "gen_ai.input.messages")
            answered = sent(a, "gen_ai.output.messages")
            self.assertEqual(messages(a, "llm.input_messages"), asked, span["name"])
            self.assertEqual(messages(a, "llm.output_messages"), answered, span["name"])
            tools = json.loads(a.get("gen_ai.tool.definitions", "[]"))
            kept = [key for key in a if key.startswith("llm.tools.")]
            self.assertEqual(len(kept), len(tools), span["name"])
            checked += bool(asked and answered)
        self.assertEqual(checked, calls)

    def kinds(self, spans, expected):
        self.assertEqual({s["name"]: s["span_kind"] for s in spans}, expected)

    def tokens(self, name, prompt, completion):
        """Of the whole project, so each is counted once."""
        all_traces = traces(name)
        counted = [sum(t[f"token_count_{k}"] for t in all_traces) for k in ("prompt", "completion")]
        self.assertEqual(counted, [prompt, completion])

    def test_math_tutor(self):
        spans = project("math_tutor", 7)
        show(spans)
        self.assertEqual(tree(spans), programs.MATH_TUTOR)
        self.kinds(
            spans,
            {
                "run_math_tutor": "CHAIN",
                "create_assistant": "CHAIN",
                "create_agent Math Tutor": "AGENT",
                "run_assistant": "CHAIN",
                "invoke_agent Math Tutor": "AGENT",
                "chat gpt-4": "LLM",
                "get_response": "CHAIN",
            },
        )
        root = one(spans, "run_math_tutor")["attributes"]
        self.assertEqual(json.loads(root["input.value"]), {"user_input": programs.QUESTION})
        self.assertEqual(root["output.value"], programs.ANSWER)
        for name in ("invoke_agent Math Tutor", "chat gpt-4"):
            self.assertEqual(one(spans, name)["attributes"]["input.value"], programs.QUESTION)
            self.assertEqual(one(spans, name)["attributes"]["output.value"], programs.ANSWER)
        self.whole(spans, 2)
        self.tokens("math_tutor", 75, 18)
        self.assertAlmostEqual(cost("math_tutor"), 75 * 30e-6 + 18 * 60e-6)
        thread = one(spans, "chat gpt-4")["attributes"]["gen_ai.conversation.id"]
        self.assertEqual([s["session_id"] for s in sessions("math_tutor")], [thread])

    def test_tools(self):
        spans = project("tools", 9)
        show(spans)
        weather, time = [("answer", None)], [("answer", None)]
        weather += [("chat gpt-4o-mini", "answer")] * 2
        weather += [("execute_tool get_weather", "answer")] * 2
        time += [("chat gpt-4o-mini", "answer")] * 2 + [("execute_tool get_time", "answer")]
        self.assertEqual(tree(spans), sorted(weather + time))
        self.kinds(
            spans,
            {
                "answer": "CHAIN",
                "chat gpt-4o-mini": "LLM",
                "execute_tool get_weather": "TOOL",
                "execute_tool get_time": "TOOL",
            },
        )
        self.whole(spans, 4)
        tools = [s["attributes"] for s in spans if s["span_kind"] == "TOOL"]
        self.assertEqual(
            sorted((json.loads(a["input.value"]).popitem()[1], a["output.value"]) for a in tools),
            [("Bergen", "7 °C and rain"), ("Oslo", "4 °C and sunny"), ("Tokyo", "21:30")],
        )
        self.tokens("tools", 122 + 170 + 118 + 142, 26 + 16 + 13 + 6)
        cached = [s["attributes"].get("llm.token_count.prompt_details.cache_read") for s in spans]
        self.assertEqual(sorted(filter(None, cached)), [11, 15])
        # gpt-4o-mini, cached input at half the price.
        expected = (552 - 26) * 0.15e-6 + 26 * 0.075e-6 + 61 * 0.6e-6
        self.assertAlmostEqual(cost("tools"), expected)

    def test_chat_stream(self):
        spans = project("chat_stream", 3)
        show(spans)
        calls = [("chat gpt-4o-mini", "lesson")] * 2
        self.assertEqual(tree(spans), calls + [("lesson", None)])
        self.whole(spans, 2)
        ends = {s["attributes"].get("tracing_genai.stream.end"): s["attributes"] for s in spans}
        self.assertEqual(set(ends), {None, "finished", "cancelled"})
        self.assertEqual(ends["finished"]["output.value"], programs.ANSWER)
        self.assertEqual(ends["cancelled"]["tracing_genai.observation.level"], "WARNING")
        self.assertIn("llm.output_messages.0.message.content", ends["cancelled"])
        self.assertNotIn("llm.token_count.completion", ends["cancelled"])
        self.tokens("chat_stream", 17, 18)

    def test_embeddings(self):
        spans = project("embeddings", 2)
        show(spans)
        call = one(spans, "embeddings text-embedding-3-small")
        self.assertEqual(tree(spans)[1], (call["name"], "compare"))
        self.assertEqual(call["span_kind"], "EMBEDDING")
        a = call["attributes"]
        self.assertEqual(json.loads(a["input.value"]), ["a cat on a mat", "a cat on a roof"])
        self.assertEqual(a["embedding.model_name"], "text-embedding-3-small")
        # Phoenix adds up those of models that generate only.
        self.assertEqual(a["llm.token_count.prompt"], 10)

    def test_an_error(self):
        with programs.Refusing() as server:
            spans = project("refused", 2, "chat", **server)
        show(spans)
        self.assertEqual(tree(spans), [("answer", None), ("chat gpt-4o-mini", "answer")])
        self.kinds(spans, {"answer": "CHAIN", "chat gpt-4o-mini": "LLM"})
        for span in spans:
            self.assertEqual(span["status_code"], "ERROR")
            self.assertIn(programs.REFUSAL, span["status_message"])
        call = one(spans, "chat gpt-4o-mini")["attributes"]
        self.assertEqual(call["error.type"], "invalid_api_key")
        asked = messages(call, "llm.input_messages")
        self.assertEqual([role for role, *_ in asked], ["system", "user"])
        self.assertNotIn("llm.token_count.total", call)

    def test_users_and_sessions(self):
        # Its spans also go to memory; beside another destination content has to be asked for.
        capture = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}
        named = {"OTEL_RESOURCE_ATTRIBUTES": "openinference.project.name=context"}
        spans = project("context", 300, **capture, **named)
        users = {}
        for span in spans:
            users.setdefault(span["context"]["trace_id"], set()).add(span["attributes"]["user.id"])
        self.assertEqual(sorted(map(len, users.values())), [1] * 100)
        self.assertEqual(len(set.union(*users.values())), 100)
        found = {s["session_id"]: len(s["traces"]) for s in sessions("context")}
        self.assertEqual(set(found), {f"lesson-{number}" for number in range(7)})
        self.assertEqual(sum(found.values()), 100)
        self.whole(spans, 100)
        self.tokens("context", 900, 100)
        root = next(span for span in spans if span["parent_id"] is None)["attributes"]
        self.assertEqual(root["tag.tags"], ["lesson"])
        self.assertEqual(root["metadata.remembered"], True)
        self.assertTrue(root["output.value"].startswith("42, user-"))

    def test_the_doctor_sees_that_the_mapping_is_missing(self):
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": URL, "OTEL_METRICS_EXPORTER": "none"}
        printed, is_content = programs.doctor(EXAMPLES, variables)
        self.assertIn("set TRACING_GENAI_OTLP_MAPPING=openinference", printed)
        self.assertFalse(is_content)
        variables["TRACING_GENAI_OTLP_MAPPING"] = "openinference"
        printed, is_content = programs.doctor(EXAMPLES, variables)
        self.assertTrue(is_content, printed)

    def test_two_processes(self):
        named = {"OTEL_RESOURCE_ATTRIBUTES": "openinference.project.name=two_processes"}
        spans = project("two_processes", 3, **named)
        show(spans)
        self.assertEqual(len({span["context"]["trace_id"] for span in spans}), 1)
        self.assertEqual(
            tree(spans),
            [("answer", "ask"), ("ask", None), ("chat gpt-4o-mini", "answer")],
        )
        self.assertEqual(one(spans, "ask")["attributes"]["output.value"], programs.ANSWER)
        self.whole(spans, 1)
        self.tokens("two_processes", 17, 18)


if __name__ == "__main__":
    unittest.main(verbosity=2)
