/** @file A request refused at the door, with its HTTP status; everything else that fails does so in a future. */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export class Refusal extends Error {
  readonly status: ContentfulStatusCode;

  constructor(status: ContentfulStatusCode, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}
