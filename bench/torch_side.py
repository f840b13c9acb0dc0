"""The PyTorch/transformers side of bench/engine.ts: one line in ("train" or "sample"), one line out (seconds)."""
import json
import sys
import time

import torch
from transformers import LlamaConfig, LlamaForCausalLM

settings = json.loads(sys.argv[1])
training = settings.pop("training")
sampling = settings.pop("sampling")
torch.set_num_threads(settings.pop("threads"))
torch.manual_seed(1)
config = LlamaConfig(**settings, tie_word_embeddings=False, bos_token_id=0, eos_token_id=None, pad_token_id=0)
model = LlamaForCausalLM(config)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.01)
ids = torch.randint(0, config.vocab_size, (training["batch"], training["sequence"] + 1))
prompts = torch.randint(0, config.vocab_size, (sampling["batch"], sampling["promptTokens"]))


def train():
    model.train()
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()


def sample():
    model.eval()
    with torch.no_grad():
        model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=True,
            top_k=0,
            min_new_tokens=sampling["newTokens"],
            max_new_tokens=sampling["newTokens"],
        )


for line in sys.stdin:
    start = time.perf_counter()
    {"train": train, "sample": sample}[line.strip()]()
    print(time.perf_counter() - start, flush=True)
