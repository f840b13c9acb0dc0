/**
 * @file Rotary position tables (Su 2021) with the scalings of Hugging Face's "default", "linear" and "llama3" types.
 * Angles are rounded to float32 where transformers rounds them, since at position 10^4 that rounding is visible.
 */
import type { ModelConfig } from './config.ts';

/** [headSize / 2] Angle per position of each pair. */
export function inverseFrequencies(config: ModelConfig): Float32Array {
  const { theta, scaling } = config.rope;
  const half = config.headSize / 2;
  const plain = Float32Array.from({ length: half }, (_, index) => 1 / theta ** (index / half));
  switch (scaling.type) {
    case 'default':
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'llama3': {
      const { factor, lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
      return plain.map((frequency) => {
        const turns = (scaling.originalMaxPositions * frequency) / (2 * Math.PI);
        if (turns < low) return frequency / factor;
        if (turns > high) return frequency;
        const smooth = (turns - low) / (high - low);
        return ((1 - smooth) * frequency) / factor + smooth * frequency;
      });
    }
  }
}

export interface RotaryTableData {
  readonly positions: number;
  /** [positions, headSize / 2] */
  readonly cosine: Float32Array;
  readonly sine: Float32Array;
  readonly negativeSine: Float32Array;
}

export function rotaryTableData(config: ModelConfig, positions: number): RotaryTableData {
  const frequencies = inverseFrequencies(config);
  const half = frequencies.length;
  const cosine = new Float32Array(positions * half);
  const sine = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let index = 0; index < half; index++) {
      const angle = Math.fround(position * (frequencies[index] as number));
      cosine[position * half + index] = Math.cos(angle);
      sine[position * half + index] = Math.sin(angle);
    }
  }
  return { positions, cosine, sine, negativeSine: sine.map((value) => -value) };
}
