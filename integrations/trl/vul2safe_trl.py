"""TRL: a GRPOTrainer whose advantages are per token, [batch][completion], which its loss takes as they are.
Data-set rows carry `task_id`. One process, or a per-device batch that holds whole groups: scales are taken per process."""
from trl import GRPOTrainer

from vul2safe_rewards import advantages, ask, like, lists


def scalar_reward(completions, completion_ids, task_id, **_):
    """As `reward_funcs`, so that the trainer's logs show R; the vector is asked for again when advantages are made."""
    items = [{"task_id": name, "token_ids": list(ids)} for name, ids in zip(task_id, completion_ids)]
    return [result["scalar"] for result in ask(items)]


class TokenRewardGRPOTrainer(GRPOTrainer):
    vul2safe_options = {"alpha": 1.0, "beta": 1.0, "gamma": 0.0}

    def _generate_and_score_completions(self, inputs):
        output = super()._generate_and_score_completions(inputs)
        ids, mask = lists(output["completion_ids"]), lists(output["completion_mask"])
        items = []
        for row, keep, example in zip(ids, mask, inputs):
            answer = [token for token, flag in zip(row, keep) if flag]
            items.append({"task_id": example["task_id"], "token_ids": answer})
        rows = [result["training_rewards"] for result in ask(items)]
        groups = [i // self.num_generations for i in range(len(rows))]
        made = advantages(rows, groups, **self.vul2safe_options)
        output["advantages"] = like(output["advantages"], made, len(ids[0]))
        return output
