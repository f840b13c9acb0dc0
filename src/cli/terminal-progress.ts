/**
 * @file Progress with rate and time left, redrawn in place on a terminal. Off a terminal nothing is drawn while
 * work goes on; each stage leaves one line when it ends. Nothing shows for stages shorter than two seconds.
 */
import type { Progress } from '../kernel/events.ts';

const QUIET_MS = 2000;
const REDRAW_MS = 120;
const BAR_WIDTH = 24;

const duration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return '--:--';
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${String(whole % 60).padStart(2, '0')}`;
};

const rateText = (perSecond: number): string =>
  perSecond >= 100
    ? perSecond.toFixed(0)
    : perSecond >= 1
      ? perSecond.toFixed(1)
      : perSecond.toFixed(2);

export function createTerminalProgress(
  stream: NodeJS.WriteStream,
  now: () => number = Date.now,
): Progress {
  return {
    stage(label, total, unit) {
      const started = now();
      let done = 0;
      let note = '';
      let drawn = 0;
      const clear = (): void => {
        if (stream.isTTY) stream.write('\r\u001b[2K');
      };
      const draw = (): void => {
        const seconds = (now() - started) / 1000;
        const rate = seconds > 0 ? done / seconds : 0;
        const share = total > 0 ? Math.min(1, done / total) : 0;
        const bar = '#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
        const left = rate > 0 ? (total - done) / rate : Number.POSITIVE_INFINITY;
        const counts = Number.isFinite(total) ? `${done}/${total} ${unit}` : `${done} ${unit}`;
        const line = `${label} [${bar}] ${counts}  ${rateText(rate)}/s  ${duration(left)} left  ${note}`;
        clear();
        stream.write(line.slice(0, (stream.columns ?? 100) - 1));
      };
      return {
        advance(count, newNote) {
          done += count;
          if (newNote !== undefined) note = newNote;
          if (!stream.isTTY || now() - started < QUIET_MS || now() - drawn < REDRAW_MS) return;
          drawn = now();
          draw();
        },
        finish(newNote) {
          clear();
          const seconds = (now() - started) / 1000;
          if (seconds * 1000 < QUIET_MS) return;
          stream.write(
            `${label}: ${done} ${unit} in ${duration(seconds)}${newNote ? `, ${newNote}` : ''}\n`,
          );
        },
      };
    },
  };
}
