"""An agent of somebody else's: one file, the standard library, an OpenAI-compatible endpoint. Imported as text."""
import json
import os
import subprocess
import sys
import urllib.request

TOOL = {
    "type": "function",
    "function": {
        "name": "sh",
        "description": "Runs a command",
        "parameters": {"type": "object", "properties": {"command": {"type": "string"}}},
    },
}


def ask(messages):
    body = {"model": "whatever-it-likes", "messages": messages, "tools": [TOOL], "seed": 7}
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json.dumps(body).encode(),
        {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["choices"][0]["message"]


messages = [
    {"role": "system", "content": "You repair software."},
    {"role": "user", "content": sys.stdin.read()},
]
while True:
    try:
        answer = ask(messages)
    except urllib.error.HTTPError as error:
        print("HTTP", error.code, error.read().decode())
        sys.exit(3)
    messages.append(answer)
    if not answer.get("tool_calls"):
        print("the model says:", answer["content"])
        break
    for call in answer["tool_calls"]:
        command = json.loads(call["function"]["arguments"])["command"]
        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print("$", command, "->", done.returncode, flush=True)
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": done.stdout.decode()})
