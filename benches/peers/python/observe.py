"""The functions of this program, traced by Langfuse's SDK for Python. Arguments: functions, burst, pause in ms."""

import importlib.metadata
import json
import resource
import sys
import time

from langfuse import get_client, observe

QUESTION = "Solve 3x + 11 = 14"


@observe()
def solve(question, number):
    return len(question) + number


def main():
    functions, burst, pause = (int(argument) for argument in sys.argv[1:])
    langfuse = get_client()
    caller = 0.0
    process = time.process_time()
    done = 0
    while done < functions:
        following = min(functions, done + burst)
        before = time.thread_time()
        for number in range(done, following):
            solve(QUESTION, number)
        caller += time.thread_time() - before
        done = following
        time.sleep(pause / 1_000)
    langfuse.shutdown()
    outcome = {
        "caller_us": caller * 1e6,
        "process_us": (time.process_time() - process) * 1e6,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024,
        "version": importlib.metadata.version("langfuse"),
    }
    print(json.dumps(outcome))


main()
