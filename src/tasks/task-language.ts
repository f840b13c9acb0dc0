/** @file The languages that families are written in. */
import type { Language } from '../data/vulnerable-function.ts';

export type TaskLanguage = Extract<Language, 'javascript' | 'python' | 'c'>;
