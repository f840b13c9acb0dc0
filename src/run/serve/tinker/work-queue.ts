/**
 * @file One thing at a time, since all models share this machine's cores. Sampling requests for the same weights that
 * stand in the queue together are done together, which is where batching pays; they never overtake work of their model.
 */

export interface Job {
  /** Jobs of one lane keep their order. */
  readonly lane: string;
  /** Jobs with the same key may run as one. */
  readonly mergeKey?: string;
  /** Never rejects. @param batch this job and those merged with it. */
  run(batch: readonly Job[]): Promise<void>;
}

const LARGEST_MERGE = 1024;

export class WorkQueue {
  private jobs: Job[] = [];
  private running = false;

  get length(): number {
    return this.jobs.length;
  }

  push(job: Job): void {
    this.jobs.push(job);
    if (!this.running) {
      this.running = true;
      // A tick later, so that requests that arrive together are seen together.
      setImmediate(() => this.work());
    }
  }

  hasLane(lane: string): boolean {
    return this.jobs.some((job) => job.lane === lane);
  }

  private async work(): Promise<void> {
    for (let job = this.jobs.shift(); job; job = this.jobs.shift()) await job.run(this.merge(job));
    this.running = false;
  }

  private merge(first: Job): Job[] {
    const batch = [first];
    if (first.mergeKey === undefined) return batch;
    const rest: Job[] = [];
    let closed = false;
    for (const job of this.jobs) {
      const joins = !closed && job.mergeKey === first.mergeKey && batch.length < LARGEST_MERGE;
      if (joins) batch.push(job);
      else {
        rest.push(job);
        closed ||= job.lane === first.lane;
      }
    }
    this.jobs = rest;
    return batch;
  }
}
