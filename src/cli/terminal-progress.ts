/**
 * @file Progress with rate and time left, one line per stage under way, redrawn in place on a terminal. Off a terminal
 * nothing is drawn while work goes on; each stage leaves one line when it ends. Stages shorter than two seconds leave nothing.
 */
import type { Progress } from '../kernel/events.ts';

const QUIET_MS = 2000;
const REDRAW_MS = 120;
const BAR_WIDTH = 22;

export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

const rateText = (perSecond: number): string =>
  perSecond >= 100
    ? perSecond.toFixed(0)
    : perSecond >= 1
      ? perSecond.toFixed(1)
      : perSecond.toFixed(2);

interface StageState {
  readonly label: string;
  readonly total: number;
  readonly unit: string;
  readonly startedMs: number;
  done: number;
  /** What was done before this process began (a resumed run) does not count for the rate. */
  resumed: number;
  note: string;
}

function lineOf(stage: StageState, nowMs: number, columns: number): string {
  const seconds = (nowMs - stage.startedMs) / 1000;
  const rate = seconds > 0 ? (stage.done - stage.resumed) / seconds : 0;
  const known = Number.isFinite(stage.total) && stage.total > 0;
  const filled = known ? Math.round(Math.min(1, stage.done / stage.total) * BAR_WIDTH) : 0;
  const bar = known ? `[${'#'.repeat(filled).padEnd(BAR_WIDTH, '.')}] ` : '';
  const counts = known
    ? `${stage.done}/${stage.total} ${stage.unit}`
    : `${stage.done} ${stage.unit}`;
  const left = known && rate > 0 ? `  ${clock((stage.total - stage.done) / rate)} left` : '';
  return `${stage.label} ${bar}${counts}  ${rateText(rate)}/s${left}  ${stage.note}`.slice(
    0,
    columns - 1,
  );
}

export function createTerminalProgress(
  stream: NodeJS.WriteStream,
  now: () => number = Date.now,
): Progress {
  const active: StageState[] = [];
  let linesOnScreen = 0;
  let drawnMs = 0;

  const clear = (): void => {
    if (!stream.isTTY || linesOnScreen === 0) return;
    stream.write(`\r\u001b[${linesOnScreen > 1 ? `${linesOnScreen - 1}A` : '1G'}\u001b[J`);
    linesOnScreen = 0;
  };
  const draw = (force: boolean): void => {
    if (!stream.isTTY || (!force && now() - drawnMs < REDRAW_MS)) return;
    drawnMs = now();
    const shown = active.filter((stage) => now() - stage.startedMs >= QUIET_MS);
    clear();
    if (shown.length === 0) return;
    stream.write(shown.map((stage) => lineOf(stage, now(), stream.columns ?? 100)).join('\n'));
    linesOnScreen = shown.length;
  };

  return {
    stage(label, total, unit) {
      const state: StageState = {
        label,
        total,
        unit,
        startedMs: now(),
        done: 0,
        resumed: 0,
        note: '',
      };
      active.push(state);
      return {
        advance(count, note) {
          if (state.done === 0 && count > 1 && now() - state.startedMs < 50) state.resumed = count;
          state.done += count;
          if (note !== undefined) state.note = note;
          draw(false);
        },
        finish(note) {
          const at = active.indexOf(state);
          if (at >= 0) active.splice(at, 1);
          clear();
          const seconds = (now() - state.startedMs) / 1000;
          if (seconds * 1000 >= QUIET_MS) {
            stream.write(
              `${label}: ${state.done} ${unit} in ${clock(seconds)}${note ? `, ${note}` : ''}\n`,
            );
          }
          draw(true);
        },
      };
    },
  };
}
