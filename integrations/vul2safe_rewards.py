"""What all shims share: asking `vul2safe serve rewards`, and SRCode's critic-free advantage on plain lists.

A row is one answer's `training_rewards`: token rewards, and on the last token the instance reward R.
    A_t = alpha * (R - leave-one-out mean) / s_R  +  beta * G_t / s_G        (src/srcode/advantages/critic-free.ts)
Standard library only; VUL2SAFE_REWARDS_URL and VUL2SAFE_SERVE_TOKEN say where and who.
"""
import json
import math
import os
import urllib.request

URL = os.environ.get("VUL2SAFE_REWARDS_URL", "http://127.0.0.1:8100")


def ask(items, url=None, timeout=120):
    """[{"task_id" | "pair_id" | "language", "token_ids" | "completion", ...}] -> the service's results, in order."""
    headers = {"content-type": "application/json"}
    if os.environ.get("VUL2SAFE_SERVE_TOKEN"):
        headers["authorization"] = "Bearer " + os.environ["VUL2SAFE_SERVE_TOKEN"]
    results = []
    for start in range(0, len(items), 256):
        body = json.dumps({"items": items[start : start + 256]}).encode()
        request = urllib.request.Request((url or URL) + "/v1/rewards", body, headers)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            results += json.load(answer)["results"]
    return results


def advantages(rows, groups, alpha=1.0, beta=1.0, gamma=0.0):
    """rows: [answer][token]; groups: [answer], equal for answers to one prompt. -> [answer][token]"""
    members = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    instance = [0.0] * len(rows)
    for indices in members.values():
        scalars = [rows[i][-1] if rows[i] else 0.0 for i in indices]
        n, mean = len(scalars), sum(scalars) / len(scalars)
        for i, scalar in zip(indices, scalars):
            instance[i] = (scalar - mean) * n / (n - 1) if n > 1 else 0.0
    s_r = math.sqrt(sum(a * a for a in instance) / max(1, len(instance)))
    returns = []
    for row in rows:
        out, after = [0.0] * len(row), 0.0
        for t in range(len(row) - 2, -1, -1):  # the last token holds R, no token reward
            after = row[t] + gamma * after
            out[t] = after
        returns.append(out)
    sizes = [g * g for row in returns for g in row if g != 0]
    s_g = math.sqrt(sum(sizes) / len(sizes)) if sizes else 0.0
    return [
        [(alpha * a / s_r if s_r else 0.0) + (beta * g / s_g if s_g else 0.0) for g in row]
        for a, row in zip(instance, returns)
    ]


def lists(array):
    """Nested lists of a tensor, an array, or lists."""
    return array.tolist() if hasattr(array, "tolist") else array


def like(array, rows, width):
    """Rows padded with zeros to `width`, as a tensor like `array` where that is one."""
    padded = [list(row) + [0.0] * (width - len(row)) for row in rows]
    return array.new_tensor(padded) if hasattr(array, "new_tensor") else padded
