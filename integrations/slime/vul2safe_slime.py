"""slime: a reward function that keeps the vector with the sample, and a custom advantage function that uses it."""
import asyncio

from vul2safe_rewards import advantages, ask


async def reward(args, sample, **_):
    """--custom-rm-path. The task's id stands in sample.label; the vector travels in train_metadata."""
    ids = list(sample.tokens[len(sample.tokens) - sample.response_length :])
    item = {"task_id": sample.label, "token_ids": ids}
    if "TRUNCATED" in str(getattr(sample, "status", "")).upper():
        item["finish_reason"] = "length"
    (result,) = await asyncio.to_thread(ask, [item])
    sample.train_metadata = {"vul2safe": result["training_rewards"], "group": sample.group_index}
    return result["scalar"]


def token_advantage(args, rollout_data):
    """--custom-advantage-function-path. Sets advantages and returns, one 1-D tensor per sample."""
    metadata = rollout_data["metadata"]
    made = advantages(
        [entry["vul2safe"] for entry in metadata],
        [entry["group"] for entry in metadata],
        alpha=getattr(args, "vul2safe_alpha", 1.0),
        beta=getattr(args, "vul2safe_beta", 1.0),
        gamma=getattr(args, "vul2safe_gamma", 0.0),
    )
    masks = rollout_data["loss_masks"]
    # Masks are of integers: a tensor like them would cut the advantages down to integers too.
    rows = [m.float().new_tensor(row) if hasattr(m, "new_tensor") else row for m, row in zip(masks, made)]
    rollout_data["advantages"] = rows
    rollout_data["returns"] = rows
