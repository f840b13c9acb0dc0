/** @file The ChatModel port: what Vul2Safe knows of a teacher. Budget, cache, rate limits and fallbacks wrap it; see the files beside. */

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  /** JSON Schema of the answer; used natively where the server can, else described in the prompt. */
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly temperature: number;
  readonly maxTokens: number;
  /** Distinguishes votes: the same question asked k times. */
  readonly vote: number;
}

export interface ChatAnswer {
  readonly text: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export interface ChatModel {
  /** e.g. "openai-compatible", "replay". */
  readonly name: string;
  complete(request: ChatRequest, signal?: AbortSignal): Promise<ChatAnswer>;
}
