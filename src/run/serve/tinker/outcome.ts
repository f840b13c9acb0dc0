/** @file What became of a request, as the JSON text its sender will get. */
import { messageOf, Vul2SafeError } from '../../../kernel/errors.ts';

/** The answer as JSON text; a failure is an answer too. */
export async function outcome(action: () => Promise<object>): Promise<string> {
  try {
    return JSON.stringify(await action());
  } catch (thrown) {
    const user = Vul2SafeError.isInstance(thrown) && thrown.code !== 'failed';
    const hint = Vul2SafeError.isInstance(thrown) && thrown.hint ? ` (${thrown.hint})` : '';
    return JSON.stringify({
      error: `${messageOf(thrown)}${hint}`,
      category: user ? 'user' : 'server',
    });
  }
}
