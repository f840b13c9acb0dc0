"""SkyRL-Train: per-token rewards put into the generator's output, and an advantage estimator that uses them."""
from vul2safe_rewards import advantages, ask, like, lists

try:
    from skyrl.backends.skyrl_train.utils.ppo_utils import register_advantage_estimator
except ImportError:
    try:  # before the packages were merged
        from skyrl_train.utils.ppo_utils import register_advantage_estimator
    except ImportError:  # outside of SkyRL: the functions work on lists

        def register_advantage_estimator(name):
            return lambda function: function


def with_token_rewards(generator_output, task_ids):
    """Call at the end of your generator's `generate`: rewards become [answer][token], R on the last token."""
    items = []
    reasons = generator_output.get("stop_reasons") or ["stop"] * len(task_ids)
    for name, ids, reason in zip(task_ids, generator_output["response_ids"], reasons):
        finish = "length" if reason == "length" else "stop"
        items.append({"task_id": name, "token_ids": list(ids), "finish_reason": finish})
    generator_output["rewards"] = [result["training_rewards"] for result in ask(items)]
    return generator_output


@register_advantage_estimator("vul2safe")
def token_advantage(token_level_rewards, response_mask, index, config=None, **_):
    """[batch][response] -> (advantages, returns) of the same shape; padding is on the right."""
    mask = lists(response_mask)
    lengths = [int(sum(row)) for row in mask]
    rows = [row[:length] for row, length in zip(lists(token_level_rewards), lengths)]
    made = like(token_level_rewards, advantages(rows, lists(index)), len(mask[0]))
    return made, made
