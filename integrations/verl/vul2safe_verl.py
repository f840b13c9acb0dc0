"""verl: a reward manager that asks the service for every response's vector, and an advantage estimator that uses it."""
from vul2safe_rewards import advantages, ask, like, lists

try:
    from verl.trainer.ppo.core_algos import register_adv_est
    from verl.workers.reward_manager import register as register_manager
except ImportError:  # outside of verl: the functions work on lists

    def register_adv_est(name):
        return lambda function: function

    register_manager = register_adv_est


@register_adv_est("vul2safe")
def token_advantage(token_level_rewards, response_mask, index, config=None, **_):
    """[batch][response] rewards, R on the last real token -> (advantages, returns) of the same shape."""
    lengths = [int(sum(row)) for row in lists(response_mask)]
    rows = [row[:length] for row, length in zip(lists(token_level_rewards), lengths)]
    # getattr, because both of verl's kinds of config refuse to be asked for keys they lack in their own way.
    alpha, beta, gamma = (getattr(config, k, d) for k, d in (("alpha", 1.0), ("beta", 1.0), ("gamma_token", 0.0)))
    made = advantages(rows, lists(index), alpha=alpha, beta=beta, gamma=gamma)
    made = like(token_level_rewards, made, len(lists(response_mask)[0]))
    return made, made


@register_manager("vul2safe")
class TokenRewardManager:
    """Rows of the data set name their task in `reward_model.ground_truth`."""

    def __init__(self, tokenizer, num_examine=0, compute_score=None, reward_fn_key="data_source", **_):
        pass

    def __call__(self, data, return_dict=False):
        responses, mask = data.batch["responses"], lists(data.batch["attention_mask"])
        ids = lists(responses)
        width = len(ids[0])
        lengths = [int(sum(row[-width:])) for row in mask]
        names = [row["ground_truth"] for row in data.non_tensor_batch["reward_model"]]
        items = [{"task_id": n, "token_ids": i[:l]} for n, i, l in zip(names, ids, lengths)]
        results = ask(items)
        base = responses.float() if hasattr(responses, "float") else responses
        rewards = like(base, [r["training_rewards"] for r in results], width)
        if not return_dict:
            return rewards
        return {"reward_tensor": rewards, "reward_extra_info": {"score": [r["scalar"] for r in results]}}
