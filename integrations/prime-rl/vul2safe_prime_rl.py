"""prime-rl: a custom advantage function, called with one group of rollouts. Versions whose hook takes per-token lists
(inputs.completion_lengths is there) get the full vector from `token_advantage`; older ones take ONE number per rollout,
so `sequence_advantage` carries the part of SRCode that is one. Single-turn rollouts only; the task's id is looked for in
rollout["info"]["task_id"], rollout["task_id"] and rollout["answer"]."""
from vul2safe_rewards import advantages, ask

try:  # the older hook's result
    from prime_rl.orchestrator.advantage import AdvantageOutputs
except ImportError:

    class AdvantageOutputs:
        def __init__(self, advantages):
            self.advantages = advantages


def completion_ids(rollout):
    if len(rollout["trajectory"]) != 1:
        raise ValueError("vul2safe: rewards are for answers of a single turn, this rollout has %d" % len(rollout["trajectory"]))
    return list(rollout["trajectory"][0]["tokens"]["completion_ids"])


def task_id(rollout):
    info = rollout.get("info") or {}
    return info.get("task_id") or rollout.get("task_id") or rollout["answer"]


def vectors(rollouts):
    """[rollout][token], R on the last token; asked for once and kept with the rollout, with R as a metric."""
    wanted = [r for r in rollouts if "vul2safe" not in r]
    items = [{"task_id": task_id(r), "token_ids": completion_ids(r)} for r in wanted]
    for rollout, result in zip(wanted, ask(items) if items else []):
        rollout["vul2safe"] = result["training_rewards"]
        rollout["vul2safe_reward"] = result["scalar"]
    return [r["vul2safe"] for r in rollouts]


def token_advantage(inputs, **options):
    """-> [rollout][token]. Options: alpha, beta, gamma. Scales are the group's."""
    made = advantages(vectors(inputs.rollouts), [0] * len(inputs.rollouts), **options)
    for row, length in zip(made, inputs.completion_lengths):
        if len(row) != length:
            raise ValueError("vul2safe: %d advantages for %d completion tokens" % (len(row), length))
    return made


def sequence_advantage(inputs, beta=1.0):
    """One number per rollout of the group, centred: R plus the summed token credit."""
    totals = [row[-1] + beta * sum(row[:-1]) for row in vectors(inputs.rollouts)]
    mean = sum(totals) / len(totals)
    return AdvantageOutputs(advantages=[total - mean for total in totals])
