/** @file Time as the client and the server take it, so that ten idle minutes can pass in a test within a moment. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** Calls again and again until the returned function is called. */
  every(ms: number, action: () => void): () => void;
}

/** Repeated calls do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
  every: (ms, action) => {
    const timer = setInterval(action, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
