/**
 * So long a test waits for an answer, an event or an end: many times what each takes on a busy machine. It ends a test that hangs,
 * and never one that is slow.
 */
export const PATIENCE_MS = 60_000;
