/**
 * @file Instance reward, unit by unit (ours): the same verdict R gives of a program, given of each function a task asks for, and laid on
 * the tokens of that function and of what it rests on. With k weak spots in one program, a failure at one no longer costs the others their
 * credit. Functional tests named "<function>: ..." speak for that function; without such names the whole program's result does.
 */
import type { UnitReward } from '../../data/token-rewards.ts';
import type { ProgramContext } from './channel.ts';
import { type InstanceForm, instanceParts, instanceReward } from './instance.ts';
import { tokensOf, type UnitVerdict, unitVerdicts } from './unit-verdicts.ts';

/**
 * @returns one entry per name of the task's interface; one for the whole program where the task names none. An answer without a program
 * that could be taken apart has no place to put its failures: they fall on all of its tokens.
 */
export function unitRewards(context: ProgramContext, form: InstanceForm): UnitReward[] {
  const { task, rollout } = context;
  if (task.interface.length === 0) {
    const { value } = instanceReward(instanceParts(context), form);
    return [
      { unit: 'program', reward: value, tokens: new Uint8Array(rollout.tokens.length).fill(1) },
    ];
  }
  const units = unitVerdicts(context);
  const ending = rollout.finishReason === 'stop' ? rollout.tokens.length - 1 : -1;
  const inSome = new Uint8Array(rollout.tokens.length);
  const rows = task.interface.map((name, index) => {
    const unit = units[index];
    const tokens = new Uint8Array(rollout.tokens.length);
    for (const token of unit ? tokensOf(context, unit) : [])
      if (token !== ending) tokens[token] = inSome[token] = 1;
    return { unit: name, reward: rewardOf(context, name, unit, form), tokens };
  });
  // What lies in no unit (exports, the ending) can have decided any of them.
  for (const { tokens } of rows)
    for (let t = 0; t < tokens.length; t++) if (inSome[t] === 0) tokens[t] = 1;
  return rows;
}

function rewardOf(
  { execution, task, standing, rollout }: ProgramContext,
  name: string,
  unit: UnitVerdict | undefined,
  form: InstanceForm,
): number {
  const whole = standing.parses && rollout.finishReason === 'stop';
  const complete = execution === null ? standing.complete : unit?.own !== undefined;
  const format = Number(whole && complete);
  const secure =
    unit?.own !== undefined && unit.findings !== undefined ? Number(unit.findings === 0) : null;
  return instanceReward({ functional: functionalOf(), secure, format }, form).value;

  function functionalOf(): number | null {
    if (execution === null) return null;
    if (execution.status === 'broken' || execution.tests.length === 0) return 0;
    const named = execution.tests.filter((_, i) =>
      task.functionalTests[i]!.name.startsWith(`${name}: `),
    );
    const tests = named.length > 0 ? named : execution.tests;
    return tests.filter(({ status }) => status === 'passed').length / tests.length;
  }
}
