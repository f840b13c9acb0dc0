/** @file What tokens cost, and how many a server says it used. Prices come from the configuration; without one a model counts as free. */

export interface Price {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
}

export const FREE: Price = { inputUsdPerMillion: 0, outputUsdPerMillion: 0 };

export const costOf = (price: Price, inputTokens: number, outputTokens: number): number =>
  (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1e6;

/** A server's count of tokens; what is none counts as 0, so that no nonsense reaches the budget. */
export const tokenCount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.ceil(value) : 0;
