/** @file What tokens cost. Prices change, so they come from the configuration; without one a model counts as free. */

export interface Price {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
}

export const FREE: Price = { inputUsdPerMillion: 0, outputUsdPerMillion: 0 };

export const costOf = (price: Price, inputTokens: number, outputTokens: number): number =>
  (inputTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1e6;
