/** @file The statistics of an evaluation in one place: every rate carries n and a 95% interval, every comparison is paired. */
export * from './statistics/rate.ts';
export * from './statistics/paired.ts';
export * from './statistics/pass-at-k.ts';
export * from './statistics/curves.ts';
export * from './statistics/estimate.ts';
