/**
 * @file One training run in a process of its own: started by fork-run.ts, gets its configuration as the first message, reports progress
 * and its end by messages. It ends itself when its parent is gone, so that a killed command leaves nothing writing behind.
 */
import { Vul2SafeError, messageOf } from '../../kernel/errors.ts';
import type { Progress } from '../../kernel/events.ts';
import { lpoRunSchema, rlRunSchema, sftRunSchema } from '../training-config.ts';
import type { FromChild, ToChild } from './messages.ts';
import { evaluationRunSchema, runEvaluation } from './run-evaluation.ts';
import { runPreference } from './run-lpo.ts';
import { runReinforcement } from './run-rl.ts';
import { runSupervised } from './run-sft.ts';

/** A parent that is gone cannot be told anything; `disconnect` ends this process then. */
const send = (message: FromChild): void => {
  process.send?.(message, undefined, {}, () => {});
};

const progress: Progress = {
  stage(label, total, unit) {
    send({ kind: 'stage', label, total, unit });
    return {
      advance: (count, note) =>
        send({ kind: 'advance', count, ...(note === undefined ? {} : { note }) }),
      finish: (note) => send({ kind: 'finish', ...(note === undefined ? {} : { note }) }),
    };
  },
};

const interruption = new AbortController();
process.on('disconnect', () => process.exit(130));
process.on('SIGINT', () => interruption.abort());
process.on('SIGTERM', () => interruption.abort());

process.once('message', async (message: ToChild) => {
  try {
    const io = { progress, signal: interruption.signal };
    switch (message.kind) {
      case 'rl':
        await runReinforcement(rlRunSchema.parse(message.config), io);
        break;
      case 'lpo':
        await runPreference(lpoRunSchema.parse(message.config), io);
        break;
      case 'sft':
        await runSupervised(sftRunSchema.parse(message.config), io);
        break;
      case 'evaluation':
        await runEvaluation(evaluationRunSchema.parse(message.config), io);
        break;
    }
    send({ kind: 'done' });
  } catch (thrown) {
    const error = Vul2SafeError.isInstance(thrown) ? thrown : undefined;
    const stack = thrown instanceof Error && !error ? `\n${thrown.stack}` : '';
    send({
      kind: 'failed',
      code: error?.code ?? 'failed',
      message: `${messageOf(thrown)}${stack}`,
      ...(error?.hint ? { hint: error.hint } : {}),
    });
  }
  process.disconnect();
});
