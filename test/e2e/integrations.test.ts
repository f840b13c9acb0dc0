/**
 * @file The Python shims of integrations/, each run on a small stand-in of its trainer's batch against the real reward
 * service: their per-token advantages are those of the TypeScript formula. No trainer and no torch is needed.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../src/run/serve/listen.ts';
import { startRewardServer } from '../../src/run/serve/rewards/start.ts';
import type { RewardAnswer } from '../../src/run/serve/rewards/wire.ts';
import { criticFreeAdvantages } from '../../src/srcode/advantages/critic-free.ts';
import { taskSet } from '../../src/tasks/sets.ts';
import { loadTokenizer } from '../../src/tokenizer/byte-level-tokenizer.ts';

const root = join(import.meta.dirname, '..', '..');
const integrations = join(root, 'integrations');
const folder = join(root, 'test', 'fixtures', 'hf-parity', 'llama-tiny');
const tokenizer = loadTokenizer(folder);
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is not here: the shims of integrations/ are not run');

/** Reads the batch from stdin and prints the shim's answer; {advantages: [answer][token]} or more. */
const PROGRAMS: Readonly<Record<string, string>> = {
  verl: `
import vul2safe_verl as shim
width = max(map(len, ids))
pad = lambda row: row + [0] * (width - len(row))
mask = [pad([1] * len(row)) for row in ids]
class Data: pass
data = Data()
data.batch = {"responses": [pad(row) for row in ids], "attention_mask": [[1, 1] + row for row in mask]}
data.non_tensor_batch = {"reward_model": [{"ground_truth": name} for name in names]}
answer = shim.TokenRewardManager(None)(data, return_dict=True)
class Config:
    def __getattr__(self, name): raise AttributeError(name)
    def __getitem__(self, name): raise RuntimeError(name)
    __contains__ = __getitem__
made, returns = shim.token_advantage(token_level_rewards=answer["reward_tensor"], response_mask=mask, index=groups, config=Config())
assert returns == made and all(len(row) == width for row in made)
print(json.dumps({"advantages": [row[:len(i)] for row, i in zip(made, ids)], "scalars": answer["reward_extra_info"]["score"]}))
`,
  slime: `
import asyncio, vul2safe_slime as shim
class Thing:
    def __init__(self, **fields): self.__dict__.update(fields)
samples = [Thing(tokens=[7, 7] + row, response_length=len(row), label=name, group_index=g, status="Status.COMPLETED") for row, name, g in zip(ids, names, groups)]
async def all_rewards(): return await asyncio.gather(*(shim.reward(None, sample) for sample in samples))
scalars = asyncio.run(all_rewards())
class Mask(list):
    kind = int  # slime's masks are of integers, and what is made like them is too
    def new_tensor(self, row): return [self.kind(value) for value in row]
    def float(self): mask = Mask(self); mask.kind = float; return mask
data = {"metadata": [s.train_metadata for s in samples], "loss_masks": [Mask([1] * len(row)) for row in ids]}
shim.token_advantage(Thing(), data)
assert data["returns"] == data["advantages"]
print(json.dumps({"advantages": data["advantages"], "scalars": scalars}))
`,
  'prime-rl': `
import vul2safe_prime_rl as shim
rollouts = [{"info": {"task_id": name}, "trajectory": [{"tokens": {"completion_ids": row}}]} for row, name in zip(ids, names)]
class Inputs: pass
inputs = Inputs(); inputs.rollouts = rollouts; inputs.completion_lengths = [len(row) for row in ids]
made = shim.token_advantage(inputs)
inputs.rollouts = rollouts[:3]
per_sequence = shim.sequence_advantage(inputs).advantages
assert abs(sum(per_sequence)) < 1e-9 and len(per_sequence) == 3
inputs.completion_lengths = [1, 1, 1]
try: shim.token_advantage(inputs); raise SystemExit("lengths are not checked")
except ValueError: pass
print(json.dumps({"advantages": made, "scalars": [r["vul2safe_reward"] for r in rollouts]}))
`,
  trl: `
import types
trl = types.ModuleType("trl")
class GRPOTrainer:
    num_generations = 3
    def _generate_and_score_completions(self, inputs):
        width = max(map(len, ids))
        return {"completion_ids": [row + [0] * (width - len(row)) for row in ids],
                "completion_mask": [[1] * len(row) + [0] * (width - len(row)) for row in ids],
                "advantages": [0.0] * len(ids)}
trl.GRPOTrainer = GRPOTrainer
sys.modules["trl"] = trl
import vul2safe_trl as shim
output = shim.TokenRewardGRPOTrainer()._generate_and_score_completions([{"task_id": name} for name in names])
scalars = shim.scalar_reward(None, ids, names)
print(json.dumps({"advantages": [row[:len(i)] for row, i in zip(output["advantages"], ids)], "scalars": scalars}))
`,
  skyrl: `
import vul2safe_skyrl as shim
output = shim.with_token_rewards({"response_ids": ids, "stop_reasons": ["stop"] * len(ids)}, names)
width = max(map(len, ids))
pad = lambda row: row + [0] * (width - len(row))
made, returns = shim.token_advantage([pad(row) for row in output["rewards"]], [pad([1] * len(row)) for row in ids], groups)
assert returns == made
print(json.dumps({"advantages": [row[:len(i)] for row, i in zip(made, ids)], "scalars": [row[-1] for row in output["rewards"]]}))
`,
};

describe.runIf(hasPython)('the Python shims', () => {
  let scratch: string;
  let server: RunningServer;
  /** Two prompts, three answers each. */
  let batch: { ids: number[][]; names: string[]; groups: number[] };
  let expected: { advantages: Float32Array[][]; alone: Float32Array[]; scalars: number[] };

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'integrations-'));
    const tasks = taskSet('train', 5, 40)
      .map(({ task }) => task)
      .filter((task) => task.reference !== undefined)
      .slice(0, 2);
    const file = join(scratch, 'tasks.jsonl');
    writeFileSync(file, tasks.map((task) => `${JSON.stringify(task)}\n`).join(''));
    server = await startRewardServer({ tasks: [file], tokenizers: [folder], execute: false });
    const answers = tasks.flatMap((task, group) =>
      [task.reference!.vulnerable, task.reference!.fixed, 'not a program ((('].map((text) => ({
        name: task.id,
        group,
        ids: [...tokenizer.encode(text).ids, tokenizer.endOfTextId],
      })),
    );
    batch = {
      ids: answers.map(({ ids }) => ids),
      names: answers.map(({ name }) => name),
      groups: answers.map(({ group }) => group),
    };
    const items = answers.map(({ name, ids }) => ({ task_id: name, token_ids: ids }));
    const answer = await fetch(`${server.url}/v1/rewards`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items }),
    });
    const { results } = (await answer.json()) as { results: RewardAnswer[] };
    const signals = results.map(({ scalar, training_rewards: row }) => ({
      reward: scalar,
      tokenRewards: Float32Array.from([...row.slice(0, -1), 0]),
    }));
    const options = { baseline: 'rloo', alpha: 1, beta: 1, gammaToken: 0, klWeight: 0 } as const;
    expected = {
      advantages: criticFreeAdvantages([signals.slice(0, 3), signals.slice(3)], options),
      alone: criticFreeAdvantages([signals], options)[0]!,
      scalars: signals.map(({ reward }) => reward),
    };
  });
  afterAll(async () => {
    await server.close(500);
    rmSync(scratch, { recursive: true, force: true });
  });

  it('stand in files of under 60 lines, each with a README', () => {
    for (const name of Object.keys(PROGRAMS)) {
      const files = readdirSync(join(integrations, name));
      expect(files).toContain('README.md');
      const shim = files.find((file) => file.endsWith('.py'))!;
      expect(readFileSync(join(integrations, name, shim), 'utf8').split('\n').length).toBeLessThan(
        60,
      );
    }
  });

  it.each(Object.entries(PROGRAMS))(
    '%s: gives the advantages of the TypeScript formula',
    async (name, program) => {
      const script = join(scratch, `run-${name}.py`);
      writeFileSync(
        script,
        `import json, sys\nbatch = json.load(open(sys.argv[1]))\nids, names, groups = batch["ids"], batch["names"], batch["groups"]\n${program}`,
      );
      writeFileSync(join(scratch, 'batch.json'), JSON.stringify(batch));
      const { stdout } = await promisify(execFile)(
        'python3',
        [script, join(scratch, 'batch.json')],
        {
          env: {
            ...process.env,
            PYTHONPATH: [integrations, join(integrations, name)].join(':'),
            PYTHONDONTWRITEBYTECODE: '1',
            VUL2SAFE_REWARDS_URL: server.url,
          },
        },
      );
      const found = JSON.parse(stdout) as { advantages: number[][]; scalars: number[] };
      expect(found.scalars).toEqual(expected.scalars);
      // prime-rl's functions see one group at a time.
      const wanted = name === 'prime-rl' ? expected.alone : expected.advantages.flat();
      expect(wanted.flatMap((row) => [...row]).some((value) => value !== 0)).toBe(true);
      wanted.forEach((row, index) => {
        expect(found.advantages[index]).toHaveLength(row.length);
        row.forEach((value, token) => {
          expect(found.advantages[index]![token]).toBeCloseTo(value, 5);
        });
      });
    },
  );
});
