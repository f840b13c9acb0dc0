import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createTerminalProgress } from './terminal-progress.ts';

function screen(isTTY: boolean) {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  Object.assign(stream, { isTTY, columns: 120 });
  return { stream, text: () => text };
}

describe('terminal progress', () => {
  it('draws nothing off a terminal, and leaves one line per long stage', () => {
    const { stream, text } = screen(false);
    let time = 0;
    const stage = createTerminalProgress(stream, () => time).stage('train', 10, 'steps');
    time = 5000;
    stage.advance(10);
    expect(text()).toBe('');
    stage.finish('loss 0.1');
    expect(text()).toBe('train: 10 steps in 0:05, loss 0.1\n');
  });

  it('stays silent for stages under two seconds', () => {
    const { stream, text } = screen(true);
    let time = 0;
    const stage = createTerminalProgress(stream, () => time).stage('quick', 1, 'files');
    time = 1500;
    stage.advance(1);
    stage.finish();
    expect(text()).toBe('');
  });

  it('shows rate and time left of stages side by side', () => {
    const { stream, text } = screen(true);
    let time = 0;
    const progress = createTerminalProgress(stream, () => time);
    const first = progress.stage('token', 40, 'steps');
    const second = progress.stage('instance', 40, 'steps');
    time = 10_000;
    first.advance(10);
    time = 20_000;
    second.advance(5);
    expect(text()).toContain('10/40 steps  1.0/s  0:30 left');
    expect(text()).toContain('token');
    expect(text()).toContain('5/40 steps  0.25/s  2:20 left');
  });
});
