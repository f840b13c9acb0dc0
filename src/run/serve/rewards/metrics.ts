/** @file Counts and times of the reward service, in Prometheus' text form. */

const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class RewardMetrics {
  private readonly requests = new Map<string, number>();
  private readonly buckets = BOUNDS_SECONDS.map(() => 0);
  private totalSeconds = 0;
  private count = 0;
  private items = 0;

  finished(route: string, status: number, seconds: number): void {
    const key = `route="${route}",status="${status}"`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    this.count++;
    this.totalSeconds += seconds;
    BOUNDS_SECONDS.forEach((bound, index) => {
      if (seconds <= bound) this.buckets[index]!++;
    });
  }

  judged(items: number): void {
    this.items += items;
  }

  /** @param waiting items in the queue now. */
  render(waiting: number): string {
    const lines = [
      '# TYPE vul2safe_requests_total counter',
      ...[...this.requests].map(([key, value]) => `vul2safe_requests_total{${key}} ${value}`),
      '# TYPE vul2safe_items_total counter',
      `vul2safe_items_total ${this.items}`,
      '# TYPE vul2safe_waiting_items gauge',
      `vul2safe_waiting_items ${waiting}`,
      '# TYPE vul2safe_request_seconds histogram',
      ...BOUNDS_SECONDS.map(
        (bound, index) => `vul2safe_request_seconds_bucket{le="${bound}"} ${this.buckets[index]}`,
      ),
      `vul2safe_request_seconds_bucket{le="+Inf"} ${this.count}`,
      `vul2safe_request_seconds_sum ${this.totalSeconds}`,
      `vul2safe_request_seconds_count ${this.count}`,
    ];
    return `${lines.join('\n')}\n`;
  }
}
