"""prime-rl: its advantage hook takes ONE number per rollout, so `sequence_advantage` can carry only the part of SRCode
that is one: the instance advantage plus the answer's summed token credit. `token_advantage` gives the full vector, for
trainers (or forks) whose hook takes one. Rollouts carry the vector in state["vul2safe"], put there by `score`."""
from vul2safe_rewards import advantages, ask

try:
    from prime_rl.orchestrator.advantage import AdvantageOutputs
except ImportError:

    class AdvantageOutputs:
        def __init__(self, advantages):
            self.advantages = advantages


def score(rollouts):
    """Asks for the rewards of rollouts {"task_id", "completion_ids" | "completion"}; sets reward and the vector."""
    items = []
    for rollout in rollouts:
        ids = rollout.get("completion_ids")
        answer = {"token_ids": list(ids)} if ids is not None else {"completion": rollout["completion"]}
        items.append({"task_id": rollout["task_id"], **answer})
    for rollout, result in zip(rollouts, ask(items)):
        rollout["reward"] = result["scalar"]
        rollout["vul2safe"] = result["training_rewards"]


def token_advantage(rollouts, **options):
    """[rollout][token], for the rollouts of one group."""
    return advantages([rollout["vul2safe"] for rollout in rollouts], [0] * len(rollouts), **options)


def sequence_advantage(inputs, beta=1.0):
    """[advantage] type = "custom": one number per rollout of the group, centred."""
    totals = [r["vul2safe"][-1] + beta * sum(r["vul2safe"][:-1]) for r in inputs.rollouts]
    mean = sum(totals) / len(totals)
    return AdvantageOutputs(advantages=[total - mean for total in totals])
